"""What a client learns about a file."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AliasPath, BaseModel, ConfigDict, Field, JsonValue

from src.schemas.jobs import State


class FileInfo(BaseModel):
    """`status` is the state of the job that checks the file, `findings` are its result."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str
    type: str
    size: int
    sha256: str
    downloads: int
    created_at: datetime
    job_id: UUID
    status: Annotated[State, Field(validation_alias=AliasPath("job", "state"))]
    findings: Annotated[JsonValue, Field(validation_alias=AliasPath("job", "result"))] = None
