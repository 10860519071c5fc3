"""The users, and what they post."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from src.core.cache import Cache, forget_after_commit
from src.core.database import Database, Executor
from src.core.database_errors import is_dangling
from src.core.errors import NotFound
from src.core.records import Record, Records, Versions
from src.models import Post, User
from src.schemas.users import PostCreate, UserUpdate

USERS = Records(User)
POSTS = Records(Post)


async def read(database: Database, cache: Cache, user_id: int) -> bytes:
    """As JSON, from the cache if it is there."""

    async def load() -> bytes:
        return USERS.json(await USERS.get(database, user_id))

    return await cache.get(_key(user_id), load)


async def update(
    session: AsyncSession, user_id: int, changes: UserUpdate, versions: Versions = None
) -> Record:
    forget_after_commit(session, _key(user_id))
    return await USERS.update(session, user_id, changes, versions)


async def delete(session: AsyncSession, user_id: int, versions: Versions = None) -> None:
    forget_after_commit(session, _key(user_id))
    await USERS.delete(session, user_id, versions)


def _key(user_id: int) -> str:
    return f"user:{user_id}"


async def newest_posts(database: Executor, user_id: int, limit: int) -> Sequence[Record]:
    columns = POSTS.table.c
    of_user = select(*columns).where(columns.user_id == user_id)
    posts = (await database.execute(of_user.order_by(columns.id.desc()).limit(limit))).all()
    if not posts:
        await USERS.get(database, user_id)  # which raises if there is no such user
    return posts


async def add_post(database: Executor, user_id: int, post: PostCreate) -> Record:
    try:
        return await POSTS.add(database, {"user_id": user_id, **post.model_dump()})
    except IntegrityError as error:
        if is_dangling(error):
            raise NotFound(USERS.kind, user_id) from error
        raise
