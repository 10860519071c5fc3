"""/items over HTTP: schemas say what it is, crud what can be done with it."""

from typing import Annotated

from fastapi import APIRouter, Body, Depends, Request, Response

from src.api.deps import MAX_BATCH, PageLimit, PageOffset, RecordId, RecordIds, store
from src.api.errors import NO_ROOM, WITH_BODY, answers
from src.crud.items import Items
from src.schemas.items import Item, ItemCreate, ItemUpdate

router = APIRouter(prefix="/items", tags=["items"])

ItemsDep = Annotated[Items, Depends(store(Items))]

NOT_FOUND = answers({404: "Item not found"})


@router.get("/")
async def read_items(
    items: ItemsDep, response: Response, offset: PageOffset = 0, limit: PageLimit = 100
) -> list[Item]:
    """A page of the items; the header X-Total-Count says how many there are in all."""
    page, total = await items.page(offset, limit)
    response.headers["X-Total-Count"] = str(total)
    return page


@router.get("/{item_id:int}", responses=NOT_FOUND)
async def read_item(item_id: RecordId, items: ItemsDep) -> Item:
    return await items.get(item_id)


@router.post("/", status_code=201, responses=WITH_BODY | NO_ROOM)
async def create_item(
    item: ItemCreate, items: ItemsDep, request: Request, response: Response
) -> Item:
    [created] = await items.add([item.model_dump()])
    response.headers["Location"] = request.url_for("read_item", item_id=created.id).path
    return created


@router.put("/{item_id:int}", responses=NOT_FOUND | WITH_BODY | NO_ROOM)
async def update_item(item_id: RecordId, changes: ItemUpdate, items: ItemsDep) -> Item:
    """Change the fields that are sent and keep the others."""
    return await items.update(item_id, changes)


@router.delete("/{item_id:int}", status_code=204, responses=NOT_FOUND | NO_ROOM)
async def delete_item(item_id: RecordId, items: ItemsDep) -> None:
    await items.delete(item_id)


@router.post("/batch", status_code=201, responses=WITH_BODY | NO_ROOM)
async def create_items_batch(
    batch: Annotated[list[ItemCreate], Body(min_length=1, max_length=MAX_BATCH)], items: ItemsDep
) -> list[Item]:
    """Create all of them or, if one is not valid, none."""
    return await items.add([item.model_dump() for item in batch])


@router.get("/batch/{item_ids}")
async def read_items_batch(item_ids: RecordIds, items: ItemsDep) -> list[Item]:
    """Those of the items that exist, in the order of the ids."""
    return await items.get_many(map(int, item_ids.split(",")))
