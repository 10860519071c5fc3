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
import errno
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any, Generic, TypeVar

from aiofiles.os import wrap
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from src.core import files
from src.core.errors import NotFound
from src.core.ids import MAX_ID
from src.core.store_errors import StoreCorrupt, StoreError, StoreFull

NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class Record(BaseModel):
    """What every stored model has: subclass it and add fields."""

    id: int = Field(ge=1, le=MAX_ID)


R = TypeVar("R", bound=Record)
T = TypeVar("T")


@dataclass(frozen=True)
class Snapshot:
    """What the file held at one moment: it is replaced, never changed."""

    version: files.Version
    rows: dict[int, bytes]
    last_id: int
    fault: str = ""

    @cached_property
    def in_order(self) -> list[bytes]:
        return list(self.rows.values())


@dataclass
class Draft:
    """A copy of the rows for a batch of changes to work on."""

    rows: dict[int, bytes]
    last_id: int


class JsonStore(Generic[R]):
    """The records of one model, in one file."""

    def __init__(self, model: type[R], path: Path) -> None:
        self.model = model
        self.path = path.resolve()  # so that a symbolic link is kept, not replaced
        self.last_id_path = self.path.with_name(f"{self.path.name}.last-id")
        self._array: TypeAdapter[list[R]] = TypeAdapter(list[model])  # type: ignore[valid-type]
        self._now = self._next = Snapshot(files.UNREAD, rows={}, last_id=0)
        self._reader: asyncio.Task[Snapshot] | None = None
        self._writer: asyncio.Task[None] | None = None
        self._waiting: list[tuple[Callable[[Draft], Any], asyncio.Future[Any]]] = []

    async def open(self) -> None:
        """Raises StoreCorrupt if there is a file but not one to build on."""
        await self._in_thread(partial(self.path.parent.mkdir, parents=True, exist_ok=True))
        await self._current()

    async def close(self) -> None:
        if self._writer:
            await self._writer

    async def check(self) -> None:
        """Raises StoreError unless records can be read and written now."""
        size = sum(map(len, (await self._current()).in_order))
        await self._in_thread(partial(files.try_to_write, self.path.parent, size))

    # Reads give JSON, ready to be sent.

    async def get(self, record_id: int) -> bytes:
        return self._row((await self._current()).rows, record_id)

    async def get_many(self, record_ids: Iterable[int]) -> bytes:
        """An array of those that exist."""
        rows = (await self._current()).rows
        return _array([rows[i] for i in record_ids if i in rows])

    async def page(self, offset: int, limit: int) -> tuple[bytes, int]:
        """An array, and the number of all records."""
        rows = (await self._current()).in_order
        return _array(rows[offset : offset + limit]), len(rows)

    # Writes: each change is a plain function of a draft, with no file and no waiting in it.

    async def add(self, new: Sequence[Mapping[str, Any]]) -> list[R]:
        """All of them or, after an error, none."""
        return await self._write(partial(self._add, new))

    async def update(self, record_id: int, fields: Mapping[str, Any]) -> R:
        return await self._write(partial(self._update, record_id, fields))

    async def delete(self, record_id: int) -> None:
        await self._write(partial(self._delete, record_id))

    def _add(self, new: Sequence[Mapping[str, Any]], draft: Draft) -> list[R]:
        if draft.last_id + len(new) > MAX_ID:
            raise StoreFull(self.path, "no id is left")
        records = [self.model(id=i, **fields) for i, fields in enumerate(new, draft.last_id + 1)]
        draft.rows.update((record.id, _json(record)) for record in records)
        draft.last_id += len(records)
        return records

    def _update(self, record_id: int, fields: Mapping[str, Any], draft: Draft) -> R:
        old = self.model.model_validate_json(self._row(draft.rows, record_id))
        record = self.model.model_validate({**old.model_dump(), **fields})
        draft.rows[record_id] = _json(record)
        return record

    def _delete(self, record_id: int, draft: Draft) -> None:
        self._row(draft.rows, record_id)
        del draft.rows[record_id]

    def _row(self, rows: Mapping[int, bytes], record_id: int) -> bytes:
        try:
            return rows[record_id]
        except KeyError:
            raise NotFound(self.model.__name__, record_id) from None

    # Reading the file: only when it is not the one in memory.

    async def _current(self) -> Snapshot:
        snapshot = self._in_memory(self._version()) or await self._reread()
        return self._sound(snapshot)

    def _sound(self, snapshot: Snapshot) -> Snapshot:
        if snapshot.fault:
            raise StoreCorrupt(self.path, snapshot.fault)
        return snapshot

    def _in_memory(self, version: files.Version) -> Snapshot | None:
        # `_next` is the one that our own thread is putting in place at this moment.
        for snapshot in (self._now, self._next):
            if snapshot.version == version:
                return snapshot
        return None

    async def _reread(self) -> Snapshot:
        # A reading that is under way may have begun before the change that we saw. Let it
        # end, then share the next one with all who wait here.
        if self._reader and not self._reader.done():
            await asyncio.wait({self._reader})
        if self._reader is None or self._reader.done():
            self._reader = asyncio.create_task(self._in_thread(self._newest))
        return await asyncio.shield(self._reader)

    def _newest(self) -> Snapshot:
        """In a thread: the file as it is now."""
        if not (snapshot := self._in_memory(files.version(self.path))):
            snapshot = self._now = self._load()
        return snapshot

    def _load(self) -> Snapshot:
        version, data = files.read(self.path)
        rows: dict[int, bytes] = {}
        fault = ""
        try:
            if version != files.NO_FILE:
                rows = self._parse(data)
        except ValueError as error:  # kept, so that a bad file is parsed once, not at each read
            fault = _first_fault(error)
        last_id = max(self._now.last_id, self._next.last_id, self._noted_last_id(), *rows)
        return Snapshot(version, rows, last_id, fault)

    def _parse(self, data: bytes) -> dict[int, bytes]:
        records = self._array.validate_json(data)
        rows = {record.id: _json(record) for record in records}
        if len(rows) < len(records):
            [(record_id, _)] = Counter(record.id for record in records).most_common(1)
            raise ValueError(f"two records have the id {record_id}")
        return rows

    # Writing the file: one writer at a time takes all changes that wait.

    async def _write(self, change: Callable[[Draft], T]) -> T:
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
                _settle(done, outcome)

    def _commit(self, changes: Iterable[Callable[[Draft], Any]]) -> list[Any]:
        """In a thread, in one go: a hop to a thread for each file operation is 3 times slower."""
        with files.locked(self.path.parent) as folder:
            while True:
                before = self._sound(self._newest())
                draft = Draft(dict(before.rows), before.last_id)
                outcomes = [_attempt(change, draft) for change in changes]
                if all(isinstance(outcome, Exception) for outcome in outcomes):
                    return outcomes
                if self._save(draft, before, folder):
                    return outcomes

    def _save(self, draft: Draft, before: Snapshot, folder: int | None) -> bool:
        """False if somebody without the lock, such as an editor, was quicker."""
        self._note_last_id(draft, folder)
        lines = b",\n".join(draft.rows.values())  # one record a line, for readable diffs
        staged = files.stage(self.path, (b"[\n", lines, b"\n]\n"), after=before.version)
        if files.version(self.path) != before.version:
            staged.unlink()
            return False
        self._next = Snapshot(files.version(staged), draft.rows, draft.last_id)
        files.put_in_place(staged, self.path, folder)
        self._now = self._next
        return True

    # Ids are never given twice. The next one follows the largest in the file, so it is
    # only when the record with the largest id is deleted that the id must be noted.

    def _noted_last_id(self) -> int:
        _, data = files.read(self.last_id_path)
        try:
            return int(data or 0)
        except ValueError:
            raise StoreCorrupt(self.last_id_path, "it is not a number") from None

    def _note_last_id(self, draft: Draft, folder: int | None) -> None:
        if draft.last_id not in draft.rows and draft.last_id > self._noted_last_id():
            staged = files.stage(self.last_id_path, (b"%d\n" % draft.last_id,))
            files.put_in_place(staged, self.last_id_path, folder)

    def _version(self) -> files.Version:
        try:
            return files.version(self.path)
        except OSError as error:
            raise self._explained(error) from error

    async def _in_thread(self, work: Callable[[], T]) -> T:
        try:
            return await wrap(work)()
        except OSError as error:
            raise self._explained(error) from error

    def _explained(self, error: OSError) -> StoreError:
        kind = StoreFull if error.errno in NO_ROOM else StoreError
        return kind(self.path, error.strerror or str(error))


def _json(record: Record) -> bytes:
    return record.model_dump_json().encode()


def _array(rows: Sequence[bytes]) -> bytes:
    return b"[" + b",".join(rows) + b"]"


def _attempt(change: Callable[[Draft], Any], draft: Draft) -> Any:
    """What the change gives, or the error it raises: one that fails must not stop the others."""
    try:
        return change(draft)
    except Exception as error:
        return error


def _settle(done: asyncio.Future[Any], outcome: Any) -> None:
    if done.cancelled():  # the request has timed out; the change is kept all the same
        return
    if isinstance(outcome, Exception):
        done.set_exception(outcome)
    else:
        done.set_result(outcome)


def _first_fault(error: ValueError) -> str:
    """Where it is, and what."""
    if not isinstance(error, ValidationError):
        return str(error)
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    place = "".join(f"[{part!r}]" for part in first["loc"])
    return f"{place} {first['msg']}".strip()
