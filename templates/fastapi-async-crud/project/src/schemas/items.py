"""What an item is, and what a client may send."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, with_config
from typing_extensions import TypedDict

from src.core.store import Record

# Whatever comes from outside has bounds. A text with one must also be valid Unicode.
Name = Annotated[str, Field(min_length=1, max_length=100, examples=["Name"])]
Description = Annotated[str, Field(max_length=1000, examples=["Description"])]
Price = Annotated[float, Field(ge=0, le=1e12, allow_inf_nan=False, examples=[12.5])]
Tax = Annotated[float, Field(ge=0, le=1e12, allow_inf_nan=False, examples=[12.5])]

# strict: the text "12" is not the number 12. forbid: a misspelt field is an error.
AS_DECLARED = ConfigDict(strict=True, extra="forbid")


class ItemCreate(BaseModel):
    model_config = AS_DECLARED

    name: Name
    description: Description | None = None
    price: Price
    tax: Tax | None = None


@with_config(AS_DECLARED)
class ItemUpdate(TypedDict, total=False):  # in which a field left out is simply not there
    """The fields to change; the others keep their values."""

    name: Name
    description: Description | None
    price: Price
    tax: Tax | None


class Item(ItemCreate, Record):
    pass
