"""The two halves of a profile, each read in a session of its own.

A session does one thing at a time, so what is to happen at the same time needs two of them.
"""

from collections.abc import Sequence

from src.core.database import Database
from src.core.records import Record
from src.crud.users import USERS, newest_posts

NEWEST = 10


async def read_user(database: Database, user_id: int) -> Record:
    async with database.reading() as session:
        return await USERS.get(session, user_id)


async def read_posts(database: Database, user_id: int) -> Sequence[Record]:
    async with database.reading() as session:
        return await newest_posts(session, user_id, NEWEST)
