"""Those who listen to the records of a table hear of each change, once it is committed."""

from collections.abc import Iterator

import pytest

from src.core.database import Database
from src.core.database_errors import AlreadyExists, HasChanged
from src.core.errors import NotFound
from src.core.records import Change
from src.crud.users import USERS
from tests.test_users import ADA, MISSING, some_users


@pytest.fixture
def heard() -> Iterator[list[Change]]:
    changes: list[Change] = []
    USERS.listeners.append(changes.append)
    yield changes
    USERS.listeners.remove(changes.append)


async def test_each_change_is_heard_of(database: Database, heard: list[Change]) -> None:
    user = await USERS.add(database, ADA)
    await USERS.update(database, user.id, {"username": "countess"})
    await USERS.delete(database, user.id)
    assert heard == [
        Change("users", "created", user.id),
        Change("users", "updated", user.id),
        Change("users", "deleted", user.id),
    ]


async def test_changes_in_a_transaction_are_heard_of_when_it_is_committed(
    database: Database, heard: list[Change]
) -> None:
    async with database.transaction() as session:
        users = await USERS.add_all(session, some_users(2))
        await USERS.delete(session, users[0].id)
        assert heard == []
    first, second = (user.id for user in users)
    changes = [("created", first), ("created", second), ("deleted", first)]
    assert [(change.action, change.id) for change in heard] == changes


async def test_what_is_rolled_back_is_not_heard_of(database: Database, heard: list[Change]) -> None:
    async with database.transaction() as session:
        await USERS.add(session, ADA)
        await session.rollback()
    assert heard == []


async def test_what_fails_is_not_heard_of(database: Database, heard: list[Change]) -> None:
    user = await USERS.add(database, ADA)
    heard.clear()
    with pytest.raises(AlreadyExists):
        await USERS.add(database, ADA)
    with pytest.raises(HasChanged):
        await USERS.update(database, user.id, {"username": "countess"}, versions=[2])
    with pytest.raises(NotFound):
        await USERS.delete(database, MISSING)
    assert heard == []
