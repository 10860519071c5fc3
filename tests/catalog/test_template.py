"""Templates found, read and described."""

from pathlib import Path

import pytest

from fastkit.catalog.find import find_template, list_templates
from fastkit.catalog.folders import user_folder
from fastkit.catalog.template import Template, summary
from fastkit.errors import TemplateError, UnknownName
from tests.support.folders import write, write_template

BUNDLED = "fastapi-async-crud"

ALL_BUNDLED = ["fastapi-async-crud", "fastapi-async-demo", "fastapi-async-sqlalchemy"]


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the user's own templates."""
    monkeypatch.setenv("FASTKIT_TEMPLATES", str(tmp_path / "own"))
    return tmp_path / "own"


# Finding.


def test_a_bundled_template_is_found_by_its_name() -> None:
    template = find_template(BUNDLED)
    assert (template.name, template.source) == (BUNDLED, "bundled")
    assert (template.folder / "copier.yml").is_file()


def test_the_users_folder_wins_over_what_is_bundled(own: Path) -> None:
    write(own, {f"{BUNDLED}/copier.yml": "_fastkit: {title: Mine}"})
    assert (find_template(BUNDLED).source, find_template(BUNDLED).title) == ("user", "Mine")
    assert [template.title for template in list_templates() if template.name == BUNDLED] == ["Mine"]


def test_the_users_folder_is_below_the_settings_without_a_variable(home: Path) -> None:
    assert user_folder().is_relative_to(home)
    write(user_folder(), {"mine/copier.yml": "{}"})
    assert find_template("mine").source == "user"


def test_templates_are_listed_by_name_without_layers_and_hidden_folders(own: Path) -> None:
    files = (
        "zoo/copier.yml",
        "ant/copier.yaml",
        "_layer/copier.yml",
        ".git/copier.yml",
        "notes/x.txt",
        "x.txt",
    )
    write(own, dict.fromkeys(files, ""))
    assert [template.name for template in list_templates()] == ["ant", *ALL_BUNDLED, "zoo"]


@pytest.mark.usefixtures("own")
def test_a_missing_folder_of_ones_own_holds_nothing() -> None:
    assert [template.name for template in list_templates()] == ALL_BUNDLED


def test_a_folder_is_a_template_where_it_is_written_as_a_path(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, {"work/mine/copier.yml": ""})
    write(home, {"mine/copier.yml": ""})
    monkeypatch.chdir(tmp_path / "work")
    for word, folder in {
        "./mine": tmp_path / "work/mine",
        str(tmp_path / "work/mine"): tmp_path / "work/mine",
        "./mine/": tmp_path / "work/mine",
        "~/mine": home / "mine",
    }.items():
        assert (find_template(word).name, find_template(word).folder, find_template(word).source) == (
            "mine",
            folder,
            "folder",
        )
    monkeypatch.chdir("mine")
    assert (find_template(".").name, find_template(".").folder) == ("mine", tmp_path / "work/mine")


@pytest.mark.parametrize("name", ["", "_base", ".git", "no/such"])
@pytest.mark.usefixtures("own")
def test_what_is_no_template_is_unknown(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UnknownName) as error:
        find_template(name)
    assert error.value.message == f"there is no template `{name}`"
    assert error.value.hint == "run `fastkit list-templates` to see all templates"


@pytest.mark.parametrize("name", [".", "..", "./empty"])
def test_a_folder_without_a_copier_yml_is_no_template(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, {"here/empty/": ""})
    monkeypatch.chdir(tmp_path / "here")
    with pytest.raises(UnknownName) as error:
        find_template(name)
    assert error.value.message == f"there is no template `{name}`"
    assert error.value.hint == "the folder has no copier.yml"


def test_a_name_too_long_for_a_folder_is_unknown() -> None:
    with pytest.raises(UnknownName):
        find_template("x" * 300)


def test_the_home_of_an_unknown_user_holds_no_template() -> None:
    with pytest.raises(UnknownName):
        find_template("~no-such-user/demo")


@pytest.mark.parametrize("name", ["\0", "a\nb", "a\x1b[1m"])
def test_an_unknown_name_is_told_in_one_printable_line(name: str) -> None:
    with pytest.raises(UnknownName) as error:
        find_template(name)
    assert error.value.message.isprintable()


def test_the_nearest_name_is_suggested() -> None:
    with pytest.raises(UnknownName) as error:
        find_template("fastapi-async-crut")
    assert error.value.hint == f"did you mean `{BUNDLED}`?"


def test_a_broken_template_is_not_in_the_way_of_another(own: Path) -> None:
    write(own, {"bad/copier.yml": "[", "good/copier.yml": ""})
    assert find_template("good").name == "good"
    assert find_template(BUNDLED).name == BUNDLED
    with pytest.raises(TemplateError, match=r"^bad/copier\.yml:\d: is not YAML: "):
        find_template("bad")


def test_a_broken_template_is_not_in_the_way_of_a_list(own: Path) -> None:
    write(own, {"bad/copier.yml": "[", "good/copier.yml": ""})
    assert "good" in [template.name for template in list_templates()]


# Describing.

CONFIG = """\
_subdirectory: project
_envops: {undefined: jinja2.StrictUndefined}
_fastkit:
  title: A demo
  description: To see how it goes
  version: 1.10
  tags: [a, 2]
  dependencies: [fastapi, "Uvicorn[standard]"]
  other_dependencies: [pytest_asyncio]
  features: [docker]
  layers: [_base]
name: shop
"""


