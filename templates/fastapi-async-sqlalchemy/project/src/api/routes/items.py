"""/items over HTTP: schemas say what it is, crud what can be done with it."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from src.api.deps import DatabaseDep, RecordId
from src.api.errors import NO_ROOM, WITH_BODY, answers
from src.api.headers import IfMatch, set_etag, set_page
from src.crud.items import ITEMS
from src.schemas.items import Item, ItemCreate, ItemQuery, ItemUpdate

router = APIRouter(prefix="/items", tags=["items"])

NOT_FOUND = answers({404: "Item not found"})
CHANGED = answers({412: "The item no longer has the version in If-Match"})
IN_USE = answers({409: "Other records lead to the item"})


@router.get("/", responses=answers({404: "The item with the id in `after` not found"}))
async def read_items(
    query: Annotated[ItemQuery, Query()], database: DatabaseDep, response: Response
) -> list[Item]:
    """A page of them. X-Total-Count says how many match; Link leads to the next page."""
    page = await ITEMS.page(database, query)
    set_page(response, query, page)
    return page.records


@router.get("/{item_id:int}", responses=NOT_FOUND)
async def read_item(item_id: RecordId, database: DatabaseDep, response: Response) -> Item:
    """The header ETag has the version: send it as If-Match with a change."""
    item = await ITEMS.get(database, item_id)
    set_etag(response, item)
    return item


@router.post("/", status_code=201, responses=WITH_BODY | NO_ROOM)
async def create_item(
    item: ItemCreate, database: DatabaseDep, request: Request, response: Response
) -> Item:
    created = await ITEMS.add(database, item.model_dump())
    response.headers["Location"] = request.url_for("read_item", item_id=created.id).path
    set_etag(response, created)
    return created


@router.patch(
    "/{item_id:int}", name="patch_item", responses=NOT_FOUND | CHANGED | WITH_BODY | NO_ROOM
)
@router.put("/{item_id:int}", responses=NOT_FOUND | CHANGED | WITH_BODY | NO_ROOM)
async def update_item(
    item_id: RecordId,
    changes: ItemUpdate,
    database: DatabaseDep,
    versions: IfMatch,
    response: Response,
) -> Item:
    """Change the fields that are sent and keep the others."""
    updated = await ITEMS.update(database, item_id, changes, versions)
    set_etag(response, updated)
    return updated


@router.delete("/{item_id:int}", status_code=204, responses=NOT_FOUND | IN_USE | CHANGED | NO_ROOM)
async def delete_item(item_id: RecordId, database: DatabaseDep, versions: IfMatch) -> None:
    await ITEMS.delete(database, item_id, versions)
