"""What a post is, and what a client may send; and a user with their posts."""

from typing import Annotated

from pydantic import AwareDatetime, BaseModel, Field

from src.schemas.base import AS_DECLARED, NO_NUL, Id, Record
from src.schemas.users import User

Title = Annotated[str, Field(min_length=1, max_length=200, pattern=NO_NUL, examples=["Hello"])]


class PostCreate(BaseModel):
    model_config = AS_DECLARED

    title: Title


class Post(PostCreate, Record):
    user_id: Id
    created_at: AwareDatetime


class Profile(BaseModel):
    """A user and their newest posts."""

    user: User
    posts: list[Post]
