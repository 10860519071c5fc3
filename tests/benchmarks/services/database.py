"""A new database with so many items in the table `items`, in an environment that has asyncpg.

python database.py SERVER_URL NAME create | fill COUNT | drop
"""

import asyncio
import sys

import asyncpg

COLUMNS = "name, description, price, tax"
VALUES = "'Item ' || n, 'A thing of some use, number ' || n, n * 0.25, 0.19"


async def main(server: str, name: str, what: str, count: str = "0") -> None:
    database = name if what == "fill" else "postgres"
    connection = await asyncpg.connect(f"{server}/{database}")
    if what == "fill":
        extra = await connection.fetchval(
            "SELECT count(*) FROM information_schema.columns WHERE table_name = 'items' AND column_name = 'version'"
        )
        columns, values = (f"{COLUMNS}, version", f"{VALUES}, 1") if extra else (COLUMNS, VALUES)
        insert = f"INSERT INTO items ({columns}) SELECT {values} FROM generate_series(1, $1::int) AS n"
        await connection.execute(insert, int(count))
        await connection.execute("ANALYZE items")
    else:
        await connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        if what == "create":
            await connection.execute(f'CREATE DATABASE "{name}"')
    await connection.close()


asyncio.run(main(*sys.argv[1:]))
