"""Settles conflicts in the lists of a Python module: both sides added an item where the other did."""

import ast
from collections.abc import Callable

from fastkit.computing.python_lists import NotAList, items_of, with_item, without_item

MergeTexts = Callable[[str, str, str], str | None]
"""Merges base, ours and theirs line by line; None where they conflict."""


def settled(base: str, ours: str, theirs: str, merge: MergeTexts) -> str | None:
    """The merge of three versions of a module whose lines conflict in lists alone; None where it is not so.

    What the template did to its lists is done to the owner's lists as well, by their positions. Only the
    rest is left to a merge of lines.
    """
    if "\r" in base + ours + theirs:  # lines that end as on Windows: git has none unless somebody wants them
        return None
    try:
        before, after = items_of(base), items_of(theirs)
        ours_done, base_done = ours, base
        for item in sorted(before - after):
            ours_done, base_done = without_item(ours_done, item), without_item(base_done, item)
        for item in sorted(after - before):
            ours_done, base_done = with_item(ours_done, item), with_item(base_done, item)
        merged = ours_done if base_done == theirs else merge(base_done, ours_done, theirs)
        if merged is not None:
            ast.parse(merged)
    except (NotAList, SyntaxError, ValueError):
        return None
    return merged
