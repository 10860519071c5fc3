"""The flagship with a dict of models in place of its store, and routes that return those models.

Served from the flagship's folder: its settings, middlewares, errors and schemas are the flagship's own.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count, islice
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Request, Response
from pydantic import TypeAdapter
from src.api.errors import COMMON, handle_errors
from src.api.params import Limit, Offset, QueryOnce, RecordId
from src.core import log, middleware
from src.core.config import Settings
from src.core.errors import NotFound
from src.schemas.items import Item, ItemCreate, ItemUpdate

router = APIRouter(prefix="/items", tags=["items"])


class Items:
    def __init__(self, data: bytes) -> None:
        self.by_id = {item.id: item for item in TypeAdapter(list[Item]).validate_json(data)}
        self.ids = count(max(self.by_id) + 1)

    async def page(self, offset: int, limit: int) -> tuple[list[Item], int]:
        return list(islice(self.by_id.values(), offset, offset + limit)), len(self.by_id)

    async def get(self, item_id: int) -> Item:
        try:
            return self.by_id[item_id]
        except KeyError:
            raise NotFound("Item", item_id) from None

    async def create(self, item: ItemCreate) -> Item:
        created = Item(id=next(self.ids), **item.model_dump())
        self.by_id[created.id] = created
        return created

    async def update(self, item_id: int, changes: ItemUpdate) -> Item:
        fields: dict[str, Any] = {**changes}
        updated = (await self.get(item_id)).model_copy(update=fields)
        self.by_id[item_id] = updated
        return updated


async def get_items(request: Request) -> Items:
    items: Items = request.app.state.items
    return items


ItemsDep = Annotated[Items, Depends(get_items)]


@router.get("/", dependencies=[QueryOnce])
async def read_items(
    items: ItemsDep, response: Response, offset: Offset = 0, limit: Limit = 100
) -> list[Item]:
    page, total = await items.page(offset, limit)
    response.headers["X-Total-Count"] = str(total)
    return page


@router.get("/{item_id:id}")
async def read_item(item_id: RecordId, items: ItemsDep) -> Item:
    return await items.get(item_id)


@router.post("/", status_code=201)
async def create_item(item: ItemCreate, items: ItemsDep, request: Request, response: Response) -> Item:
    created = await items.create(item)
    response.headers["Location"] = str(request.url_for("read_item", item_id=created.id))
    return created


@router.put("/{item_id:id}")
async def update_item(item_id: RecordId, changes: ItemUpdate, items: ItemsDep) -> Item:
    return await items.update(item_id, changes)


def create_app(settings: Settings) -> FastAPI:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        log.configure(settings.LOG_LEVEL)
        app.state.items = Items(settings.DATA_FILE.read_bytes())
        yield

    app = FastAPI(lifespan=lifespan, middleware=middleware.chosen(settings))
    app.include_router(router, responses=COMMON)
    handle_errors(app)
    return app


app = create_app(Settings())
