"""The records of one table: what can be done with any of them.

The statements are plain SQL of columns, and a row becomes JSON as it is: to build an object of
the model just to write it as JSON would take longer than the database does.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple, NoReturn, cast

from pydantic_core import to_json
from sqlalchemy import ColumnElement, Row, Table, bindparam, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from src.core.database import Executor
from src.core.database_errors import AlreadyExists, HasChanged, is_repetition
from src.core.errors import NotFound
from src.models import Base

Record = Row[Any]

# Those in which a record may be changed; None for any.
Versions = Collection[int] | None


class Page(NamedTuple):
    records: Sequence[Record]
    total: int | None = None


class Records:
    """Those of a model that has an `id` and a `version`."""

    def __init__(self, model: type[Base]) -> None:
        self.kind = model.__name__
        self.table = table = cast(Table, model.__table__)
        self.names = table.c.keys()
        in_order = (
            select(*table.c).order_by(table.c.id).limit(bindparam("most")).offset(bindparam("skip"))
        )
        self._total = select(func.count()).select_from(table)
        self._page = in_order.add_columns(self._total.scalar_subquery())
        self._page_after = in_order.where(table.c.id > bindparam("after"))
        self._one = select(*table.c).where(table.c.id == bindparam("record_id"))
        self._insert = insert(table).returning(*table.c, sort_by_parameter_order=True)

    async def page(
        self, database: Executor, skip: int, limit: int, after: int | None = None
    ) -> Page:
        """After an id, a page is as quick at the end of a million as at their beginning.

        Without one, what is skipped is read all the same, and the total is counted each time.
        """
        wanted = {"skip": skip, "most": limit, "after": after}
        if after is not None:
            return Page((await database.execute(self._page_after, wanted)).all())
        found = (await database.execute(self._page, wanted)).all()
        total = found[0][-1] if found else (await database.execute(self._total)).scalar_one()
        return Page(found, total)

    async def get(self, database: Executor, record_id: int) -> Record:
        found = await database.execute(self._one, {"record_id": record_id})
        return self._found(found.one_or_none(), record_id)

    async def add(self, database: Executor, fields: Mapping[str, Any]) -> Record:
        with self._explained():
            return (await database.execute(self._insert, fields)).one()

    async def add_all(
        self, session: AsyncSession, many: Sequence[Mapping[str, Any]]
    ) -> Sequence[Record]:
        """In their order; after an error, none of them."""
        with self._explained():
            return (await session.execute(self._insert, many)).all()

    async def update(
        self,
        database: Executor,
        record_id: int,
        fields: Mapping[str, Any],
        versions: Versions = None,
    ) -> Record:
        """Only if it still has one of the versions: what others have changed stays."""
        columns = self.table.c
        statement = update(self.table).where(*self._is(record_id, versions))
        statement = statement.values({**fields, "version": columns.version + 1})
        with self._explained():
            updated = (await database.execute(statement.returning(*columns))).one_or_none()
        return updated or await self._missed(database, record_id)

    async def delete(self, database: Executor, record_id: int, versions: Versions = None) -> None:
        """Only if it still has one of the versions."""
        columns = self.table.c
        statement = delete(self.table).where(*self._is(record_id, versions)).returning(columns.id)
        if (await database.execute(statement)).one_or_none() is None:
            await self._missed(database, record_id)

    def json(self, record: Record) -> bytes:
        return to_json(self._named(record))

    def array(self, records: Iterable[Record]) -> bytes:
        return to_json([self._named(record) for record in records])

    def _named(self, record: Record) -> dict[str, Any]:
        return dict(zip(self.names, record, strict=False))  # a page's rows end with the total

    def _is(self, record_id: int, versions: Versions) -> list[ColumnElement[bool]]:
        columns = self.table.c
        of_version = [] if versions is None else [columns.version.in_(versions)]
        return [columns.id == record_id, *of_version]

    async def _missed(self, database: Executor, record_id: int) -> NoReturn:
        await self.get(database, record_id)  # which raises if there is none at all
        raise HasChanged(self.kind, record_id)

    def _found(self, record: Record | None, record_id: int) -> Record:
        if record is None:
            raise NotFound(self.kind, record_id)
        return record

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """The database is asked to keep values unique, as it alone sees all who write at once."""
        try:
            yield
        except IntegrityError as error:
            if not is_repetition(error):
                raise
            raise AlreadyExists(self.kind, self._repeated(error)) from error

    def _repeated(self, error: IntegrityError) -> str:
        """The column: PostgreSQL names the constraint, `uq_users_email`, SQLite `users.email`."""
        first_line, *_ = str(error.orig).splitlines()
        named = re.search(rf"(?:uq_{self.table}_|{self.table}\.)(\w+)", first_line)
        return named[1] if named else "value"
