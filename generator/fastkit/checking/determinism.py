"""Content that differs between two renders of the same answers."""

from collections.abc import Iterator

from fastkit.checking.finding import Finding, Tree

HINT = "make what differs the default of a question with `ask: false`: its answer is recorded"


def judge_steadiness(first: Tree, second: Tree) -> Iterator[Finding]:
    """An update would take such a difference for a change of the template."""
    for path in sorted(first.files.keys() | second.files.keys()):
        one, other = first.files.get(path), second.files.get(path)
        if one is None or other is None:
            yield Finding("steadiness", f"`{path}` is not in each of two renders", HINT)
        elif one.content != other.content:
            yield one.finding("steadiness", "two renders differ", HINT)
