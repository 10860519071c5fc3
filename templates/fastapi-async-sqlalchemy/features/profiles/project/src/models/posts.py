"""The table of what users post."""

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from src.models.base import Base, CreatedAt, PrimaryKey


class Post(Base):
    __tablename__ = "posts"
    # Finds the newest posts of a user without reading the others.
    __table_args__ = (Index(None, "user_id", "id"), Base.__table_args__)

    id: Mapped[PrimaryKey]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    title: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[CreatedAt]
