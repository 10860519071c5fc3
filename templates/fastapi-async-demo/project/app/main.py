"""The application with its endpoints. The lessons and the page are in modules of their own."""

import asyncio
import hashlib
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

from fastapi import BackgroundTasks, FastAPI, HTTPException, Path, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi_standalone_docs import StandaloneDocs  # type: ignore[import-untyped]
from httpx2 import HTTPError
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from app import demo, lessons, models
from app.database import SessionDep, open_database
from app.external import ClientDep, Service, fetch, fetch_all, open_client, services
from app.schemas import Email, NewUser, Seconds, Timing, User, UserCreate, UserWithExternalData
from app.utils import PerformanceMiddleware, cpu_intensive_task, logger, open_process_pool


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[dict[str, Any]]:
    """Open what all requests share, and close it at the end. Requests find it in their state."""
    with open_process_pool() as pool:
        async with open_database() as new_session, open_client() as client:
            yield {"pool": pool, "new_session": new_session, "client": client}


app = FastAPI(title="FastAPI Async Demo", lifespan=lifespan, max_body_size=10_000)
app.add_middleware(PerformanceMiddleware)
StandaloneDocs(app)  # /docs and /redoc with files from this machine
app.include_router(demo.router)
app.include_router(lessons.router)  # first, so that /users/me is not read as an email
app.mount("/external", services)


@app.exception_handler(HTTPError)
async def external_service_failed(request: Request, error: HTTPError) -> JSONResponse:
    logger.error("An external service failed: %s", error)
    return JSONResponse({"detail": "An external service failed"}, 502)


@app.exception_handler(RequestValidationError)
async def invalid_request(request: Request, error: RequestValidationError) -> JSONResponse:
    """Do not repeat the input, as FastAPI does: JSON cannot hold all of it, such as NaN."""
    faults = [{key: fault[key] for key in ("type", "loc", "msg")} for fault in error.errors()]
    return JSONResponse({"detail": faults}, 422)


@app.get("/")
async def welcome() -> dict[str, str]:
    return {"message": "Welcome to the FastAPI async demo! See it at /demo"}


@app.get("/async-delay/{seconds}")
async def async_delay(seconds: Seconds) -> dict[str, str | float]:
    """Wait, while the event loop serves other requests."""
    await asyncio.sleep(seconds)
    return {"kind": "async", "seconds": seconds}


@app.get("/sync-delay/{seconds}")
async def sync_delay(seconds: Seconds) -> dict[str, str | float]:
    """Wait, while the event loop can do nothing else. Wrong on purpose: never do this."""
    time.sleep(seconds)  # noqa: ASYNC251
    return {"kind": "sync", "seconds": seconds}


@app.post("/users/", status_code=201)
async def create_user(user: UserCreate, session: SessionDep) -> NewUser:
    token = secrets.token_urlsafe()
    hashed = hashlib.sha256(token.encode()).hexdigest()
    record = models.User(email=user.email, full_name=user.full_name, token_hash=hashed)
    session.add(record)
    try:
        await session.commit()
    except IntegrityError:
        raise HTTPException(409, "A user with this email exists already") from None
    return NewUser(**User.model_validate(record).model_dump(), token=token)


@app.get("/users/{user_email}")
async def read_user(user_email: Email, session: SessionDep) -> User:
    found = await session.scalar(select(models.User).where(models.User.email == user_email))
    if found is None:
        raise HTTPException(404, "User not found")
    return User.model_validate(found)


@app.get("/fetch-external-data")
async def fetch_external_data(client: ClientDep) -> Timing:
    """Three services at the same time; if one fails, the others are cancelled."""
    begin = time.perf_counter()
    results = await fetch_all(client, *Service)
    return Timing(seconds=time.perf_counter() - begin, results=results)


@app.get("/user-with-external-data/{user_email}")
async def user_with_external_data(
    user_email: Email, session: SessionDep, client: ClientDep
) -> UserWithExternalData:
    """The database first, then two services at the same time."""
    user = await read_user(user_email, session)
    await session.close()  # others can use the connection while this request waits
    data = await fetch_all(client, Service.PROFILE, Service.ORDERS)
    return UserWithExternalData(user=user, external_data=data)


@app.post("/process-data/{message}", status_code=202)
async def process_data(
    message: Annotated[str, Path(max_length=100)], tasks: BackgroundTasks, request: Request
) -> dict[str, str]:
    """Answer at once, and compute in another process afterwards."""

    async def process() -> None:
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(request.state.pool, cpu_intensive_task, 200)
        logger.info("Processed %r", message)

    tasks.add_task(process)
    return {"message": f"Processing {message!r} in the background"}


@app.get("/performance/async")
async def performance_async(client: ClientDep) -> Timing:
    """Three calls of one second at the same time: one second."""
    begin = time.perf_counter()
    results = await asyncio.gather(*(fetch(client, service) for service in Service))
    return Timing(seconds=time.perf_counter() - begin, results=results)


@app.get("/performance/sync")
async def performance_sync(client: ClientDep) -> Timing:
    """Three calls of one second, one after another: three seconds."""
    begin = time.perf_counter()
    results = [await fetch(client, service) for service in Service]
    return Timing(seconds=time.perf_counter() - begin, results=results)


@app.get("/health")
async def health(session: SessionDep) -> dict[str, str]:
    """Whether the database answers."""
    try:
        await session.execute(select(1))
    except (SQLAlchemyError, OSError) as error:
        raise HTTPException(503, "The database does not answer") from error
    return {"status": "ok"}
