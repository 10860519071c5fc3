"""The application: `create_app` makes one, `app` is the one that is served."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, TypedDict

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

from src.api.api import api_router
from src.api.errors import HANDLERS
from src.core import log
from src.core.config import Settings
from src.core.middleware import RequestMiddleware
from src.core.project import PROJECT
from src.core.rate_limit import RateLimit
from src.core.store import JsonStore
from src.crud import STORES


class State(TypedDict):  # what is open while the application runs
    stores: dict[type[JsonStore[Any]], JsonStore[Any]]


def create_app(settings: Settings) -> FastAPI:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[State]:
        log.configure(settings.LOG_LEVEL)
        async with AsyncExitStack() as stack:
            stores = {}
            for kind in STORES:
                store = kind(settings.data_file(kind.name), settings.seed(kind.name))
                stores[kind] = await stack.enter_async_context(store)
            yield {"stores": stores}

    app = FastAPI(
        title=PROJECT.name,
        version=PROJECT.version,
        description=PROJECT.description,
        lifespan=lifespan,
        exception_handlers=HANDLERS,
        # Generated clients get `read_item`, not `read_item_items__item_id__get`.
        generate_unique_id_function=lambda route: route.name,
    )
    app.include_router(api_router)
    health = {str(app.url_path_for(name)) for name in ("read_live", "read_health")}
    # Made here and not at the first request, so that a fault in it stops the start.
    rate_limit = RateLimit(settings.RATE_LIMIT, settings.RATE_LIMIT_STORAGE_URL)
    app.add_middleware(
        RequestMiddleware, settings=settings, rate_limit=rate_limit, unlimited=health
    )
    if settings.CORS_ORIGINS:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.CORS_ORIGINS.replace(" ", "").split(","),
            allow_methods=["*"],
            allow_headers=["*"],
            expose_headers=["*"],
        )
    return app


app = create_app(Settings())
