"""Answers that are more than a model: ready JSON, and the headers that some carry."""

from typing import Any

from fastapi import Request, Response

from src.api.errors import Responses


class ReadyJson(Response):
    """JSON that is already written."""

    media_type = "application/json"


def path_of(request: Request, route: str, **ids: Any) -> str:
    """Without scheme and host: behind a proxy, the server does not know those of the client."""
    return f"{request.scope['root_path']}{request.app.url_path_for(route, **ids)}"


def _header(status: int, name: str, type_: str, description: str) -> Responses:
    schema: dict[str, Any] = {"description": description, "schema": {"type": type_}}
    return {status: {"headers": {name: schema}}}


LOCATION = _header(201, "Location", "string", "Where the new item is")
TOTAL_COUNT = _header(200, "X-Total-Count", "integer", "How many items there are in all")
