"""Tasks and migrations of a trusted template run when a project is updated, as with `copier update`."""

from pathlib import Path

import pytest

from tests.support.command_line import Run, fastkit
from tests.support.folders import read
from tests.support.living import commit, git
from tests.support.repositories import Repository, make_repository

ANSWERS_FILE = {"{{ _copier_conf.answers_file }}.jinja": "{{ _copier_answers | to_nice_yaml -}}\n"}

CODE = """\
project_name: shop
n: x
_tasks:
  - cp a.txt made.txt
  - "echo {{ _copier_operation }} > operation.txt"
_migrations:
  - {version: 2.0.0, command: "echo $VERSION_FROM {{ _version_to }} > migrated.txt"}
  - {version: 3.0.0, command: touch too-late.txt}
"""


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return make_repository(
        tmp_path / "demo.git", {"copier.yml": CODE, "a.txt": "one\n", **ANSWERS_FILE}, "v1.0.0"
    )


def start(repository: Repository, *words: str) -> Path:
    """A project whose template has a newer version."""
    folder = repository.bare.parent
    run = fastkit("startdemo", repository.url, "--yes", *words, cwd=folder)
    assert run.code == 0, run
    return folder / "shop"


def update(project: Path, *words: str) -> Run:
    return fastkit("update", "--yes", *words, cwd=project)


def files(project: Path) -> dict[str, str | bytes]:
    return {path: text for path, text in read(project).items() if not path.startswith((".git/", ".fastkit/"))}


def test_tasks_and_migrations_run_after_the_files_are_updated(repository: Repository) -> None:
    project = start(repository, "--trust")
    repository.commit({"a.txt": "two\n"}, "v2.0.0")
    run = update(project, "--trust")
    assert run.code == 0, run
    made = files(project)
    assert (made["made.txt"], made["operation.txt"]) == ("two\n", "update\n")
    assert made["migrated.txt"] == "v1.0.0 v2.0.0\n"
    assert "too-late.txt" not in made
    assert "note: it runs the migration `echo $VERSION_FROM v2.0.0 > migrated.txt`" in run.out
    assert (
        "note: `fastkit update --undo` does not reach what the tasks and migrations of the template did"
        in run.out
    )
    assert run.command_after("Next steps") == "git add --all -- ."


def test_without_trust_the_files_are_updated_and_skipped_code_is_named(repository: Repository) -> None:
    project = start(repository, "--trust")
    repository.commit({"a.txt": "two\n"}, "v2.0.0")
    run = update(project)
    assert run.code == 0, run
    made = files(project)
    assert (made["a.txt"], made["made.txt"], made["operation.txt"]) == ("two\n", "one\n", "copy\n")
    assert "migrated.txt" not in made
    for command in ("task `cp a.txt made.txt`", "migration `echo $VERSION_FROM v2.0.0 > migrated.txt`"):
        assert f"note: left out, as it needs --trust: {command}" in run.out


def test_extensions_of_jinja_cannot_be_left_out(repository: Repository) -> None:
    project = start(repository, "--trust")
    repository.commit({"copier.yml": f"{CODE}_jinja_extensions: [jinja2.ext.do]\n"}, "v2.0.0")
    run = update(project)
    assert run.code == 1
    assert "would run code on this machine (Jinja extensions)" in run.err
    assert git(project, "status", "--porcelain") == ""


def test_a_project_of_a_template_that_has_only_migrations_needs_no_trust(repository: Repository) -> None:
    repository.commit({"copier.yml": "project_name: shop\n_migrations: [touch x]\n"}, "v1.0.1")
    assert "x" not in files(start(repository))


@pytest.mark.parametrize("words", [["--check"], ["--dry-run"]])
def test_a_check_runs_nothing(words: list[str], repository: Repository) -> None:
    project = start(repository, "--trust")
    repository.commit({"a.txt": "two\n"}, "v2.0.0")
    before = files(project)
    run = fastkit("update", "--trust", *words, cwd=project)
    assert run.code in (0, 1)
    assert files(project) == before


def test_without_an_update_nothing_runs(repository: Repository) -> None:
    project = start(repository, "--trust")
    (project / "made.txt").unlink()
    commit(project)
    run = update(project, "--trust")
    assert (run.code, "made.txt" in files(project)) == (0, False)


