"""The parts of DATABASE_URL: a file of SQLite, or a server of PostgreSQL and how to reach it."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, quote, unquote, urlencode

KINDS = {
    "sqlite": "sqlite",
    "sqlite+aiosqlite": "sqlite",
    "postgres": "postgresql",
    "postgresql": "postgresql",
    "postgresql+asyncpg": "postgresql",
}

POSTGRESQL = re.compile(
    r"((?P<user>[^:@/]*)(:(?P<password>[^@]*))?@)?"
    r"(?P<hosts>[^/?@]*)(/(?P<name>[^?]*))?(\?(?P<query>.*))?"
)
HOSTS = re.compile(r"((\[[^]]*\]|[^][:,]*)(:[0-9]{1,5})?(,|$))+")

# https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS: asyncpg finds
# these in the URL, and what it does not know it sends to the server, such as `options`.
TAKEN_BY_ASYNCPG = {
    *("host", "port", "dbname", "user", "password", "passfile", "service"),
    *("sslmode", "sslnegotiation", "sslcert", "sslkey", "sslpassword", "sslrootcert", "sslcrl"),
    *("ssl_min_protocol_version", "ssl_max_protocol_version", "target_session_attrs"),
    *("krbsrvname", "gsslib", "application_name", "options"),
}
VALUES = {
    "sslmode": {"disable", "allow", "prefer", "require", "verify-ca", "verify-full"},
    "target_session_attrs": {
        *("any", "primary", "standby", "read-write", "read-only", "prefer-standby"),
    },
}
# With these values, asyncpg does already what the parameter asks for.
ALREADY_SO = {
    "channel_binding": {"disable", "prefer"},
    "client_encoding": {"auto", "utf8", "utf-8"},
    "gssencmode": {"disable", "prefer"},
    "load_balance_hosts": {"disable"},
    "require_auth": {""},
    "sslcompression": {"0"},
    "sslsni": {"1"},
}
OTHER_NAMES = {"ssl": "sslmode", "fallback_application_name": "application_name"}

# Arguments of asyncpg and SQLAlchemy that are no parameters of PostgreSQL.
NUMBERS = {
    "timeout",
    "command_timeout",
    "statement_cache_size",
    "prepared_statement_cache_size",
    "max_cached_statement_lifetime",
}


class DatabaseUrl(NamedTuple):
    """`address` is the path of a file or, for PostgreSQL, a URL; `arguments` are its driver's."""

    kind: str
    address: str
    arguments: Mapping[str, Any] = {}


def parse(text: str, folder: Path, password: str = "") -> DatabaseUrl:
    """Raises ValueError. A relative path of SQLite starts at the folder.

    `password` is for a URL of PostgreSQL that has none.
    """
    scheme, _, rest = text.partition("://")
    kind = KINDS.get(scheme)
    if kind == "sqlite":
        return DatabaseUrl(kind, _file(rest, folder))
    if kind == "postgresql" and (parts := POSTGRESQL.fullmatch(rest)):
        return _postgresql(parts.groupdict(default=""), password)
    raise ValueError("must be sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME")


def _file(rest: str, folder: Path) -> str:
    path, _, parameters = rest.removeprefix("/").partition("?")
    if path in {"", ":memory:"}:
        raise ValueError("must name a file: in memory, each connection would have its own data")
    if parameters or not rest.startswith("/"):
        raise ValueError("must be sqlite:///FILE, without host and parameters")
    return str(folder / path)


def _postgresql(parts: Mapping[str, str], password: str) -> DatabaseUrl:
    if not HOSTS.fullmatch(parts["hosts"]):
        raise ValueError("must have HOST or HOST:PORT, or several of them with commas in between")
    query = dict(_parameters(parts["query"]))
    arguments: dict[str, int | None] = {
        name: _number(name, query.pop(name)) for name in NUMBERS & query.keys()
    }
    if "connect_timeout" in query:  # where 0 and less are no limit
        seconds = _number("connect_timeout", query.pop("connect_timeout"))
        arguments["timeout"] = seconds if seconds > 0 else None
    if password and not parts["password"]:
        query.setdefault("password", password)
    user, own = (quote(unquote(parts[name]), safe="") for name in ("user", "password"))
    login = f"{user}:{own}@" if own else f"{user}@" if user else ""
    address = f"postgresql://{login}{parts['hosts']}/{parts['name']}"
    if query:
        address += f"?{urlencode(query, quote_via=quote)}"
    return DatabaseUrl("postgresql", address, arguments)


def _parameters(query: str) -> Iterator[tuple[str, str]]:
    """Those that asyncpg has to know, by its names for them."""
    given: dict[str, list[str]] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        given.setdefault(OTHER_NAMES.get(name, name), []).append(value)
    for name, values in given.items():
        value = ",".join(values) if name == "host" else values[0]
        if value.lower() in ALREADY_SO.get(name, ()):
            continue
        if name in ALREADY_SO or name not in {*TAKEN_BY_ASYNCPG, *NUMBERS, "connect_timeout"}:
            raise ValueError(f"cannot have the parameter `{name}` with this value in asyncpg")
        if value not in VALUES.get(name, {value}):
            raise ValueError(f"must have `{name}` as one of {', '.join(sorted(VALUES[name]))}")
        yield name, value


def _number(name: str, value: str) -> int:
    try:
        return int(value)
    except ValueError:
        raise ValueError(f"must have `{name}` as a number") from None
