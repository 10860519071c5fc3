"""Texts merged in a repository of their own."""

from fastkit.update.merge import empty_repository

BASE = "one\ntwo\nthree\nfour\nfive\n"


def test_texts_are_merged_line_by_line_and_where_they_conflict_both_sides_can_stay() -> None:
    ours, theirs = BASE.replace("one", "mine"), BASE.replace("five", "theirs")
    both = "one\ntwo\ntheirs\nmine\nfour\nfive\n"
    with empty_repository() as scratch:
        assert scratch.merge_texts(BASE, ours, theirs) == "mine\ntwo\nthree\nfour\ntheirs\n"
        ours, theirs = BASE.replace("three", "mine"), BASE.replace("three", "theirs")
        assert scratch.merge_texts(BASE, ours, theirs) is None
        assert scratch.with_both_sides(BASE, ours, theirs) == both
