"""`fastkit list-templates`."""

from pathlib import Path

from fastkit.catalog.find import list_templates
from tests.support.command_line import fastkit
from tests.support.demo import make_demo
from tests.support.folders import write


def test_every_bundled_template_has_a_line(tmp_path: Path) -> None:
    run = fastkit("list-templates", cwd=tmp_path)
    assert (run.code, run.err) == (0, "")
    for template in list_templates():
        assert f"│ {template.name} " in run.out
        assert template.title in run.out
    assert run.out.endswith("\nMake a project from one with: fastkit startdemo NAME\n")


def test_json_is_one_object(tmp_path: Path) -> None:
    run = fastkit("list-templates", "--json", cwd=tmp_path)
    assert (run.code, run.err) == (0, "")
    bundled = {template["name"]: template for template in run.answer["templates"]}
    assert bundled["fastapi-async-crud"].keys() == {
        *("name", "title", "description", "version", "tags", "source", "address", "ref")
    }
    flagship = bundled["fastapi-async-crud"]
    assert (flagship["source"], flagship["address"], flagship["ref"]) == ("bundled", flagship["name"], "")


def test_layers_are_no_templates(tmp_path: Path) -> None:
    run = fastkit("list-templates", "--json", cwd=tmp_path)
    assert not any(template["name"].startswith("_") for template in run.answer["templates"])


def test_the_users_templates_are_listed_and_win_over_bundled_ones(tmp_path: Path) -> None:
    env = make_demo(tmp_path)
    write(tmp_path / "fastapi-async-crud", {"copier.yml": '_fastkit: {title: "[red]Mine[/]"}\n'})
    write(tmp_path / "no-template", {"README.md": ""})
    run = fastkit("list-templates", "--json", cwd=tmp_path, env=env)
    titles = {template["name"]: template["title"] for template in run.answer["templates"]}
    assert titles == titles | {"demo": "A demo", "fastapi-async-crud": "[red]Mine[/]"}
    assert "no-template" not in titles
    assert "│ [red]Mine[/] " in fastkit("list-templates", cwd=tmp_path, env=env).out


def test_a_template_that_another_one_hides_is_listed_and_marked(tmp_path: Path) -> None:
    env = make_demo(tmp_path)
    write(tmp_path / "fastapi-async-crud", {"copier.yml": "_fastkit: {title: Mine}\n"})
    lines = fastkit("list-templates", cwd=tmp_path, env=env).out.splitlines()
    sources = [line.split("│")[4].strip() for line in lines if line.startswith("│ fastapi-async-crud ")]
    assert sources == ["user", "bundled, hidden by user"]
    answer = fastkit("list-templates", "--json", cwd=tmp_path, env=env).answer
    assert [t["source"] for t in answer["templates"] if t["name"] == "fastapi-async-crud"] == ["user"]
    assert [(t["name"], t["source"], t["shadowed_by"]) for t in answer["shadowed"]] == [
        ("fastapi-async-crud", "bundled", "user")
    ]


def test_a_template_that_cannot_be_read_is_named_with_its_line(tmp_path: Path) -> None:
    env = make_demo(tmp_path, {"copier.yml": "a: 1\nb: [\n"})
    run = fastkit("list-templates", cwd=tmp_path, env=env)
    assert run.code == 0
    assert "│ broken: demo/copier.yml:3: is not YAML" in run.out
    assert "│ fastapi-async-crud " in run.out


def test_the_tables_fit_a_narrow_window(tmp_path: Path) -> None:
    run = fastkit("list-templates", cwd=tmp_path, env={"COLUMNS": "60"})
    assert max(map(len, run.out.splitlines())) <= 60
