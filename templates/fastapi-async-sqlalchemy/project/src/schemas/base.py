"""What all schemas have in common: bounds on everything that comes from outside."""

from decimal import Decimal
from typing import Annotated

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    WithJsonSchema,
)

MAX_ID = 2**53 - 1  # the largest integer that JavaScript, too, reads exactly

# strict: the text "12" is not the number 12. forbid: a misspelt field is an error.
AS_DECLARED = ConfigDict(strict=True, extra="forbid")

# PostgreSQL cannot store a NUL in a text. The pattern also makes pydantic check that the text
# is valid Unicode, which JSON alone does not promise.
NO_NUL = r"^[^\x00]*$"

Id = Annotated[int, Field(ge=1, le=MAX_ID, examples=[1])]
MAX_AMOUNT = 10**12


def _as_written(value: object) -> object:
    """JSON's 0.1 is read as a float, which holds a little more than 0.1."""
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return Decimal(str(value)) if is_number else value


# An amount of money: a Decimal in Python, NUMERIC in the database, and a number in JSON. It has at
# most 15 digits, and such a number is the same after any client has read it as a float.
Money = Annotated[
    Decimal,
    PlainSerializer(float, when_used="json"),
    WithJsonSchema({"type": "number", "examples": [12.5]}),
]

# The same from a client. The bounds of a Decimal take longer to check than all other fields of a
# record together, so what comes from the database is not checked again.
Amount = Annotated[
    Money,
    Field(ge=0, le=MAX_AMOUNT, decimal_places=2),
    BeforeValidator(_as_written),
    WithJsonSchema(
        {
            "type": "number",
            "minimum": 0,
            "maximum": MAX_AMOUNT,
            "multipleOf": 0.01,
            "examples": [12.5],
        }
    ),
]


class Record(BaseModel):
    """What every record has."""

    id: Id


class VersionedRecord(Record):
    """What a record has that can be changed."""

    version: Annotated[int, Field(ge=1, description="Counts the changes", examples=[1])]


class PageQuery(BaseModel, frozen=True, extra="forbid"):
    """Which records a list shows. A subclass adds filters and says which fields can be sorted by.

    A filter has the name of a field, or that name after `min_` or `max_`.
    """

    skip: Annotated[int, Field(ge=0, le=MAX_ID, description="How many to skip")] = 0
    limit: Annotated[int, Field(ge=1, le=1000, description="How many to return at most")] = 100
    after: Annotated[
        int | None,
        Field(
            ge=0,
            le=MAX_ID,
            description="Only those that follow the record with this id: fast on every page",
        ),
    ] = None
    sort: str = "id"

    def filters(self) -> dict[str, object]:
        paging = PageQuery.model_fields.keys()
        return {name: value for name, value in self if name not in paging and value is not None}
