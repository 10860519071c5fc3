"""The sections of a Markdown page, each from its title `## ...` to the next one."""

from dataclasses import dataclass

from fastkit.computing.python_lists import NotAList

FENCE = "```"


@dataclass(frozen=True, order=True)
class Section:
    """
    Attributes:
        text: with its title, and without empty lines around it.
    """

    title: str
    text: str


def items_of(text: str) -> frozenset[Section]:
    return frozenset(map(section, parts(text)[1:]))


def added(before: str, after: str) -> frozenset[Section]:
    """The sections whose titles are new; a section that has changed is not one of them."""
    known = {item.title for item in items_of(before)}
    return frozenset(item for item in items_of(after) if item.title not in known)


def with_item(text: str, item: Section) -> str:
    """With the section at the end, unless there is one of its title."""
    there = any(other.title == item.title for other in items_of(text))
    return text if there else f"{text.rstrip()}\n\n{item.text}\n"


def without_item(text: str, item: Section) -> str:
    """
    Raises:
        NotAList: there is no such section, or its owner has changed it.
    """
    found = parts(text)
    kept = [part for part in found if part.strip("\n") != item.text]
    if len(kept) == len(found):
        raise NotAList(item.title)
    return "".join(kept).rstrip("\n") + "\n"


def section(part: str) -> Section:
    return Section(part.partition("\n")[0], part.strip("\n"))


def parts(text: str) -> list[str]:
    """What is before the first section, then each section with what follows it."""
    found, fenced = [""], False
    for line in text.splitlines(keepends=True):
        fenced = fenced != line.lstrip().startswith(FENCE)
        if line.startswith("## ") and not fenced:
            found.append("")
        found[-1] += line
    return found
