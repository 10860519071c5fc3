"""Rendered files put in place: all of them, or none."""

import errno
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from fastkit.catalog.questions import Answers
from fastkit.catalog.template import Template
from fastkit.errors import DestinationConflict, DestinationError
from fastkit.machine.moves import BY_HANDLE
from fastkit.making.put_in_place import Change, changes, put_in_place, taken_back_on_error
from fastkit.plan import Existing, Plan, Recipe
from tests.support.folders import read, write


def plan_for(destination: Path, existing: Existing = Existing.REFUSE) -> Plan:
    recipe = Recipe(Template("demo", Path(), "folder", {}), Answers(), destination.name)
    return Plan(recipe, destination, existing=existing)


def put(rendered: Path, plan: Plan) -> tuple[Change, ...]:
    with taken_back_on_error(rendered, plan.destination) as moves:
        return put_in_place(moves, plan)


def place(
    root: Path, project: dict[str, Any], mine: dict[str, Any] | None, existing: Existing = Existing.REFUSE
) -> dict[str, str]:
    """Put a project where a person's files are; the status of each file."""
    if mine is not None:
        write(root / "shop", mine)
    rendered = write(root / ".staging/shop", project)
    found = put(rendered, plan_for(root / "shop", existing))
    return {change.path: change.status for change in found}


PROJECT = {"README.md": "new\n", "src/main.py": "app\n", "src/deep/er.py": "1\n", "empty/": ""}


# A new destination.


def test_a_missing_destination_takes_one_rename(tmp_path: Path) -> None:
    rendered = write(tmp_path / ".staging/shop", PROJECT)
    folder = rendered.stat().st_ino
    found = put(rendered, plan_for(tmp_path / "shop"))
    assert (tmp_path / "shop").stat().st_ino == folder
    assert not rendered.exists()
    assert read(tmp_path / "shop") == PROJECT
    assert [(change.path, change.size, change.status) for change in found] == [
        ("README.md", 4, "create"),
        ("empty/", 0, "create"),
        ("src/deep/er.py", 2, "create"),
        ("src/main.py", 4, "create"),
    ]


