"""The items."""

from src.core.records import Records
from src.models import Item

ITEMS = Records(Item)
