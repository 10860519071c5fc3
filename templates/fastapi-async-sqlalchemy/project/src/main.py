"""The application: `create_app` makes one, `app` is the one that is served."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import Any

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

from src import services
from src.api import sqlalchemy_errors
from src.api.api import include_routes
from src.api.errors import HANDLERS
from src.core import concurrency, database, log
from src.core.config import Settings
from src.core.disconnects import CancelOnDisconnect
from src.core.middleware import RequestMiddleware
from src.core.project import PROJECT
from src.core.rate_limit import RateLimit

Resources = Mapping[str, Callable[[Settings], AbstractAsyncContextManager[Any]]]

# Opened at the start in this order, and closed at the end in reverse; `app.state` has each of
# them under its name.
RESOURCES: Resources = {
    "database": database.opened,
    "query_limit": concurrency.opened,
}


def create_app(settings: Settings, resources: Resources = RESOURCES) -> FastAPI:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        log.configure(settings.LOG_LEVEL)
        async with AsyncExitStack() as stack:
            for name, opened in resources.items():
                setattr(app.state, name, await stack.enter_async_context(opened(settings)))
            app.state.services = await stack.enter_async_context(
                services.opened(settings, app.state.database)
            )
            yield

    app = FastAPI(
        title=PROJECT.name,
        version=PROJECT.version,
        description=PROJECT.description,
        lifespan=lifespan,
        exception_handlers=HANDLERS | sqlalchemy_errors.HANDLERS,
        # Generated clients get `read_item`, not `read_item_items__item_id__get`.
        generate_unique_id_function=lambda route: route.name,
    )
    app.state.settings = settings
    include_routes(app)
    health = {str(app.url_path_for(name)) for name in ("read_live", "read_health")}
    # Made here and not at the first request, so that a fault in it stops the start.
    rate_limit = RateLimit(settings.RATE_LIMIT, settings.RATE_LIMIT_STORAGE_URL)
    app.add_middleware(CancelOnDisconnect)
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
