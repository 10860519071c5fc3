"""Errors say what happened and what one can type next."""

import errno
import re
from pathlib import Path

from fastkit import errors
from fastkit.errors import (
    DestinationConflict,
    FastkitError,
    InvalidAnswer,
    MissingAnswer,
    RegistryUnavailable,
    SystemRefused,
    TemplateError,
    UnknownName,
    UntrustedTemplate,
    UsageError,
)


def family(parent: type[FastkitError]) -> list[type[FastkitError]]:
    return [one for child in parent.__subclasses__() for one in (child, *family(child))]


def test_the_tree_in_the_docstring_names_every_error_below_its_parent() -> None:
    drawn = []
    parents: dict[int, str] = {}
    for line in (errors.__doc__ or "").splitlines():
        if found := re.match(r"([│├└─ ]*)([A-Z]\w+)", line):
            depth = len(found[1])
            parents[depth] = found[2]
            above = max((other for other in parents if other < depth), default=None)
            drawn.append((found[2], None if above is None else parents[above]))
    real = [(error.__name__, error.__bases__[0].__name__) for error in family(FastkitError)]
    assert sorted(drawn[1:], key=str) == sorted([("FastkitError", None), *real], key=str)


def test_wrong_words_end_with_2_and_everything_else_with_1() -> None:
    codes = {error.__name__: error.exit_code for error in family(FastkitError)}
    assert {name for name, code in codes.items() if code == 2} == {
        "UsageError",
        "InvalidAnswer",
        "MissingAnswer",
        "UnknownName",
        "InvalidAddress",
    }
    assert {name for name, code in codes.items() if code == 3} == {"MergeConflict"}
    assert {name for name, code in codes.items() if code == 130} == {"Interrupted", "InstallInterrupted"}
    assert set(codes.values()) == {1, 2, 3, 130}


def test_an_error_carries_its_message_and_its_hint() -> None:
    error = UsageError("`--a` and `--b` exclude each other", "pass one of them")
    assert str(error) == error.message == "`--a` and `--b` exclude each other"
    assert error.hint == "pass one of them"


def test_a_message_is_one_line_that_any_terminal_takes() -> None:
    error = UsageError("`a\nb\x1b\u2028\ud800` is no name", "try again")
    assert error.message == r"`a\nb\x1b\u2028\ud800` is no name"


def test_a_refused_answer_names_its_question_first() -> None:
    error = InvalidAnswer("author", "is empty")
    assert error.message == "`author` is empty"
    assert error.reason == "is empty"
    assert error.hint == "pass another value for `author`"


def test_a_missing_answer_says_which_option_gives_it() -> None:
    error = MissingAnswer("author", "--author")
    assert (error.message, error.hint) == ("no answer for `author`", "pass --author")


def test_an_unknown_name_suggests_the_nearest_one() -> None:
    error = UnknownName("template", "fastapi-asinc-crud", ["fastapi-async-crud", "minimal"], "look there")
    assert error.message == "there is no template `fastapi-asinc-crud`"
    assert error.hint == "did you mean `fastapi-async-crud`?"


def test_an_unknown_name_like_no_other_says_where_to_look() -> None:
    assert UnknownName("template", "xyz", ["fastapi-async-crud"], "look there").hint == "look there"


def test_a_template_error_names_the_place_as_far_as_it_is_known() -> None:
    assert TemplateError("demo", "is broken").message == "demo: is broken"
    assert TemplateError("demo", "is broken", file="a.jinja").message == "demo/a.jinja: is broken"
    assert TemplateError("demo", "is broken", file="a.jinja", line=3).message == "demo/a.jinja:3: is broken"
    assert TemplateError("demo", "is broken").hint == "fix the template `demo`, or report this to its author"
    assert TemplateError("demo", "is broken", hint="do this").hint == "do this"


def test_an_untrusted_template_is_named_with_all_it_would_run() -> None:
    code = ["task: make", "Jinja extension: a.B"]
    error = UntrustedTemplate("demo", ["tasks", "Jinja extensions"], code, Path("/home/ada/settings.yml"))
    assert error.message == ("demo/copier.yml: would run code on this machine (tasks, Jinja extensions)")
    assert error.tail == ("task: make", "Jinja extension: a.B")
    assert "--trust" in error.hint
    assert "`/home/ada/settings.yml`" in error.hint


def test_a_conflict_lists_its_files() -> None:
    error = DestinationConflict(Path("/p/demo"), ["README.md", "src/main.py"])
    assert error.message == "`/p/demo` has other content in `README.md`, `src/main.py`"
    assert error.files == ("README.md", "src/main.py")
    assert all(way in error.hint for way in ("--force", "--skip-existing", "--dry-run"))


def test_a_conflict_of_many_files_lists_twenty_and_counts_the_rest() -> None:
    files = [f"file_{number:02}" for number in range(23)]
    error = DestinationConflict(Path("/p"), files)
    assert error.message.endswith("`file_19`, and 3 more")
    assert "file_20" not in error.message
    assert error.files == tuple(files)


def test_a_registry_that_does_not_answer_is_named_with_what_was_said() -> None:
    error = RegistryUnavailable("timed out")
    assert error.message == "no package registry answers, so no project can be installed: timed out"
    assert error.hint == "go online, or omit --run"


def test_an_error_of_the_system_is_told_in_its_words() -> None:
    full = SystemRefused(OSError(errno.ENOSPC, "No space left on device"))
    assert (full.message, full.hint) == ("the system refuses: No space left on device", "free some space")
    assert SystemRefused(OSError("odd")).message == "the system refuses: odd"
