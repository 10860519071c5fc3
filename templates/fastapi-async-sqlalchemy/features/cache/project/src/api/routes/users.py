"""/users over HTTP: schemas say what a user is, crud says what can be done with it."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from src.api.deps import DatabaseDep, RecordId
from src.api.errors import NO_ROOM, WITH_BODY, answers
from src.api.headers import IfMatch, set_etag, set_page
from src.core.cache import CacheDep
from src.crud import users
from src.crud.users import USERS
from src.schemas.users import User, UserCreate, UserQuery, UserUpdate

router = APIRouter(prefix="/users", tags=["users"])

NOT_FOUND = answers({404: "User not found"})
CHANGED = answers({412: "The user no longer has the version in If-Match"})
IN_USE = answers({409: "Other records lead to the user"})
TAKEN = answers({409: "Another user has this username or email"})


@router.get("/", responses=answers({404: "The user with the id in `after` not found"}))
async def read_users(
    query: Annotated[UserQuery, Query()], database: DatabaseDep, response: Response
) -> list[User]:
    """A page of the users. X-Total-Count says how many match; Link leads to the next page."""
    page = await USERS.page(database, query)
    set_page(response, query, page)
    return page.records


@router.get("/{user_id:int}", responses=NOT_FOUND)
async def read_user(
    user_id: RecordId, database: DatabaseDep, cache: CacheDep, response: Response
) -> User:
    """The header ETag has the version: send it as If-Match with a change."""
    user = await users.get_user(database, cache, user_id)
    set_etag(response, user)
    return user


@router.post("/", status_code=201, responses=TAKEN | WITH_BODY | NO_ROOM)
async def create_user(
    user: UserCreate, database: DatabaseDep, request: Request, response: Response
) -> User:
    created = await USERS.add(database, user.model_dump())
    response.headers["Location"] = request.url_for("read_user", user_id=created.id).path
    set_etag(response, created)
    return created


@router.delete("/{user_id:int}", status_code=204, responses=NOT_FOUND | IN_USE | CHANGED | NO_ROOM)
async def delete_user(
    user_id: RecordId, database: DatabaseDep, cache: CacheDep, versions: IfMatch
) -> None:
    await users.delete_user(database, cache, user_id, versions)


@router.patch(
    "/{user_id:int}",
    name="patch_user",
    responses=NOT_FOUND | TAKEN | CHANGED | WITH_BODY | NO_ROOM,
)
@router.put("/{user_id:int}", responses=NOT_FOUND | TAKEN | CHANGED | WITH_BODY | NO_ROOM)
async def update_user(
    user_id: RecordId,
    changes: UserUpdate,
    database: DatabaseDep,
    cache: CacheDep,
    versions: IfMatch,
    response: Response,
) -> User:
    """Change the fields that are sent and keep the others."""
    updated = await users.update_user(database, cache, user_id, changes, versions)
    set_etag(response, updated)
    return updated
