"""Turns errors of the database into answers, and tells OpenAPI which answers there are."""

import logging

from fastapi import FastAPI, Request, Response
from sqlalchemy.exc import SQLAlchemyError

from src.api.errors import Responses, app_error, describe
from src.core.database_errors import explain
from src.core.errors import UnexpectedError

logger = logging.getLogger(__name__)

WRITES: Responses = {507: describe("No room is left for the data", "No room is left for the data")}


async def database_error(request: Request, error: SQLAlchemyError) -> Response:
    explained = explain(error)
    if isinstance(explained, UnexpectedError):
        raise error  # a fault of ours, which is logged with its stack trace
    return await app_error(request, explained)


def handle_database_errors(app: FastAPI) -> None:
    app.add_exception_handler(SQLAlchemyError, database_error)  # type: ignore[arg-type]
