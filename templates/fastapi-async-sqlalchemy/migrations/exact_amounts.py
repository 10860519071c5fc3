"""exact amounts

Prices and taxes become NUMERIC, with two decimals: what has more is rounded.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0000_exact_amounts"
down_revision = "0000"


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("UPDATE items SET price = round(price, 2), tax = round(tax, 2)")
    change(sa.Double(), sa.Numeric(15, 2), "round({}::text::numeric, 2)")


def downgrade() -> None:
    change(sa.Numeric(15, 2), sa.Double(), "{}::double precision")


def change(old: Any, new: Any, using: str) -> None:
    with op.batch_alter_table("items") as items:
        for name in ("price", "tax"):
            items.alter_column(
                name, existing_type=old, type_=new, postgresql_using=using.format(name)
            )
