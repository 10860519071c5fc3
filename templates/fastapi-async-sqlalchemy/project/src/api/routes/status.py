"""The welcome, and the health checks for whatever watches the server."""

from fastapi import APIRouter
from pydantic import BaseModel

from src.api.deps import DatabaseDep
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


@router.get("/health")
async def read_health(database: DatabaseDep) -> Health:
    """The database answers and has the tables. If not, no requests should be sent here."""
    await database.check()
    return Health()
