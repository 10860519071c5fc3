"""What goes in and out. Every input has a limit."""

from typing import Annotated, Any

from fastapi import Path, Query
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

# \x00 is the one character that PostgreSQL cannot store.
Email = Annotated[
    str,
    StringConstraints(
        to_lower=True, max_length=254, pattern=r"^[^@\s\x00]+@[^@\s\x00]+\.[^@\s\x00]+$"
    ),
]
Text = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=r"^[^\x00]*$"),
]
Seconds = Annotated[float, Path(ge=0, le=5, description="How long to wait")]
Size = Annotated[int, Query(ge=1, le=500, description="How much to compute: n * 100,000 sums")]


class Timing(BaseModel):
    seconds: float
    results: list[dict[str, Any]]


class UserCreate(BaseModel):
    email: Email = Field(examples=["test@example.com"])
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
    email: Email = Field(examples=["test@example.com"])
    message: Text
