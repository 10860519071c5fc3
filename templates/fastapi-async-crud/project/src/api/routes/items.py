"""/items over HTTP: what an item is stands in schemas, what is done with it in crud."""

from typing import Annotated

from fastapi import APIRouter, Body, Request, Response

from src.api.deps import MAX_BATCH, ItemIds, ItemsDep
from src.api.errors import INVALID, NOT_FOUND, WITH_BODY
from src.api.params import Limit, Offset, QueryOnce, RecordId
from src.api.responses import LOCATION, TOTAL_COUNT, ReadyJson, path_of
from src.api.store_errors import WRITES
from src.schemas.items import Item, ItemCreate, ItemUpdate

router = APIRouter(prefix="/items", tags=["items"], responses=INVALID)

# The routes that read send the JSON that the store keeps. `response_model` is there for
# the documentation only: to build models just to write them again costs up to 30 times more.


@router.get("/", response_model=list[Item], responses=TOTAL_COUNT, dependencies=[QueryOnce])
async def read_items(items: ItemsDep, offset: Offset = 0, limit: Limit = 100) -> ReadyJson:
    """A page of the items; the header X-Total-Count tells how many there are in all."""
    page, total = await items.page(offset, limit)
    return ReadyJson(page, headers={"X-Total-Count": str(total)})


@router.get("/{item_id:id}", response_model=Item, responses=NOT_FOUND)
async def read_item(item_id: RecordId, items: ItemsDep) -> ReadyJson:
    return ReadyJson(await items.get(item_id))


@router.post("/", status_code=201, responses=LOCATION | WITH_BODY | WRITES)
async def create_item(
    item: ItemCreate, items: ItemsDep, request: Request, response: Response
) -> Item:
    created = await items.create(item)
    response.headers["Location"] = path_of(request, "read_item", item_id=created.id)
    return created


@router.put("/{item_id:id}", responses=NOT_FOUND | WITH_BODY | WRITES)
async def update_item(item_id: RecordId, changes: ItemUpdate, items: ItemsDep) -> Item:
    """Changes the fields that are sent and keeps the others."""
    return await items.update(item_id, changes)


@router.delete("/{item_id:id}", status_code=204, responses=NOT_FOUND | WRITES)
async def delete_item(item_id: RecordId, items: ItemsDep) -> None:
    await items.delete(item_id)


@router.post("/batch", status_code=201, responses=WITH_BODY | WRITES)
async def create_items_batch(
    batch: Annotated[list[ItemCreate], Body(min_length=1, max_length=MAX_BATCH)], items: ItemsDep
) -> list[Item]:
    """Creates all of them or, when one is not valid, none."""
    return await items.create_many(batch)


@router.get("/batch/{item_ids}", response_model=list[Item])
async def read_items_batch(item_ids: ItemIds, items: ItemsDep) -> ReadyJson:
    """Those of the items that exist, in the order of the ids."""
    return ReadyJson(await items.get_many(item_ids))
