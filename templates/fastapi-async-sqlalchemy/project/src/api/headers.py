"""The headers of records: their versions, and the pages of a list."""

import re
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends, Header, Response

from src.core.records import Page, R, Versions
from src.schemas.base import PageQuery, VersionedRecord

ANY = "*"


# `async`, although it waits for nothing: FastAPI runs a plain function in a thread.
async def get_versions(
    if_match: Annotated[
        str,
        Header(
            description="ETags: change or delete the record only in one of these versions",
            examples=['"1"'],
        ),
    ] = ANY,
) -> Versions:
    """Those that match, or None for any (RFC 9110, section 13.1.1)."""
    if if_match.strip() == ANY:
        return None
    etags = (re.fullmatch('"([0-9]{1,9})"', tag.strip()) for tag in if_match.split(","))
    return frozenset(int(etag[1]) for etag in etags if etag)  # foreign ETags match nothing


IfMatch = Annotated[Versions, Depends(get_versions)]


def set_etag(response: Response, record: VersionedRecord) -> None:
    response.headers["ETag"] = f'"{record.version}"'


def set_page(response: Response, query: PageQuery, page: Page[R]) -> None:
    """The header Link leads to the next page, with the same filters in the same order."""
    if page.total is not None:
        response.headers["X-Total-Count"] = str(page.total)
    if len(page.records) == query.limit:  # then there may be more
        asked = query.model_dump(mode="json", exclude_unset=True, exclude={"skip"})
        link = urlencode({**asked, "after": page.records[-1].id, "limit": query.limit})
        response.headers["Link"] = f'<?{link}>; rel="next"'
