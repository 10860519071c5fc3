"""The users, and what they post."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from src.core.database_errors import is_dangling
from src.core.errors import NotFound
from src.core.records import Record, Records
from src.models import Post, User
from src.schemas.users import PostCreate

USERS = Records(User)
POSTS = Records(Post)


async def newest_posts(session: AsyncSession, user_id: int, limit: int) -> Sequence[Record]:
    columns = POSTS.table.c
    of_user = select(*columns).where(columns.user_id == user_id)
    return (await session.execute(of_user.order_by(columns.id.desc()).limit(limit))).all()


async def add_post(session: AsyncSession, user_id: int, post: PostCreate) -> Record:
    try:
        return await POSTS.add(session, {"user_id": user_id, **post.model_dump()})
    except IntegrityError as error:
        if is_dangling(error):
            raise NotFound(USERS.kind, user_id) from error
        raise
