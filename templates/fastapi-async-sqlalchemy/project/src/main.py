"""The application: `create_app` makes one, `app` is the one that is served."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

from src.api import sqlalchemy_errors
from src.api.api import include_routes
from src.api.errors import HANDLERS
from src.core import database, log
from src.core.config import Settings
from src.core.disconnects import CancelOnDisconnect
from src.core.middleware import RequestMiddleware
from src.core.project import PROJECT
from src.core.rate_limit import RateLimit
from src.env_file import read_settings
from src.lifespan import OpenDatabase, everything_open

# What surrounds everything else, the last one outermost.
OUTERMOST: list[Callable[[ASGIApp], ASGIApp]] = []


def create_app(settings: Settings, open_database: OpenDatabase = database.opened) -> FastAPI:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        log.configure(settings.LOG_LEVEL)
        async with everything_open(app.state, settings, open_database):
            yield

    app = FastAPI(
        title=PROJECT.name,
        version=PROJECT.version,
        description=PROJECT.description,
        lifespan=lifespan,
        exception_handlers=HANDLERS | sqlalchemy_errors.HANDLERS,
        # Generated clients get `read_user`, not `read_user_users__user_id__get`.
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
    if settings.origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.origins,
            allow_methods=["*"],
            allow_headers=["*"],
            expose_headers=["*"],
        )
    for surround in OUTERMOST:
        app.add_middleware(surround)
    return app


app = create_app(read_settings())
