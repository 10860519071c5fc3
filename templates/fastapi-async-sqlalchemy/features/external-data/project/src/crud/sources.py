"""Other services: those in the setting SOURCES."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from httpx2 import AsyncClient, Response
from pydantic import HttpUrl, JsonValue
from pydantic_core import from_json
from starlette.datastructures import State

from src.core.config import EnvSettings, Seconds
from src.core.errors import NotFound
from src.core.http_errors import (
    NoSourceAnswered,
    SourceError,
    SourceFailed,
    SourceUnreadable,
    source_errors,
)
from src.crud.jobs import Kind
from src.schemas.sources import ExternalData, SourceFault

MAX_ANSWER = 1024 * 1024


SOURCES = {
    "user": HttpUrl("https://jsonplaceholder.typicode.com/users/1"),
    "post": HttpUrl("https://jsonplaceholder.typicode.com/posts/1"),
    "album": HttpUrl("https://jsonplaceholder.typicode.com/albums/1"),
}


class SourceSettings(EnvSettings):
    SOURCES: dict[str, HttpUrl] = SOURCES
    SOURCE_TIMEOUT: Seconds = 10


class Sources:
    """`urls` has the URL of each source by its name; `patience_s` includes retries."""

    def __init__(self, client: AsyncClient, urls: Mapping[str, str], patience_s: float) -> None:
        self.client = client
        self.urls = urls
        self.patience_s = patience_s

    async def fetch(self, name: str) -> JsonValue:
        if name not in self.urls:
            raise NotFound("Source", name)
        with source_errors(name):
            async with asyncio.timeout(self.patience_s or None):
                return await self._ask(name)

    async def fetch_all(self) -> ExternalData:
        """Concurrently: as long as the slowest takes. A failure costs only its own part."""
        outcomes = await asyncio.gather(*map(self._attempt, self.urls))
        gathered = ExternalData(data={}, errors={})
        for name, outcome in zip(self.urls, outcomes, strict=True):
            if isinstance(outcome, SourceError):
                gathered.errors[name] = fault_of(outcome)
            else:
                gathered.data[name] = outcome
        if gathered.errors and not gathered.data:
            raise NoSourceAnswered(self.urls)
        return gathered

    async def _attempt(self, name: str) -> JsonValue | SourceError:
        try:
            return await self.fetch(name)
        except SourceError as error:
            return error

    async def _ask(self, name: str) -> JsonValue:
        async with self.client.stream("GET", self.urls[name]) as response:
            if not response.is_success:
                raise _answered(name, response)
            body = b""
            async for piece in response.aiter_bytes():
                body += piece
                if len(body) > MAX_ANSWER:
                    raise SourceUnreadable(name)
        try:
            answer: JsonValue = from_json(body, allow_inf_nan=False)
        except ValueError:
            raise SourceUnreadable(name) from None
        return answer


async def fetch_for_later(state: State) -> JsonValue:
    found: JsonValue = (await sources_of(state).fetch_all()).model_dump()
    return found


FETCH = Kind("fetch_external_data", fetch_for_later)


def sources_of(state: State) -> Sources:
    settings: SourceSettings = state.source_settings
    urls = {name: str(url) for name, url in settings.SOURCES.items()}
    return Sources(state.http, urls, settings.SOURCE_TIMEOUT)


@asynccontextmanager
async def opened(state: State) -> AsyncIterator[None]:
    state.source_settings = SourceSettings()
    yield


def fault_of(error: SourceError) -> SourceFault:
    return SourceFault(status=error.status, detail=error.detail)


def _answered(name: str, response: Response) -> SourceError:
    # Redirections are not followed: they could lead anywhere, even into the internal network.
    if response.is_redirect:
        return SourceUnreadable(name)
    return SourceFailed(name, response.status_code)
