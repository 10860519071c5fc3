"""The services behind the gateway: those in the setting SERVICES."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Literal
from urllib.parse import quote

from hishel.httpx2 import AsyncCacheTransport
from httpx2 import AsyncClient
from pydantic import (
    AfterValidator,
    BaseModel,
    HttpUrl,
    NonNegativeInt,
    PositiveInt,
    StringConstraints,
)
from starlette.datastructures import State

from src.core.answers_kept import Memory
from src.core.breakers import Breakers
from src.core.config import EnvSettings, Seconds
from src.core.end_to_end import EndToEnd
from src.core.errors import AppError, NotFound
from src.core.http import HttpSettings, make_client, make_connections

Method = Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]

# What the caches of all services may take: in this process, in memory.
CACHE_SIZE = 64 * 1024 * 1024
MAX_CACHED_ANSWER = 1024 * 1024


def _a_prefix(url: HttpUrl) -> HttpUrl:
    if url.query is not None or url.fragment is not None:
        raise ValueError("a service's URL ends with a path")
    return url


class Service(BaseModel, extra="forbid", hide_input_in_errors=True):
    """A service that does not get the `credentials` of clients is one that need not be trusted."""

    url: Annotated[HttpUrl, AfterValidator(_a_prefix)]
    methods: frozenset[Method] = frozenset({"GET", "HEAD"})
    credentials: bool = False

    def url_of(self, path: str) -> str:
        """No path leaves that of the service."""
        parts = path.split("/")
        if {".", ".."} & set(parts) or "\\" in path:
            raise PathRefused(path)
        return f"{str(self.url).rstrip('/')}/{'/'.join(quote(part, safe='') for part in parts)}"


class PathRefused(AppError):
    status = 400

    def __init__(self, path: str) -> None:
        super().__init__("The path must not have the segments . and .. or a backslash", path)


Name = Annotated[str, StringConstraints(pattern=r"^[\w-]+$")]

SERVICES = {
    "placeholder": Service(url=HttpUrl("https://jsonplaceholder.typicode.com")),
    "shop": Service(url=HttpUrl("https://api.example.com")),
}


class ServiceSettings(EnvSettings):
    SERVICES: dict[Name, Service] = SERVICES
    SERVICE_MAX_FAILURES: PositiveInt = 5
    SERVICE_PAUSE: Seconds = 10
    PROXY_MAX_BODY: NonNegativeInt = 1024**3


class Services:
    """`caching` keeps what its service allows to keep (RFC 9111), for all clients alike."""

    def __init__(self, settings: ServiceSettings, plain: AsyncClient, caching: AsyncClient) -> None:
        self.known = settings.SERVICES
        self.max_body = settings.PROXY_MAX_BODY
        self.plain = plain
        self.caching = caching

    def get(self, name: str) -> Service:
        if name not in self.known:
            raise NotFound("Service", name)
        return self.known[name]

    def client_of(self, service: Service) -> AsyncClient:
        # A service may forget to say that an answer is for one user alone.
        return self.plain if service.credentials else self.caching


@asynccontextmanager
async def opened(state: State) -> AsyncIterator[None]:
    settings = ServiceSettings()
    http = HttpSettings()
    connections = EndToEnd(make_connections(http))
    guarded = Breakers(connections, settings.SERVICE_MAX_FAILURES, settings.SERVICE_PAUSE)
    cached = AsyncCacheTransport(guarded, Memory(CACHE_SIZE, MAX_CACHED_ANSWER), rfc=True)
    async with make_client(http, guarded) as plain, make_client(http, cached) as caching:
        state.services = Services(settings, plain, caching)
        yield
