"""The items: what can be done with them, nothing of HTTP."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from src.core.store import JsonStore
from src.schemas.items import Item, ItemCreate, ItemUpdate


class Items:
    """Reads give JSON, ready to be sent; writes give the item as it was kept."""

    def __init__(self, data_file: Path) -> None:
        self.store = JsonStore(Item, data_file)

    async def page(self, offset: int, limit: int) -> tuple[bytes, int]:
        return await self.store.page(offset, limit)

    async def get(self, item_id: int) -> bytes:
        return await self.store.get(item_id)

    async def get_many(self, item_ids: Iterable[int]) -> bytes:
        return await self.store.get_many(item_ids)

    async def create(self, item: ItemCreate) -> Item:
        [created] = await self.create_many([item])
        return created

    async def create_many(self, items: Sequence[ItemCreate]) -> list[Item]:
        return await self.store.add([item.model_dump() for item in items])

    async def update(self, item_id: int, changes: ItemUpdate) -> Item:
        return await self.store.update(item_id, changes)

    async def delete(self, item_id: int) -> None:
        await self.store.delete(item_id)
