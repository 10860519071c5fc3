"""What can be done with items. Nothing here knows of HTTP."""

from collections.abc import Sequence

from src.core.store import JsonStore
from src.schemas.items import Item, ItemCreate


class Items(JsonStore[Item]):
    """The store's `get`, `get_many`, `page`, `update` and `delete`, and two ways to create."""

    model = Item
    name = "items"

    async def create(self, item: ItemCreate) -> Item:
        [created] = await self.create_many([item])
        return created

    async def create_many(self, items: Sequence[ItemCreate]) -> list[Item]:
        """All of them or, after an error, none."""
        return await self.add([item.model_dump() for item in items])
