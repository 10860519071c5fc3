"""What can happen to a file that a template rendered: its owner edits it, its template changes, or both.

The cases are data, so that other tools can be given the very same ones.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

Files = Mapping[str, str | bytes | None]
"""Content by path; None is a file that is removed."""

PROSE = "".join(f"line {number}\n" for number in range(1, 21))


def edited(*changes: tuple[int, str]) -> str:
    """The prose with other lines, numbered from 1."""
    lines = PROSE.splitlines(keepends=True)
    for number, text in changes:
        lines[number - 1] = f"{text}\n"
    return "".join(lines)


@dataclass(frozen=True)
class Case:
    """
    Attributes:
        before: the template's files as the project was made.
        after: what its next version changes.
        owner: what the owner changes meanwhile; a path in `renamed` is moved first.
        expected: what the project then has to hold; None for no such file.
        conflicts: paths that have to be reported.
        settings: of the template, in copier.yml.
        new_settings: what its next version adds to them.
        executable: files whose next version may be run.
    """

    name: str
    before: Files
    after: Files = field(default_factory=dict)
    owner: Files = field(default_factory=dict)
    renamed: Mapping[str, str] = field(default_factory=dict)
    expected: Files = field(default_factory=dict)
    conflicts: tuple[str, ...] = ()
    settings: str = ""
    new_settings: str = ""
    executable: tuple[str, ...] = ()


def routers(*names: str) -> str:
    return "".join(("ROUTERS = [\n", *(f"    {name},\n" for name in names), "]\n"))


CASES = (
    Case(
        "both edit different lines",
        before={"a.txt": PROSE},
        after={"a.txt": edited((18, "theirs"))},
        owner={"a.txt": edited((3, "mine"))},
        expected={"a.txt": edited((3, "mine"), (18, "theirs"))},
    ),
    Case(
        "both edit the same line",
        before={"a.txt": PROSE},
        after={"a.txt": edited((10, "theirs"))},
        owner={"a.txt": edited((10, "mine"))},
        expected={
            "a.txt": edited((10, "<<<<<<< yours\nmine\n=======\ntheirs\n>>>>>>> template")),
        },
        conflicts=("a.txt",),
    ),
    Case(
        "both add to a list of Python",
        before={"a.py": routers("items")},
        after={"a.py": routers("items", "notes")},
        owner={"a.py": routers("items", "news")},
        expected={"a.py": routers("items", "news", "notes")},
    ),
    Case(
        "both add to a list, and edit the same line besides",
        before={"a.py": routers("items") + "x = 1\n"},
        after={"a.py": routers("items", "notes") + "x = 2\n"},
        owner={"a.py": routers("items", "news") + "x = 3\n"},
        expected={
            "a.py": "ROUTERS = [\n    items,\n<<<<<<< yours\n    news,\n]\nx = 3\n"
            "=======\n    notes,\n]\nx = 2\n>>>>>>> template\n",
        },
        conflicts=("a.py",),
    ),
    Case(
        "only the owner edits",
        before={"a.txt": PROSE, "b.txt": PROSE},
        after={"b.txt": edited((1, "theirs"))},
        owner={"a.txt": edited((10, "mine"))},
        expected={"a.txt": edited((10, "mine")), "b.txt": edited((1, "theirs"))},
    ),
    Case(
        "removed by the template, untouched",
        before={"a.txt": PROSE, "old/b.txt": "b\n"},
        after={"old/b.txt": None},
        expected={"a.txt": PROSE, "old/b.txt": None},
    ),
    Case(
        "removed by the template, edited by the owner",
        before={"a.txt": PROSE},
        after={"a.txt": None},
        owner={"a.txt": edited((3, "mine"))},
        expected={"a.txt": edited((3, "mine"))},
        conflicts=("a.txt",),
    ),
    Case(
        "new in the template",
        before={"a.txt": PROSE},
        after={"new/b.txt": "theirs\n"},
        expected={"a.txt": PROSE, "new/b.txt": "theirs\n"},
    ),
    Case(
        "deleted by the owner, changed by the template",
        before={"a.txt": PROSE, "b.txt": "b\n"},
        after={"a.txt": edited((3, "theirs"))},
        owner={"a.txt": None},
        expected={"a.txt": None, "b.txt": "b\n"},
    ),
    Case(
        "renamed by the template, edited by the owner",
        before={"a.txt": PROSE},
        after={"a.txt": None, "b.txt": edited((18, "theirs"))},
        owner={"a.txt": edited((3, "mine"))},
        expected={"a.txt": None, "b.txt": edited((3, "mine"), (18, "theirs"))},
    ),
    Case(
        "renamed by the owner, changed by the template",
        before={"a.txt": PROSE},
        after={"a.txt": edited((18, "theirs"))},
        owner={"mine.txt": edited((3, "mine"))},
        renamed={"a.txt": "mine.txt"},
        expected={"a.txt": None, "mine.txt": edited((3, "mine"), (18, "theirs"))},
    ),
    Case(
        "the owner's once it exists",
        before={"a.txt": PROSE, "data.json": "[]\n"},
        after={"data.json": "[1]\n", "a.txt": edited((3, "theirs"))},
        owner={"data.json": "[2]\n"},
        expected={"data.json": "[2]\n", "a.txt": edited((3, "theirs"))},
        settings="_skip_if_exists: [data.json]\n",
    ),
    Case(
        "ignored by git, with the owner's secrets",
        before={".gitignore": ".env\n", ".env": "TOKEN=change-me\n"},
        after={".env": "TOKEN=change-me\nDEBUG=0\n", "a.txt": "theirs\n"},
        owner={".env": "TOKEN=s3cret\n"},
        expected={".env": "TOKEN=s3cret\n", "a.txt": "theirs\n"},
    ),
    Case(
        "made executable by the template, edited by the owner",
        before={"run.sh": PROSE},
        after={},
        owner={"run.sh": edited((3, "mine"))},
        expected={"run.sh": edited((3, "mine"))},
        executable=("run.sh",),
    ),
    Case(
        "a new question",
        before={"a.txt": PROSE},
        after={"b.txt.jinja": "on port {{ port }}\n"},
        owner={"a.txt": edited((3, "mine"))},
        expected={"a.txt": edited((3, "mine")), "b.txt": "on port 8000\n"},
        new_settings="port: {type: int, default: 8000}\n",
    ),
    Case(
        "added by both, with different text",
        before={"a.txt": PROSE},
        after={"b.txt": "theirs\n"},
        owner={"b.txt": "mine\n"},
        expected={"b.txt": "<<<<<<< yours\nmine\n=======\ntheirs\n>>>>>>> template\n"},
        conflicts=("b.txt",),
    ),
    Case(
        "added by both, with the same text",
        before={"a.txt": PROSE},
        after={"b.txt": "same\n"},
        owner={"b.txt": "same\n"},
        expected={"b.txt": "same\n"},
    ),
    Case(
        "names of any script",
        before={"ü ß/🦄 'x'.txt": PROSE},
        after={"ü ß/🦄 'x'.txt": edited((18, "theirs")), "日本.txt": "新\n"},
        owner={"ü ß/🦄 'x'.txt": edited((3, "mine"))},
        expected={"ü ß/🦄 'x'.txt": edited((3, "mine"), (18, "theirs")), "日本.txt": "新\n"},
    ),
    Case(
        "a binary file that only the template changes",
        before={"logo.png": b"\x89PNG\x00\x01"},
        after={"logo.png": b"\x89PNG\x00\x02"},
        expected={"logo.png": b"\x89PNG\x00\x02"},
    ),
    Case(
        "a binary file that both change",
        before={"logo.png": b"\x89PNG\x00\x01"},
        after={"logo.png": b"\x89PNG\x00\x02"},
        owner={"logo.png": b"\x89PNG\x00\x03"},
        expected={"logo.png": b"\x89PNG\x00\x03"},
        conflicts=("logo.png",),
    ),
)
