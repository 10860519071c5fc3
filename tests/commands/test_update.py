"""`fastkit update`, case by case: the changes of the owner stay."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from fastkit.catalog.questions import Check, Value
from fastkit.errors import MissingAnswer, NotReady, ProjectError, UnknownName, UsageError
from fastkit.record.project_yml import RECORD, read_record
from fastkit.update.prepare import prepared
from fastkit.update.request import Request
from fastkit.update.undo import undo
from tests.support.command_line import fastkit
from tests.support.living import World, change, commit, content, git, unmerged, update
from tests.support.repositories import Repository, make_repository
from tests.support.update_cases import CASES, PROSE, Case, edited

CASE = CASES[0]
CONFLICT = CASES[1]


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setenv("FASTKIT_TEMPLATES", str(tmp_path / "templates"))
    (tmp_path / "place").mkdir()
    return World(tmp_path / "templates", tmp_path / "place")


# What becomes of each file.


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_an_update_keeps_the_changes_of_the_owner_and_its_undo_restores_everything(
    case: Case, world: World
) -> None:
    project = world.begin(case)
    before = content(project)
    taken = update(project)
    found = content(project)
    for path, expected in case.expected.items():
        wanted = expected.encode() if isinstance(expected, str) else expected
        assert found.get(path) == wanted, path
    assert sorted(taken.merge.conflicts) == unmerged(project) == sorted(case.conflicts)
    for path in case.executable:
        assert os.access(project / path, os.X_OK)
        assert git(project, "ls-files", "--stage", path).startswith("100755")
    assert git(project, "diff", "--name-only", "--diff-filter=U") == "\n".join(case.conflicts)
    if not case.conflicts:
        assert git(project, "diff", "--name-only") == "", "something is not staged"
        assert git(project, "status", "--porcelain", "--untracked-files=normal").count("??") == 0
    undo(project)
    assert content(project) == before
    assert git(project, "diff-files") == "", "git has to read files again"
    assert git(project, "status", "--porcelain") == ""


def test_an_undo_restores_a_file_that_its_owner_has_edited_to_settle_a_conflict(world: World) -> None:
    world.template("1.0.0", {"a.txt": PROSE})
    project = world.start()
    change(project, {"a.txt": edited((3, "mine"))})
    commit(project)
    world.template("1.1.0", {"b.txt": "b\n"})
    change(world.templates / "demo/project", {"a.txt": None})
    update(project)
    assert unmerged(project) == ["a.txt"]
    change(project, {"a.txt": "settled\n"})
    undo(project)
    assert content(project)["a.txt"].decode() == edited((3, "mine"))


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_a_file_that_is_not_to_run_any_more_keeps_who_may_read_and_write_it(world: World) -> None:
    run = world.templates / "demo/project/run.sh"
    world.template("1.0.0", {"run.sh": PROSE}, executable=["run.sh"])
    project = world.start()
    (project / "run.sh").chmod(0o775)
    run.chmod(0o644)
    world.template("1.1.0", {})
    update(project)
    assert (project / "run.sh").stat().st_mode & 0o777 == 0o664


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_after_an_update_the_project_is_up_to_date(case: Case, world: World) -> None:
    project = world.begin(case)
    update(project)
    commit(project)
    with prepared(project, Request(), None) as found:
        assert found.merge.is_empty
    assert read_record(project).version == "1.1.0"


def test_files_that_the_owner_deleted_are_noted(world: World) -> None:
    project = world.begin(next(case for case in CASES if case.name.startswith("deleted by the owner")))
    assert update(project).notes == ("`a.txt` stays deleted, though the template has changed it",)


def test_an_empty_folder_does_not_stay(world: World) -> None:
    project = world.begin(
        next(case for case in CASES if case.name.startswith("removed by the template, unt"))
    )
    update(project)
    assert not (project / "old").exists()


def test_conflicts_can_be_settled_and_the_next_update_knows(world: World) -> None:
    project = world.begin(CONFLICT)
    update(project)
    change(project, {"a.txt": edited((10, "both"))})
    commit(project)
    world.template("1.2.0", {"a.txt": edited((10, "theirs"), (18, "more"))})
    taken = update(project)
    assert not taken.merge.conflicts
    assert content(project)["a.txt"].decode() == edited((10, "both"), (18, "more"))


def test_a_secret_in_a_tracked_file_stays(world: World) -> None:
    settings = "token: {type: str, secret: true, default: none}\n"
    world.template("1.0.0", {"config.py.jinja": "TOKEN = '{{ token }}'\n\n\n\nA = 1\n"}, settings)
    project = world.start({"token": "s3cret"})
    world.template("1.1.0", {"config.py.jinja": "TOKEN = '{{ token }}'\n\n\n\nA = 2\n"}, settings)
    assert not update(project).merge.conflicts
    assert content(project)["config.py"] == b"TOKEN = 's3cret'\n\n\n\nA = 2\n"


# Files that are the owner's once they exist, and data that a template reads from the project.


LOGS = '_skip_if_exists: ["logs/", "!logs/keep.txt"]\n'


def test_a_pattern_matches_as_when_the_project_was_made(world: World) -> None:
    world.template("1.0.0", {"logs/a.txt": "one\n", "logs/keep.txt": "one\n"}, LOGS)
    project = world.start()
    world.template("1.1.0", {"logs/a.txt": "two\n", "logs/keep.txt": "two\n"}, LOGS)
    update(project)
    assert content(project) == {"logs/a.txt": b"one\n", "logs/keep.txt": b"two\n"}


DATA = "_skip_if_exists: [data.json]\n"


def test_a_missing_file_of_the_owner_is_made_again(world: World) -> None:
    world.template("1.0.0", {"data.json": "1\n", "a": "a\n"}, DATA)
    project = world.start()
    change(project, {"data.json": None})
    commit(project)
    world.template("1.1.0", {"data.json": "2\n"}, DATA)
    update(project)
    assert content(project) == {"a": b"a\n", "data.json": b"2\n"}


@pytest.mark.parametrize("ignored", [True, False])
def test_a_file_of_the_owner_need_not_be_under_git(ignored: bool, world: World) -> None:
    world.template("1.0.0", {"a": "a\n", ".gitignore": "*.json\n" if ignored else "#\n"}, DATA)
    project = world.start()
    change(project, {"data.json": "mine\n"})
    world.template("1.1.0", {"data.json": "theirs\n", "a": "b\n", ".gitignore": "#\n"}, DATA)
    update(project)
    assert content(project)["data.json"] == b"mine\n"
    assert content(project)["a"] == b"b\n"


@pytest.mark.parametrize(
    ("mine", "left"), [("1\n", None), ("mine\n", b"mine\n")], ids=["as it was", "edited"]
)
def test_a_file_of_the_owner_goes_with_the_template_unless_it_was_edited(
    mine: str, left: bytes | None, world: World
) -> None:
    world.template("1.0.0", {"data.json": "1\n", "a": "a\n"}, DATA)
    project = world.start()
    change(project, {"data.json": mine})
    commit(project)
    world.template("1.1.0", {"data.json": None}, DATA)
    assert not update(project).merge.conflicts
    assert content(project).get("data.json") == left


PORT = """\
_external_data: {owners: owners.yml}
port: {type: int, default: "{{ _external_data.owners.port | default(1) }}"}
"""
SEEN = {"seen.txt.jinja": "{{ _external_data.owners.port | default(1) }} {{ port }}\n"}


def test_an_update_reads_the_external_data_of_the_project(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.template("1.0.0", {"a": "a\n"})
    project = world.start()
    change(project, {"owners.yml": "port: 9999\n", "shop/owners.yml": "port: 1234\n"})
    commit(project)
    world.template("1.1.0", SEEN, PORT)
    monkeypatch.chdir(project)
    update(project)
    assert content(project)["seen.txt"] == b"9999 9999\n"


def test_external_data_of_a_moved_project_is_read(world: World, tmp_path: Path) -> None:
    world.template("1.0.0", {"a": "a\n"})
    moved = world.start().rename(tmp_path / "moved")
    change(moved, {"owners.yml": "port: 9999\n"})
    commit(moved)
    world.template("1.1.0", SEEN, PORT)
    update(moved)
    assert content(moved)["seen.txt"] == b"9999 9999\n"


@pytest.mark.parametrize("settings", ["", "_skip_if_exists: [owners.yml]\n"], ids=["", "the owner's"])
def test_external_data_that_the_template_renders_stays(settings: str, world: World) -> None:
    files = {**SEEN, "owners.yml.jinja": "port: {{ _external_data.owners.port | default(7) }}\n"}
    world.template("1.0.0", files, PORT + settings)
    project = world.start()
    assert content(project)["owners.yml"] == b"port: 7\n"
    world.template("1.1.0", {"a": "a\n"}, PORT + settings)
    update(project)
    assert content(project)["owners.yml"] == b"port: 7\n"
    assert content(project)["seen.txt"] == b"7 1\n"


# Answers.


def test_an_answer_can_be_changed(world: World) -> None:
    settings = "port: {type: int, default: 8000}\n"
    world.template("1.0.0", {"a.txt.jinja": "port {{ port }}\n"}, settings)
    project = world.start()
    update(project, Request(given={"port": "9000"}))
    assert content(project)["a.txt"] == b"port 9000\n"
    assert read_record(project).answers["port"] == 9000


def test_only_new_questions_are_asked(world: World) -> None:
    world.template("1.0.0", {"a.txt": "a\n"}, "port: {type: int, default: 8000}\n")
    project = world.start({"port": "80"})
    world.template(
        "1.1.0", {}, "port: {type: int}\nhost: {type: str}\ntoken: {type: str, secret: true, default: x}\n"
    )
    asked = []

    def ask(question: str, text: str, default: str | None, check: Check, **more: object) -> Value:
        asked.append(question)
        return check("example")

    with prepared(project, Request(), ask) as found:
        assert found.recipe.answers.values == {
            "project_name": "shop",
            "port": 80,
            "host": "example",
            "token": "x",
        }
    assert asked == ["host"]
    with pytest.raises(MissingAnswer), prepared(project, Request(), None):
        pass


OUTDATED = {
    "another choice": ("{type: str, choices: [a, b], default: a}", "{type: str, choices: [b], default: b}"),
    "another type": ("{type: bool, default: true}", "{type: str, choices: [a, b], default: b}"),
    "a validator": (
        "{type: str, default: a}",
        "{type: str, default: b, validator: \"{{ 'x' if db == 'a' }}\"}",
    ),
}


@pytest.mark.parametrize("kind", OUTDATED)
def test_an_invalid_answer_becomes_the_new_default_with_a_note(kind: str, world: World) -> None:
    before, after = OUTDATED[kind]
    world.template("1.0.0", {"a.txt.jinja": "{{ db }}"}, f"db: {before}\n")
    project = world.start()
    was = read_record(project).answers["db"]
    world.template("1.1.0", {}, f"db: {after}\n")
    notes = update(project).notes
    said = was if isinstance(was, str) else "true"
    assert notes == (f"`db` was `{said}`, now it is `b`: `demo` no longer accepts the former",)
    assert read_record(project).answers["db"] == "b"
    assert content(project)["a.txt"] == b"b"


def test_an_invalid_answer_is_asked_again(world: World) -> None:
    world.template("1.0.0", {"a.txt": ""}, "db: {type: str, choices: [a, b], default: a}\n")
    project = world.start()
    world.template("1.1.0", {}, "db: {type: str, choices: [b, c], default: b}\n")
    with prepared(project, Request(), lambda question, text, default, check, **more: check("c")) as found:
        assert found.recipe.answers.values["db"] == "c"


def test_an_invalid_answer_without_a_default_names_the_option(world: World) -> None:
    world.template("1.0.0", {"a.txt": ""}, "db: {type: str, choices: [a, b], default: a}\n")
    project = world.start()
    world.template("1.1.0", {}, "db: {type: str, choices: [b, c]}\n")
    with pytest.raises(MissingAnswer) as error, prepared(project, Request(), None):
        pass
    assert error.value.hint == "pass --set db=VALUE"
    update(project, Request(given={"db": "c"}))
    assert read_record(project).answers["db"] == "c"


def test_an_answer_without_a_question_is_refused(world: World) -> None:
    project = world.begin(CASE)
    with pytest.raises(UnknownName), prepared(project, Request(given={"nope": "1"}), None):
        pass


def test_an_answer_to_a_removed_question_is_kept_for_the_files_that_name_it(world: World) -> None:
    files = {"{% if ci %}ci.yml{% endif %}": "run\n", "a.txt.jinja": "{{ ci }}"}
    world.template("1.0.0", files, "ci: {type: str, default: GitHub}\n")
    project = world.start()
    for version in ("1.1.0", "1.2.0"):
        world.template(version, {"b.txt": version})
        update(project)
        commit(project)
        assert read_record(project).answers == {"project_name": "shop", "ci": "GitHub"}
        assert content(project) == {"ci.yml": b"run\n", "a.txt": b"GitHub", "b.txt": version.encode()}


def test_the_default_of_a_new_question_may_name_a_removed_one(world: World) -> None:
    world.template("1.0.0", {"a.txt": ""}, "db: {type: str, default: sqlite}\n")
    project = world.start({"db": "pg"})
    world.template("1.1.0", {}, "database: {type: str, default: \"{{ db | default('sqlite') }}\"}\n")
    update(project)
    assert read_record(project).answers["database"] == "pg"


def test_an_answer_to_a_question_that_no_longer_applies_is_dropped(world: World) -> None:
    world.template("1.0.0", {"a.txt.jinja": "{{ db | default('none') }}"}, "db: {type: str, default: x}\n")
    project = world.start()
    world.template("1.1.0", {}, "db: {type: str, when: false}\n")
    update(project)
    assert content(project)["a.txt"] == b"none"


# Every place and every past of a project.


def test_a_shallow_clone_updates(world: World, tmp_path: Path) -> None:
    project = world.begin(CASE)
    change(project, {"more.txt": "more\n"})
    commit(project)
    git(tmp_path, "clone", "--quiet", "--depth=1", f"file://{project}", "clone")
    update(tmp_path / "clone")
    assert content(tmp_path / "clone")["a.txt"].decode() == CASE.expected["a.txt"]


def test_a_squashed_history_updates(world: World) -> None:
    project = world.begin(CASE)
    tree = git(project, "rev-parse", "HEAD^{tree}")
    git(project, "reset", "--quiet", "--hard", git(project, "commit-tree", tree, "-m", "squashed"))
    update(project)
    assert content(project)["a.txt"].decode() == CASE.expected["a.txt"]


def test_git_may_come_after_the_edits(world: World) -> None:
    world.template("1.0.0", CASE.before)
    project = world.start(git=False)
    change(project, CASE.owner)
    git(project, "init", "--quiet")
    commit(project)
    world.template("1.1.0", CASE.after)
    update(project)
    assert content(project)["a.txt"].decode() == CASE.expected["a.txt"]


@pytest.mark.parametrize("case", [CASE, CONFLICT], ids=["merged", "in conflict"])
def test_in_a_monorepo_only_the_project_is_touched(case: Case, world: World) -> None:
    git(world.place, "init", "--quiet")
    change(world.place, {"other/a.txt": "other\n", "staged.txt": "1\n"})
    project = world.begin(case)
    commit(world.place)
    change(world.place, {"staged.txt": "2\n", "other/a.txt": "edited\n", "untracked.txt": ""})
    git(world.place, "add", "staged.txt")
    before = content(project)
    update(project)
    elsewhere = ["status", "--porcelain", "--", ".", ":(exclude)shop"]
    assert git(world.place, *elsewhere).split("\n") == ["M other/a.txt", "M  staged.txt", "?? untracked.txt"]
    assert content(project)["a.txt"].decode() == case.expected["a.txt"]
    undo(project)
    assert content(project) == before
    assert git(world.place, *elsewhere).split("\n") == ["M other/a.txt", "M  staged.txt", "?? untracked.txt"]


def test_a_linked_working_tree_updates(world: World, tmp_path: Path) -> None:
    project = world.begin(CASE)
    git(project, "worktree", "add", "--quiet", "-b", "other", str(tmp_path / "linked"))
    update(tmp_path / "linked")
    assert content(tmp_path / "linked")["a.txt"].decode() == CASE.expected["a.txt"]
    assert git(project, "status", "--porcelain") == ""


def test_a_submodule_is_left_alone(world: World, tmp_path: Path) -> None:
    library = change(tmp_path / "library", {"lib.py": "lib = 1\n"})
    git(library, "init", "--quiet")
    commit(library)
    project = world.begin(CASE)
    git(project, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(library), "lib")
    commit(project)
    change(project, {"lib/lib.py": "edited = 1\n"})
    update(project)
    assert content(project)["a.txt"].decode() == CASE.expected["a.txt"]
    assert (project / "lib/lib.py").read_text() == "edited = 1\n"


def test_a_project_in_a_submodule_updates(world: World, tmp_path: Path) -> None:
    project = world.begin(CASE)
    outer = change(tmp_path / "outer", {"a": ""})
    git(outer, "init", "--quiet")
    git(outer, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(project), "part")
    update(outer / "part")
    assert content(outer / "part")["a.txt"].decode() == CASE.expected["a.txt"]


@pytest.mark.parametrize("case", [CASE, CONFLICT], ids=["merged", "in conflict"])
def test_a_checkout_with_crlf_updates(case: Case, world: World, tmp_path: Path) -> None:
    project = world.begin(case)
    git(tmp_path, "clone", "--quiet", "--config", "core.autocrlf=true", str(project), "clone")
    clone = tmp_path / "clone"
    assert b"\r\n" in content(clone)["a.txt"]
    update(clone)
    assert content(clone)["a.txt"].replace(b"\r\n", b"\n").decode() == case.expected["a.txt"]
    assert b"\n" not in content(clone)["a.txt"].replace(b"\r\n", b"")
    assert unmerged(clone) == list(case.conflicts)


@pytest.mark.parametrize(
    ("theirs", "mine"), [("\n", "\r\n"), ("\r\n", "\n")], ids=["LF to CRLF", "CRLF to LF"]
)
def test_other_line_endings_are_not_a_conflict(theirs: str, mine: str, world: World) -> None:
    files: dict[str, str | bytes | None] = {"Z.txt": PROSE, "b.txt": "b\n", "c.txt": "c\n", "logo": b"\0\r\n"}
    world.template("1.0.0", {"a.txt": PROSE.replace("\n", theirs), **files})
    project = world.start()
    change(project, {"a.txt": edited((3, "mine")).replace("\n", mine), "b.txt": None, "Z.txt": None})
    change(project, {"Z.txt/in": "a file became a folder\n"})
    commit(project)
    world.template("1.1.0", {"a.txt": edited((18, "theirs")).replace("\n", theirs), "logo": b"\0\r\n2"})
    assert not update(project).merge.conflicts
    assert content(project)["a.txt"].decode() == edited((3, "mine"), (18, "theirs")).replace("\n", mine)
    assert content(project)["logo"] == b"\0\r\n2"


def test_a_file_with_both_line_endings_keeps_them(world: World) -> None:
    world.template("1.0.0", {"a.txt": PROSE})
    project = world.start()
    mixed = edited((3, "mine")).replace("mine\n", "mine\r\n")
    change(project, {"a.txt": mixed})
    commit(project)
    world.template("1.1.0", {"a.txt": edited((18, "theirs"))})
    assert not update(project).merge.conflicts
    expected = edited((3, "mine"), (18, "theirs")).replace("mine\n", "mine\r\n")
    assert content(project)["a.txt"].decode() == expected


def test_the_name_of_a_project_that_the_template_does_not_ask_for_is_nothing_to_its_texts(
    world: World,
) -> None:
    template = world.templates / "demo"
    told = "{{ project_name | default('nobody') }}"
    change(template, {"copier.yml": "_subdirectory: project\n", "project/a.txt.jinja": told})
    project = world.start()
    change(template, {"copier.yml": f'_subdirectory: project\ntitle: "{told}"\n'})
    change(template, {"project/a.txt.jinja": f"{told} {{{{ title }}}}"})
    update(project)
    assert content(project)["a.txt"] == b"nobody nobody"
    assert read_record(project).answers == {"title": "nobody"}


GROUPS = """\
#!/bin/sh
# Notes the process group of each call
read -r _ _ _ _ group _ < /proc/$$/stat
echo $group "$@" >> {log}
exec {git} "$@"
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_ctrl_c_does_not_reach_a_git_that_changes_the_project(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A terminal sends it to the whole foreground group, and such a call could be half done."""
    project = world.begin(CASE)
    log = tmp_path / "log"
    tool = GROUPS.format(log=log, git=shutil.which("git"))
    (change(tmp_path / "tools", {"git": tool}) / "git").chmod(0o755)
    with prepared(project, Request(), None) as found:
        monkeypatch.setenv("PATH", f"{tmp_path}/tools{os.pathsep}{os.environ['PATH']}")
        found.apply()
    changing = {"unpack-objects", "update-index", "checkout-index"}
    calls = [(line.split()[0], changing.intersection(line.split())) for line in log.read_text().splitlines()]
    assert set().union(*(words for _, words in calls)) == changing
    assert [words for group, words in calls if words and group == str(os.getpgrp())] == []


SETTINGS = """\
[core]
    autocrlf = input
    hooksPath = {hooks}
    attributesFile = {attributes}
    quotePath = true
[commit]
    gpgSign = true
[merge]
    renames = false
    conflictStyle = diff3
    default = broken
[merge "broken"]
    driver = false
[diff]
    external = false
    noprefix = true
    renames = false
[status]
    showUntrackedFiles = all
    branch = true
[color]
    ui = always
"""


def test_git_settings_of_the_user_change_nothing(
    world: World, tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CONFIG_PARAMETERS", "'merge.renames'='false'")  # as `git -c` gives it to an alias
    renamed = next(case for case in CASES if case.name.startswith("renamed by the template"))
    project = world.begin(renamed)
    hook = f"#!/bin/sh\ntouch {tmp_path}/ran\nexit 1\n"
    hooks = change(
        tmp_path / "hooks", dict.fromkeys(["pre-commit", "post-index-change", "post-checkout"], hook)
    )
    for file in hooks.iterdir():
        file.chmod(0o755)
    attributes = change(tmp_path, {"attributes": "* merge=broken\n"}) / "attributes"
    settings = SETTINGS.format(hooks=hooks, attributes=attributes)
    (home / ".gitconfig").write_text((home / ".gitconfig").read_text() + settings)
    update(project)
    assert content(project)["b.txt"].decode() == renamed.expected["b.txt"]
    assert not (tmp_path / "ran").exists()


def test_a_hook_that_calls_fastkit_does_not_lead_it_astray(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = world.begin(CASE)
    git(tmp_path, "init", "--quiet", "other")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "other/.git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "other/index"))
    update(project)
    monkeypatch.undo()
    assert content(project)["a.txt"].decode() == CASE.expected["a.txt"]
    assert not (tmp_path / "other/index").exists()


# Refusals: one line, and no changes.


def refused(project: Path, error: type[ProjectError] = NotReady) -> str:
    before = content(project)
    with pytest.raises(error) as caught, prepared(project, Request(), None) as found:
        found.apply()
    assert content(project) == before
    return caught.value.message


@pytest.mark.parametrize("staged", [True, False])
def test_changes_that_are_not_committed_are_refused(staged: bool, world: World) -> None:
    project = world.begin(CASE)
    change(project, {"a.txt": "in the middle of something\n"})
    if staged:
        git(project, "add", "a.txt")
    assert refused(project) == "there are changes that are not committed: `a.txt`"


@pytest.mark.parametrize("ignored", [True, False])
def test_an_untracked_file_in_the_way_is_refused(ignored: bool, world: World) -> None:
    world.template("1.0.0", {".gitignore": "*.log\n", "b": "b\n"})
    project = world.start()
    name = "new/x.log" if ignored else "new/x"
    change(project, {name: "mine\n"})
    world.template("1.1.0", {name: "theirs\n", ".gitignore": "# nothing\n"})
    assert refused(project) == f"files that are not under git are in the way of new ones: `{name}`"


def test_a_file_in_the_way_of_a_folder_is_refused(world: World) -> None:
    world.template("1.0.0", {"b": "b\n"})
    project = world.start()
    change(project, {"new": "mine\n"})
    world.template("1.1.0", {"new/x": "theirs\n"})
    assert refused(project) == "files that are not under git are in the way of new ones: `new`"


def test_a_file_becomes_a_folder_and_back(world: World) -> None:
    world.template("1.0.0", {"a": "a\n", "b/x": "x\n"})
    project = world.start()
    world.template("1.1.0", {"a": None, "b/x": None})
    shutil.rmtree(world.templates / "demo/project/b")
    world.template("1.1.0", {"a/y": "y\n", "b": "b\n"})
    update(project)
    assert content(project) == {"a/y": b"y\n", "b": b"b\n"}


def test_a_merge_under_way_is_refused(world: World) -> None:
    project = world.begin(CASE)
    git(project, "checkout", "--quiet", "-b", "other", "HEAD~1")
    change(project, {"a.txt": edited((3, "other"))})
    commit(project)
    with pytest.raises(subprocess.CalledProcessError):
        git(project, "merge", "main")
    assert refused(project) == "a merge is under way in the repository"


def test_without_git_there_is_no_update(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    project = world.begin(CASE)
    monkeypatch.setenv("PATH", str(world.place))
    assert refused(project) == "git is not installed"


def test_an_old_git_is_refused(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = world.begin(CASE)
    tool = change(tmp_path / "tools", {"git": "#!/bin/sh\necho git version 2.25.1\n"}) / "git"
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", str(tool.parent), prepend=os.pathsep)
    assert refused(project) == "git 2.25.1 is too old to merge an update"


@pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="only root may give a folder away")
def test_a_repository_of_another_user_is_refused(world: World) -> None:
    project = world.begin(CASE)
    os.chown(project, 12345, 12345)
    os.chown(project / ".git", 12345, 12345)
    assert f"git cannot read the repository of `{project}`: " in refused(project)


def test_a_damaged_repository_is_refused(world: World) -> None:
    project = world.begin(CASE)
    (project / ".git/HEAD").unlink()
    assert f"git cannot read the repository of `{project}`: " in refused(project)


def test_without_a_repository_there_is_no_update(world: World) -> None:
    world.template("1.0.0", CASE.before)
    project = world.start(git=False)
    assert "is not in a git repository" in refused(project)
    git(project, "init", "--quiet")
    assert "is not committed yet" in refused(project)
    git(project, "add", "a.txt")
    git(project, "commit", "--quiet", "--message=half")
    assert "is not committed yet" in refused(project)


def test_an_older_template_is_refused(world: World) -> None:
    world.template("1.10.0", CASE.before)
    project = world.start()
    world.template("1.9.0", CASE.after)
    assert refused(project, ProjectError) == (
        "the project has version 1.10.0 of `demo`, this fastkit brings 1.9.0"
    )


def test_a_release_comes_after_its_release_candidates(world: World) -> None:
    world.template("2.0.0rc1", CASE.before)
    project = world.start()
    world.template("2.0.0", CASE.after)
    update(project)
    commit(project)
    world.template("2.0.0rc2", CASE.before)
    assert "this fastkit brings 2.0.0rc2" in refused(project, ProjectError)


def test_a_ref_is_refused_for_a_template_without_refs(world: World) -> None:
    project = world.begin(CASE)
    with (
        pytest.raises(UsageError),
        prepared(project, Request(address=str(world.templates / "demo"), ref="v1"), None),
    ):
        pass


# The command.


def test_the_status_of_a_check_tells_whether_an_update_is_available(world: World) -> None:
    project = world.begin(CASE)
    env = {"FASTKIT_TEMPLATES": str(world.templates)}
    before = content(project), git(project, "status", "--porcelain")
    run = fastkit("update", "--check", "--json", cwd=project, env=env)
    assert run.code == 1
    assert run.answer["up_to_date"] is False
    assert run.answer["files"] == [
        {"path": RECORD, "status": "change"},
        {"path": "a.txt", "status": "change"},
    ]
    assert (content(project), git(project, "status", "--porcelain")) == before
    assert fastkit("update", "-y", cwd=project, env=env).code == 0
    commit(project)
    run = fastkit("update", "--check", cwd=project, env=env)
    assert (run.code, run.out) == (0, "up to date: the project has demo 1.1.0\n")


def test_a_check_compares_the_last_commit_whatever_the_working_tree(world: World) -> None:
    project = world.begin(CASE)
    env = {"FASTKIT_TEMPLATES": str(world.templates)}
    asked = [("update", "--check", "--json"), ("update", "--dry-run", "--json"), ("add", "--json")]
    clean = [fastkit(*words, cwd=project, env=env) for words in asked]
    change(project, {"a.txt": "in the middle of something\n", RECORD: "format: 99\n"})
    git(project, "add", "a.txt")
    (project / ".git/MERGE_HEAD").write_text(git(project, "rev-parse", "HEAD"))
    assert [fastkit(*words, cwd=project, env=env) for words in asked[:2]] == clean[:2]
    change(project, {RECORD: git(project, "show", f"HEAD:{RECORD}")})
    assert fastkit(*asked[2], cwd=project, env=env) == clean[2]
    assert [run.code for run in clean] == [1, 0, 0]


def test_what_an_update_did_is_one_object_of_json(world: World) -> None:
    world.template("1.0.0", {"a.txt": PROSE, "old.txt": "x\n", "both.txt": PROSE}, "_secret: x\n")
    project = world.start()
    change(project, {"both.txt": edited((1, "mine"))})
    commit(project)
    after = {
        "a.txt": edited((1, "new")),
        "old.txt": None,
        "new.txt": "y\n",
        "both.txt": edited((1, "theirs")),
    }
    world.template("1.1.0", after)
    words = ("update", "--json", "--yes")
    env = {"FASTKIT_TEMPLATES": str(world.templates)}
    looked = fastkit(*words, "--dry-run", cwd=project, env=env)
    taken = fastkit(*words, cwd=project, env=env)
    assert (looked.code, taken.code) == (0, 3)
    version = {"template": "demo", "version": "1.0.0", "ref": "", "features": []}
    said = {
        "project": str(project),
        "from": version,
        "to": version | {"version": "1.1.0"},
        "up_to_date": False,
        "files": [
            {"path": RECORD, "status": "change"},
            {"path": "a.txt", "status": "change"},
            {"path": "both.txt", "status": "conflict"},
            {"path": "new.txt", "status": "add"},
            {"path": "old.txt", "status": "remove"},
        ],
        "conflicts": [{"path": "both.txt", "kind": "you and the template changed the same lines"}],
        "notes": [],
        "code": [],
        "undo": "fastkit update --undo",
    }
    answer = looked.answer
    assert "+new\n" in answer.pop("diff")
    assert answer == said | {"taken": False, "next": []}
    answer = taken.answer
    assert "+new\n" in answer.pop("diff")
    steps = ["git diff --staged -- .", "git commit -m 'Take demo 1.1.0'"]
    assert answer == said | {"taken": True, "next": steps}


def test_an_uncommitted_update_is_still_available(world: World) -> None:
    project = world.begin(CASE)
    env = {"FASTKIT_TEMPLATES": str(world.templates)}
    before = fastkit("update", "--check", "--json", cwd=project, env=env)
    assert fastkit("update", "-y", cwd=project, env=env).code == 0
    assert fastkit("update", "--check", "--json", cwd=project, env=env) == before
    commit(project)
    assert fastkit("update", "--check", cwd=project, env=env).code == 0


def test_a_repository_that_git_cannot_read_is_one_error(world: World) -> None:
    project = world.begin(CASE)
    (project / ".git/index").write_bytes(b"garbage")
    env = {"FASTKIT_TEMPLATES": str(world.templates)}
    for words in (["update", "-y"], ["add", "nope"]):
        run = fastkit(*words, cwd=project, env=env)
        assert run.code in (1, 2)
        assert [line.split(":")[0] for line in run.error_lines] == ["error", "hint"]
    run = fastkit("update", "-y", cwd=project, env=env)
    assert run.error_lines[0].startswith("error: git refused: ")


@pytest.mark.parametrize("words", [["--check"], ["--dry-run"], ["--set", "a=1"], ["--adopt", "x"]])
def test_the_undo_refuses_other_options(words: list[str], world: World) -> None:
    project = world.begin(CASE)
    before = content(project)
    update(project)
    run = fastkit("update", "--undo", *words, cwd=project)
    assert run.code == 2
    assert content(project) != before


def test_edits_since_an_update_are_set_aside_by_the_undo(world: World) -> None:
    project = world.begin(CONFLICT)
    before = content(project)
    update(project)
    change(project, {"a.txt": "settled\n", "new.txt": "mine\n"})
    git(project, "add", "--all")
    run = fastkit("update", "--undo", cwd=project)
    assert run.code == 0, run
    assert content(project) == {**before, "new.txt": b"mine\n"}
    kept = [file.read_text() for file in (project / ".git/fastkit").rglob("a.txt")]
    assert kept == ["settled\n"]
    assert str(next((project / ".git/fastkit").glob("*/undone"))) in run.out.replace("\n", "")


def test_a_committed_update_is_not_taken_back(world: World) -> None:
    project = world.begin(CASE)
    update(project)
    commit(project)
    before = content(project)
    with pytest.raises(NotReady, match="there is no update to take back"):
        undo(project)
    assert content(project) == before


def test_a_dry_run_shows_the_difference_and_writes_nothing(world: World) -> None:
    project = world.begin(CASE)
    objects = git(project, "count-objects")
    run = fastkit("update", "--dry-run", cwd=project, env={"FASTKIT_TEMPLATES": str(world.templates)})
    assert run.code == 0
    assert "a.txt" in run.out.partition("diff --git ")[0]
    assert "+theirs\n" in run.out
    assert git(project, "status", "--porcelain") == ""
    assert git(project, "count-objects") == objects


def test_conflicts_are_listed_with_the_undo(world: World) -> None:
    project = world.begin(CONFLICT)
    (project / "deep").mkdir()
    env = {"FASTKIT_TEMPLATES": str(world.templates)}
    run = fastkit("update", cwd=project / "deep", env=env, answers="y\n")
    assert run.code == 3
    assert run.error_lines[0] == "error: there is a conflict in `a.txt`"
    undo = run.command_after("To take all of it back")
    subprocess.run(undo, shell=True, cwd=project / "deep", check=True)
    assert git(project, "status", "--porcelain") == ""


def test_answering_no_changes_nothing(world: World) -> None:
    project = world.begin(CASE)
    env = {"FASTKIT_TEMPLATES": str(world.templates)}
    run = fastkit("update", cwd=project, env=env, answers="n\n")
    assert (run.code, run.out.splitlines()[-1]) == (1, "nothing was changed")
    assert git(project, "status", "--porcelain") == ""


def test_the_notes_of_each_version_are_shown_once(world: World) -> None:
    world.template("1.0.0", {"a.txt": "1\n"})
    project = world.start()
    notes = '{"1.0.0": Old., "1.10.0": Rename B., "1.9.0": Rename A., "2.0.0": Not yet.}'
    world.template(f"1.10.0, notes: {notes}", {"a.txt": "2\n"})
    assert update(project).notes == ("1.9.0: Rename A.", "1.10.0: Rename B.")
    commit(project)
    world.template(f"1.10.0, notes: {notes}", {"a.txt": "3\n"})
    assert update(project).notes == ()


def test_another_clone_must_name_the_folder_of_the_template(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    env = {"FASTKIT_TEMPLATES": os.devnull}
    world.template("1.0.0", CASE.before)
    address = str(world.templates / "demo")
    made = fastkit("startdemo", address, "--project-name", "shop", "-y", cwd=world.place, env=env)
    assert made.code == 0
    world.template("1.1.0", CASE.after)
    clone = world.place / "clone"
    git(world.place, "clone", "--quiet", str(world.project), str(clone))
    run = fastkit("update", "-y", cwd=clone, env=env)
    assert run.code == 1
    assert run.error_lines[1] == "hint: pass it: `--template PATH`"
    run = fastkit("update", "-y", "--template", address, "--json", cwd=clone, env=env)
    assert run.code == 0
    assert json.loads(run.out)["taken"] is True
    assert content(clone)["a.txt"].decode() == CASE.after["a.txt"]
    assert fastkit("update", "-y", cwd=world.project, env=env).code == 0


# Templates from git.


def released(repository: Repository, version: str, files: Mapping[str, str]) -> None:
    about = f"_subdirectory: project\n_fastkit: {{version: {version}}}\nproject_name: {{type: str}}\n"
    repository.commit(
        {"copier.yml": about, **{f"project/{path}": files[path] for path in files}}, f"v{version}"
    )


def test_a_git_template_is_used_at_its_newest_release_or_at_a_ref(world: World, tmp_path: Path) -> None:
    repository = make_repository(tmp_path / "demo.git")
    released(repository, "1.0.0", {"a.txt": PROSE})
    address = f"git+{repository.bare}"
    made = fastkit("startdemo", address, "--project-name", "shop", "-y", cwd=world.place)
    assert made.code == 0, made
    project = world.project
    assert read_record(project).ref == "v1.0.0"
    change(project, {"a.txt": edited((3, "mine"))})
    commit(project)
    released(repository, "1.1.0", {"a.txt": edited((18, "one"))})
    released(repository, "1.2.0", {"a.txt": edited((18, "two"))})
    git(world.place, "clone", "--quiet", str(project), "clone")
    run = fastkit("update", "-y", cwd=world.place / "clone")
    assert run.error_lines == [
        "error: the template `demo` was in a folder of one machine, which is not recorded",
        "hint: pass it: `--template git+PATH`",
    ]
    run = fastkit("update", "-y", "--ref", "v1.1.0", cwd=project)
    assert run.code == 0, run
    assert content(project)["a.txt"].decode() == edited((3, "mine"), (18, "one"))
    commit(project)
    run = fastkit("update", "-y", "--template", address, cwd=project)
    assert run.code == 0, run
    assert content(project)["a.txt"].decode() == edited((3, "mine"), (18, "two"))
    assert read_record(project).ref == "v1.2.0"


def test_outside_of_a_project_it_is_one_error(tmp_path: Path) -> None:
    run = fastkit("update", cwd=tmp_path)
    assert (run.code, len(run.error_lines)) == (1, 2)


def test_the_cases_have_lines_to_edit() -> None:
    assert PROSE.count("\n") == 20
