"""Which database a URL means: SQLite or PostgreSQL, each through its asynchronous driver."""

from pathlib import Path

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "sqlite+aiosqlite": "sqlite+aiosqlite",
    "postgres": "postgresql+asyncpg",
    "postgresql": "postgresql+asyncpg",
    "postgresql+asyncpg": "postgresql+asyncpg",
}


def parse(text: str, folder: Path) -> URL:
    """Raises ValueError. A relative path of SQLite starts at the folder."""
    try:
        url = make_url(text)
        url = url.set(drivername=DRIVERS[url.drivername])
    except (ArgumentError, KeyError, ValueError):
        raise ValueError("takes sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME") from None
    return _sqlite(url, folder) if url.get_backend_name() == "sqlite" else _postgresql(url)


def _sqlite(url: URL, folder: Path) -> URL:
    if url.database in {None, "", ":memory:"}:
        raise ValueError("takes a file: each connection would have a memory of its own")
    return url.set(database=str(folder / str(url.database)))


def _postgresql(url: URL) -> URL:
    # What other drivers call sslmode is `ssl` for asyncpg.
    names = {"sslmode": "ssl"}
    return url.set(query={names.get(name, name): value for name, value in url.query.items()})
