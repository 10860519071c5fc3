"""What can be done with items: all that the store can do."""

from src.core.store import JsonStore
from src.schemas.items import Item


class Items(JsonStore[Item]):
    model = Item
    name = "items"
