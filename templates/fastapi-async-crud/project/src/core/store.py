"""A JSON file used as a database: read from memory, written safely to disk.

Reading. The records are kept in memory as ready JSON. Each read first asks the system
whether the file has changed (some microseconds), so an edit by hand or by another worker
process is seen at once: this cache is never stale.

Writing. Changes that arrive while a write is under way share the next one ("group
commit"): 500 at once cost a few writes of the file, not 500. Each is answered only when a
file that holds it is on disk. The new file is written beside the old one and takes its
place in one step, so a crash leaves the one or the other, never half of one.

Several worker processes take turns by a lock. Windows has no lock of this kind: run one
worker there.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, Generic, TypeVar

from aiofiles.os import wrap
from pydantic import TypeAdapter

from src.core import files, rows
from src.core.rows import Draft, R, Snapshot
from src.core.store_errors import StoreCorrupt, StoreError, explained

T = TypeVar("T")


class JsonStore(Generic[R]):
    """The records of one model, in one file."""

    def __init__(self, model: type[R], path: Path) -> None:
        self.model = model
        self.path = path.resolve()  # so that a symbolic link is kept, not replaced
        self.last_id_path = self.path.with_name(f"{self.path.name}.last-id")
        self._array: TypeAdapter[list[R]] = TypeAdapter(list[model])  # type: ignore[valid-type]
        self._now = self._next = Snapshot(files.UNREAD, rows={}, last_id=0)
        self._reading = asyncio.Lock()
        self._writer: asyncio.Task[None] | None = None
        self._waiting: list[tuple[Callable[[Draft[R]], Any], asyncio.Future[Any]]] = []

    async def open(self) -> None:
        """Raises StoreCorrupt if there is a file but not one to build on."""
        await self._in_thread(partial(self.path.parent.mkdir, parents=True, exist_ok=True))
        await self._current()

    async def close(self) -> None:
        if self._writer:
            await self._writer
        with suppress(StoreError):  # all that is left to do is to note the last id, if need be
            await self._in_thread(partial(self._commit, []))

    async def check(self) -> None:
        """Raises StoreError unless records can be read and written now."""
        size = sum(map(len, (await self._current()).in_order))
        await self._in_thread(partial(files.try_to_write, self.path.parent, size))

    # Reads give JSON, ready to be sent.

    async def get(self, record_id: int) -> bytes:
        return rows.find((await self._current()).rows, record_id, self.model)

    async def get_many(self, record_ids: Iterable[int]) -> bytes:
        """An array of those that exist."""
        by_id = (await self._current()).rows
        return rows.as_array([by_id[i] for i in record_ids if i in by_id])

    async def page(self, offset: int, limit: int) -> tuple[bytes, int]:
        """An array, and the number of all records."""
        in_order = (await self._current()).in_order
        return rows.as_array(in_order[offset : offset + limit]), len(in_order)

    # Writes give the record as it was kept.

    async def add(self, new: Sequence[Mapping[str, Any]]) -> list[R]:
        """All of them or, after an error, none."""
        return await self._write(lambda draft: draft.add(new))

    async def update(self, record_id: int, fields: Mapping[str, Any]) -> R:
        return await self._write(lambda draft: draft.update(record_id, fields))

    async def delete(self, record_id: int) -> None:
        await self._write(lambda draft: draft.delete(record_id))

    # Reading the file: only when it is not the one in memory.

    async def _current(self) -> Snapshot:
        try:
            return self._sound(self._in_memory() or await self._reread())
        except OSError as error:
            raise explained(error, self.path) from error

    async def _reread(self) -> Snapshot:
        async with self._reading:  # one reads the file, the others wait for what it finds
            return self._in_memory() or await wrap(self._newest)()

    def _sound(self, snapshot: Snapshot) -> Snapshot:
        if snapshot.fault:
            raise StoreCorrupt(self.path, snapshot.fault)
        return snapshot

    def _in_memory(self) -> Snapshot | None:
        """The file as it is now, if that is one we know."""
        version = files.version(self.path)
        if version == self._now.version:
            return self._now
        # Our own thread is putting this one in place at this moment.
        return self._next if version == self._next.version else None

    def _newest(self) -> Snapshot:
        """In a thread: the file as it is now."""
        if not (snapshot := self._in_memory()):
            snapshot = self._now = self._load()
        return snapshot

    def _load(self) -> Snapshot:
        version, data = files.read(self.path)
        by_id, fault = ({}, "") if version == files.NO_FILE else rows.parse(self._array, data)
        last_id = max(self._now.last_id, self._next.last_id, self._noted_last_id(), *by_id)
        return Snapshot(version, by_id, last_id, fault)

    # Writing the file: one writer at a time takes all changes that wait.

    async def _write(self, change: Callable[[Draft[R]], T]) -> T:
        done: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiting.append((change, done))
        if self._writer is None or self._writer.done():
            # A task of its own: a request that is cancelled must not stop the others' write.
            self._writer = asyncio.create_task(self._write_all())
        return await done

    async def _write_all(self) -> None:
        while self._waiting:
            batch = [(change, done) for change, done in self._waiting if not done.cancelled()]
            self._waiting = []
            try:
                changes = [change for change, _ in batch]
                outcomes = await self._in_thread(partial(self._commit, changes))
            except Exception as error:  # the file is as it was: nobody's change is in it
                outcomes = [error] * len(batch)
            for (_, done), outcome in zip(batch, outcomes, strict=True):
                if done.cancelled():  # the request has timed out; the change is kept all the same
                    continue
                if isinstance(outcome, Exception):
                    done.set_exception(outcome)
                else:
                    done.set_result(outcome)

    def _commit(self, changes: Iterable[Callable[[Draft[R]], Any]]) -> list[Any]:
        """In a thread, in one go: a hop to a thread for each file operation is 3 times slower."""
        with files.locked(self.path.parent) as folder:
            while True:
                before = self._sound(self._newest())
                draft = Draft(self.model, self.path, dict(before.rows), before.last_id)
                outcomes = [_attempt(change, draft) for change in changes]
                self._note_last_id(draft, folder)
                if all(isinstance(outcome, Exception) for outcome in outcomes):
                    return outcomes
                if self._replace(before, draft, folder):
                    return outcomes

    def _replace(self, before: Snapshot, draft: Draft[R], folder: int | None) -> bool:
        """False if somebody without the lock, such as an editor, was quicker."""
        staged = files.stage(self.path, rows.as_file(draft.rows), after=before.version)
        if files.version(self.path) != before.version:
            staged.unlink()
            return False
        self._next = Snapshot(files.version(staged), draft.rows, draft.last_id)
        files.put_in_place(staged, self.path, folder)
        self._now = self._next
        return True

    async def _in_thread(self, work: Callable[[], T]) -> T:
        try:
            return await wrap(work)()
        except OSError as error:
            raise explained(error, self.path) from error

    # Ids are never given twice. The next one follows the largest in the file, so it is only
    # when the record with the largest id is no longer there that its id must be noted.

    def _noted_last_id(self) -> int:
        _, data = files.read(self.last_id_path)
        try:
            return int(data or 0)
        except ValueError:
            raise StoreCorrupt(self.last_id_path, "it is not a number") from None

    def _note_last_id(self, draft: Draft[R], folder: int | None) -> None:
        if draft.last_id not in draft.rows and draft.last_id > self._noted_last_id():
            staged = files.stage(self.last_id_path, [b"%d\n" % draft.last_id])
            files.put_in_place(staged, self.last_id_path, folder)


def _attempt(change: Callable[[Draft[R]], Any], draft: Draft[R]) -> Any:
    """What the change gives, or the error it raises: one that fails must not stop the others."""
    try:
        return change(draft)
    except Exception as error:
        return error
