"""What can be done with users, who are read from the cache where it has them."""

from pydantic import ValidationError

from src import models
from src.core.cache import Cache
from src.core.database import Database
from src.core.records import Records, Versions
from src.schemas.users import User, UserUpdate

USERS = Records(models.User, User)


async def get_user(database: Database, cache: Cache, user_id: int) -> User:
    async def load() -> bytes:
        return (await USERS.get(database, user_id)).model_dump_json().encode()

    try:
        return User.model_validate_json(await cache.get(_key(user_id), load))
    except ValidationError:  # another release wrote it, whose users have other fields
        return await USERS.get(database, user_id)


async def update_user(
    database: Database,
    cache: Cache,
    user_id: int,
    changes: UserUpdate,
    versions: Versions = None,
) -> User:
    # Forgotten once the change is committed. Earlier, another request could read the old value
    # and keep it again.
    updated = await USERS.update(database, user_id, changes, versions)
    await cache.forget(_key(user_id))
    return updated


async def delete_user(
    database: Database, cache: Cache, user_id: int, versions: Versions = None
) -> None:
    await USERS.delete(database, user_id, versions)
    await cache.forget(_key(user_id))


def _key(user_id: int) -> str:
    return f"user:{user_id}"
