"""The welcome, and the health checks for whatever watches the server."""

from fastapi import APIRouter, Request
from pydantic import BaseModel

from src.api.errors import NO_ROOM
from src.core.project import PROJECT

router = APIRouter(tags=["status"])


class Welcome(BaseModel):
    message: str


class Health(BaseModel):
    status: str = "ok"


@router.get("/")
async def read_root() -> Welcome:
    return Welcome(message=f"Welcome to {PROJECT.name}!")


@router.get("/live")
async def read_live() -> Health:
    """The process answers. If not, it must be started again."""
    return Health()


@router.get("/health", responses=NO_ROOM)
async def read_health(request: Request) -> Health:
    """The data can be read and written. If not, no requests should be sent here."""
    for store in request.state.stores.values():
        await store.check()
    return Health()
