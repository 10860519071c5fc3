"""What goes in and out. Every input has a limit."""

from typing import Annotated, Any

from fastapi import Path, Query
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Email = Annotated[
    str,
    StringConstraints(to_lower=True, max_length=254, pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$"),
    Field(examples=["test@example.com"]),
]
Text = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Seconds = Annotated[float, Path(ge=0, le=5, description="How long to wait")]
Size = Annotated[int, Query(ge=1, le=500, description="How much to compute: n * 100,000 sums")]


class Message(BaseModel):
    message: str


class Health(BaseModel):
    status: str = "ok"


class Delay(BaseModel):
    kind: str
    seconds: float


class Timing(BaseModel):
    seconds: float
    results: list[dict[str, Any]]


class UserCreate(BaseModel):
    email: Email
    full_name: Text = Field(examples=["Test User"])


class User(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    email: str
    full_name: str


class NewUser(User):
    token: str = Field(description="For `GET /users/me`. It is shown only once")


class UserWithExternalData(BaseModel):
    user: User
    external_data: list[dict[str, Any]]


class Mail(BaseModel):
    email: Email
    message: Text


class Result(BaseModel):
    result: str


class Computed(BaseModel):
    result: int
    method: str


class FileContent(BaseModel):
    filename: str
    content: str


class ResourceState(BaseModel):
    resource_name: str
    is_open: bool


class Performance(BaseModel):
    """The number of requests so far, under way now, and at most at the same time."""

    request_count: int = 0
    concurrent_requests: int = 0
    max_concurrent: int = 0
