"""The hub of the application, which is open while it runs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.datastructures import State

from src.core.hub import Hub, HubSettings
from src.core.redis_hub import RedisHub
from src.core.shutdown import called_at_the_signal


@asynccontextmanager
async def opened(state: State) -> AsyncIterator[None]:
    settings = HubSettings()
    kind = Hub if settings.REALTIME_URL == "memory://" else RedisHub
    hub = state.hub = kind(settings)
    async with hub.running():
        with called_at_the_signal(hub.let_all_go):
            yield
