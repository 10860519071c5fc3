"""/exports over HTTP: all records of a table, in a format that can be sent while it is made."""

from collections.abc import AsyncIterator
from typing import Literal

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse

from src.api.deps import DatabaseDep
from src.api.errors import Responses, answers
from src.api.lines import csv_lines, csv_rows, json_lines
from src.core.errors import NotFound
from src.core.middleware import Limits
from src.crud.exports import EXPORTED, pages
from src.schemas.base import Record

router = APIRouter(prefix="/exports", tags=["exports"])

TABLES = {records.table.name: records for records in EXPORTED}

MEDIA_TYPES = {"csv": "text/csv", "jsonl": "application/jsonl"}
EXPORT: Responses = {
    200: {
        "description": "The records, one a line",
        "content": {kind: {"schema": {"type": "string"}} for kind in MEDIA_TYPES.values()},
    },
    **answers({404: "Table not found"}),
}


@router.head("/{table}.{kind}", include_in_schema=False)
@router.get("/{table}.{kind}", response_class=StreamingResponse, responses=EXPORT)
async def export_table(
    table: str, kind: Literal["csv", "jsonl"], database: DatabaseDep, request: Request
) -> Response:
    """All records in the order of their ids. After an error, the answer ends without its end."""
    if table not in TABLES:
        raise NotFound("Table", table)
    headers = {"Content-Disposition": f'attachment; filename="{table}.{kind}"'}
    if request.method == "HEAD":
        return Response(headers=headers, media_type=MEDIA_TYPES[kind])
    records = TABLES[table]
    found = pages(database, records)
    first: list[Record] = await anext(found, [])  # now, while an error can still be the answer
    limits: Limits = request.state.limits
    limits.stream()
    lines = csv_lines if kind == "csv" else json_lines

    async def content() -> AsyncIterator[str]:
        if kind == "csv":
            yield csv_rows([records.names])
        yield lines(first)
        async for page in found:
            yield lines(page)

    return StreamingResponse(content(), headers=headers, media_type=MEDIA_TYPES[kind])
