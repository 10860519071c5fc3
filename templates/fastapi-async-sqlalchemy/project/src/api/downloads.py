"""Sends a file, or the part of it that is asked for (RFC 9110, sections 13 and 14)."""

import re
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Header, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from src.api.errors import Responses, answers
from src.core.folder import Folder
from src.core.upload_errors import RangeNotSatisfiable
from src.models.files import File

# From where to where, from where to the end, or the last so many bytes. Several parts at a time
# are not worth the trouble.
ONE_RANGE = re.compile(r"bytes=(?:([0-9]{1,18})-([0-9]{0,18})|-([0-9]{1,18}))")


class Conditions(BaseModel):
    """The headers that ask for a part, or for nothing if the client has it already."""

    range: str | None = None
    if_range: str | None = None
    if_none_match: str | None = None


ConditionsDep = Annotated[Conditions, Header()]


def send(file: File, folder: Folder, wanted: Conditions) -> Response:
    headers = _headers(file)
    if _names(wanted.if_none_match, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    part = _part(wanted, headers["ETag"], file.size)
    start, end = part or (0, file.size)
    if part:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{file.size}"
    headers["Content-Length"] = str(end - start)
    content = folder.read(file.id, start, end)
    return StreamingResponse(content, 206 if part else 200, headers, media_type=file.type)


def send_head(file: File, if_none_match: str | None) -> Response:
    """What `send` would, without the content. There is no head of a part."""
    headers = _headers(file)
    if _names(if_none_match, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    headers["Content-Length"] = str(file.size)
    return Response(headers=headers, media_type=file.type)


def disposition(name: str) -> str:
    """To be saved, never shown: what a stranger has sent must not run as a page of ours.

    The name is given twice, the second time for all languages (RFC 6266).
    """
    plain = re.sub(r'[^ -~]|["\\%]', "_", name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _headers(file: File) -> dict[str, str]:
    return {
        "ETag": f'"{file.sha256}"',
        "Accept-Ranges": "bytes",
        "Content-Disposition": disposition(file.name),
        "X-Content-Type-Options": "nosniff",
    }


def _names(given: str | None, etag: str) -> bool:
    tags = {tag.strip().removeprefix("W/") for tag in (given or "").split(",")}
    return not tags.isdisjoint({"*", etag})


def _part(wanted: Conditions, etag: str, size: int) -> tuple[int, int] | None:
    """From where to before where; None is the whole, which whoever asks may always be sent."""
    found = ONE_RANGE.fullmatch(wanted.range or "")
    if not found or wanted.if_range not in {None, etag}:
        return None
    first, last, how_many = (int(digits) if digits else None for digits in found.groups())
    if first is None:
        first = size - min(how_many or 0, size)
    elif last is not None and last < first:
        return None
    if first >= size:
        raise RangeNotSatisfiable(size)
    return first, size if last is None else min(last + 1, size)


def _content(description: str, **headers: str) -> dict[str, Any]:
    content = {"*/*": {"schema": {"type": "string", "format": "binary"}}}
    return _no_content(description, **headers) | {"content": content}


def _no_content(description: str, **headers: str) -> dict[str, Any]:
    return {
        "description": description,
        "headers": {
            name.replace("_", "-"): {"description": text, "schema": {"type": "string"}}
            for name, text in headers.items()
        },
    }


OF_THE_CONTENT = {
    "ETag": "The SHA-256 of the content, in quotes",
    "Content_Disposition": "Under which name to save it",
}
HEAD: Responses = {
    200: _no_content("The headers of the content", **OF_THE_CONTENT),
    304: _no_content("The client has it already", **OF_THE_CONTENT),
}
DOWNLOAD: Responses = {
    200: _content("The content", **OF_THE_CONTENT),
    206: _content("The part", **OF_THE_CONTENT, Content_Range="Which part it is"),
    304: HEAD[304],
    **answers({416: "The file ends before the part; Content-Range says its size"}),
}
