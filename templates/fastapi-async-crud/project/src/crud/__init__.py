"""The stores, one for each resource: a new one is one more line here."""

from typing import Any

from src.core.store import JsonStore
from src.crud.items import Items

STORES: list[type[JsonStore[Any]]] = [
    Items,
]
