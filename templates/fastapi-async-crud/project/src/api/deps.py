"""What routes ask for: declared once here, checked and passed in by FastAPI."""

from typing import Annotated

from fastapi import Depends, Path, Query, Request

from src.core.store import MAX_ID
from src.crud.items import Items

MAX_BATCH = 100


# `async`, although it waits for nothing: FastAPI runs a plain function in a thread.
async def get_items(request: Request) -> Items:
    items: Items = request.state.items
    return items


async def get_item_ids(
    item_ids: Annotated[
        str,
        Path(
            description=f"Up to {MAX_BATCH} ids, separated by commas",
            pattern=rf"^[0-9]{{1,16}}(,[0-9]{{1,16}}){{0,{MAX_BATCH - 1}}}$",
            examples=["1,2,3"],
        ),
    ],
) -> list[int]:
    return [int(item_id) for item_id in item_ids.split(",")]


PageOffset = Annotated[int, Query(ge=0, le=MAX_ID, description="How many to skip")]
PageLimit = Annotated[int, Query(ge=1, le=1000, description="How many to return at most")]
ItemId = Annotated[int, Path(ge=1, le=MAX_ID, examples=[1])]
ItemsDep = Annotated[Items, Depends(get_items)]
ItemIds = Annotated[list[int], Depends(get_item_ids)]
