"""What an item is, and what a client may send."""

from typing import Annotated

from pydantic import BaseModel, Field, with_config
from typing_extensions import TypedDict

from src.schemas.base import AS_DECLARED, NO_NUL, Kept

Name = Annotated[str, Field(min_length=1, max_length=100, pattern=NO_NUL, examples=["Coffee cup"])]
Description = Annotated[str, Field(max_length=1000, pattern=NO_NUL, examples=["Holds 0.3 l"])]
Amount = Annotated[float, Field(ge=0, le=1e12, allow_inf_nan=False, examples=[12.5])]


class ItemCreate(BaseModel):
    model_config = AS_DECLARED

    name: Name
    description: Description | None = None
    price: Amount
    tax: Amount | None = None


@with_config(AS_DECLARED)
class ItemUpdate(TypedDict, total=False):
    """The fields to change. A TypedDict, because a field that is left out is simply not there."""

    name: Name
    description: Description | None
    price: Amount
    tax: Amount | None


class Item(ItemCreate, Kept):
    pass
