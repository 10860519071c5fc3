"""The table of items."""

from decimal import Decimal

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from src.models.base import Base, Money, PrimaryKey


class Item(Base):
    __tablename__ = "items"

    id: Mapped[PrimaryKey]
    version: Mapped[int] = mapped_column(default=1)
    name: Mapped[str] = mapped_column(String(100))
    description: Mapped[str | None] = mapped_column(String(1000))
    price: Mapped[Decimal] = mapped_column(Money)
    tax: Mapped[Decimal | None] = mapped_column(Money)