def test_an_empty_destination_is_filled(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    assert set(place(tmp_path, PROJECT, None).values()) == {"create"}
    assert read(tmp_path / "shop") == PROJECT


def test_a_destination_may_be_a_link_to_a_folder(tmp_path: Path) -> None:
    write(tmp_path, {"real/notes.txt": "mine\n", "shop": "-> real"})
    place(tmp_path, PROJECT, None)
    assert read(tmp_path / "real") == {**PROJECT, "notes.txt": "mine\n"}
    assert (tmp_path / "shop").is_symlink()


# A destination with files of its own.


def test_new_files_join_those_that_are_there(tmp_path: Path) -> None:
    mine = {"notes.txt": "mine\n", "src/mine.py": "2\n", "README.md": "new\n"}
    statuses = place(tmp_path, PROJECT, mine)
    assert statuses["README.md"] == "identical"
    assert statuses["src/main.py"] == "create"
    assert read(tmp_path / "shop") == {**PROJECT, **mine}


def test_an_identical_file_is_left_alone(tmp_path: Path) -> None:
    write(tmp_path / "shop", {"README.md": "new\n"})
    before = (tmp_path / "shop/README.md").stat()
    place(tmp_path, PROJECT, None)
    assert (tmp_path / "shop/README.md").stat().st_ino == before.st_ino


def test_other_content_refuses_and_writes_nothing(tmp_path: Path) -> None:
    mine = {"README.md": "mine\n", "src/main.py": "mine\n", "notes.txt": ""}
    with pytest.raises(DestinationConflict) as error:
        place(tmp_path, PROJECT, mine)
    assert error.value.files == ("README.md", "src/main.py")
    assert read(tmp_path / "shop") == mine
    assert read(tmp_path / ".staging/shop") == PROJECT


def test_overwriting_replaces_what_the_project_has_and_keeps_the_rest(tmp_path: Path) -> None:
    mine = {"README.md": "mine\n", "notes.txt": "mine\n"}
    assert place(tmp_path, PROJECT, mine, Existing.OVERWRITE)["README.md"] == "overwrite"
    assert read(tmp_path / "shop") == {**PROJECT, "notes.txt": "mine\n"}


def test_keeping_leaves_every_file_that_is_there(tmp_path: Path) -> None:
    mine = {"README.md": "mine\n", "src/deep": "a file where the project has a folder\n"}
    statuses = place(tmp_path, PROJECT, mine, Existing.KEEP)
    assert (statuses["README.md"], statuses["src/deep/er.py"]) == ("keep", "keep")
    assert read(tmp_path / "shop") == {"empty/": "", "src/main.py": "app\n", **mine}


@pytest.mark.parametrize("existing", [Existing.REFUSE, Existing.OVERWRITE])
@pytest.mark.parametrize(
    ("mine", "conflict"),
    [
        ({"src": "a file\n"}, "src/main.py"),
        ({"src/main.py/deep.txt": "a folder\n"}, "src/main.py"),
        ({"README.md/": ""}, "README.md"),
        ({"src/deep": "-> main.py", "src/main.py": "app\n"}, "src/deep/er.py"),
    ],
    ids=["file for folder", "folder for file", "empty folder for file", "link to a file for folder"],
)
def test_a_file_is_never_traded_for_a_folder(
    mine: dict[str, str], conflict: str, existing: Existing, tmp_path: Path
) -> None:
    with pytest.raises(DestinationConflict) as error:
        place(tmp_path, PROJECT, mine, existing)
    assert conflict in error.value.files
    assert read(tmp_path / "shop") == mine


@pytest.mark.parametrize(
    "existing",
    [
        Existing.REFUSE,
        Existing.OVERWRITE,
    ],
)
def test_a_file_is_never_traded_for_an_empty_folder(existing: Existing, tmp_path: Path) -> None:
    with pytest.raises(DestinationConflict) as error:
        place(tmp_path, PROJECT, {"empty": "a file\n"}, existing)
    assert error.value.files == ("empty/",)
    assert read(tmp_path / "shop") == {"empty": "a file\n"}


@pytest.mark.parametrize("existing", [Existing.REFUSE, Existing.OVERWRITE, Existing.KEEP])
@pytest.mark.parametrize(
    "target",
    [
        "../outside",
        "{root}/outside",
        "..",
        "{root}",
    ],
)
def test_a_link_out_of_the_project_is_never_followed(existing: Existing, target: str, tmp_path: Path) -> None:
    write(tmp_path, {"outside/mine.txt": "", "shop/src": f"-> {target.format(root=tmp_path)}"})
    before = read(tmp_path)
    refused = pytest.raises(DestinationConflict, match=r"`src/main\.py`")
    with nullcontext() if existing is Existing.KEEP else refused:
        assert place(tmp_path, {"src/main.py": "app\n"}, None, existing) == {"src/main.py": "keep"}
    after = read(tmp_path)
    assert {path: text for path, text in after.items() if not path.startswith(".staging")} == before


def test_a_link_within_the_project_is_followed(tmp_path: Path) -> None:
    place(tmp_path, {"src/main.py": "app\n"}, {"real/x": "", "src": "-> real"})
    assert read(tmp_path / "shop") == {"real/main.py": "app\n", "real/x": "", "src": "-> real"}


def test_a_link_to_nowhere_is_a_conflict(tmp_path: Path) -> None:
    with pytest.raises(DestinationConflict) as error:
        place(tmp_path, {"src/main.py": "app\n"}, {"src": "-> nowhere"})
    assert error.value.files == ("src/main.py",)


def test_a_link_is_replaced_and_not_what_it_leads_to(tmp_path: Path) -> None:
    write(tmp_path, {"outside.md": "mine\n"})
    place(tmp_path, {"README.md": "new\n"}, {"README.md": "-> ../outside.md"}, Existing.OVERWRITE)
    assert read(tmp_path / "shop") == {"README.md": "new\n"}
    assert (tmp_path / "outside.md").read_text() == "mine\n"


def test_a_link_to_the_same_content_is_not_the_same(tmp_path: Path) -> None:
    write(tmp_path, {"outside.md": "new\n"})
    with pytest.raises(DestinationConflict):
        place(tmp_path, {"README.md": "new\n"}, {"README.md": "-> ../outside.md"})


@pytest.mark.parametrize("mine", [None, {"notes.txt": ""}], ids=["new", "existing"])
def test_modes_links_and_empty_folders_are_kept(mine: dict[str, Any] | None, tmp_path: Path) -> None:
    project = {"run.sh": "#!/bin/sh\n", "latest": "-> run.sh", "lost": "-> nowhere", "a/b/c/": ""}
    rendered = write(tmp_path / ".staging/shop", project)
    (rendered / "run.sh").chmod(0o750)
    place(tmp_path, {}, mine)
    assert (tmp_path / "shop/run.sh").stat().st_mode & 0o777 == 0o750
    assert read(tmp_path / "shop") == {**project, **(mine or {})}


def test_a_link_of_the_project_may_be_there_already(tmp_path: Path) -> None:
    project = {"latest": "-> run.sh", "run.sh": ""}
    assert set(place(tmp_path, project, project).values()) == {"identical"}


# The way back.


def fail_at(number: int, error: BaseException) -> Callable[..., None]:
    """`os.rename`, failing at its n-th call."""
    real = os.rename
    calls = iter(range(1000))

    def rename(*words: Any, **handles: Any) -> None:
        if next(calls) == number:
            raise error
        real(*words, **handles)

    return rename


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()])
@pytest.mark.parametrize("number", range(5))
def test_a_failure_at_any_file_puts_every_file_back(
    number: int, error: BaseException, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = {"README.md": "mine\n", "src/main.py": "mine\n", "src/mine.py": "mine\n"}
    write(tmp_path / "shop", mine)
    rendered = write(tmp_path / ".staging/shop", PROJECT)
    inodes = {path: (tmp_path / "shop" / path).stat().st_ino for path in mine}
    monkeypatch.setattr(os, "rename", fail_at(number, error))
    with pytest.raises((DestinationError, KeyboardInterrupt)) as raised:
        put(rendered, plan_for(tmp_path / "shop", Existing.OVERWRITE))
    if isinstance(error, OSError):
        assert str(raised.value) == f"no space left on the disk of `{tmp_path}/shop`"
    assert read(tmp_path / "shop") == mine
    assert {path: (tmp_path / "shop" / path).stat().st_ino for path in mine} == inodes


def test_the_files_above_take_five_moves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Or the test above would try moments that there are not."""
    monkeypatch.setattr(os, "rename", fail_at(5, OSError()))
    mine = {"README.md": "mine\n", "src/main.py": "mine\n"}
    assert place(tmp_path, PROJECT, mine, Existing.OVERWRITE)


@pytest.fixture
def busy(tmp_path: Path) -> Iterator[Path]:
    """A file that cannot be renamed, as another is mounted over it."""
    write(tmp_path, {"shop/src/main.py": "mine\n", "other.py": "other\n"})
    file = tmp_path / "shop/src/main.py"
    done = subprocess.run(["mount", "--bind", tmp_path / "other.py", file], capture_output=True, check=False)
    if done.returncode:
        pytest.skip(f"cannot mount: {done.stderr.decode().strip()}")
    yield file
    subprocess.run(["umount", file], check=True)


def test_a_file_that_cannot_be_replaced_stops_all_others(busy: Path, tmp_path: Path) -> None:
    write(tmp_path / "shop", {"README.md": "mine\n"})
    with pytest.raises(DestinationError, match=os.strerror(errno.EBUSY)):
        place(tmp_path, PROJECT, None, Existing.OVERWRITE)
    assert read(tmp_path / "shop") == {"README.md": "mine\n", "src/main.py": "other\n"}
    assert busy.read_text() == "other\n"


def test_an_interrupt_while_files_move_takes_all_of_them_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "rename", interrupting(os.rename))
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            place(tmp_path, PROJECT, {"README.md": "mine\n"}, Existing.OVERWRITE)
    finally:
        signal.signal(signal.SIGINT, before)
    assert read(tmp_path / "shop") == {"README.md": "mine\n"}
    assert read(tmp_path / ".staging/shop") == PROJECT


def interrupting(real: Callable[..., None]) -> Callable[..., None]:
    def rename(*words: Any, **handles: Any) -> None:
        signal.raise_signal(signal.SIGINT)
        real(*words, **handles)

    return rename


@pytest.mark.parametrize("mine", [None, {"README.md": "mine\n", "src/mine.py": ""}], ids=["new", "existing"])
def test_what_fails_once_the_files_are_in_place_takes_all_of_them_back(
    mine: dict[str, Any] | None, tmp_path: Path
) -> None:
    write(tmp_path, {f"shop/{path}": text for path, text in (mine or {}).items()})
    rendered = write(tmp_path / ".staging/shop", PROJECT)
    seen = {}

    def begin() -> None:
        with taken_back_on_error(rendered, tmp_path / "shop") as moves:
            put_in_place(moves, plan_for(tmp_path / "shop", Existing.OVERWRITE))
            seen.update(read(tmp_path / "shop"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        begin()
    assert seen == {**(mine or {}), **PROJECT}
    assert read(tmp_path / ".staging/shop") == PROJECT
    assert read(tmp_path) == {
        **{f"shop/{path}": text for path, text in (mine or {}).items()},
        **{f".staging/shop/{path}": text for path, text in PROJECT.items()},
        **({".staging/.replaced/": ""} if mine else {}),
    }


@contextmanager
def signal_at(moment: int) -> Iterator[None]:
    """A signal at the n-th call or return of a function."""
    seen = 0

    def watch(frame: object, event: str, arg: object) -> None:
        nonlocal seen
        seen += 1
        if seen == moment:
            sys.setprofile(None)
            signal.raise_signal(signal.SIGINT)

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        sys.setprofile(watch)
        yield
    finally:
        sys.setprofile(None)
        signal.signal(signal.SIGINT, before)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # of what it leaves open
@pytest.mark.parametrize("mine", [None, {"README.md": "mine\n"}], ids=["new", "existing"])
def test_a_signal_between_any_two_calls_leaves_all_or_nothing(
    mine: dict[str, Any] | None, tmp_path: Path
) -> None:
    project = tmp_path / "shop"
    for moment in count(1):
        rendered = write(tmp_path / ".staging/shop", {"README.md": "new\n"})
        if mine:
            write(project, mine)
        finished = False
        try:
            with signal_at(moment), taken_back_on_error(rendered, project) as moves:
                put_in_place(moves, plan_for(project, Existing.OVERWRITE))
                (project / ".git").mkdir()
                finished = True
            break
        except KeyboardInterrupt:
            pass
        after = read(project) if project.exists() else None
        assert after == mine or (finished and after == {"README.md": "new\n", ".git/": ""}), moment
        shutil.rmtree(project, ignore_errors=True)
        shutil.rmtree(tmp_path / ".staging")
    assert moment > 100


# Somebody else in the same folder.


def meanwhile(
    monkeypatch: pytest.MonkeyPatch, happens: Callable[[], object], call: str = "mkdir", number: int = 0
) -> None:
    """Let something happen right before the n-th call of a function of `os`."""
    real = getattr(os, call)
    calls = iter(range(1000))

    def function(*words: Any, **more: Any) -> Any:
        if next(calls) == number:
            happens()
        return real(*words, **more)

    monkeypatch.setattr(os, call, function)


def swapped(folder: Path, target: str) -> Callable[[], None]:
    def swap() -> None:
        folder.rename(folder.with_name("swapped"))
        folder.symlink_to(target)

    return swap


by_handle = pytest.mark.skipif(not BY_HANDLE, reason="this system opens folders by their path alone")


@by_handle
@pytest.mark.parametrize("call", ["mkdir", "open", "stat", "rename"])
@pytest.mark.parametrize("number", range(10))
@pytest.mark.parametrize("target", ["../outside", "other"])
def test_a_folder_that_becomes_a_link_leads_nobody_out(
    target: str, number: int, call: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = {"outside/main.py": "outside\n", "shop/src/a.py": "mine\n", "shop/other/main.py": "other\n"}
    write(tmp_path, mine)
    rendered = write(tmp_path / ".staging/shop", {"src/a.py": "new\n", "src/main.py": "new\n"})
    with monkeypatch.context() as patched:
        meanwhile(patched, swapped(tmp_path / "shop/src", target), call, number)
        try:
            put(rendered, plan_for(tmp_path / "shop", Existing.OVERWRITE))
        except DestinationError:
            done = False
        else:
            done = True
    after = read(tmp_path)
    assert after["outside/main.py"] == "outside\n"
    assert {path for path in after if path.startswith("outside/")} == {"outside/main.py"}
    assert done or {"mine\n", "other\n"} <= {*after.values()}


def test_what_cannot_be_put_back_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {"shop/src/a.py": "mine\n", "outside/": ""})
    rendered = write(tmp_path / "shop/.fastkit-1/shop", {"src/a.py": "new\n", "src/b.py": "new\n"})
    meanwhile(monkeypatch, swapped(tmp_path / "shop/src", "../outside"), "rename", 1)
    with pytest.raises(DestinationError) as error:
        put(rendered, plan_for(tmp_path / "shop", Existing.OVERWRITE))
    kept = tmp_path / "shop/.fastkit-1-replaced"
    assert error.value.hint == f"they are in `{kept}`: put them back by hand"
    assert read(kept) == {"src/a.py": "mine\n"}


@pytest.mark.parametrize("existing", [Existing.REFUSE, Existing.OVERWRITE])
def test_a_file_that_appears_is_not_overwritten(
    existing: Existing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, {"shop/notes.txt": ""})
    rendered = write(tmp_path / ".staging/shop", {"a.py": "new\n", "b.py": "new\n"})
    meanwhile(monkeypatch, lambda: write(tmp_path, {"shop/b.py": "mine\n"}), "rename")
    with pytest.raises(DestinationError, match="something else has just been put in"):
        put(rendered, plan_for(tmp_path / "shop", existing))
    assert read(tmp_path / "shop") == {"notes.txt": "", "b.py": "mine\n"}


def test_a_destination_that_appears_is_not_mixed_with_the_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rendered = write(tmp_path / ".staging/shop", PROJECT)
    meanwhile(monkeypatch, lambda: write(tmp_path, {"shop/b.py": "mine\n"}), "rename")
    with pytest.raises(DestinationError, match="something else has just been put in"):
        put(rendered, plan_for(tmp_path / "shop"))
    assert read(tmp_path / "shop") == {"b.py": "mine\n"}


# Differences.


def difference(tmp_path: Path, new: str | bytes, mine: str | bytes) -> str:
    project = write(tmp_path / "new", {"file": new})
    (found,) = changes(project, write(tmp_path / "shop", {"file": mine}), Existing.REFUSE)
    assert found.status == "conflict"
    return found.diff


def test_the_lines_of_a_large_file_are_not_compared(tmp_path: Path) -> None:
    assert difference(tmp_path, "a\n" * 600_000, "b\n") == ""


def test_a_difference_tells_yours_from_the_new(tmp_path: Path) -> None:
    assert difference(tmp_path, "a\nnew\nc\n", "a\nmine\nc\n").splitlines() == [
        "--- file (yours)",
        "+++ file (new)",
        "@@ -1,3 +1,3 @@",
        " a",
        "-mine",
        "+new",
        " c",
    ]


@pytest.mark.parametrize(
    ("new", "mine"), [(b"\xff\x00", "text\n"), ("text\n", b"\xff\x00"), (b"\xff\x00", b"\xff\x01")]
)
def test_binary_files_have_no_difference_to_show(new: str | bytes, mine: str | bytes, tmp_path: Path) -> None:
    assert difference(tmp_path, new, mine) == ""


@pytest.mark.parametrize(("new", "mine"), [("a\n", "a"), ("a\n", "a\r\n"), ("a\u2028b\n", "a\nb\n")])
def test_a_difference_in_the_ends_of_lines_is_shown(new: str, mine: str, tmp_path: Path) -> None:
    project = write(tmp_path / "new", {"file": new.encode()})
    (found,) = changes(project, write(tmp_path / "shop", {"file": mine.encode()}), Existing.REFUSE)
    assert found.status == "conflict"
    assert found.diff != ""


class Stuck(Exception):
    """No OSError, which the code would take for an unreadable file."""


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes of POSIX")
def test_a_pipe_is_a_conflict_and_not_read(tmp_path: Path) -> None:
    def give_up(number: int, frame: object) -> None:
        raise Stuck

    project = write(tmp_path / "new", {"file": "new\n"})
    (tmp_path / "shop").mkdir()
    os.mkfifo(tmp_path / "shop/file")
    before = signal.signal(signal.SIGALRM, give_up)
    signal.setitimer(signal.ITIMER_REAL, 0.5)
    try:
        (found,) = changes(project, tmp_path / "shop", Existing.REFUSE)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert (found.status, found.diff) == ("conflict", "")


def test_looking_for_changes_writes_nothing(tmp_path: Path) -> None:
    write(tmp_path, {"shop/README.md": "mine\n"})
    project = write(tmp_path / "new", PROJECT)
    before = read(tmp_path)
    assert [change.status for change in changes(project, tmp_path / "shop", Existing.OVERWRITE)] == [
        "overwrite",
        "create",
        "create",
        "create",
    ]
    assert read(tmp_path) == before


def test_a_run_that_comes_too_late_leaves_the_repository_of_the_first(tmp_path: Path) -> None:
    with suppress(RuntimeError), taken_back_on_error(tmp_path / "staged", tmp_path / "shop"):
        write(tmp_path / "shop", {".git/HEAD": "ref: refs/heads/main\n"})
        raise RuntimeError
    assert (tmp_path / "shop/.git/HEAD").exists()
