"""Turns errors of the database into answers."""

from typing import Any

from fastapi import Request, Response
from sqlalchemy.exc import SQLAlchemyError

from src.api.errors import app_error
from src.core.database_errors import explain


async def database_error(request: Request, error: SQLAlchemyError) -> Response:
    explained = explain(error)
    if explained is None:
        raise error  # a fault of ours, which is logged with its stack trace
    return await app_error(request, explained)


HANDLERS: dict[int | type[Exception], Any] = {SQLAlchemyError: database_error}
