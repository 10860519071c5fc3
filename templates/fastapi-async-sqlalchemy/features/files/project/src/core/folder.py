"""The folder of the uploaded files: each under its id, whatever name its sender gave it."""

import errno
import hashlib
import math
import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid4

import aiofiles
from aiofiles import os as files

from src.core.upload_errors import FileTooLarge, FolderFull, FolderUnavailable

# At most so many bytes of a file are in memory.
BLOCK = 256 * 1024

NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@dataclass(frozen=True)
class Received:
    size: int
    sha256: str


class Folder:
    """A file that is not complete yet is in the folder `partial`. A `max_size` of 0 is no limit."""

    def __init__(self, path: Path, max_size: int) -> None:
        self.path = path
        self.partial = path / "partial"
        self.marks = path / "unsettled"
        self.max_size = max_size

    async def open(self, unfinished_after_s: float) -> None:
        """Remove what uploads left that were interrupted by a crash."""
        if not await files.path.exists(self.partial):
            return
        with explained():
            names = await files.listdir(self.partial)
            now = await self._now() if names else 0
            for name in names:
                left = self.partial / name
                with suppress(FileNotFoundError):  # removed meanwhile by another process
                    if (await files.stat(left)).st_mtime < now - unfinished_after_s:
                        await files.unlink(left)

    @asynccontextmanager
    async def receive(
        self, file_id: UUID, chunks: AsyncIterator[bytes], check: Callable[[bytes], None]
    ) -> AsyncIterator[Received]:
        """Keep the file if the block ends well, and nothing of it otherwise."""
        partial = self.partial / str(file_id)
        try:
            with explained():
                await files.makedirs(self.partial, exist_ok=True)
                received = await self._write(partial, chunks, check)
            yield received
        except BaseException:
            await self._remove(partial)
            await self.remove(file_id)
            raise
        finally:
            await self.settle(file_id)

    async def put_in_place(self, file_id: UUID) -> None:
        """In the block of `receive`. Until it has ended, the file is unsettled."""
        with explained():
            await self._mark(file_id)
            await files.rename(self.partial / str(file_id), self.of(file_id))
            await files.wrap(sync_folder)(self.path)

    @asynccontextmanager
    async def remove_after(self, file_id: UUID) -> AsyncIterator[None]:
        """Remove the file if the block ends well. Until it has ended, the file is unsettled."""
        with suppress(OSError):  # a full disk must not keep files from being deleted
            await self._mark(file_id)
        try:
            yield
            await self.remove(file_id)
        finally:
            await self.settle(file_id)

    async def unsettled(self, older_than_s: float) -> list[UUID]:
        """The files of which a crash left it open whether they are in the database."""
        if not await files.path.exists(self.marks):
            return []
        with explained():
            names = await files.listdir(self.marks)
            old = await self._now() - older_than_s if names else 0
            return [UUID(name) for name in names if await self._marked_at(name) < old]

    async def settle(self, file_id: UUID) -> None:
        await self._remove(self.marks / str(file_id))

    def of(self, file_id: UUID) -> Path:
        return self.path / str(file_id)

    async def has(self, file_id: UUID) -> bool:
        return await files.path.exists(self.of(file_id))

    async def remove(self, file_id: UUID) -> None:
        await self._remove(self.of(file_id))

    async def read(
        self, file_id: UUID, start: int = 0, end: int | None = None
    ) -> AsyncIterator[bytes]:
        """Blocks, from the byte `start` to before the byte `end`."""
        left = (math.inf if end is None else end) - start
        async with aiofiles.open(self.of(file_id), "rb") as file:
            await file.seek(start)
            while left > 0 and (block := await file.read(int(min(BLOCK, left)))):
                left -= len(block)
                yield block

    async def _write(
        self, path: Path, chunks: AsyncIterator[bytes], check: Callable[[bytes], None]
    ) -> Received:
        digest, size = hashlib.sha256(), 0
        async with aiofiles.open(path, "xb") as file:
            async for block in in_blocks(chunks):
                if not size:
                    check(block)
                size += len(block)
                if 0 < self.max_size < size:
                    raise FileTooLarge(self.max_size)
                digest.update(block)
                await file.write(block)
            await file.flush()
            await files.wrap(os.fsync)(file.fileno())
        return Received(size, digest.hexdigest())

    async def _mark(self, file_id: UUID) -> None:
        await files.makedirs(self.marks, exist_ok=True)
        async with aiofiles.open(self.marks / str(file_id), "wb"):
            pass

    async def _marked_at(self, name: str) -> float:
        with suppress(FileNotFoundError):  # settled meanwhile by another process
            return (await files.stat(self.marks / name)).st_mtime
        return math.inf

    async def _now(self) -> float:
        """By the clock that dates the files: a shared folder may be on another machine."""
        await files.makedirs(self.partial, exist_ok=True)
        file = self.partial / f"now-{uuid4()}"
        async with aiofiles.open(file, "xb"):
            now = (await files.stat(file)).st_mtime
        await self._remove(file)
        return now

    async def _remove(self, path: Path) -> None:
        with suppress(FileNotFoundError):
            await files.unlink(path)


async def in_blocks(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The same bytes in fewer pieces, as each is written in a thread; at least one piece."""
    pieces: list[bytes] = []
    size, first = 0, True
    async for chunk in chunks:
        pieces.append(chunk)
        size += len(chunk)
        if size >= BLOCK:
            yield b"".join(pieces)
            pieces, size, first = [], 0, False
    if pieces or first:
        yield b"".join(pieces)


def sync_folder(path: Path) -> None:
    """Without this, a power failure could undo the renaming of a file."""
    if os.name == "posix":  # others cannot open a folder
        folder = os.open(path, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


@contextmanager
def explained() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        kind = FolderFull if error.errno in NO_ROOM else FolderUnavailable
        raise kind(str(error)) from error
