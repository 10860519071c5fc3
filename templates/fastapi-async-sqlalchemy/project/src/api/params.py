"""Parameters that are the same for every resource: ids in paths, pages, no repetitions."""

from collections import Counter
from typing import Annotated

from fastapi import Depends, Path, Query, Request
from fastapi.exceptions import RequestValidationError
from starlette.convertors import Convertor, register_url_convertor

from src.core.ids import MAX_ID


class IdConvertor(Convertor[int]):
    """`{item_id:id}` in a path takes digits alone, so that /items/batch is never an item."""

    regex = "[0-9]{1,16}"

    def convert(self, value: str) -> int:
        return int(value)

    def to_string(self, value: int) -> str:
        return str(value)


register_url_convertor("id", IdConvertor())


# `async`, although it waits for nothing: FastAPI runs a plain function in a thread.
async def refuse_repeated(request: Request) -> None:
    """`?limit=1&limit=2` is a mistake; FastAPI alone would take the last without a word."""
    times = Counter(name for name, _ in request.query_params.multi_items())
    faults = [
        {"type": "repeated", "loc": ("query", name), "msg": "Given more than once"}
        for name, count in times.items()
        if count > 1
    ]
    if faults:
        raise RequestValidationError(faults)


RecordId = Annotated[int, Path(ge=1, le=MAX_ID, examples=[1])]
QueryOnce = Depends(refuse_repeated)
Offset = Annotated[int, Query(ge=0, le=MAX_ID, description="How many to skip")]
Limit = Annotated[int, Query(ge=1, le=1000, description="How many to return at most")]