def test_a_template_says_of_itself_what_its_settings_say(tmp_path: Path) -> None:
    write(tmp_path, {"_base/x": ""})
    template = write_template(tmp_path / "demo", {"copier.yml": CONFIG})
    assert summary(template) == {
        "name": "demo",
        "title": "A demo",
        "description": "To see how it goes",
        "version": "1.1",
        "tags": ("a", "2"),
        "source": "folder",
        "address": "",
        "ref": "",
    }
    assert template.dependencies == ("fastapi", "Uvicorn[standard]")
    assert template.features == ("docker",)
    assert template.taken_names == {"fastapi", "uvicorn", "pytest-asyncio"}
    assert template.layers == (tmp_path / "_base",)
    assert template.envops == {"undefined": "jinja2.StrictUndefined"}
    assert [question.name for question in template.questions if question.when is not False] == ["name"]


def test_a_plain_copier_template_has_its_folders_name_as_its_title(tmp_path: Path) -> None:
    template = write_template(tmp_path / "demo", {"copier.yml": "name: shop"})
    assert summary(template) == {
        "name": "demo",
        "title": "demo",
        "description": "",
        "version": "",
        "tags": (),
        "source": "folder",
        "address": "",
        "ref": "",
    }
    assert (template.layers, template.envops, template.subdirectory) == ((), {}, "")


def test_a_list_that_is_left_empty_is_empty(tmp_path: Path) -> None:
    assert write_template(tmp_path / "demo", {"copier.yml": "_fastkit: {tags: }"}).tags == ()


@pytest.mark.parametrize("about", ["hello", "{tags: x}", "{dependencies: 7}"])
def test_odd_settings_are_the_templates_fault(about: str, tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match=r"must be a"):
        write_template(tmp_path / "demo", {"copier.yml": f"_fastkit: {about}"})


@pytest.mark.parametrize(
    "layer",
    [
        "_missing",
        "../_base",
        "_base/deep",
        ".",
        "..",
    ],
)
def test_a_layer_lies_beside_the_template(layer: str, tmp_path: Path) -> None:
    write(tmp_path, {"_base/deep/x": "", "all/demo/x": ""})
    template = write_template(tmp_path / "all/demo", {"copier.yml": f"_fastkit: {{layers: [{layer}]}}"})
    with pytest.raises(TemplateError) as error:
        _ = template.layers
    assert error.value.message == f"demo/copier.yml:1: has no layer `{layer}` beside it"


def files_of(tmp_path: Path, config: str, *files: str) -> Template:
    return write_template(tmp_path / "demo", {"copier.yml": config, **dict.fromkeys(files, "")})


def test_files_are_listed_as_the_project_will_have_them(tmp_path: Path) -> None:
    write(tmp_path, {"_base/.gitignore.jinja": "", "_base/src/main.py": ""})
    template = files_of(
        tmp_path,
        "_subdirectory: project\n_fastkit: {layers: [_base]}",
        "notes.txt",
        "project/README.md.jinja",
        "project/src/main.py",
        "project/{% if docker %}Dockerfile{% endif %}.jinja",
    )
    assert template.files == (".gitignore", "Dockerfile", "README.md", "src/main.py")


def test_a_file_of_the_template_replaces_that_of_its_layer_with_or_without_suffix(tmp_path: Path) -> None:
    write(tmp_path, {"_base/README.md": ""})
    template = files_of(tmp_path, "_subdirectory: p\n_fastkit: {layers: [_base]}", "p/README.md.jinja")
    assert template.files == ("README.md",)


def test_a_template_may_have_another_suffix(tmp_path: Path) -> None:
    template = files_of(tmp_path, "_subdirectory: p\n_templates_suffix: .tmpl", "p/a.tmpl", "p/b.jinja")
    assert template.files == ("a", "b.jinja")


def test_the_litter_of_tools_is_not_listed(tmp_path: Path) -> None:
    litter = (
        "p/__pycache__/main.pyc",
        "p/.pytest_cache/x",
        "p/.ruff_cache/x",
        "p/.mypy_cache/x",
        "p/.venv/bin/python",
        "p/.git/HEAD",
    )
    assert files_of(tmp_path, "_subdirectory: p", "p/main.py", *litter).files == ("main.py",)


@pytest.mark.parametrize(
    ("config", "what"),
    [
        ("_tasks: [make]", ("tasks",)),
        ("_jinja_extensions: [a.B]", ("Jinja extensions",)),
        ("_migrations: [{version: 1, command: make}]", ("migrations",)),
        ("_tasks: [make]\n_jinja_extensions: [a.B]", ("tasks", "Jinja extensions")),
        ("_tasks: []", ()),
        ("name: shop", ()),
    ],
)
def test_what_runs_code_is_known(config: str, what: tuple[str, ...], tmp_path: Path) -> None:
    assert write_template(tmp_path / "demo", {"copier.yml": config}).runs_code == what


def test_the_files_of_the_bundled_template_are_listed_with_its_layers() -> None:
    files = find_template(BUNDLED).files
    assert {"src/main.py", "pyproject.toml", ".gitignore", ".editorconfig"} <= {*files}
    assert not [path for path in files if "cache" in path or path.endswith(".jinja")]
