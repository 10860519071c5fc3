"""`fastkit update --adopt`: a project that fastkit did not make, or made before it kept a record."""

import shutil
from pathlib import Path

import pytest

from fastkit.record.baseline import BASELINE
from fastkit.record.project_yml import RECORD, read_record
from fastkit.update.adopt import guessed
from tests.support.command_line import fastkit
from tests.support.folders import write
from tests.support.living import World, change, commit, content, git, read_baseline
from tests.support.repositories import make_repository
from tests.support.update_cases import PROSE, edited

MANAGED = """\
package_manager: {type: str, choices: [uv, pip, poetry], default: uv}
description: {type: str}
"""

FILES = {
    "pyproject.toml.jinja": '[project]\nname = "{{ project_name }}"\ndescription = "{{ description }}"\n',
    "install.txt.jinja": "{% if package_manager == 'poetry' %}poetry install{% else %}sync{% endif %}\n",
    "a.txt": PROSE,
    "b.txt": PROSE,
}


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setenv("FASTKIT_TEMPLATES", str(tmp_path / "templates"))
    (tmp_path / "place").mkdir()
    return World(tmp_path / "templates", tmp_path / "place")


def forgotten(project: Path) -> Path:
    """A project without a record, as an earlier fastkit made it."""
    shutil.rmtree(project / ".fastkit")
    commit(project)
    return project


def test_a_project_without_a_record_is_adopted_and_then_updates(world: World) -> None:
    env = {"FASTKIT_TEMPLATES": str(world.templates)}
    world.template("1.0.0", FILES, MANAGED)
    project = forgotten(world.start({"package_manager": "poetry", "description": "A shop"}))
    change(project, {"a.txt": edited((3, "mine"), (4, "mine too"))})
    (project / "b.txt").unlink()
    commit(project)
    before = content(project)
    run = fastkit("update", "--adopt", "demo", "-y", cwd=project, env=env)
    assert run.code == 0, run
    assert content(project) == before
    assert git(project, "status", "--porcelain").splitlines() == [f"A  {BASELINE}", f"A  {RECORD}"]
    assert "note: 3 of 4 files are there, 2 as they were rendered; " in run.out
    assert read_record(project).answers == {
        "project_name": "shop",
        "package_manager": "poetry",
        "description": "A shop",
    }
    assert read_baseline(project)["a.txt"].content.decode() == PROSE
    commit(project)
    world.template("1.1.0", {"a.txt": edited((18, "theirs")), "b.txt": edited((18, "theirs"))}, MANAGED)
    assert fastkit("update", "-y", cwd=project, env=env).code == 0
    assert content(project)["a.txt"].decode() == edited((3, "mine"), (4, "mine too"), (18, "theirs"))
    assert "b.txt" not in content(project)


def test_the_project_supplies_the_defaults_of_the_questions(world: World) -> None:
    world.template("1.0.0", FILES, MANAGED)
    project = forgotten(world.start({"description": "A shop"}))
    run = fastkit(
        *("update", "--adopt", "demo"),
        cwd=project,
        env={"FASTKIT_TEMPLATES": str(world.templates)},
        answers="\n\nAnother shop\ny\n",
    )
    assert run.code == 0, run
    assert "description [A shop]: Another shop" in run.out
    assert read_record(project).answers["description"] == "Another shop"


def test_features_of_the_project_are_found(world: World) -> None:
    feature = {"features/box/feature.yml": "title: A box\n", "features/box/project/Boxfile": PROSE}
    other = {"features/crate/feature.yml": "title: A crate\n", "features/crate/project/Cratefile": PROSE}
    change(world.templates / "demo", feature | other)
    world.template("1.0.0, features: [box, crate]", {"a.txt": PROSE})
    project = forgotten(world.start(features=["crate"]))
    env = {"FASTKIT_TEMPLATES": str(world.templates)}
    assert fastkit("update", "--adopt", "demo", "-y", cwd=project, env=env).code == 0
    assert read_record(project).features == ("crate",)


def test_the_newest_of_the_closest_older_releases_is_found(world: World, tmp_path: Path) -> None:
    about = "_subdirectory: project\nproject_name: {type: str}\n"
    repository = make_repository(
        tmp_path / "demo.git", {"copier.yml": about, "project/a.txt": PROSE}, "v0.9.0"
    )
    repository.commit({"project/a.txt": edited((2, "two"), (3, "three"))}, "v1.0.0")
    repository.commit({"README.md": "the same projects"}, "v1.1.0")
    repository.commit({"project/a.txt": edited((2, "zwei"), (3, "drei"), (4, "vier"))}, "v2.0.0")
    project = change(world.project, {"a.txt": edited((2, "two"), (3, "three"), (9, "mine"))})
    git(project, "init", "--quiet")
    commit(project)
    address = f"git+{repository.bare}"
    run = fastkit("update", "--adopt", address, "-y", cwd=project)
    assert run.code == 0, run
    assert read_record(project).ref == "v1.1.0"
    assert "95% of the lines are alike" in run.out
    commit(project)
    assert fastkit("update", "-y", "--template", address, cwd=project).code == 0
    assert content(project)["a.txt"].decode() == edited((2, "zwei"), (3, "drei"), (4, "vier"), (9, "mine"))


def test_a_project_with_a_record_is_not_adopted(world: World) -> None:
    world.template("1.0.0", {"a.txt": PROSE})
    project = world.start()
    run = fastkit(
        "update", "--adopt", "demo", "-y", cwd=project, env={"FASTKIT_TEMPLATES": str(world.templates)}
    )
    assert (run.code, run.error_lines[0]) == (2, "error: the project has a record already")


def test_an_unknown_answer_is_named(world: World) -> None:
    world.template("1.0.0", {"a.txt": PROSE}, "colour: {type: str}\n")
    project = change(world.project, {"a.txt": PROSE})
    git(project, "init", "--quiet")
    commit(project)
    env = {"FASTKIT_TEMPLATES": str(world.templates)}
    run = fastkit("update", "--adopt", "demo", "-y", cwd=project, env=env)
    assert (run.code, run.error_lines[1]) == (2, "hint: pass --set colour=VALUE")
    assert fastkit("update", "--adopt", "demo", "-y", "--set", "colour=red", cwd=project, env=env).code == 0


@pytest.mark.parametrize(
    "text",
    [
        "project = 5",
        "project = []",
        "[project]\nname = 5\nauthors = 5\n",
        "[project]\nauthors = ['Ada']\n",
        "[project]\nauthors = [{name = 5}]\n",
        f"a = {'[' * 3000}{']' * 3000}",
        b"\xff",
    ],
)
def test_an_odd_pyproject_leaves_the_folder_as_the_only_guess(text: str | bytes, tmp_path: Path) -> None:
    guesses = guessed(write(tmp_path / "shop", {"pyproject.toml": text}))
    assert guesses.items() <= {"project_name": "shop"}.items()
