"""What a Python module and its classes consist of: whether a merge has all that two sides have made of it."""

import ast
from collections import Counter
from collections.abc import Iterator

Member = tuple[str, str, str]
"""The scope of a statement, the name that it defines, and the statement itself."""


def has_all(done: str, base: str, ours: str, theirs: str) -> bool:
    """Whether a merge has each definition that one side added and none that one side removed, none twice.

    Definitions are those of the module and of its classes. A function that both sides changed is none of
    both, so such a merge has not all. Where a side added what only runs, the order could matter.

    Raises:
        SyntaxError: one of the texts is not Python.
    """
    before, mine, new, found = (Counter(members(ast.parse(text))) for text in (base, ours, theirs, done))
    added = (mine - before) + (new - before)
    expected = before + added - (before - mine) - (before - new)
    return found == expected and all(name for _, name, _ in added) and repeated(found) <= repeated(mine)


def members(scope: ast.Module | ast.ClassDef, place: str = "") -> Iterator[Member]:
    for statement in scope.body:
        name = name_of(statement)
        if isinstance(statement, ast.ClassDef):
            head = ast.ClassDef(**{**vars(statement), "body": [ast.Pass()]})
            yield place, name, ast.unparse(head)
            yield from members(statement, f"{place}{name}.")
        else:
            yield place, name, ast.unparse(statement)


def repeated(found: Counter[Member]) -> set[tuple[str, str]]:
    """Names that a scope defines twice."""
    names = Counter((place, name) for place, name, _ in found.elements() if name)
    return {name for name, times in names.items() if times > 1}


def name_of(statement: ast.stmt) -> str:
    """What it defines; empty for what only runs."""
    match statement:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return name
        case ast.AnnAssign(target=ast.Name(id=name)) | ast.Assign(targets=[ast.Name(id=name)]):
            return name
        case ast.Import() | ast.ImportFrom():
            return ast.unparse(statement).partition(" import ")[0]
    return ""
