"""What routes ask for: declared once here, checked and passed in by FastAPI."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, TypeVar

from fastapi import Path, Query, Request

from src.core.store import MAX_ID, JsonStore

MAX_BATCH = 100

S = TypeVar("S", bound=JsonStore[Any])


def store(kind: type[S]) -> Callable[[Request], Awaitable[S]]:
    """The dependency on the store of one resource, which is open."""

    # `async`, although it waits for nothing: FastAPI runs a plain function in a thread.
    async def get_store(request: Request) -> S:
        found: S = request.state.stores[kind]
        return found

    return get_store


PageOffset = Annotated[int, Query(ge=0, le=MAX_ID, description="How many to skip")]
PageLimit = Annotated[int, Query(ge=1, le=1000, description="How many to return at most")]
RecordId = Annotated[int, Path(ge=1, le=MAX_ID, examples=[1])]
RecordIds = Annotated[
    str,
    Path(
        description=f"Up to {MAX_BATCH} ids, separated by commas",
        pattern=rf"^[0-9]{{1,16}}(,[0-9]{{1,16}}){{0,{MAX_BATCH - 1}}}$",
        examples=["1,2,3"],
    ),
]
