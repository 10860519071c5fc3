"""The project's application, with what people write first beside its features."""

import asyncio
from concurrent.futures import ProcessPoolExecutor
from functools import partial

from fastapi import Response
from src.api.deps import DatabaseDep
from src.computations import fibonacci
from src.crud.items import ITEMS
from src.main import app
from sqlalchemy import select

executor = ProcessPoolExecutor()


@app.get("/simple/items.jsonl")
async def export_items(database: DatabaseDep) -> Response:
    items = ITEMS.read((await database.execute(select(*ITEMS.columns))).all())
    return Response("".join(f"{item.model_dump_json()}\n" for item in items))


@app.get("/simple/inline/{n}")
async def inline(n: int) -> int:
    return fibonacci(n)


@app.get("/simple/thread/{n}")
def thread(n: int) -> int:
    return fibonacci(n)


@app.get("/simple/executor/{n}")
async def in_executor(n: int) -> int:
    return await asyncio.get_event_loop().run_in_executor(executor, partial(fibonacci, n))
