"""The flagship with a dict in place of its store: all the rest of the application is its own."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import count, islice
from pathlib import Path
from typing import Any, Self

from pydantic import TypeAdapter
from src import crud
from src.core.config import Settings
from src.core.errors import NotFound
from src.schemas.items import Item


class Items:
    name = "items"

    def __init__(self, path: Path, seed: Path | None = None) -> None:
        items = TypeAdapter(list[Item]).validate_json(path.read_bytes())
        self.by_id = {item.id: item for item in items}
        self.ids = count(max(self.by_id) + 1)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        pass

    async def page(self, offset: int, limit: int) -> tuple[list[Item], int]:
        return list(islice(self.by_id.values(), offset, offset + limit)), len(self.by_id)

    async def get(self, item_id: int) -> Item:
        try:
            return self.by_id[item_id]
        except KeyError:
            raise NotFound("Item", item_id) from None

    async def get_many(self, item_ids: Iterable[int]) -> list[Item]:
        return [self.by_id[item_id] for item_id in item_ids if item_id in self.by_id]

    async def add(self, new: Sequence[Mapping[str, Any]]) -> list[Item]:
        added = [Item(id=next(self.ids), **fields) for fields in new]
        self.by_id.update({item.id: item for item in added})
        return added

    async def update(self, item_id: int, changes: Any) -> Item:
        updated = (await self.get(item_id)).model_copy(update=changes)
        self.by_id[item_id] = updated
        return updated


crud.items.Items = Items
crud.STORES[:] = [Items]

from src.main import create_app  # noqa: E402

app = create_app(Settings())
