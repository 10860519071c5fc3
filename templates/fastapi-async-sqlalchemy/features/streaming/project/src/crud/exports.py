"""What can be exported: a table that is not in this list cannot."""

from collections.abc import AsyncIterator
from typing import Any

from src.core.database import Database
from src.core.records import Records
from src.crud import (
    items,
    users,
)
from src.schemas.base import PageQuery, Record

EXPORTED: list[Records[Any]] = [
    items.ITEMS,
    users.USERS,
]

PAGE = 1000


async def pages(database: Database, records: Records[Any]) -> AsyncIterator[list[Record]]:
    """All records in the order of their ids, a page at a time.

    Between two pages, no connection is in use and no transaction is open, however slow the client
    is. So a record that is changed meanwhile is as it was before or after the change.
    """
    after = 0
    while page := (await records.page(database, PageQuery(after=after, limit=PAGE))).records:
        yield page
        after = page[-1].id
