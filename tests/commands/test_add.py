"""`fastkit add` and `fastkit remove`: an update with other features."""

from pathlib import Path

import pytest

from fastkit.record.project_yml import read_record
from tests.support.command_line import Run, fastkit
from tests.support.living import World, change, commit, content, git

FEATURES = """\
_envops: {undefined: jinja2.StrictUndefined}
"""

FEATURE_FILES = {
    "features/box/feature.yml": "title: A container\n",
    "features/box/project/Boxfile": "FROM python\nRUN a\nRUN b\nRUN c\nRUN d\n",
    "features/box/README.md.jinja": "## Box\n\nBuild it.\n",
    "features/fleet/feature.yml": "title: Many containers\nrequires: [box]\n",
    "features/fleet/project/fleet.yml": "replicas: 2\n",
    "features/crate/feature.yml": "title: Another container\nconflicts: [box]\n",
    "features/crate/project/Containerfile": "FROM python\n",
}

FILES = {
    "README.md.jinja": "# {{ project_name }}\n\nHello.\n\n{{ features_readme }}\n",
    "src/main.py": "app = 1\n",
}

ABOUT = "{}, features: [box, fleet, crate]"


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setenv("FASTKIT_TEMPLATES", str(tmp_path / "templates"))
    (tmp_path / "place").mkdir()
    world = World(tmp_path / "templates", tmp_path / "place")
    change(world.templates / "demo", FEATURE_FILES)
    world.template(ABOUT.format("1.0.0"), FILES, FEATURES)
    return world


def run(world: World, *words: str) -> Run:
    return fastkit(*words, cwd=world.project, env={"FASTKIT_TEMPLATES": str(world.templates)})


def test_a_template_without_features_says_so(world: World) -> None:
    world.template("1.0.0", FILES)
    world.start()
    assert run(world, "add").out == "`demo` offers no features\n"


def test_a_feature_is_added_to_an_edited_project(world: World) -> None:
    project = world.start()
    change(project, {"README.md": "# shop\n\nHello from me.\n\n\n", "src/main.py": "app = 2\n"})
    commit(project)
    done = run(world, "add", "box", "-y")
    assert done.code == 0, done
    assert content(project) == {
        "Boxfile": FEATURE_FILES["features/box/project/Boxfile"].encode(),
        "README.md": b"# shop\n\nHello from me.\n\n## Box\n\nBuild it.\n",
        "src/main.py": b"app = 2\n",
    }
    assert read_record(project).features == ("box",)
    assert "git commit -m 'Add box'" in done.out


def test_an_added_feature_equals_that_of_startdemo(world: World) -> None:
    project = world.start()
    run(world, "add", "box", "fleet", "-y")
    added = content(project), (project / ".fastkit/project.yml").read_bytes()
    other = World(world.templates, world.place / "other")
    other.place.mkdir()
    made = other.start(features=["box", "fleet"])
    assert added == (content(made), (made / ".fastkit/project.yml").read_bytes())


def test_removing_a_feature_restores_the_files_from_before(world: World) -> None:
    project = world.start(features=["box", "fleet"])
    change(project, {"src/main.py": "app = 2\n"})
    commit(project)
    done = run(world, "remove", "box", "fleet", "-y")
    assert done.code == 0, done
    assert content(project) == {"README.md": b"# shop\n\nHello.\n\n\n", "src/main.py": b"app = 2\n"}
    assert read_record(project).features == ()


def test_a_file_of_a_removed_feature_that_was_edited_is_a_conflict(world: World) -> None:
    project = world.start(features=["box"])
    change(project, {"Boxfile": "FROM python\nRUN mine\nRUN b\nRUN c\nRUN d\n"})
    commit(project)
    assert run(world, "remove", "box", "-y").code == 3
    assert b"RUN mine" in content(project)["Boxfile"]


def test_adding_one_twice_changes_nothing_and_says_so(world: World) -> None:
    project = world.start(features=["box"])
    done = run(world, "add", "box", "-y")
    assert (done.code, done.out.splitlines()[0]) == (0, "the project has the feature `box` already")
    done = run(world, "remove", "fleet", "-y")
    assert (done.code, done.out.splitlines()[0]) == (0, "the project does not have the feature `fleet`")
    assert git(project, "status", "--porcelain") == ""


@pytest.mark.parametrize(
    ("has", "words", "message"),
    [
        ([], ("add", "fleet"), "error: the feature `fleet` requires `box`"),
        (["box"], ("add", "crate"), "error: the features `crate` and `box` exclude each other"),
        (["box", "fleet"], ("remove", "box"), "error: the feature `fleet` requires `box`"),
        ([], ("add", "bxo"), "error: there is no feature of `demo` called `bxo`"),
        ([], ("remove", "bxo"), "error: there is no feature of `demo` called `bxo`"),
    ],
)
def test_incompatible_features_are_refused(
    has: list[str], words: tuple[str, ...], message: str, world: World
) -> None:
    project = world.start(features=has)
    done = run(world, *words, "-y")
    assert (done.code, done.error_lines[0], len(done.error_lines)) == (2, message, 2)
    assert git(project, "status", "--porcelain") == ""


def test_without_a_name_all_features_are_listed(world: World) -> None:
    world.start(features=["box"])
    done = run(world, "add")
    assert done.code == 0
    assert [line.split("│")[1:4] for line in done.out.splitlines() if "container" in line] == [
        [" box     ", " A container       ", " yes   "],
        [" fleet   ", " Many containers   ", "       "],
        [" crate   ", " Another container ", "       "],
    ]
    listed = run(world, "add", "--json").answer["features"]
    assert [(feature["name"], feature["added"]) for feature in listed] == [
        ("box", True),
        ("fleet", False),
        ("crate", False),
    ]


def test_a_newer_template_must_be_applied_first(world: World) -> None:
    project = world.start()
    world.template(ABOUT.format("1.1.0"), FILES, FEATURES)
    done = run(world, "add", "box", "-y")
    assert done.error_lines == [
        "error: the project has version 1.0.0 of `demo`, and there is 1.1.0",
        "hint: apply that first: run `fastkit update` and commit the result",
    ]
    assert run(world, "update", "-y").code == 0
    commit(project)
    assert run(world, "add", "box", "-y").code == 0


def test_a_feature_stays_through_an_update(world: World) -> None:
    project = world.start(features=["box"])
    change(
        world.templates / "demo",
        {"features/box/project/Boxfile": "FROM python:3.14\nRUN a\nRUN b\nRUN c\nRUN d\n"},
    )
    world.template(ABOUT.format("1.1.0"), FILES, FEATURES)
    assert run(world, "update", "-y").code == 0
    assert b"3.14" in content(project)["Boxfile"]


def test_a_feature_that_is_no_longer_offered_goes_with_a_note(world: World) -> None:
    project = world.start(features=["box"])
    world.template("1.1.0", FILES | {"README.md.jinja": "# {{ project_name }}\n"}, FEATURES)
    done = run(world, "update", "-y")
    assert done.code == 0, done
    assert "note: `demo` no longer offers the feature `box`" in done.out
    assert "Boxfile" not in content(project)
    assert read_record(project).features == ()
