"""Adds demo data to the database: `python -m scripts.seed --users 10 --items 100`.

Each run adds more, in one transaction.
"""

import argparse
import asyncio
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from src.core.config import Settings
from src.core.database import opened
from src.core.records import Records
from src.crud.items import ITEMS
from src.crud.users import USERS

MOST = 1_000_000
BATCH = 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--users", type=count, default=10)
    parser.add_argument("--items", type=count, default=100)
    wanted = parser.parse_args()
    asyncio.run(seed(Settings(), wanted.users, wanted.items))
    print(f"{wanted.users} users and {wanted.items} items added")


def count(text: str) -> int:
    number = int(text)
    if not 0 <= number <= MOST:
        raise argparse.ArgumentTypeError(f"from 0 to {MOST}")
    return number


async def seed(settings: Settings, users: int, items: int) -> None:
    async with opened(settings) as database, database.transaction() as session:
        first = await last_id(session, USERS) + 1
        for numbers in batches(first, users):
            await USERS.add_all(session, [user(number) for number in numbers])
        for numbers in batches(1, items):
            await ITEMS.add_all(session, [item(number) for number in numbers])


async def last_id(session: AsyncSession, records: Records[Any]) -> int:
    last = await session.execute(select(func.max(records.table.c.id)))
    return last.scalar_one() or 0


def batches(first: int, many: int) -> list[range]:
    end = first + many
    return [range(begin, min(begin + BATCH, end)) for begin in range(first, end, BATCH)]


def user(number: int) -> dict[str, object]:
    return {"username": f"demo-{number}", "email": f"demo-{number}@example.com"}


def item(number: int) -> dict[str, object]:
    return {
        "name": f"Item {number}",
        "description": f"The demo item with the number {number}",
        "price": Decimal(number % 1000) + Decimal("0.5"),
        "tax": None,
    }


if __name__ == "__main__":
    main()
