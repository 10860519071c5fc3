"""What can go wrong with the database.

AppError
├── AlreadyExists         409  another record has this value
├── LeadsNowhere          409  it names a record of another table that is not there
├── InUse                 409  records of other tables lead to it
├── HasChanged            412  the record is no longer the one that the client has seen
├── NoConnectionFree      503  all connections are in use
├── DatabaseUnavailable   503  the database cannot be read or written now
├── NotMigrated           503  the database does not have the tables
├── Collided              503  two transactions were in each other's way
├── StatementTimedOut     504  a statement took too long
└── DatabaseFull          507  no room is left on its disk
"""

import re

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from src.core.errors import AppError

SOON = {"Retry-After": "1"}


class AlreadyExists(AppError):
    status = 409

    def __init__(self, kind: str, field: str) -> None:
        super().__init__(f"{kind} with this {field} already exists")


class LeadsNowhere(AppError):
    status = 409

    def __init__(self, kind: str) -> None:
        super().__init__(f"{kind} leads to a record that does not exist")


class InUse(AppError):
    status = 409

    def __init__(self, kind: str, record_id: int) -> None:
        super().__init__(f"Other records lead to {kind} with id {record_id}")


class HasChanged(AppError):
    status = 412

    def __init__(self, kind: str, record_id: int) -> None:
        super().__init__(f"{kind} with id {record_id} has changed since it was read")


class NoConnectionFree(AppError):
    status = 503

    def __init__(self) -> None:
        super().__init__("Server busy", "all connections to the database are in use", SOON)


class DatabaseUnavailable(AppError):
    status = 503

    def __init__(self, reason: str) -> None:
        detail = "The database cannot be reached"
        super().__init__(detail, f"{detail}: {reason}", SOON)


class NotMigrated(AppError):
    status = 503

    def __init__(self, reason: str) -> None:
        super().__init__("The database is not ready", f"run the migrations: {reason}", SOON)


class Collided(AppError):
    status = 503

    def __init__(self) -> None:
        super().__init__("Another request changed the same data; try again", headers=SOON)


class StatementTimedOut(AppError):
    status = 504

    def __init__(self) -> None:
        super().__init__("Request timeout", "the database gave up a statement that took too long")


class DatabaseFull(AppError):
    status = 507

    def __init__(self, reason: str) -> None:
        super().__init__("No room is left for the data", f"the database is full: {reason}")


# By code: https://www.postgresql.org/docs/current/errcodes-appendix.html and
# https://www.sqlite.org/rescode.html. The beginning of a code is enough.
TIMED_OUT = ("57014", "SQLITE_INTERRUPT")
COLLIDED = ("40",)
NO_TABLE = ("3F000", "42703", "42P01")  # or schema, or column
NO_SUCH = re.compile("no such (table|column)")  # of SQLite, which has no code for it
FULL = ("53100", "SQLITE_FULL")
UNAVAILABLE = (
    *("08", "28", "3D000", "53", "55P03", "57P"),
    *("SQLITE_BUSY", "SQLITE_CANTOPEN", "SQLITE_CORRUPT", "SQLITE_IOERR"),
    *("SQLITE_NOTADB", "SQLITE_PERM", "SQLITE_READONLY"),
)


def explain(error: SQLAlchemyError) -> AppError | None:
    """What to tell the client of an error that nobody has caught; None for a fault of ours."""
    if isinstance(error, PoolTimeoutError):
        return NoConnectionFree()
    code = code_of(error)
    if code.startswith(TIMED_OUT):
        return StatementTimedOut()
    if code.startswith(COLLIDED):
        return Collided()
    if code.startswith(NO_TABLE) or NO_SUCH.search(str(error)):
        return NotMigrated(str(error))
    if code.startswith(FULL):
        return DatabaseFull(str(error))
    if code.startswith(UNAVAILABLE) or getattr(error, "connection_invalidated", False):
        return DatabaseUnavailable(str(error))
    return None


def is_repetition(error: SQLAlchemyError) -> bool:
    """Of a value that has to be unique."""
    return code_of(error) in {"23505", "SQLITE_CONSTRAINT_UNIQUE"}


def is_dangling(error: SQLAlchemyError) -> bool:
    """It names a record of another table that is not there."""
    return code_of(error) in {"23503", "SQLITE_CONSTRAINT_FOREIGNKEY"}


def code_of(error: SQLAlchemyError) -> str:
    driver_error = error.orig if isinstance(error, DBAPIError) else None
    codes = (getattr(driver_error, name, None) for name in ("sqlstate", "sqlite_errorname"))
    return next(filter(None, codes), "")
