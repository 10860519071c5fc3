"""What other services answered, and which of them failed."""

from pydantic import BaseModel, JsonValue


class SourceFault(BaseModel):
    """The answer to a request for this source alone."""

    status: int
    detail: str


class ExternalData(BaseModel):
    """Each source is in `data` or in `errors`."""

    data: dict[str, JsonValue]
    errors: dict[str, SourceFault]
