"""All routes: a new resource is one more line here."""

from fastapi import FastAPI

from src.api.errors import COMMON
from src.api.routes import external_data, files, items, jobs, profiles, status, users

ROUTERS = [
    items.router,
    users.router,
    profiles.router,
    files.router,
    jobs.router,
    external_data.router,
    status.router,
]


def include_routes(app: FastAPI, prefix: str = "") -> None:
    # One by one: in a router of routers, FastAPI searches each twice.
    for router in ROUTERS:
        app.include_router(router, prefix=prefix, responses=COMMON)
