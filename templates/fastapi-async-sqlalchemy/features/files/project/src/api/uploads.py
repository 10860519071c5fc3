"""Reads a form with one file while it arrives, so that only a piece of it is in memory.

FastAPI's `UploadFile` would write the whole body to the temporary folder before the route could
refuse it.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.exceptions import RequestValidationError
from multipart import (  # type: ignore[import-untyped]
    MultipartError,
    MultipartSegment,
    PushMultipartParser,
    parse_options_header,
)

from src.core.errors import AppError
from src.core.upload_errors import NotAForm

FIELD = "file"
MAX_NAME = 255

# How much of a refused body is read, and for how long.
READ_ON = 1024 * 1024
READ_ON_S = 0.5

# OpenAPI 3.1 names the media type; generators of clients look for the format, as in 3.0.
BINARY = {
    "type": "string",
    "format": "binary",
    "contentMediaType": "application/octet-stream",
}

# What OpenAPI says of the body, which FastAPI cannot know.
FORM: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": [FIELD],
                    "additionalProperties": False,
                    "properties": {FIELD: BINARY},
                }
            }
        },
    }
}


@dataclass(frozen=True)
class Upload:
    """`name` and `type` are the client's word; `chunks` can be read once."""

    name: str
    type: str
    chunks: AsyncIterator[bytes]


async def get_upload(request: Request) -> AsyncIterator[Upload]:
    """Reads only the head of the form."""
    body = request.stream()
    events = _events(request.headers.get("Content-Type", ""), body)
    try:
        part = await anext(events, None)
        if not isinstance(part, MultipartSegment) or part.name != FIELD or part.filename is None:
            raise _invalid("missing", "A file is required")
        yield Upload(_name(part.filename), part.content_type or "", _content(events))
    except (AppError, RequestValidationError):
        await _read_on(body)
        raise


async def _read_on(body: AsyncIterator[bytes]) -> None:
    """A little, because a client whose connection closes while it sends may not see the answer."""
    size = 0
    with suppress(TimeoutError):
        async with asyncio.timeout(READ_ON_S):
            async for chunk in body:
                size += len(chunk)
                if size > READ_ON:
                    break


async def _events(
    content_type: str, body: AsyncIterator[bytes]
) -> AsyncIterator[MultipartSegment | bytes | None]:
    """For each part of the form its head, its content in pieces, and None."""
    kind, options = parse_options_header(content_type)
    if kind != "multipart/form-data" or not options.get("boundary"):
        raise NotAForm("its Content-Type is not multipart/form-data with a boundary")
    try:
        with PushMultipartParser(options["boundary"]) as parser:
            async for chunk in body:
                for event in parser.parse(chunk):
                    yield event
    except MultipartError as error:
        raise NotAForm(str(error)) from None


async def _content(events: AsyncIterator[MultipartSegment | bytes | None]) -> AsyncIterator[bytes]:
    async for event in events:
        if isinstance(event, MultipartSegment):
            raise _invalid("too_many", "There is more than one part")
        if event:
            yield event


def _name(given: str) -> str:
    """Without the folders that some clients send, on any system."""
    name = given.replace("\\", "/").rpartition("/")[2].strip()
    if not name.strip(".") or len(name) > MAX_NAME or not name.isprintable():
        raise _invalid("name", f"A name has 1 to {MAX_NAME} printable characters")
    return name


def _invalid(kind: str, message: str) -> RequestValidationError:
    return RequestValidationError([{"type": kind, "loc": ("body", FIELD), "msg": message}])


UploadDep = Annotated[Upload, Depends(get_upload)]
