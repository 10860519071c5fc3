"""What all tables have in common."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any

from sqlalchemy import (
    BigInteger,
    DateTime,
    Dialect,
    Integer,
    MetaData,
    Numeric,
    TypeDecorator,
    func,
)
from sqlalchemy.orm import DeclarativeBase, mapped_column

# No later migration can change a constraint without a name.
NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMES)

    # Without AUTOINCREMENT, SQLite gives the id of a deleted record to another.
    __table_args__: Any = {"sqlite_autoincrement": True}  # noqa: RUF012


class UtcDateTime(TypeDecorator[datetime]):
    """A time with its zone, also from SQLite, which stores none."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.replace(tzinfo=value.tzinfo or UTC) if value else None


class Money(TypeDecorator[Decimal]):
    """An exact amount, also from SQLite, which stores a float: 15 digits of one are exact."""

    impl = Numeric(15, 2)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        floats: Any = Numeric(15, 2, asdecimal=False)
        return dialect.type_descriptor(floats if dialect.name == "sqlite" else self.impl_instance)

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        return Decimal(f"{value:.2f}") if isinstance(value, (int, float)) else value


# In SQLite, only an INTEGER, which has 64 bits there, counts by itself.
BigId = BigInteger().with_variant(Integer, "sqlite")

PrimaryKey = Annotated[int, mapped_column(BigId, primary_key=True)]
CreatedAt = Annotated[datetime, mapped_column(UtcDateTime, server_default=func.now())]
