"""Answers that are more than a model: ready JSON, and the headers that some carry."""

from typing import Any

from fastapi import Response

from src.api.errors import Responses


class ReadyJson(Response):
    """JSON that is already written."""

    media_type = "application/json"


def _header(status: int, name: str, type_: str, description: str) -> Responses:
    schema: dict[str, Any] = {"description": description, "schema": {"type": type_}}
    return {status: {"headers": {name: schema}}}


LOCATION = _header(201, "Location", "string", "Where the new item is")
TOTAL_COUNT = _header(200, "X-Total-Count", "integer", "How many items there are in all")
