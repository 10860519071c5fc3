"""What the routes of records ask for: declared once here, checked and passed in by FastAPI."""

from typing import Annotated

from fastapi import Depends, Path, Query, Request

from src.core.database import Database
from src.schemas.base import MAX_ID


# `async`, although it waits for nothing: FastAPI runs a plain function in a thread.
async def get_database(request: Request) -> Database:
    database: Database = request.app.state.database
    return database


DatabaseDep = Annotated[Database, Depends(get_database)]
RecordId = Annotated[int, Path(ge=1, le=MAX_ID, examples=[1])]
PageSkip = Annotated[int, Query(ge=0, le=MAX_ID, description="How many to skip")]
PageLimit = Annotated[int, Query(ge=1, le=1000, description="How many to return at most")]
