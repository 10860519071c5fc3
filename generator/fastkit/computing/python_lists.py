"""Lists at the top level of a Python module, and what it imports from: read and changed by position.

A template declares such a list, one item a line and sorted, so that features, resources and owners add to
it without touching each other's lines:

    ROUTERS = [
        items.router,
        users.router,
    ]
"""

import ast
import re
from bisect import insort
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from io import StringIO

LINE = 100
"""Characters of the longest line of a generated project, as its ruff has it."""

INDENT = "    "


@dataclass(frozen=True, order=True)
class Item:
    """An item of a list, and the name that it needs.

    Attributes:
        list: the name of the list.
        text: the item as it is written, such as `realtime.router`.
        source: where the name is imported from; empty where nothing is imported.
        name: what is imported from there, such as `realtime`.
    """

    list: str
    text: str
    source: str = ""
    name: str = ""


class NotAList(Exception):
    """The module has no such list at its top level, or not as a literal."""


def with_item(text: str, item: Item) -> str:
    """The module with an item in its list, and with its import; as it is where it has both.

    Raises:
        NotAList: there is no such list.
        SyntaxError: it is not Python.
    """
    text = with_element(text, item.list, item.text)
    return with_import(text, item.source, item.name) if item.name else text


def without_item(text: str, item: Item) -> str:
    """The module without an item, and without its import where nothing else needs it.

    Raises:
        NotAList: there is no such list.
        SyntaxError: it is not Python.
    """
    text = without_element(text, item.list, item.text)
    unused = item.name and not uses(text, item.name)
    return without_import(text, item.source, item.name) if unused else text


def items_of(text: str) -> frozenset[Item]:
    """Every item of every list, with the import that its first name comes from.

    Raises:
        SyntaxError: it is not Python.
    """
    module = ast.parse(text)
    sources = {
        alias.asname or alias.name: (statement.module or "", alias.name)
        for statement in imports(module)
        for alias in statement.names
        if not alias.asname and not statement.level
    }
    return frozenset(
        Item(name, element, *sources.get(name_in(element), ("", "")))
        for name, literal in lists(module).items()
        for element in texts(text, literal.elts)
    )


def added(before: str, after: str) -> frozenset[Item]:
    """
    Raises:
        SyntaxError: one of them is not Python.
    """
    return items_of(after) - items_of(before)


def elements_of(text: str, name: str) -> list[str]:
    """The items of a list as they are written, in their order.

    Raises:
        NotAList: there is no such list.
        SyntaxError: it is not Python.
    """
    return texts(text, list_in(text, name).elts)


def name_in(element: str) -> str:
    """The name that an item begins with, as in `notes.router`, `Notes()` or `"Note"`."""
    found = re.match(r"[\"']?(\w+)", element)
    return found[1] if found else ""


# The list.


def lists(module: ast.Module) -> dict[str, ast.List | ast.Tuple]:
    """The literals that names are bound to at the top level, each once."""
    found: dict[str, ast.List | ast.Tuple] = {}
    for statement in module.body:
        if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
            target: ast.expr = statement.targets[0]
        elif isinstance(statement, ast.AnnAssign):
            target = statement.target
        else:
            continue
        if isinstance(target, ast.Name) and isinstance(statement.value, ast.List | ast.Tuple):
            found[target.id] = statement.value
    return found


def list_in(text: str, name: str) -> ast.List | ast.Tuple:
    try:
        return lists(ast.parse(text))[name]
    except KeyError:
        raise NotAList(name) from None


def with_element(text: str, name: str, element: str) -> str:
    literal = list_in(text, name)
    present = texts(text, literal.elts)
    if element in present:
        return text
    if on_lines_of_their_own(text, literal):
        return insert_line(text, literal, present, element)
    return replaced(text, literal, written(sorted_with(present, element), literal))


def without_element(text: str, name: str, element: str) -> str:
    literal = list_in(text, name)
    present = texts(text, literal.elts)
    if element not in present:
        return text
    if on_lines_of_their_own(text, literal) and len(present) > 1:
        return without_lines(text, literal.elts[present.index(element)])
    return replaced(text, literal, written([other for other in present if other != element], literal))


def texts(text: str, elements: Iterable[ast.expr]) -> list[str]:
    return [ast.get_source_segment(text, element) or "" for element in elements]


def sorted_with(present: Sequence[str], element: str) -> list[str]:
    """In its place where the rest is sorted, else at the end."""
    done = [*present]
    if done == sorted(done):
        insort(done, element)
    else:
        done.append(element)
    return done


