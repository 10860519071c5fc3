"""A JSON file as a database: read from memory, written safely to disk.

Reading. The records are in memory. Each read asks the system whether the file has changed
(some microseconds), so an edit by hand or by another worker process is seen at once.

Writing. Changes that arrive during a write share the next one ("group commit"): 500 at once
cost a few writes of the file, not 500. Each is acknowledged only when a file that holds it
is on disk. The new file is written beside the old one and takes its place in one step, so a
crash leaves the one or the other, never half of one.

Several worker processes take turns by a lock. Windows has no such lock: run one worker there.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, Generic, Self, TypeVar

from aiofiles.os import wrap
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from src.core import files
from src.core.errors import AppError, NotFound
from src.core.files import StoreError, StoreFull, Version

MAX_ID = 2**53 - 1  # the largest integer that JavaScript, too, reads exactly


class Record(BaseModel):
    """What every stored model has: subclass it and add fields."""

    model_config = ConfigDict(frozen=True)  # the store hands out the very objects that it keeps

    id: int = Field(ge=1, le=MAX_ID)


R = TypeVar("R", bound=Record)
T = TypeVar("T")


class AlreadyExists(AppError):
    status = 409

    def __init__(self, kind: str, field: str) -> None:
        super().__init__(f"{kind} with this {field} already exists")


@dataclass
class Snapshot(Generic[R]):
    """What the file holds at one moment. The next one begins as a copy of it."""

    version: Version
    records: dict[int, R]
    lines: dict[int, bytes]  # the same as JSON, so that a write need not dump every record again
    last_id: int

    def copy(self) -> "Snapshot[R]":
        return replace(self, records=dict(self.records), lines=dict(self.lines))

    def put(self, records: Sequence[R]) -> None:
        lines = {record.id: record.model_dump_json().encode() for record in records}
        self.lines.update(lines)
        self.records.update(zip(lines, records, strict=True))
        self.last_id = max([self.last_id, *lines])

    def remove(self, record: R) -> None:
        del self.records[record.id], self.lines[record.id]


Change = Callable[[Snapshot[R]], T]


class JsonStore(Generic[R]):
    """The records of one model in one file; at the very first start, those in the file `seed`.

    A subclass says what the records are, what they are called, and of which fields no two
    records have the same value.
    """

    model: type[R]
    name: str
    unique: tuple[str, ...] = ()

    def __init__(self, path: Path, seed: Path | None = None) -> None:
        self.path = path.resolve()  # so that a symbolic link is kept, not replaced
        self.last_id_path = self.path.with_name(f"{self.path.name}.last-id")
        self.seed = seed
        # The newest first. There are two while our own thread replaces one by the other.
        self._known: list[Snapshot[R]] = []
        self._reading = asyncio.Lock()
        self._writer: asyncio.Task[None] | None = None
        self._waiting: list[tuple[Change[R, Any], asyncio.Future[Any]]] = []

    async def __aenter__(self) -> Self:
        """Raises StoreError if there is a file but not one to build on."""
        await self._in_thread(self._open)
        return self

    async def __aexit__(self, *error: object) -> None:
        if self._writer:
            await self._writer
        with suppress(StoreError):  # all that is left to do is to note the last id
            await self._in_thread(partial(self._commit, []))

    async def check(self) -> None:
        """Raise StoreError unless records can be read and written now."""
        size = sum(map(len, (await self._current()).lines.values()))
        await self._in_thread(partial(files.try_to_write, self.path.parent, size))

    async def get(self, record_id: int) -> R:
        return self._find(await self._current(), record_id)

    async def get_many(self, record_ids: Iterable[int]) -> list[R]:
        """Those that exist."""
        records = (await self._current()).records
        return [records[record_id] for record_id in record_ids if record_id in records]

    async def page(self, offset: int, limit: int) -> tuple[list[R], int]:
        """Some of the records, and the number of all."""
        records = (await self._current()).records
        return list(islice(records.values(), offset, offset + limit)), len(records)

    async def add(self, new: Sequence[Mapping[str, Any]]) -> list[R]:
        """All of them or, after an error, none."""

        def change(draft: Snapshot[R]) -> list[R]:
            if draft.last_id + len(new) > MAX_ID:
                raise StoreFull(self.path, "no id is left")
            added = [self.model(id=i, **fields) for i, fields in enumerate(new, draft.last_id + 1)]
            self._put(draft, added)
            return added

        return await self._write(change)

    async def update(self, record_id: int, fields: Mapping[str, Any]) -> R:
        def change(draft: Snapshot[R]) -> R:
            old = self._find(draft, record_id)
            updated = self.model.model_validate({**dict(old), **fields})
            self._put(draft, [updated])
            return updated

        return await self._write(change)

    async def delete(self, record_id: int) -> None:
        await self._write(lambda draft: draft.remove(self._find(draft, record_id)))

    def _find(self, snapshot: Snapshot[R], record_id: int) -> R:
        if record := snapshot.records.get(record_id):
            return record
        raise NotFound(self.model.__name__, record_id)

    def _put(self, draft: Snapshot[R], records: Sequence[R]) -> None:
        for field in self.unique:
            owners = {getattr(record, field): record.id for record in draft.records.values()}
            for record in records:
                value = getattr(record, field)
                if value is not None and owners.setdefault(value, record.id) != record.id:
                    raise AlreadyExists(self.model.__name__, field)
        draft.put(records)

    # Reading the file: only when it is not the one in memory.

    async def _current(self) -> Snapshot[R]:
        with suppress(OSError):  # reading the file will tell what is wrong
            if snapshot := self._in_memory():
                return snapshot
        async with self._reading:  # one reads the file, the others wait for what it finds
            return await self._in_thread(self._newest)

    def _in_memory(self) -> Snapshot[R] | None:
        version = files.version(self.path)
        return next((known for known in self._known if known.version == version), None)

    def _newest(self) -> Snapshot[R]:
        if snapshot := self._in_memory():
            return snapshot
        version = files.version(self.path)  # first: so a later change of the file will be noticed
        last_ids = [self._noted_last_id(), *(known.last_id for known in self._known)]
        snapshot = Snapshot(version, {}, {}, max(last_ids))
        snapshot.put([] if version == files.NO_FILE else self._parse(files.read(self.path)))
        self._known = [snapshot]
        return snapshot

    def _parse(self, data: bytes) -> list[R]:
        try:
            array: TypeAdapter[list[R]] = TypeAdapter(list[self.model])  # type: ignore[name-defined]
            records = array.validate_json(data)
        except ValidationError as error:
            first = error.errors(include_url=False, include_context=False, include_input=False)[0]
            place = "".join(f"[{part!r}]" for part in first["loc"])
            raise StoreError(self.path, f"{place} {first['msg']}".strip()) from None
        for record_id, times in Counter(record.id for record in records).most_common(1):
            if times > 1:
                raise StoreError(self.path, f"two records have the id {record_id}")
        return records

    # Writing the file: one writer at a time takes all changes that wait.

    async def _write(self, change: Change[R, T]) -> T:
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
                if done.cancelled():  # the request has timed out; its change is kept all the same
                    continue
                if isinstance(outcome, Exception):
                    done.set_exception(outcome)
                else:
                    done.set_result(outcome)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        """All of it in one go: a hop to a thread for each file operation is 3 times slower."""
        try:
            return await wrap(work)()
        except OSError as error:
            raise files.explained(error, self.path) from error

    def _open(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with files.locked(self.path.parent) as folder:
            before = self._newest()
            if self.seed and before.version == files.NO_FILE:
                first = type(self)(self.seed)._newest()
                if before.last_id <= first.last_id:  # else the file was in use, and was deleted
                    self._note_last_id(first, folder)
                    self._save(before, first, folder)

    def _commit(self, changes: Sequence[Change[R, Any]]) -> list[Any]:
        with files.locked(self.path.parent) as folder:
            while True:
                before = self._newest()
                draft = before.copy()
                outcomes = [_attempt(change, draft) for change in changes]
                self._note_last_id(draft, folder)
                unchanged = all(isinstance(outcome, Exception) for outcome in outcomes)
                if unchanged or self._save(before, draft, folder):
                    return outcomes

    def _save(self, before: Snapshot[R], draft: Snapshot[R], folder: int | None) -> bool:
        """False if somebody without the lock, such as an editor, was quicker."""
        lines = b",\n".join(draft.lines.values())  # one a line: two files are easy to compare
        with files.staged(self.path, [b"[\n", lines, b"\n]\n"], after=before.version) as new:
            if files.version(self.path) != before.version:
                return False
            draft.version = files.version(new)
            self._known = [draft, before]
            files.put_in_place(new, self.path, folder)
            return True

    # Ids are never given twice. The next one follows the largest in the file, so it is only
    # when the record with the largest id is no longer there that its id must be noted.

    def _noted_last_id(self) -> int:
        try:
            return int(files.read(self.last_id_path) or 0)
        except ValueError:
            raise StoreError(self.last_id_path, "it is not a number") from None

    def _note_last_id(self, draft: Snapshot[R], folder: int | None) -> None:
        if draft.last_id not in draft.records and draft.last_id > self._noted_last_id():
            with files.staged(self.last_id_path, [b"%d\n" % draft.last_id]) as new:
                files.put_in_place(new, self.last_id_path, folder)


def _attempt(change: Change[R, Any], draft: Snapshot[R]) -> Any:
    """What the change gives, or the error it raises: one that fails must not stop the others."""
    try:
        return change(draft)
    except Exception as error:
        return error
