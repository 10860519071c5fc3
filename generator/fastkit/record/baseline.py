"""The project as its template rendered it: `.fastkit/baseline.tar.xz`.

An update compares with it, and so needs neither the history nor the old template.
"""

import io
from collections.abc import Collection, Iterator, Mapping
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from fastkit.computing.limits import MOST_BYTES, MOST_FILES_FETCHED, acts_as_git
from fastkit.errors import RecordError
from fastkit.record.project_yml import FOLDER
from fastkit.record.tree import File, Tree

if TYPE_CHECKING:
    import tarfile

BASELINE = f"{FOLDER}/baseline.tar.xz"

PRESET = 0
"""A tenth larger than the best preset, in a tenth of the time."""

MEMORY = 100 * 1024 * 1024
"""Bytes that unpacking may take besides its output; `PRESET` needs one hundredth."""

LONGEST_HEADER = 64 * 1024
"""Bytes that hold a path and the target of a link."""


def pack(tree: Tree) -> bytes:
    """The same bytes for the same tree: sorted, without owners and times."""
    import lzma
    import tarfile

    archived = io.BytesIO()
    with tarfile.open(fileobj=archived, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path in sorted(tree):
            entry, content = entry_of(path, tree[path])
            archive.addfile(entry, io.BytesIO(content))
    return lzma.compress(archived.getvalue(), preset=PRESET)


def entry_of(path: str, file: File) -> tuple["tarfile.TarInfo", bytes]:
    import tarfile

    entry = tarfile.TarInfo(path)
    entry.mode = 0o755 if file.mode == "100755" else 0o644
    if file.mode == "120000":
        entry.type = tarfile.SYMTYPE
        entry.linkname = file.content.decode("utf-8", "surrogateescape")
        return entry, b""
    entry.size = len(file.content)
    return entry, file.content


def unpack(data: bytes) -> dict[str, File]:
    """The files in a baseline, which an attacker may have written.

    Raises:
        RecordError: the bytes are damaged, or hold what `pack` never writes.
    """
    import lzma
    import tarfile

    try:
        found: dict[str, File] = {}
        for path, file in entries_in(unpacked(data)):
            check_path(path, found)
            found[path] = file
    except (lzma.LZMAError, tarfile.TarError, EOFError, ValueError) as error:
        raise RecordError(BASELINE, f"is damaged: {error}") from error
    check_folders(found)
    return found


def unpacked(data: bytes) -> bytes:
    import lzma

    reader = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=MEMORY)
    archive = reader.decompress(data, MOST_BYTES + 1)
    if len(archive) > MOST_BYTES:
        raise RecordError(BASELINE, f"holds more than {MOST_BYTES:,} bytes")
    if not reader.eof or reader.unused_data:
        raise EOFError("its end is not where it should be")
    return archive


def entries_in(archive: bytes) -> Iterator[tuple[str, File]]:
    """Each path with its file.

    `tarfile` reads single headers only: headers can make its own reader take any memory and any time.
    """
    import tarfile

    place, named = 0, dict[str, str]()
    while any(header := archive[place : place + tarfile.BLOCKSIZE]):
        entry = tarfile.TarInfo.frombuf(header, "utf-8", "surrogateescape")
        begin = place + tarfile.BLOCKSIZE
        if not 0 <= entry.size <= len(archive) - begin:
            raise EOFError("it ends in the middle of a file")
        content = archive[begin : begin + entry.size]
        place = begin + -(-entry.size // tarfile.BLOCKSIZE) * tarfile.BLOCKSIZE
        if entry.type == tarfile.XHDTYPE:
            named = records_in(content)
            continue
        path = named.get("path", entry.name)
        yield path, file_of(path, entry, content, named)
        named = {}


def records_in(content: bytes) -> dict[str, str]:
    """The values of a header that do not fit into the next one.

    Source: https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html, pax Extended Header

    Raises:
        ValueError: it does not have this form.
    """
    if len(content) > LONGEST_HEADER:
        raise ValueError("a header is too long")
    found = {}
    while content:
        length = int(content.partition(b" ")[0])
        if length <= 0:
            raise ValueError("a header has no length")
        key, _, value = content[:length].partition(b" ")[2].removesuffix(b"\n").partition(b"=")
        found[key.decode()] = value.decode("utf-8", "surrogateescape")
        content = content[length:]
    return found


def file_of(path: str, entry: "tarfile.TarInfo", content: bytes, named: Mapping[str, str]) -> File:
    import tarfile

    if entry.type == tarfile.SYMTYPE:
        return File(named.get("linkpath", entry.linkname).encode("utf-8", "surrogateescape"), "120000")
    if entry.type in (tarfile.REGTYPE, tarfile.AREGTYPE):
        return File(content, "100755" if entry.mode & 0o100 else "100644")
    raise RecordError(BASELINE, f"holds `{path}`, which must be a file or a link")


def check_path(path: str, before: Collection[str]) -> None:
    parts = path.split("/")
    if path in before:
        raise RecordError(BASELINE, f"holds `{path}` twice")
    if "\0" in path or {"", ".", ".."}.intersection(parts) or any(map(acts_as_git, parts)):
        raise RecordError(BASELINE, f"holds `{path}`, which no project can have")
    if len(before) >= MOST_FILES_FETCHED:
        raise RecordError(BASELINE, f"holds more than {MOST_FILES_FETCHED:,} files")


def check_folders(paths: Collection[str]) -> None:
    for path in paths:
        for folder in PurePosixPath(path).parents:
            if str(folder) in paths:
                raise RecordError(BASELINE, f"holds `{folder}` as a file and as a folder")
