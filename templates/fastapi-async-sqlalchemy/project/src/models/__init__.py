"""The tables. Alembic knows the models that are imported here: a new one is one more line."""

from src.models.base import Base
from src.models.items import Item
from src.models.users import User

__all__ = [
    "Base",
    "Item",
    "User",
]
