"""What can be done with the records of any table.

Each statement names the columns of the schema, and each row becomes an instance of it: what the
schema does not name never leaves the database. These are plain statements on the table, without
objects of the model in between, which would double the time that a read takes.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any, Generic, Literal, NamedTuple, NoReturn, TypeVar, cast

from pydantic import TypeAdapter
from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    Table,
    bindparam,
    delete,
    event,
    func,
    insert,
    select,
    tuple_,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from src.core.database import Executor
from src.core.database_errors import (
    AlreadyExists,
    HasChanged,
    InUse,
    LeadsNowhere,
    is_dangling,
    is_repetition,
)
from src.core.errors import NotFound
from src.models import Base
from src.schemas.base import PageQuery, Record

R = TypeVar("R", bound=Record)

Versions = Collection[int] | None  # those in which a record may be changed; None for any
Action = Literal["created", "updated", "deleted"]


class Change(NamedTuple):
    table: str
    action: Action
    id: int


class Page(NamedTuple, Generic[R]):
    records: list[R]
    total: int | None = None  # None for a page after an id


class Records(Generic[R]):
    """The records of a model, as instances of a schema all of whose fields are columns."""

    def __init__(self, model: type[Base], schema: type[R]) -> None:
        self.kind = model.__name__
        self.schema = schema
        self.schemas: TypeAdapter[list[R]] = TypeAdapter(list[schema])  # type: ignore[valid-type]
        self.listeners: list[Callable[[Change], None]] = []
        self.names = schema.model_fields.keys()
        self.table = table = cast(Table, model.__table__)
        self.columns = columns = [table.c[name] for name in self.names]
        self._one = select(*columns).where(table.c.id == bindparam("record_id"))
        self._insert = insert(table).returning(*columns, sort_by_parameter_order=True)
        # To build a statement takes longer than to send it, so each is built once.
        self._page = cache(self._build_page)
        self._total = cache(self._build_total)

    async def page(self, database: Executor, query: PageQuery) -> Page[R]:
        """Without `after`, the database reads what is skipped, and counts the total each time."""
        values = query.filters()
        wanted = {"skip": query.skip, "most": query.limit, "after": query.after, **values}
        names = frozenset(values)
        statement = self._page(query.sort, names, query.after is not None)
        rows = (await database.execute(statement, wanted)).all()
        records = self.read(rows)
        if query.after is not None:
            if not rows and not query.sort.endswith("id"):
                await self.get(database, query.after)  # without which there is no order to follow
            return Page(records)
        if rows:
            return Page(records, rows[0][-1])
        return Page([], (await database.execute(self._total(names), values)).scalar_one())

    async def get(self, database: Executor, record_id: int) -> R:
        """Raises NotFound."""
        row = (await database.execute(self._one, {"record_id": record_id})).one_or_none()
        if row is None:
            raise NotFound(self.kind, record_id)
        return self._record(row)

    async def add(self, database: Executor, fields: Mapping[str, Any]) -> R:
        """Raises AlreadyExists or LeadsNowhere."""
        with self._explained():
            record = self._record((await database.execute(self._insert, fields)).one())
        self._tell(database, "created", [record.id])
        return record

    async def add_all(self, session: AsyncSession, many: Sequence[Mapping[str, Any]]) -> list[R]:
        """All of them, in their order, or none."""
        with self._explained():
            records = self.read(await session.execute(self._insert, many))
        self._tell(session, "created", [record.id for record in records])
        return records

    async def update(
        self,
        database: Executor,
        record_id: int,
        fields: Mapping[str, Any],
        versions: Versions = None,
    ) -> R:
        """Raises NotFound, AlreadyExists, LeadsNowhere or, of another version, HasChanged."""
        statement = update(self.table).where(*self._is(record_id, versions))
        statement = statement.values({**fields, "version": self.table.c.version + 1})
        with self._explained():
            row = (await database.execute(statement.returning(*self.columns))).one_or_none()
        if row is None:
            await self._missed(database, record_id)
        self._tell(database, "updated", [record_id])
        return self._record(row)

    async def delete(self, database: Executor, record_id: int, versions: Versions = None) -> None:
        """Raises NotFound, InUse or, if it has none of the versions, HasChanged."""
        statement = delete(self.table).where(*self._is(record_id, versions))
        try:
            deleted = await database.execute(statement.returning(self.table.c.id))
        except IntegrityError as error:
            if not is_dangling(error):
                raise
            raise InUse(self.kind, record_id) from error
        if deleted.one_or_none() is None:
            await self._missed(database, record_id)
        self._tell(database, "deleted", [record_id])

    def read(self, rows: Iterable[Row[Any]]) -> list[R]:
        """Those of any statement that selects `columns`."""
        return self.schemas.validate_python([self._named(row) for row in rows])

    def _record(self, row: Row[Any]) -> R:
        return self.schema.model_validate(self._named(row))

    def _named(self, row: Row[Any]) -> dict[str, Any]:
        return dict(zip(self.names, row, strict=False))  # a page's rows end with the total

    def _build_page(self, sort: str, filters: frozenset[str], follows: bool) -> Select[Any]:
        name, down = sort.removeprefix("-"), sort.startswith("-")
        order = [self.table.c[name], self.table.c.id]
        page = select(*self.columns).where(*map(self._condition, filters))
        page = page.order_by(*(column.desc() if down else column for column in order))
        page = page.limit(bindparam("most")).offset(bindparam("skip"))
        if not follows:
            return page.add_columns(self._total(filters).scalar_subquery())
        place, after = tuple_(*order), tuple_(self._value_at(name, "after"), bindparam("after"))
        return page.where(place < after if down else place > after)

    def _build_total(self, filters: frozenset[str]) -> Select[Any]:
        return select(func.count()).select_from(self.table).where(*map(self._condition, filters))

    def _condition(self, name: str) -> ColumnElement[bool]:
        bound, _, bounded = name.partition("_")
        if bound == "min":
            return self.table.c[bounded] >= bindparam(name)
        if bound == "max":
            return self.table.c[bounded] <= bindparam(name)
        return self.table.c[name] == bindparam(name)

    def _value_at(self, name: str, record_id: str) -> Any:
        if name == "id":
            return bindparam(record_id)
        others = self.table.alias()
        of_record = select(others.c[name]).where(others.c.id == bindparam(record_id))
        return of_record.scalar_subquery()

    def _is(self, record_id: int, versions: Versions) -> list[ColumnElement[bool]]:
        columns = self.table.c
        of_version = [] if versions is None else [columns.version.in_(versions)]
        return [columns.id == record_id, *of_version]

    def _tell(self, database: Executor, action: Action, record_ids: Iterable[int]) -> None:
        """Those who listen hear of it once it is committed."""

        def tell(*args: object) -> None:
            for record_id in record_ids:
                for listener in self.listeners:
                    listener(Change(self.table.name, action, record_id))

        if isinstance(database, AsyncSession) and self.listeners:
            event.listen(database.sync_session, "after_commit", tell, once=True)
        else:
            tell()

    async def _missed(self, database: Executor, record_id: int) -> NoReturn:
        await self.get(database, record_id)  # which raises if there is no such record
        raise HasChanged(self.kind, record_id)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """The database keeps values unique, as it alone sees all concurrent writes."""
        try:
            yield
        except IntegrityError as error:
            if is_dangling(error):
                raise LeadsNowhere(self.kind) from error
            if not is_repetition(error):
                raise
            raise AlreadyExists(self.kind, self._repeated(error)) from error

    def _repeated(self, error: IntegrityError) -> str:
        """The column: PostgreSQL names the constraint, `uq_users_email`, SQLite `users.email`."""
        first_line, *_ = str(error.orig).splitlines()
        named = re.search(rf"(?:uq_{self.table}_|{self.table}\.)(\w+)", first_line)
        return named[1] if named else "value"
