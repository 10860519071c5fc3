"""Items in a JSON file that each call reads and writes whole, with no lock: what a tutorial would do."""

import json
import os
from pathlib import Path
from typing import Any

import aiofiles
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel

DATA_FILE = Path(os.environ["DATA_FILE"])

app = FastAPI()


class Fields(BaseModel):
    name: str
    description: str | None = None
    price: float
    tax: float | None = None


class Changes(BaseModel):
    name: str | None = None
    description: str | None = None
    price: float | None = None
    tax: float | None = None


class Item(Fields):
    id: int


async def load() -> list[dict[str, Any]]:
    async with aiofiles.open(DATA_FILE, encoding="utf-8") as file:
        items: list[dict[str, Any]] = json.loads(await file.read())
    return items


async def save(items: list[dict[str, Any]]) -> None:
    async with aiofiles.open(DATA_FILE, "w", encoding="utf-8") as file:
        await file.write(json.dumps(items, indent=2, ensure_ascii=False))


def find(items: list[dict[str, Any]], item_id: int) -> dict[str, Any]:
    for item in items:
        if item["id"] == item_id:
            return item
    raise HTTPException(404, f"Item with id {item_id} not found")


@app.get("/items/")
async def read_items() -> list[Item]:
    return [Item(**item) for item in await load()]


@app.get("/items/{item_id}")
async def read_item(item_id: int) -> Item:
    return Item(**find(await load(), item_id))


@app.post("/items/", status_code=201)
async def create_item(fields: Fields) -> Item:
    items = await load()
    item = Item(id=max((item["id"] for item in items), default=0) + 1, **fields.model_dump())
    await save([*items, item.model_dump()])
    return item


@app.put("/items/{item_id}")
async def update_item(item_id: int, changes: Changes) -> Item:
    items = await load()
    item = find(items, item_id)
    item.update(changes.model_dump(exclude_unset=True))
    await save(items)
    return Item(**item)
