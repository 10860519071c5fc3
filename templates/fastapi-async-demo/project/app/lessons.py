"""One endpoint for each lesson: what blocks, what does not, and where work belongs."""

import asyncio
import hashlib
import time
from collections.abc import AsyncIterable, AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path as FilePath
from typing import Annotated, Self

from fastapi import APIRouter, BackgroundTasks, Depends, HTTPException, Path, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from fastapi.sse import EventSourceResponse
from sqlalchemy import select

from app import models
from app.database import SessionDep
from app.schemas import Mail, Size, User
from app.utils import cpu_intensive_task, logger, performance

router = APIRouter(tags=["lessons"])

FILES = FilePath(__file__).with_name("files")


# An `async def` runs on the event loop and must not block it. A `def` may block: FastAPI runs it
# in one of up to 40 threads. Each has its place.


@router.get("/async-endpoint")
async def async_endpoint() -> dict[str, str]:
    await asyncio.sleep(1)
    return {"message": "Async operation completed"}


@router.get("/sync-endpoint")
def sync_endpoint() -> dict[str, str]:
    time.sleep(1)
    return {"message": "Sync operation completed"}


@router.get("/async-operation")
async def async_operation() -> dict[str, str]:
    """Wait on the event loop, which serves others meanwhile."""
    await asyncio.sleep(1)
    return {"result": "async completed"}


@router.get("/sync-operation")
def sync_operation() -> dict[str, str]:
    """Block one thread of 40, and nobody else."""
    time.sleep(1)
    return {"result": "sync completed"}


@router.get("/mixed-operation")
async def mixed_operation() -> dict[str, str]:
    """Block the event loop, and with it every other request. Never do this."""
    time.sleep(1)  # noqa: ASYNC251
    return {"result": "mixed completed"}


@router.get("/proper-mixed-operation")
async def proper_mixed_operation() -> dict[str, str]:
    """Hand the blocking call to a thread, and wait for it without blocking."""
    await asyncio.to_thread(time.sleep, 1)
    return {"result": "proper mixed completed"}


# Computing is not waiting. Python's threads take turns at it; processes compute at the same time.


@router.get("/cpu-task-sync")
def cpu_task_sync(n: Size = 100) -> dict[str, int | str]:
    """Compute in a thread, since this is a `def`: the event loop is slow, but not blocked."""
    return {"result": cpu_intensive_task(n), "method": "sync"}


@router.get("/cpu-task-async")
async def cpu_task_async(n: Size = 100) -> dict[str, int | str]:
    """Compute in a thread: two of these take twice as long as one."""
    result = await asyncio.to_thread(cpu_intensive_task, n)
    return {"result": result, "method": "async_thread_pool"}


@router.get("/cpu-task-process")
async def cpu_task_process(request: Request, n: Size = 100) -> dict[str, int | str]:
    """Compute in another process, on a processor of its own."""
    loop = asyncio.get_running_loop()
    result = await loop.run_in_executor(request.state.pool, cpu_intensive_task, n)
    return {"result": result, "method": "async_process_pool"}


# Errors: the log gets the reason, the client one sentence.


async def risky_operation() -> str:
    await asyncio.sleep(0.1)
    raise ValueError("Something went wrong in async operation")


@router.get("/async-with-error")
async def async_with_error() -> dict[str, str]:
    try:
        return {"result": await risky_operation()}
    except ValueError as error:
        logger.exception("The operation failed")
        raise HTTPException(500, "The operation failed; the log says why") from error


# Resources: `async with` closes what it opened, whatever happens.


class AsyncResource:
    def __init__(self, name: str) -> None:
        self.name = name
        self.is_open = False

    async def __aenter__(self) -> Self:
        await asyncio.sleep(0.01)
        self.is_open = True
        return self

    async def __aexit__(self, *error: object) -> None:
        await asyncio.sleep(0.01)
        self.is_open = False


@router.get("/use-resource")
async def use_resource() -> dict[str, str | bool]:
    async with AsyncResource("test_resource") as resource:
        return {"resource_name": resource.name, "is_open": resource.is_open}


@asynccontextmanager
async def open_resource(name: str) -> AsyncIterator[AsyncResource]:
    """The same as a function: open before the `yield`, close after it."""
    async with AsyncResource(name) as resource:
        yield resource


@router.get("/use-resource-manager")
async def use_resource_manager() -> dict[str, str | bool]:
    async with open_resource("manager_resource") as resource:
        return {"resource_name": resource.name, "is_open": resource.is_open}


# Dependencies can be asynchronous, too.

Token = Annotated[HTTPAuthorizationCredentials, Depends(HTTPBearer())]


async def get_current_user(token: Token, session: SessionDep) -> User:
    """Find the user by the token that `POST /users/` has given."""
    hashed = hashlib.sha256(token.credentials.encode()).hexdigest()
    found = await session.scalar(select(models.User).where(models.User.token_hash == hashed))
    if found is None:
        raise HTTPException(401, "No user has this token", {"WWW-Authenticate": "Bearer"})
    return User.model_validate(found)


@router.get("/users/me")
async def read_users_me(current_user: Annotated[User, Depends(get_current_user)]) -> User:
    return current_user


# Background tasks run after the response: a `def` in a thread, an `async def` on the event loop.
# A task dies with its process, so work that must not be lost belongs in a queue.


def send_mail(mail: Mail) -> None:
    time.sleep(1)
    logger.info("Sent a message of %d characters", len(mail.message))


async def send_mail_async(mail: Mail) -> None:
    await asyncio.sleep(1)
    logger.info("Sent a message of %d characters", len(mail.message))


@router.post("/send-email", status_code=202)
async def send_email(mail: Mail, background_tasks: BackgroundTasks) -> dict[str, str]:
    background_tasks.add_task(send_mail, mail)
    return {"message": "Email queued for sending"}


@router.post("/send-email-async", status_code=202)
async def send_email_async(mail: Mail, background_tasks: BackgroundTasks) -> dict[str, str]:
    background_tasks.add_task(send_mail_async, mail)
    return {"message": "Async email queued for sending"}


# Streams and files.


@router.get("/stream-data", response_class=EventSourceResponse)
async def stream_data() -> AsyncIterable[int]:
    """Send five events, each as soon as it exists."""
    for i in range(5):
        await asyncio.sleep(0.2)
        yield i


@router.get("/files/{filename}")
async def read_file(filename: Annotated[str, Path(pattern=r"^\w{1,50}\.txt$")]) -> dict[str, str]:
    """Read the file in a thread, since reading blocks."""
    try:
        content = await asyncio.to_thread((FILES / filename).read_text, "utf-8")
    except FileNotFoundError:
        raise HTTPException(404, "File not found") from None
    return {"filename": filename, "content": content}


@router.get("/async-performance")
async def async_performance() -> dict[str, int]:
    return performance
