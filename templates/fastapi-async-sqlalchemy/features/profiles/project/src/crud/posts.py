"""What can be done with posts."""

from sqlalchemy import bindparam, select

from src import models
from src.core.database import Executor
from src.core.database_errors import LeadsNowhere
from src.core.errors import NotFound
from src.core.records import Records
from src.crud.users import USERS
from src.schemas.posts import Post, PostCreate

POSTS = Records(models.Post, Post)

NEWEST_POSTS = (
    select(*POSTS.columns)
    .where(POSTS.table.c.user_id == bindparam("user_id"))
    .order_by(POSTS.table.c.id.desc())
    .limit(bindparam("most"))
)


async def newest_posts(database: Executor, user_id: int, limit: int) -> list[Post]:
    rows = await database.execute(NEWEST_POSTS, {"user_id": user_id, "most": limit})
    posts = POSTS.read(rows)
    if not posts:
        await USERS.get(database, user_id)  # which raises if there is no such user
    return posts


async def add_post(database: Executor, user_id: int, post: PostCreate) -> Post:
    try:
        return await POSTS.add(database, {"user_id": user_id, **post.model_dump()})
    except LeadsNowhere as error:
        raise NotFound(USERS.kind, user_id) from error
