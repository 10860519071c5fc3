"""A user and their newest posts, read one after the other and concurrently.

Compare their headers Server-Timing: the first takes as long as both queries together, the second
as long as the slower one. Two short queries gain little, calls to other machines gain a lot.
"""

from functools import partial

from fastapi import APIRouter, Response

from src.api.deps import DatabaseDep, RecordId
from src.api.routes.users import NOT_FOUND
from src.api.timing import Timing
from src.core.concurrency import QueryLimitDep
from src.crud.posts import newest_posts
from src.crud.users import USERS
from src.schemas.posts import Profile

NEWEST = 10

router = APIRouter(tags=["profiles"], responses=NOT_FOUND)


@router.get("/user-profile/{user_id:int}")
async def read_profile(user_id: RecordId, database: DatabaseDep, response: Response) -> Profile:
    timing = Timing()
    user = await timing.of("user", partial(USERS.get, database, user_id))()
    posts = await timing.of("posts", partial(newest_posts, database, user_id, NEWEST))()
    response.headers["Server-Timing"] = timing.header()
    return Profile(user=user, posts=posts)


@router.get("/user-profile-concurrent/{user_id:int}")
async def read_profile_concurrently(
    user_id: RecordId, database: DatabaseDep, query_limit: QueryLimitDep, response: Response
) -> Profile:
    timing = Timing()
    user, posts = await query_limit.run_both(
        timing.of("user", partial(USERS.get, database, user_id)),
        timing.of("posts", partial(newest_posts, database, user_id, NEWEST)),
    )
    response.headers["Server-Timing"] = timing.header()
    return Profile(user=user, posts=posts)
