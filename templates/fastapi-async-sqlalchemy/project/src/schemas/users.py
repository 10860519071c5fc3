"""What a user is, and what a client may send."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, Field, StringConstraints, with_config
from typing_extensions import TypedDict

from src.schemas.base import AS_DECLARED, PageQuery, VersionedRecord

# What browsers accept: https://html.spec.whatwg.org/multipage/input.html#valid-e-mail-address
LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
EMAIL = rf"^[A-Za-z0-9.!#$%&'*+/=?^_`{{|}}~-]+@{LABEL}(?:\.{LABEL})*$"

Username = Annotated[
    str, Field(min_length=1, max_length=50, pattern=r"^[A-Za-z0-9_.-]+$", examples=["ada"])
]
# In lower case, so that Ada@example.com and ada@example.com are the same user.
Email = Annotated[
    str,
    StringConstraints(max_length=254, pattern=EMAIL, to_lower=True),
    Field(examples=["ada@example.com"]),
]


class UserCreate(BaseModel):
    model_config = AS_DECLARED

    username: Username
    email: Email


@with_config(AS_DECLARED)
class UserUpdate(TypedDict, total=False):  # in which a field left out is simply not there
    """The fields to change; the others keep their values."""

    username: Username
    email: Email


class User(UserCreate, VersionedRecord):
    created_at: AwareDatetime


class UserQuery(PageQuery, frozen=True):
    username: Username | None = None
    email: Email | None = None
    sort: Annotated[
        Literal["id", "-id", "username", "-username", "email", "-email"],
        Field(description="`-` reverses the order"),
    ] = "id"
