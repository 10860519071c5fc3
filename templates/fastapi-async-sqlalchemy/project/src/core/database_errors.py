"""What can go wrong with the database.

AppError
├── AlreadyExists         409  another record has this value
├── HasChanged            412  the record is no longer the one that the client has seen
├── DatabaseUnavailable   503  the database cannot be read or written now
├── NotMigrated           503  the database does not have the tables
├── Collided              503  two changes have kept each other from their end
└── DatabaseFull          507  no room is left on its disk

A statement that takes too long is a RequestTimedOut, a wait for a connection a ServerBusy.
"""

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from src.core.errors import AppError, RequestTimedOut, ServerBusy, UnexpectedError


class AlreadyExists(AppError):
    status = 409

    def __init__(self, kind: str, field: str) -> None:
        super().__init__(f"{kind} with this {field} already exists")


class HasChanged(AppError):
    status = 412

    def __init__(self, kind: str, record_id: int) -> None:
        super().__init__(f"{kind} with id {record_id} has changed since it was read")


class DatabaseUnavailable(AppError):
    """`reason` is for the log alone."""

    status = 503

    def __init__(self, reason: str) -> None:
        super().__init__("The database cannot be reached", {"Retry-After": "1"})
        self.reason = reason

    def __str__(self) -> str:
        return f"the database cannot be reached: {self.reason}"


class NotMigrated(AppError):
    """`reason` is for the log alone."""

    status = 503

    def __init__(self, reason: str) -> None:
        super().__init__("The database is not ready", {"Retry-After": "1"})
        self.reason = reason

    def __str__(self) -> str:
        return f"run the migrations: {self.reason}"


class Collided(AppError):
    status = 503

    def __init__(self) -> None:
        super().__init__("Others changed the same at this moment", {"Retry-After": "1"})


class DatabaseFull(AppError):
    status = 507

    def __init__(self, reason: str) -> None:
        super().__init__("No room is left for the data")


# By code: https://www.postgresql.org/docs/current/errcodes-appendix.html and
# https://www.sqlite.org/rescode.html, of which a beginning will do.
TIMED_OUT = ("57014", "SQLITE_INTERRUPT")
COLLIDED = ("40",)
NO_TABLE = ("42P01",)
FULL = ("53100", "SQLITE_FULL")
UNAVAILABLE = (
    *("08", "28", "3D000", "53", "55P03", "57P"),
    *("SQLITE_BUSY", "SQLITE_CANTOPEN", "SQLITE_CORRUPT", "SQLITE_IOERR"),
    *("SQLITE_NOTADB", "SQLITE_PERM", "SQLITE_READONLY"),
)


def explain(error: SQLAlchemyError) -> AppError:
    """What to tell the client of an error that nobody has caught."""
    if isinstance(error, NoConnectionFree):
        return ServerBusy()
    code = code_of(error)
    if code.startswith(TIMED_OUT):
        return RequestTimedOut()
    if code.startswith(COLLIDED):
        return Collided()
    if code.startswith(NO_TABLE):
        return NotMigrated(str(error))
    if code.startswith(FULL):
        return DatabaseFull(str(error))
    if code.startswith(UNAVAILABLE) or getattr(error, "connection_invalidated", False):
        return DatabaseUnavailable(str(error))
    return UnexpectedError()


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
