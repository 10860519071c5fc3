"""/users over HTTP, and what they post."""

from fastapi import APIRouter, Request

from src.api.database_errors import WRITES
from src.api.deps import CacheDep, DatabaseDep, Transaction
from src.api.errors import WITH_BODY, answers
from src.api.params import Limit, QueryOnce, RecordId
from src.api.records import (
    A_PAGE,
    ANY,
    CHANGED,
    NEW,
    ONE,
    REPEATED,
    After,
    IfMatch,
    Skip,
    send_kept,
    send_new,
    send_one,
    send_page,
    version_in,
)
from src.api.responses import ReadyJson, path_of
from src.crud import users
from src.crud.users import POSTS, USERS
from src.schemas.users import Post, PostCreate, User, UserCreate, UserUpdate

router = APIRouter(prefix="/users", tags=["users"])

NOT_FOUND = answers({404: "User not found"})


@router.get("/", response_model=list[User], responses=A_PAGE, dependencies=[QueryOnce])
async def read_users(
    database: DatabaseDep, skip: Skip = 0, limit: Limit = 100, after: After = None
) -> ReadyJson:
    """A page of the users, in the order of their ids; the header Link leads to the next one."""
    return send_page(USERS, await USERS.page(database, skip, limit, after), limit)


@router.get("/{user_id:id}", response_model=User, responses=ONE | NOT_FOUND)
async def read_user(user_id: RecordId, database: DatabaseDep, cache: CacheDep) -> ReadyJson:
    return send_kept(await users.read(database, cache, user_id))


@router.post(
    "/", status_code=201, response_model=User, responses=NEW | REPEATED | WITH_BODY | WRITES
)
async def create_user(user: UserCreate, database: DatabaseDep, request: Request) -> ReadyJson:
    """No two users have the same name or address."""
    created = await USERS.add(database, user.model_dump())
    return send_new(USERS, created, path_of(request, "read_user", user_id=created.id))


@router.put(
    "/{user_id:id}",
    response_model=User,
    responses=ONE | NOT_FOUND | REPEATED | CHANGED | WITH_BODY | WRITES,
)
async def update_user(
    user_id: RecordId, changes: UserUpdate, session: Transaction, if_match: IfMatch = ANY
) -> ReadyJson:
    """Changes the fields that are sent and keeps the others."""
    updated = await users.update(session, user_id, changes, version_in(if_match))
    return send_one(USERS, updated)


@router.delete("/{user_id:id}", status_code=204, responses=NOT_FOUND | CHANGED | WRITES)
async def delete_user(user_id: RecordId, session: Transaction, if_match: IfMatch = ANY) -> None:
    """Their posts go with them."""
    await users.delete(session, user_id, version_in(if_match))


@router.post(
    "/{user_id:id}/posts",
    status_code=201,
    response_model=Post,
    responses=NOT_FOUND | WITH_BODY | WRITES,
)
async def create_post(user_id: RecordId, post: PostCreate, database: DatabaseDep) -> ReadyJson:
    created = await users.add_post(database, user_id, post)
    return ReadyJson(POSTS.json(created), status_code=201)


@router.get(
    "/{user_id:id}/posts",
    response_model=list[Post],
    responses=NOT_FOUND,
    dependencies=[QueryOnce],
)
async def read_posts(user_id: RecordId, database: DatabaseDep, limit: Limit = 100) -> ReadyJson:
    """The newest posts of a user, the latest first."""
    return ReadyJson(POSTS.array(await users.newest_posts(database, user_id, limit)))
