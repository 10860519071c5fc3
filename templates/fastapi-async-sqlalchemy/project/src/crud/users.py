"""What can be done with users and their posts."""

from pydantic import ValidationError
from sqlalchemy import bindparam, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from src import models
from src.core.cache import Cache, forget_after_commit
from src.core.database import Database, Executor
from src.core.database_errors import is_dangling
from src.core.errors import NotFound
from src.core.records import Records, Versions
from src.schemas.users import Post, PostCreate, User, UserUpdate

USERS = Records(models.User, User)
POSTS = Records(models.Post, Post)

NEWEST_POSTS = (
    select(*POSTS.columns)
    .where(POSTS.table.c.user_id == bindparam("user_id"))
    .order_by(POSTS.table.c.id.desc())
    .limit(bindparam("most"))
)


async def get_user(database: Database, cache: Cache, user_id: int) -> User:
    """From the cache if it is there."""

    async def load() -> bytes:
        return (await USERS.get(database, user_id)).model_dump_json().encode()

    try:
        return User.model_validate_json(await cache.get(_key(user_id), load))
    except ValidationError:  # another release wrote it, whose users have other fields
        return await USERS.get(database, user_id)


async def update_user(
    session: AsyncSession, user_id: int, changes: UserUpdate, versions: Versions = None
) -> User:
    forget_after_commit(session, _key(user_id))
    return await USERS.update(session, user_id, changes, versions)


async def delete_user(session: AsyncSession, user_id: int, versions: Versions = None) -> None:
    forget_after_commit(session, _key(user_id))
    await USERS.delete(session, user_id, versions)


def _key(user_id: int) -> str:
    return f"user:{user_id}"


async def newest_posts(database: Executor, user_id: int, limit: int) -> list[Post]:
    rows = await database.execute(NEWEST_POSTS, {"user_id": user_id, "most": limit})
    posts = POSTS.read(rows)
    if not posts:
        await USERS.get(database, user_id)  # which raises if there is no such user
    return posts


async def add_post(database: Executor, user_id: int, post: PostCreate) -> Post:
    try:
        return await POSTS.add(database, {"user_id": user_id, **post.model_dump()})
    except IntegrityError as error:
        if is_dangling(error):
            raise NotFound(USERS.kind, user_id) from error
        raise
