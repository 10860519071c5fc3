"""The tables. Alembic knows the models that are imported here: a new one is one more line."""

from src.models.base import Base
from src.models.files import File
from src.models.items import Item
from src.models.jobs import Job
from src.models.users import Post, User

__all__ = ["Base", "File", "Item", "Job", "Post", "User"]
