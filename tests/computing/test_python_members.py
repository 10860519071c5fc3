"""A merge of a module is whole, or it is not."""

import pytest

from fastkit.computing.python_members import has_all

BASE = "import a\n\n\nclass Note:\n    title: str\n\n\ndef f() -> None:\n    a.b()\n"
MINE = BASE.replace("    title: str\n", "    title: str\n    mine: str\n")
THEIRS = BASE.replace("    title: str\n", "    title: str\n    due: str\n")
BOTH = BASE.replace("    title: str\n", "    title: str\n    due: str\n    mine: str\n")


def test_a_merge_has_what_both_sides_added() -> None:
    assert has_all(BOTH, BASE, MINE, THEIRS)
    assert has_all(BOTH.replace("def f", "def g"), BASE.replace("def f", "def g"), *(
        text.replace("def f", "def g") for text in (MINE, THEIRS)
    ))  # fmt: skip


@pytest.mark.parametrize(
    "done",
    [
        MINE,
        THEIRS,
        BOTH.replace("mine: str", "mine: int"),
        BOTH.replace("def f", "def g"),
        BOTH + "\n\ndef f() -> None:\n    a.b()\n",
        BOTH.replace("import a\n", ""),
        BOTH.replace("class Note", "class Other"),
    ],
)
def test_a_merge_that_lost_changed_or_doubled_something_is_not_whole(done: str) -> None:
    assert not has_all(done, BASE, MINE, THEIRS)


def test_what_only_runs_is_left_to_the_owner() -> None:
    mine, theirs = f"{BASE}\na.b()\n", f"{BASE}\na.c()\n"
    assert not has_all(f"{BASE}\na.b()\na.c()\n", BASE, mine, theirs)


def test_one_name_with_two_meanings_is_left_to_the_owner() -> None:
    mine, theirs = f"{BASE}\nA = 1\n", f"{BASE}\nA = 2\n"
    assert not has_all(f"{BASE}\nA = 2\nA = 1\n", BASE, mine, theirs)
