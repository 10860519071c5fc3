"""Settles conflicts in the lists of a Python module: both sides added an item where the other did."""

import ast
from collections.abc import Callable, Iterable

from fastkit.computing.python_lists import Item, NotAList, items_of, with_item, without_item

MergeTexts = Callable[[str, str, str], str | None]
"""Merges base, ours and theirs line by line; None where they conflict."""


def settled(base: str, ours: str, theirs: str, merge: MergeTexts) -> str | None:
    """The merge of three versions of a module whose lines conflict in lists alone; None where it is not so.

    What one side did to its lists is done to the other side's lists as well, by their positions. Only the
    rest is left to a merge of lines. First come the template's items; where the template has also written
    its lists in another way, the owner's.
    """
    if "\r" in base + ours + theirs:  # lines that end as on Windows: git has none unless somebody wants them
        return None
    for settle in (with_templates_items, with_owners_items):
        try:
            merged = settle(base, ours, theirs, merge)
            if merged is not None:
                ast.parse(merged)
                return merged
        except (NotAList, SyntaxError, ValueError):
            continue
    return None


def with_templates_items(base: str, ours: str, theirs: str, merge: MergeTexts) -> str | None:
    before, after = items_of(base), items_of(theirs)
    base_done = changed(base, before - after, after - before)
    ours_done = changed(ours, before - after, after - before)
    return ours_done if base_done == theirs else merge(base_done, ours_done, theirs)


def with_owners_items(base: str, ours: str, theirs: str, merge: MergeTexts) -> str | None:
    before, after = items_of(base), items_of(ours)
    plain = changed(ours, after - before, before - after)
    merged = theirs if plain == base else merge(base, plain, theirs)
    return None if merged is None else changed(merged, before - after, after - before)


def changed(text: str, gone: Iterable[Item], new: Iterable[Item]) -> str:
    for item in sorted(gone):
        text = without_item(text, item)
    for item in sorted(new):
        text = with_item(text, item)
    return text
