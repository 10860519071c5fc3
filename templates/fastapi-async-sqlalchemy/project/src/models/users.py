"""The table of users."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from src.models.base import Base, CreatedAt, PrimaryKey


class User(Base):
    __tablename__ = "users"

    id: Mapped[PrimaryKey]
    version: Mapped[int] = mapped_column(default=1)
    username: Mapped[str] = mapped_column(String(50), unique=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    created_at: Mapped[CreatedAt]
