"""The data file of a flagship: written before a proof, and read with strict eyes after it."""

import json
from pathlib import Path
from typing import Any

from tests.proofs.proof import Missed, require

Item = dict[str, Any]


def write_items(file: Path, count: int) -> Path:
    """A data file of so many items, one a line."""
    file.parent.mkdir(parents=True, exist_ok=True)
    items = [{"id": number, **an_item(f"Item {number}")} for number in range(1, count + 1)]
    lines = ",\n".join(map(json.dumps, items))
    file.write_text(f"[\n{lines}\n]\n", encoding="utf-8")
    return file


def an_item(name: str) -> Item:
    return {"name": name, "description": "Made by a proof", "price": 12.5, "tax": 2.4}


def read_items(file: Path) -> dict[int, Item]:
    """The items by id, from a file that has to be strict JSON with no id twice."""
    items = json.loads(file.read_bytes(), parse_constant=_no_constant)
    by_id = {item["id"]: item for item in items}
    require(len(by_id) == len(items), f"{file} holds an id twice")
    return by_id


def _no_constant(name: str) -> None:
    raise Missed(f"the file holds {name}, which is not JSON")
