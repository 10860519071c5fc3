"""All routes: a new resource is one more line here."""

from fastapi import APIRouter

from src.api.errors import COMMON
from src.api.routes import items, status

ROUTERS = [
    items.router,
    status.router,
]

api_router = APIRouter(responses=COMMON)
for router in ROUTERS:
    api_router.include_router(router)
