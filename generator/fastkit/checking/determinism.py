"""Check: two renders of the same answers have the same content."""

from collections.abc import Iterator

from fastkit.checking.finding import Finding, Tree

CHECK = "determinism"

HINT = "make the value that differs the default of a question with `ask: false`, so that it is recorded"


def check_determinism(first: Tree, second: Tree) -> Iterator[Finding]:
    """An update would take any difference for a change of the template."""
    for path in sorted(first.files.keys() | second.files.keys()):
        one, other = first.files.get(path), second.files.get(path)
        if one is None or other is None:
            yield Finding(CHECK, f"`{path}` is only in one of two renders", HINT)
        elif one.content != other.content:
            yield one.finding(CHECK, "two renders differ", HINT)
