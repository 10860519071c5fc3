"""What the sources outside have given, and what went wrong with the others."""

from pydantic import BaseModel, JsonValue


class SourceFault(BaseModel):
    """What asking this source alone would have been answered with."""

    status: int
    detail: str


class ExternalData(BaseModel):
    """Each source is in one of the two."""

    data: dict[str, JsonValue]
    errors: dict[str, SourceFault]