def on_lines_of_their_own(text: str, literal: ast.List | ast.Tuple) -> bool:
    """Whether each item stands alone between the lines of the brackets, with a comma after it."""
    lines = lines_of(text)
    ends = [literal.lineno, *(end_of(element) for element in literal.elts)]
    starts = [*(element.lineno for element in literal.elts), end_of(literal)]
    return all(end < start for end, start in zip(ends, starts, strict=True)) and all(
        lines[end_of(element) - 1].encode()[element.end_col_offset or 0 :].lstrip().startswith(b",")
        for element in literal.elts
    )


def insert_line(text: str, literal: ast.List | ast.Tuple, present: Sequence[str], element: str) -> str:
    place = sorted_with(present, element).index(element)
    lines = lines_of(text)
    lines.insert(end_of(literal.elts[place - 1]) if place else literal.lineno, f"{INDENT}{element},\n")
    return "".join(lines)


def written(elements: Sequence[str], literal: ast.List | ast.Tuple) -> str:
    """The whole list anew, one item a line."""
    opening, closing = "[]" if isinstance(literal, ast.List) else "()"
    if not elements:
        return opening + closing
    return "".join((opening, "\n", *(f"{INDENT}{element},\n" for element in elements), closing))


# The imports.


def imports(module: ast.Module) -> list[ast.ImportFrom]:
    return [statement for statement in module.body if isinstance(statement, ast.ImportFrom)]


def with_import(text: str, source: str, name: str) -> str:
    module = ast.parse(text)
    same = [statement for statement in imports(module) if statement.module == source and not statement.level]
    if any(alias.name == name and not alias.asname for statement in same for alias in statement.names):
        return text
    if same:
        return replaced(text, same[0], import_line(source, [*names_of(same[0]), name], text, same[0]))
    return new_import(text, module, source, name)


def without_import(text: str, source: str, name: str) -> str:
    for statement in imports(ast.parse(text)):
        names = names_of(statement)
        if statement.module == source and name in names:
            names.remove(name)
            if not names:
                return without_lines(text, statement)
            return replaced(text, statement, import_line(source, names, text, statement))
    return text


def names_of(statement: ast.ImportFrom) -> list[str]:
    return [f"{alias.name} as {alias.asname}" if alias.asname else alias.name for alias in statement.names]


def import_line(source: str, names: Sequence[str], text: str, before: ast.ImportFrom) -> str:
    """The statement as ruff's isort and formatter leave it."""
    ordered = sorted(names, key=isorted)
    line = f"from {source} import {', '.join(ordered)}"
    was = ast.get_source_segment(text, before) or ""
    is_open = was.rstrip(") \n").endswith(",")
    if not is_open and len(line) <= LINE:
        return line
    return "\n".join((f"from {source} import (", *(f"{INDENT}{name}," for name in ordered), ")"))


def isorted(name: str) -> tuple[int, str, str]:
    """Constants, then classes, then the rest, as isort orders by type."""
    kind = 0 if name.isupper() and len(name) > 1 else 1 if name[:1].isupper() else 2
    return kind, name.casefold(), name


def new_import(text: str, module: ast.Module, source: str, name: str) -> str:
    """A statement of its own, in its place among those of the same package."""
    line = f"from {source} import {name}\n"
    lines = lines_of(text)
    root = source.split(".")[0]
    beside = [statement for statement in imports(module) if (statement.module or "").split(".")[0] == root]
    later = [statement for statement in beside if (statement.module or "") > source]
    everything = [s for s in module.body if isinstance(s, ast.Import | ast.ImportFrom)]
    if later:
        lines.insert(later[0].lineno - 1, line)
    elif beside:
        lines.insert(end_of(beside[-1]), line)
    elif everything:
        lines.insert(end_of(everything[-1]), "\n" + line)
    else:
        docstring = end_of(module.body[0]) if module.body and ast.get_docstring(module) else 0
        lines.insert(docstring, f"\n{line}" if docstring else f"{line}\n")
    return "".join(lines)


def uses(text: str, name: str) -> bool:
    return any(isinstance(node, ast.Name) and node.id == name for node in ast.walk(ast.parse(text)))


# Positions, which `ast` counts in bytes of UTF-8.


def lines_of(text: str) -> list[str]:
    """The lines as Python's parser counts them, with their ends."""
    return StringIO(text, newline="").readlines()


def end_of(node: ast.stmt | ast.expr) -> int:
    return node.end_lineno or node.lineno


def replaced(text: str, node: ast.stmt | ast.expr, new: str) -> str:
    lines = lines_of(text)
    first, last = lines[node.lineno - 1].encode(), lines[end_of(node) - 1].encode()
    before, after = first[: node.col_offset].decode(), last[node.end_col_offset or 0 :].decode()
    return "".join((*lines[: node.lineno - 1], before, new, after, *lines[end_of(node) :]))


def without_lines(text: str, node: ast.stmt | ast.expr) -> str:
    lines = lines_of(text)
    del lines[node.lineno - 1 : node.end_lineno]
    return "".join(lines)
