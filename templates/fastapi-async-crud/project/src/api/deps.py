"""What routes ask for: declared once here, checked and handed over by FastAPI."""

from typing import Annotated

from fastapi import Depends, Path, Request

from src.crud.items import Items

MAX_BATCH = 100


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


ItemsDep = Annotated[Items, Depends(get_items)]
ItemIds = Annotated[list[int], Depends(get_item_ids)]
