"""How the records of any table are sent, and what OpenAPI is told of it."""

import re
from typing import Annotated, Any

from fastapi import Header, Query
from pydantic_core import from_json

from src.api.errors import Responses, answers
from src.api.responses import ReadyJson
from src.core.ids import MAX_ID
from src.core.records import Page, Record, Records


def _header(type_: str, description: str) -> dict[str, Any]:
    return {"description": description, "schema": {"type": type_}}


ETAG = {"ETag": _header("string", "The version: send it as If-Match with a change")}
LOCATION = {"Location": _header("string", "Where the new record is")}
PAGING = {
    "X-Total-Count": _header("integer", "How many there are in all; not told with `after`"),
    "Link": _header("string", 'The next page, such as <?after=100&limit=100>; rel="next"'),
}

A_PAGE: Responses = {200: {"headers": PAGING}}
ONE: Responses = {200: {"headers": ETAG}}
NEW: Responses = {201: {"headers": LOCATION | ETAG}}
REPEATED = answers({409: "Another record has this value"})
CHANGED = answers({412: "The record no longer has the version in If-Match"})

Skip = Annotated[int, Query(ge=0, le=MAX_ID, description="How many to skip")]
After = Annotated[
    int | None,
    Query(ge=0, le=MAX_ID, description="Only those after this id: quick, however many there are"),
]
ANY = "*"
IfMatch = Annotated[
    str,
    Header(
        description="An ETag, or several: to change or delete the record only in that version",
        examples=['"1"'],
    ),
]


def version_in(if_match: str) -> frozenset[int] | None:
    """The versions that match, or None for any (RFC 9110, section 13.1.1)."""
    if if_match.strip() == ANY:
        return None
    etags = (re.fullmatch('"([0-9]{1,9})"', tag.strip()) for tag in if_match.split(","))
    return frozenset(int(etag[1]) for etag in etags if etag)  # those of others match nothing


def send_page(records: Records, page: Page, limit: int) -> ReadyJson:
    headers = {}
    if page.total is not None:
        headers["X-Total-Count"] = str(page.total)
    if len(page.records) == limit:  # then there may be more
        headers["Link"] = f'<?after={page.records[-1].id}&limit={limit}>; rel="next"'
    return ReadyJson(records.array(page.records), headers=headers)


def send_one(records: Records, record: Record) -> ReadyJson:
    return ReadyJson(records.json(record), headers=_etag(record))


def send_kept(record: bytes) -> ReadyJson:
    """One that is JSON already, from the cache."""
    return ReadyJson(record, headers={"ETag": f'"{from_json(record)["version"]}"'})


def send_new(records: Records, record: Record, path: str) -> ReadyJson:
    headers = {"Location": path, **_etag(record)}
    return ReadyJson(records.json(record), status_code=201, headers=headers)


def _etag(record: Record) -> dict[str, str]:
    return {"ETag": f'"{record.version}"'}
