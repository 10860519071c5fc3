"""What a client is told of a job."""

from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, JsonValue

State = Literal["queued", "running", "done", "failed"]


class JobInfo(BaseModel):
    """`result` is there when it is done, `error` when the last attempt has failed."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    kind: str
    state: State
    attempts: int
    result: JsonValue = None
    error: str | None = None
