"""Sends a file or the part of it in `Range` (RFC 9110, sections 13 and 14)."""

import re
from typing import Annotated
from urllib.parse import quote

from fastapi import Header, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from src.api.errors import Responses, answers
from src.api.uploads import BINARY
from src.core.folder import Folder
from src.core.upload_errors import RangeNotSatisfiable
from src.models.files import File

# `bytes=0-9`, `bytes=10-` or the last ones, `bytes=-10`. Of several ranges, the whole is sent.
ONE_RANGE = re.compile(r"bytes=(?:([0-9]{1,18})-([0-9]{0,18})|-([0-9]{1,18}))")


class Conditions(BaseModel):
    """Headers that ask for a part, or for nothing if the client already has the content."""

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
    """What `send` would send, without the content. HEAD ignores ranges."""
    headers = _headers(file)
    if _names(if_none_match, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    headers["Content-Length"] = str(file.size)
    return Response(headers=headers, media_type=file.type)


def disposition(name: str) -> str:
    """Browsers save the file and never show it, so that no upload runs as a page of this site.

    The second name is for all languages (RFC 6266).
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
    """Its start and its end, or None for the whole, which may be sent instead of any part."""
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


# Any type that UPLOAD_TYPES may name. Generators of clients know what to do with the first.
MEDIA_TYPES = ["application/octet-stream"] + [
    f"{kind}/*" for kind in ("application", "audio", "font", "image", "model", "text", "video")
]
CONTENT = {media_type: {"schema": BINARY} for media_type in MEDIA_TYPES}

HEAD: Responses = {
    200: {"description": "The headers of the content, such as its ETag, the SHA-256"},
    304: {"description": "The client already has this content"},
}
DOWNLOAD: Responses = {
    200: {"description": "The content", "content": CONTENT},
    206: {"description": "The part in Content-Range", "content": CONTENT},
    304: HEAD[304],
    **answers({416: "The file ends before the part; Content-Range says its size"}),
}
