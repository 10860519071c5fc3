"""/items over HTTP."""

from fastapi import APIRouter, Request

from src.api.database_errors import WRITES
from src.api.deps import DatabaseDep
from src.api.errors import WITH_BODY, answers
from src.api.params import Limit, QueryOnce, RecordId
from src.api.records import (
    A_PAGE,
    ANY,
    CHANGED,
    NEW,
    ONE,
    After,
    IfMatch,
    Skip,
    send_new,
    send_one,
    send_page,
    version_in,
)
from src.api.responses import ReadyJson, path_of
from src.crud.items import ITEMS
from src.schemas.items import Item, ItemCreate, ItemUpdate

router = APIRouter(prefix="/items", tags=["items"])

NOT_FOUND = answers({404: "Item not found"})

# The rows of the database are sent as JSON without a model in between, which would take longer
# than the database does. `response_model` is there for the documentation.


@router.get("/", response_model=list[Item], responses=A_PAGE, dependencies=[QueryOnce])
async def read_items(
    database: DatabaseDep, skip: Skip = 0, limit: Limit = 100, after: After = None
) -> ReadyJson:
    """A page of the items, in the order of their ids; the header Link leads to the next one."""
    return send_page(ITEMS, await ITEMS.page(database, skip, limit, after), limit)


@router.get("/{item_id:id}", response_model=Item, responses=ONE | NOT_FOUND)
async def read_item(item_id: RecordId, database: DatabaseDep) -> ReadyJson:
    return send_one(ITEMS, await ITEMS.get(database, item_id))


@router.post("/", status_code=201, response_model=Item, responses=NEW | WITH_BODY | WRITES)
async def create_item(item: ItemCreate, database: DatabaseDep, request: Request) -> ReadyJson:
    created = await ITEMS.add(database, item.model_dump())
    return send_new(ITEMS, created, path_of(request, "read_item", item_id=created.id))


@router.put(
    "/{item_id:id}",
    response_model=Item,
    responses=ONE | NOT_FOUND | CHANGED | WITH_BODY | WRITES,
)
async def update_item(
    item_id: RecordId, changes: ItemUpdate, database: DatabaseDep, if_match: IfMatch = ANY
) -> ReadyJson:
    """Changes the fields that are sent and keeps the others."""
    updated = await ITEMS.update(database, item_id, changes, version_in(if_match))
    return send_one(ITEMS, updated)


@router.delete("/{item_id:id}", status_code=204, responses=NOT_FOUND | CHANGED | WRITES)
async def delete_item(item_id: RecordId, database: DatabaseDep, if_match: IfMatch = ANY) -> None:
    await ITEMS.delete(database, item_id, version_in(if_match))
