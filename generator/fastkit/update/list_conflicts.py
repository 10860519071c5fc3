"""Settles conflicts where both sides added something: to a list, to a page, to a Python module or class."""

import ast
from collections.abc import Callable, Iterable, Iterator
from types import ModuleType
from typing import Any

from fastkit.computing import markdown_sections, python_lists, python_members, toml_lists
from fastkit.computing.python_lists import NotAList

MergeTexts = Callable[[str, str, str], str | None]
"""Merges base, ours and theirs line by line; None where they conflict."""

LISTS: dict[str, tuple[ModuleType, Callable[[str], object]]] = {
    ".py": (python_lists, ast.parse),
    ".toml": (toml_lists, toml_lists.parse),
    ".md": (markdown_sections, str),
}
"""By the end of a file's name: what knows its lists, and what raises an error for an invalid text."""


def settled(kind: str, base: str, ours: str, theirs: str, merge: MergeTexts, union: MergeTexts) -> str | None:
    """The merge of three versions of a file that conflict only where both added; None where it is not so.

    What one side did to its lists is done to the other side's lists as well. Only the rest is left to a merge
    of lines. First come the template's items; where the template has also written its lists in another way,
    the owner's.

    Args:
        kind: the end of the file's name.
        union: merges as `merge` does, with both sides of each conflict, the template's first.
    """
    if kind not in LISTS or "\r" in base + ours + theirs:  # git has no such ends unless somebody wants them
        return None
    lists, parse = LISTS[kind]
    for merged in attempts(lists, base, ours, theirs, merge):
        if merged is not None and is_valid(parse, merged):
            return merged
    return with_both(base, ours, theirs, union) if kind == ".py" else None


def with_both(base: str, ours: str, theirs: str, union: MergeTexts) -> str | None:
    """The module with the definitions that each side added at the same place."""
    done = union(base, ours, theirs)
    try:
        return done if done and python_members.has_all(done, base, ours, theirs) else None
    except SyntaxError:
        return None


def attempts(lists: ModuleType, base: str, ours: str, theirs: str, merge: MergeTexts) -> Iterator[str | None]:
    for settle in (with_templates_items, with_owners_items):
        try:
            yield settle(lists, base, ours, theirs, merge)
        except (NotAList, SyntaxError, ValueError):
            continue


def is_valid(parse: Callable[[str], object], text: str) -> bool:
    try:
        parse(text)
    except (SyntaxError, ValueError):
        return False
    return True


def with_templates_items(
    lists: ModuleType, base: str, ours: str, theirs: str, merge: MergeTexts
) -> str | None:
    gone, new = lists.added(theirs, base), lists.added(base, theirs)
    base_done, ours_done = (changed(lists, text, gone, new) for text in (base, ours))
    return ours_done if base_done == theirs else merge(base_done, ours_done, theirs)


def with_owners_items(lists: ModuleType, base: str, ours: str, theirs: str, merge: MergeTexts) -> str | None:
    gone, new = lists.added(ours, base), lists.added(base, ours)
    plain = changed(lists, ours, new, gone)
    merged = theirs if is_the_same(lists, plain, base) else merge(base, plain, theirs)
    return None if merged is None else changed(lists, merged, gone, new)


def is_the_same(lists: ModuleType, one: str, other: str) -> bool:
    """But for how lists of the same items are written."""
    common = lists.items_of(one) & lists.items_of(other)
    return changed(lists, one, common, ()) == changed(lists, other, common, ())


def changed(lists: ModuleType, text: str, gone: Iterable[Any], new: Iterable[Any]) -> str:
    for item in sorted(gone):
        text = lists.without_item(text, item)
    for item in sorted(new):
        text = lists.with_item(text, item)
    return text
