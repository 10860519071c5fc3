"""What an item is, and what a client may send."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field, with_config
from typing_extensions import TypedDict

from src.schemas.base import AS_DECLARED, NO_NUL, Amount, Money, PageQuery, VersionedRecord

Name = Annotated[str, Field(min_length=1, max_length=100, pattern=NO_NUL, examples=["Name"])]
Description = Annotated[str, Field(max_length=1000, pattern=NO_NUL, examples=["Description"])]


class ItemCreate(BaseModel):
    model_config = AS_DECLARED

    name: Name
    description: Description | None = None
    price: Amount
    tax: Amount | None = None


@with_config(AS_DECLARED)
class ItemUpdate(TypedDict, total=False):
    """The fields to change; the others keep their values."""

    name: Name
    description: Description | None
    price: Amount
    tax: Amount | None


class Item(ItemCreate, VersionedRecord):
    price: Money
    tax: Money | None = None


class ItemQuery(PageQuery, frozen=True):
    name: Name | None = None
    min_price: Amount | None = None
    max_price: Amount | None = None
    sort: Annotated[
        Literal["id", "-id", "name", "-name", "price", "-price"],
        Field(description="`-` reverses the order"),
    ] = "id"
