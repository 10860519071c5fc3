"""The welcome, and the health check for whatever watches over the server."""

from fastapi import APIRouter
from pydantic import BaseModel

from src.api.deps import ItemsDep
from src.api.store_errors import WRITES
from src.core.project import PROJECT

router = APIRouter(tags=["status"])


class Welcome(BaseModel):
    message: str


class Health(BaseModel):
    status: str


@router.get("/")
async def read_root() -> Welcome:
    return Welcome(message=f"Welcome to {PROJECT.name}!")


@router.get("/health", responses=WRITES)
async def read_health(items: ItemsDep) -> Health:
    """Ok only if the items can be read and written now."""
    await items.store.check()
    return Health(status="ok")
