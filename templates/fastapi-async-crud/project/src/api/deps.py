"""What routes ask for: declared once here, checked and handed over by FastAPI."""

from collections import Counter
from typing import Annotated

from fastapi import Depends, Path, Query, Request
from fastapi.exceptions import RequestValidationError
from starlette.convertors import Convertor, register_url_convertor

from src.core.store import MAX_ID
from src.crud.items import Items

MAX_BATCH = 100


class IdConvertor(Convertor[int]):
    """`{item_id:id}` in a path takes digits alone, so that /items/batch is never an item."""

    regex = "[0-9]{1,16}"

    def convert(self, value: str) -> int:
        return int(value)

    def to_string(self, value: int) -> str:
        return str(value)


register_url_convertor("id", IdConvertor())


# `async`, although it waits for nothing: FastAPI runs a plain function in a thread.
async def get_items(request: Request) -> Items:
    items: Items = request.app.state.items
    return items


async def get_item_ids(
    item_ids: Annotated[
        str,
        Path(
            description=f"Up to {MAX_BATCH} ids, with commas between them",
            pattern=rf"^[0-9]{{1,16}}(,[0-9]{{1,16}}){{0,{MAX_BATCH - 1}}}$",
            examples=["1,2,3"],
        ),
    ],
) -> list[int]:
    return [int(item_id) for item_id in item_ids.split(",")]


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


ItemsDep = Annotated[Items, Depends(get_items)]
ItemId = Annotated[int, Path(ge=1, le=MAX_ID, examples=[1])]
QueryOnce = Depends(refuse_repeated)
ItemIds = Annotated[list[int], Depends(get_item_ids)]
Offset = Annotated[int, Query(ge=0, le=MAX_ID, description="How many items to skip")]
Limit = Annotated[int, Query(ge=1, le=1000, description="How many items to return at most")]
