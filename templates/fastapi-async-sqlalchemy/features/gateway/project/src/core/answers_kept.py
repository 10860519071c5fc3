"""The answers of services that may be kept, in the memory of this process."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import cast
from uuid import UUID, uuid4

from cachetools import LRUCache
from hishel import AsyncBaseStorage, Entry, Headers, Request, Response

# Of answers to one URL, which may differ in what `Vary` names.
VARIANTS = 4

# About what an answer without a body takes.
ENTRY_SIZE = 2048


@dataclass(frozen=True)
class Kept:
    entry: Entry
    body: bytes

    def read(self) -> Entry:
        return replace(self.entry, response=replace(self.entry.response, stream=self._body()))

    async def _body(self) -> AsyncIterator[bytes]:
        yield self.body


class Memory(AsyncBaseStorage):
    """Bodies of so many bytes together: what nobody has asked for longest goes first.

    hishel decides what may be kept, and for how long. Its own storages are SQLite, which takes
    longer than most services, and a Redis.
    """

    def __init__(self, size: int, most_each: int) -> None:
        super().__init__()
        self.most_each = most_each
        self.kept: LRUCache[str, list[Kept]] = LRUCache(
            size, getsizeof=lambda variants: sum(ENTRY_SIZE + len(each.body) for each in variants)
        )

    async def create_entry(
        self,
        request: Request,
        response: Response,
        key: str,
        *,
        ttl: float | None = None,
        tti: float | None = None,
    ) -> Entry:
        entry = Entry(uuid4(), request, response)
        return replace(entry, response=replace(response, stream=self._save(entry, key)))

    async def get_entries(self, key: str) -> list[Entry]:
        return [each.read() for each in self.kept.get(key, [])]

    async def update_headers(self, id: UUID, headers: Headers) -> None:  # noqa: A002
        for variants in self._with(id):
            for number, each in enumerate(variants):
                if each.entry.id == id:
                    response = replace(each.entry.response, headers=headers)
                    variants[number] = replace(each, entry=replace(each.entry, response=response))

    async def remove_entry(self, id: UUID) -> None:  # noqa: A002
        for variants in self._with(id):
            variants[:] = [each for each in variants if each.entry.id != id]

    def _with(self, entry_id: UUID) -> list[list[Kept]]:
        """Those to which that answer belongs; hishel does not say its key."""
        every = [*self.kept.values()]
        return [kept for kept in every if any(each.entry.id == entry_id for each in kept)]

    async def _save(self, entry: Entry, key: str) -> AsyncIterator[bytes]:
        body = bytearray()
        size = 0
        async for piece in cast(AsyncIterator[bytes], entry.response.stream):
            size += len(piece)
            if size <= self.most_each:
                body += piece
            yield piece
        if size <= self.most_each:
            others = self.kept.get(key, [])[: VARIANTS - 1]
            self.kept[key] = [Kept(entry, bytes(body)), *others]
