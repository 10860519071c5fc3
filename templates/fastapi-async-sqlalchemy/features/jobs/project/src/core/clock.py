"""The time by the clock of the database, which all processes and machines share."""

from typing import Any

from sqlalchemy import Double
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


class Now(FunctionElement[float]):
    """Seconds since 1970, in a statement."""

    type = Double()
    inherit_cache = True


@compiles(Now, "postgresql")
def _postgresql(*_: Any, **__: Any) -> str:
    return "extract(epoch FROM clock_timestamp())::float8"


@compiles(Now, "sqlite")
def _sqlite(*_: Any, **__: Any) -> str:
    return "((julianday('now') - 2440587.5) * 86400.0)"
