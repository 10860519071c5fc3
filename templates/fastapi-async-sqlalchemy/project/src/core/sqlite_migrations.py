"""What a migration on SQLite must not lose.

SQLite can change little of a table. For the rest, Alembic makes a new table, copies the rows, drops
the old table and gives its name to the new one. Foreign keys must be off meanwhile: with them on,
dropping a table deletes the rows that refer to it. So they are checked afterwards.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from typing import Any

from alembic.runtime.migration import MigrationContext, MigrationInfo
from alembic.util import CommandError
from sqlalchemy import Inspector, Table, event
from sqlalchemy.engine import Connection

COUNTING = "SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE '%AUTOINCREMENT%'"


class AfterEachMigration:
    """Called by Alembic in the transaction of the migrations: an error rolls all of them back."""

    def __init__(self, connection: Connection) -> None:
        if connection.exec_driver_sql("PRAGMA foreign_keys").scalar_one():
            raise CommandError("migrations on SQLite need a connection of `Database.migrator`")
        self.connection = connection
        self.last_ids = last_ids(connection)

    def __call__(
        self,
        ctx: MigrationContext,
        step: MigrationInfo,
        heads: Collection[Any],
        run_args: Mapping[str, Any],
    ) -> None:
        self._give_no_id_again()
        self._check_references(step)

    def _give_no_id_again(self) -> None:
        """A new table knows the ids of the rows that it got, and not those that were deleted."""
        now = last_ids(self.connection)
        for table, last in self.last_ids.items():
            if now.get(table, last) < last:
                run = self.connection.exec_driver_sql
                run("DELETE FROM sqlite_sequence WHERE name = ?", (table,))
                run("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (table, last))

    def _check_references(self, step: MigrationInfo) -> None:
        found = self.connection.exec_driver_sql("PRAGMA foreign_key_check").all()
        for (table, parent), rows in Counter((row.table, row.parent) for row in found).items():
            raise CommandError(
                f"migration {step.up_revision_id} was rolled back: {rows} rows of `{table}` would "
                f"refer to rows of `{parent}` that do not exist"
            )


def last_ids(connection: Connection) -> Mapping[str, int]:
    """The last id that was given, by table, of those tables that give no id again."""
    tables = connection.exec_driver_sql(COUNTING).scalars().all()
    if not tables:  # then SQLite has not made its own table for this
        return {}
    given = connection.exec_driver_sql("SELECT name, seq FROM sqlite_sequence").all()
    return dict.fromkeys(tables, 0) | {table: last for table, last in given if table in tables}


@event.listens_for(Table, "column_reflect")
def keep_counting(inspector: Inspector, table: Table, column: Any) -> None:
    """A new table is made from what SQLAlchemy finds out about the old one: all but this."""
    bind = inspector.bind
    if column.get("primary_key") and isinstance(bind, Connection) and table.name in last_ids(bind):
        table.dialect_options["sqlite"]["autoincrement"] = True
