"""The application: `create_app` makes one, `app` is the one that is served."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute

from src import services
from src.api.api import include_routes
from src.api.database_errors import handle_database_errors
from src.api.errors import handle_errors
from src.api.routes.files import STREAMS
from src.core import concurrency, database, log, middleware
from src.core.config import Settings
from src.core.project import PROJECT
from src.core.streams import with_own_limits

Resources = Mapping[str, Callable[[Settings], AbstractAsyncContextManager[Any]]]

# What is opened at the start, in this order, and closed at the end, in reverse. `app.state`
# has each of them under its name.
RESOURCES: Resources = {
    "database": database.opened,
    "side_by_side": concurrency.opened,
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
        middleware=with_own_limits(middleware.chosen(settings), STREAMS, settings),
        generate_unique_id_function=_operation_id,
    )
    include_routes(app)
    handle_errors(app)
    handle_database_errors(app)
    return app


def _operation_id(route: APIRoute) -> str:
    """So that generated clients have `read_item`, not `read_item_items__item_id__get`."""
    return route.name


app = create_app(Settings())
