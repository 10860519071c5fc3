"""Which files of a resource differ from what fastkit rendered."""

from pathlib import Path, PurePosixPath

from fastkit.computing.limits import MOST_BYTES
from fastkit.machine.folders import first_bytes
from fastkit.record.baseline import BASELINE, unpack
from fastkit.record.tree import Tree


def edited(project: Path, plural: str) -> list[str]:
    """The paths of the files named after the resource, sorted.

    Raises:
        RecordError: the baseline cannot be read.
    """
    tree = baseline(project)
    own = [path for path in tree if PurePosixPath(path).stem in (plural, f"test_{plural}")]
    return sorted(path for path in own if content_of(project / path) != tree[path].content)


def baseline(project: Path) -> Tree:
    try:
        return unpack(first_bytes(project / BASELINE, MOST_BYTES))
    except FileNotFoundError:
        return {}


def content_of(file: Path) -> bytes | None:
    """As git stores it: with line feeds alone."""
    try:
        return file.read_bytes().replace(b"\r\n", b"\n")
    except OSError:
        return None
