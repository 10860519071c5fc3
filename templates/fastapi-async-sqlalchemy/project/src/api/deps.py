"""What the routes of records ask for: declared once here, checked and passed in by FastAPI."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, Path, Query, Request
from sqlalchemy.ext.asyncio import AsyncSession

from src.core.database import Database
from src.schemas.base import MAX_ID


# `async`, although it waits for nothing: FastAPI runs a plain function in a thread.
async def get_database(request: Request) -> Database:
    database: Database = request.app.state.database
    return database


async def get_transaction(request: Request) -> AsyncIterator[AsyncSession]:
    database = await get_database(request)
    async with database.transaction() as session:
        yield session


# For statements that belong together; a single one is given to the database itself. "function":
# it is committed when the route has returned and before anything is sent. By default, FastAPI
# would commit after that, when an error can no longer be reported.
Transaction = Annotated[AsyncSession, Depends(get_transaction, scope="function")]
DatabaseDep = Annotated[Database, Depends(get_database)]
RecordId = Annotated[int, Path(ge=1, le=MAX_ID, examples=[1])]
PageSkip = Annotated[int, Query(ge=0, le=MAX_ID, description="How many to skip")]
PageLimit = Annotated[int, Query(ge=1, le=1000, description="How many to return at most")]
