"""Texts merged in a repository of their own."""

import pytest

from fastkit.update.merge import Merge, empty_repository
from fastkit.update.repository import Entry

BASE = "one\ntwo\nthree\nfour\nfive\n"


def test_texts_are_merged_line_by_line_and_where_they_conflict_both_sides_can_stay() -> None:
    ours, theirs = BASE.replace("one", "mine"), BASE.replace("five", "theirs")
    both = "one\ntwo\ntheirs\nmine\nfour\nfive\n"
    with empty_repository() as scratch:
        assert scratch.merge_texts(BASE, ours, theirs) == "mine\ntwo\nthree\nfour\ntheirs\n"
        ours, theirs = BASE.replace("three", "mine"), BASE.replace("three", "theirs")
        assert scratch.merge_texts(BASE, ours, theirs) is None
        assert scratch.with_both_sides(BASE, ours, theirs) == both


@pytest.mark.parametrize(
    ("stages", "kind"),
    [
        ((1, 2, 3), "you and the template changed the same lines"),
        ((1, 2), "you changed it, the template removed it"),
        ((2, 3), "you and the template both added it"),
        ((2,), "you and the template moved it to different places"),
    ],
)
def test_a_conflict_is_named_by_what_both_sides_have_done(stages: tuple[int, ...], kind: str) -> None:
    found = Merge(conflicts={"a.txt": {stage: Entry("100644", "0" * 40) for stage in reversed(stages)}})
    assert found.kind("a.txt") == kind
