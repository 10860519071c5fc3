"""What is open while the application runs, in a server and in a worker alike."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager

from starlette.datastructures import State

from src.core import database
from src.core.config import Settings
from src.core.database import Database

Open = Callable[[State], AbstractAsyncContextManager[None]]

# Each puts what it opens into the state, where dependencies find it. None needs another one to be
# open before: what needs several things is put together in a dependency.
OPENED: list[Open] = []

# What works in the background begins when everything is open, and ends before anything is closed.
BACKGROUND: list[Open] = []

OpenDatabase = Callable[[Settings], AbstractAsyncContextManager[Database]]


@asynccontextmanager
async def everything_open(
    state: State, settings: Settings, open_database: OpenDatabase = database.opened
) -> AsyncIterator[None]:
    async with AsyncExitStack() as stack:
        state.database = await stack.enter_async_context(open_database(settings))
        for opened in [*OPENED, *BACKGROUND]:
            await stack.enter_async_context(opened(state))
        yield
