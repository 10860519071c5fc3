"""A user with their newest posts, read one after the other and at the same time.

Compare their headers Server-Timing: the first takes as long as both parts together, the second
as long as the longer one. For two short queries that is little; for what waits for other
machines it is most of the time.
"""

from collections.abc import Sequence
from functools import partial

from fastapi import APIRouter

from src.api.deps import DatabaseDep, SideBySideDep
from src.api.params import RecordId
from src.api.responses import ReadyJson
from src.api.routes.users import NOT_FOUND
from src.api.timing import TIMED, Timing
from src.core.records import Record
from src.crud.users import POSTS, USERS, newest_posts
from src.schemas.users import Profile

NEWEST = 10

router = APIRouter(tags=["profiles"], responses=NOT_FOUND | TIMED)


@router.get("/user-profile/{user_id:id}", response_model=Profile)
async def read_profile(user_id: RecordId, database: DatabaseDep) -> ReadyJson:
    timing = Timing()
    user = await timing.of("user", partial(USERS.get, database, user_id))()
    posts = await timing.of("posts", partial(newest_posts, database, user_id, NEWEST))()
    return _send(user, posts, timing)


@router.get("/user-profile-concurrent/{user_id:id}", response_model=Profile)
async def read_profile_concurrently(
    user_id: RecordId, database: DatabaseDep, side_by_side: SideBySideDep
) -> ReadyJson:
    timing = Timing()
    user, posts = await side_by_side.both(
        timing.of("user", partial(USERS.get, database, user_id)),
        timing.of("posts", partial(newest_posts, database, user_id, NEWEST)),
    )
    return _send(user, posts, timing)


def _send(user: Record, posts: Sequence[Record], timing: Timing) -> ReadyJson:
    profile = b'{"user":%b,"posts":%b}' % (USERS.json(user), POSTS.array(posts))
    return ReadyJson(profile, headers=timing.headers())