def test_a_failed_command_is_named_and_the_files_stay_updated(repository: Repository) -> None:
    project = start(repository, "--trust")
    failing = CODE.replace("cp a.txt made.txt", "exit 3")
    repository.commit({"a.txt": "two\n", "copier.yml": failing}, "v2.0.0")
    run = update(project, "--trust")
    assert run.code == 1
    assert run.error_lines[-2] == "error: demo/copier.yml:3: the task `exit 3` ended with status 3"
    assert run.error_lines[-1].startswith(
        "hint: the files are updated and not committed yet: run it and what"
    )
    assert files(project)["a.txt"] == "two\n"
    assert files(project)["operation.txt"] == "copy\n"


def test_json_lists_the_commands_that_ran(repository: Repository) -> None:
    project = start(repository, "--trust")
    repository.commit({"a.txt": "two\n"}, "v2.0.0")
    answer = update(project, "--trust", "--json").answer
    assert answer["code"][0] == {"kind": "task", "command": "cp a.txt made.txt"}


# Migrations that run before the files change.

BEFORE = """\
project_name: shop
_migrations: [{version: 2.0.0, command: COMMAND, when: "{{ _stage == 'before' }}"}]
"""


def migrating(repository: Repository, command: str, changes: dict[str, str | bytes]) -> None:
    repository.commit({"copier.yml": BEFORE.replace("COMMAND", command), **changes}, "v2.0.0")


@pytest.fixture
def plain(tmp_path: Path) -> Repository:
    text = "".join(f"line {number}\n" for number in range(20))
    made = {
        "copier.yml": "project_name: shop\nn: x\n",
        "old.txt": text,
        "n.txt.jinja": "{{ n }}\n",
        **ANSWERS_FILE,
    }
    return make_repository(tmp_path / "demo.git", made, "v1.0.0")


def test_files_that_a_migration_moved_are_updated_in_their_new_place(plain: Repository) -> None:
    project = start(plain)
    text = (project / "old.txt").read_text()
    (project / "old.txt").write_text(text.replace("line 2\n", "mine\n"))
    commit(project)
    before = files(project)
    git(plain.work, "mv", "old.txt", "new.txt")
    migrating(plain, "git mv old.txt new.txt", {"new.txt": text.replace("line 15\n", "theirs\n")})
    run = update(project, "--trust")
    assert run.code == 0, run
    made = files(project)
    assert "old.txt" not in made
    assert made["new.txt"] == text.replace("line 2\n", "mine\n").replace("line 15\n", "theirs\n")
    assert fastkit("update", "--undo", cwd=project).code == 0
    git(project, "mv", "new.txt", "old.txt")  # which is the migration's
    assert files(project) == before


def test_a_migration_may_change_answers_first(plain: Repository) -> None:
    project = start(plain)
    migrating(plain, "sed -i s/x/y/ .copier-answers.yml", {})
    config = (plain.work / "copier.yml").read_text()
    plain.commit({"copier.yml": f"{config}n: x\n"}, "v2.0.0")
    run = update(project, "--trust")
    assert run.code == 0, run
    assert files(project)["n.txt"] == "y\n"
    assert "n: y" in (project / ".fastkit/project.yml").read_text()


def test_a_migration_may_leave_new_files(plain: Repository) -> None:
    project = start(plain)
    migrating(plain, "touch left.txt", {"n.txt.jinja": "new\n"})
    run = update(project, "--trust")
    assert run.code == 0, run
    assert files(project)["n.txt"] == "new\n"
    assert "left.txt" in files(project)


def test_a_migration_that_fails_first_leaves_the_files_as_they_were(plain: Repository) -> None:
    project = start(plain)
    migrating(plain, "exit 4", {"n.txt.jinja": "new\n"})
    before = files(project)
    run = update(project, "--trust")
    assert run.code == 1
    assert run.error_lines[-2] == "error: demo/copier.yml:2: the migration `exit 4` ended with status 4"
    assert run.error_lines[-1].startswith("hint: no file was updated yet")
    assert files(project) == before
    assert git(project, "status", "--porcelain") == ""
