"""The welcome, and the health check for whatever watches over the server."""

from fastapi import APIRouter
from pydantic import BaseModel

from src.api.deps import DatabaseDep
from src.core.project import PROJECT

router = APIRouter(tags=["status"])


class Welcome(BaseModel):
    message: str


class Health(BaseModel):
    status: str


@router.get("/")
async def read_root() -> Welcome:
    return Welcome(message=f"Welcome to {PROJECT.name}!")


@router.get("/health")
async def read_health(database: DatabaseDep) -> Health:
    """Ok only if the database answers now."""
    await database.check()
    return Health(status="ok")
