"""Adds demo data to the database: `python -m scripts.seed --users 100`.

Each run adds more, in one transaction.
"""

import argparse
import asyncio

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from src.core.config import Settings
from src.core.database import opened
from src.crud.users import USERS

MOST = 1_000_000
BATCH = 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--users", type=count, default=100)
    wanted = parser.parse_args()
    asyncio.run(seed(Settings(), wanted.users))
    print(f"{wanted.users} users added")


def count(text: str) -> int:
    number = int(text)
    if not 0 <= number <= MOST:
        raise argparse.ArgumentTypeError(f"from 0 to {MOST}")
    return number


async def seed(settings: Settings, users: int) -> None:
    async with opened(settings) as database, database.transaction() as session:
        first = await last_id(session) + 1
        for numbers in batches(first, users):
            await USERS.add_all(session, [user(number) for number in numbers])


async def last_id(session: AsyncSession) -> int:
    last = await session.execute(select(func.max(USERS.table.c.id)))
    return last.scalar_one() or 0


def batches(first: int, many: int) -> list[range]:
    end = first + many
    return [range(begin, min(begin + BATCH, end)) for begin in range(first, end, BATCH)]


def user(number: int) -> dict[str, object]:
    return {"username": f"demo-{number}", "email": f"demo-{number}@example.com"}


if __name__ == "__main__":
    main()
