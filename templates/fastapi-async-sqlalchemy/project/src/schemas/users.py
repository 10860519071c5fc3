"""What a user and a post are, and what a client may send."""

from typing import Annotated

from pydantic import AwareDatetime, BaseModel, Field, StringConstraints, with_config
from typing_extensions import TypedDict

from src.core.ids import MAX_ID
from src.schemas.base import AS_DECLARED, NO_NUL, Kept

# https://html.spec.whatwg.org/multipage/input.html#valid-e-mail-address: what browsers take.
LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
EMAIL = rf"^[A-Za-z0-9.!#$%&'*+/=?^_`{{|}}~-]+@{LABEL}(?:\.{LABEL})*$"

Username = Annotated[
    str, Field(min_length=1, max_length=50, pattern=r"^[A-Za-z0-9_.-]+$", examples=["ada"])
]
# In lower case, so that Ada@example.com is not another user than ada@example.com.
Email = Annotated[
    str,
    StringConstraints(max_length=254, pattern=EMAIL, to_lower=True),
    Field(examples=["ada@example.com"]),
]
Title = Annotated[str, Field(min_length=1, max_length=200, pattern=NO_NUL, examples=["Hello"])]


class UserCreate(BaseModel):
    model_config = AS_DECLARED

    username: Username
    email: Email


@with_config(AS_DECLARED)
class UserUpdate(TypedDict, total=False):
    """The fields to change."""

    username: Username
    email: Email


class User(UserCreate, Kept):
    created_at: AwareDatetime


class PostCreate(BaseModel):
    model_config = AS_DECLARED

    title: Title


class Post(PostCreate):
    id: Annotated[int, Field(ge=1, le=MAX_ID, examples=[1])]
    user_id: Annotated[int, Field(ge=1, le=MAX_ID, examples=[1])]
    created_at: AwareDatetime


class Profile(BaseModel):
    """A user, and the newest of their posts."""

    user: User
    posts: list[Post]
