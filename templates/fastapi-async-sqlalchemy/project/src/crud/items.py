"""What can be done with items: all that `Records` can do."""

from src import models
from src.core.records import Records
from src.schemas.items import Item

ITEMS = Records(models.Item, Item)
