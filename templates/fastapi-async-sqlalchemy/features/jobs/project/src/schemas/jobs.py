"""What a client learns about a job."""

from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, JsonValue

State = Literal["queued", "running", "done", "failed"]


class JobInfo(BaseModel):
    """A job that is done has a `result`, one whose last attempt failed an `error`."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    kind: str
    state: State
    attempts: int
    result: JsonValue = None
    error: str | None = None
