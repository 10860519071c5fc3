"""The application: `create_app` makes one, `app` is the one that is served."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.routing import APIRoute

from src.api.api import include_routes
from src.api.errors import handle_errors
from src.core import log, middleware
from src.core.config import Settings
from src.core.project import PROJECT
from src.crud.items import Items


def create_app(settings: Settings) -> FastAPI:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        log.configure(settings.LOG_LEVEL)
        app.state.items = items = Items(settings.DATA_FILE)
        await items.store.open()
        try:
            yield
        finally:
            await items.store.close()

    app = FastAPI(
        title=PROJECT.name,
        version=PROJECT.version,
        description=PROJECT.description,
        lifespan=lifespan,
        middleware=middleware.chosen(settings),
        generate_unique_id_function=_operation_id,
    )
    include_routes(app)
    handle_errors(app)
    return app


def _operation_id(route: APIRoute) -> str:
    """So that generated clients have `read_item`, not `read_item_items__item_id__get`."""
    return route.name


app = create_app(Settings())
