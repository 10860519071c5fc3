"""/users/{user_id}/posts over HTTP."""

from fastapi import APIRouter

from src.api.deps import DatabaseDep, PageLimit, RecordId
from src.api.errors import NO_ROOM, WITH_BODY
from src.api.routes.users import NOT_FOUND
from src.crud import posts
from src.schemas.posts import Post, PostCreate

router = APIRouter(prefix="/users", tags=["users"], responses=NOT_FOUND)


@router.post("/{user_id:int}/posts", status_code=201, responses=WITH_BODY | NO_ROOM)
async def create_post(user_id: RecordId, post: PostCreate, database: DatabaseDep) -> Post:
    return await posts.add_post(database, user_id, post)


@router.get("/{user_id:int}/posts")
async def read_posts(
    user_id: RecordId, database: DatabaseDep, limit: PageLimit = 100
) -> list[Post]:
    """The newest posts of a user, the latest first."""
    return await posts.newest_posts(database, user_id, limit)
