"""What the routes ask for that use more than the database: cache, files, jobs, other services."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncSession

from src.api.deps import DatabaseDep
from src.core.cache import Cache, forget_stale
from src.core.concurrency import QueryLimit
from src.crud.files import Files
from src.crud.jobs import Jobs
from src.crud.sources import Sources
from src.services import Services


# `async`, although they wait for nothing: FastAPI runs a plain function in a thread.
async def get_query_limit(request: Request) -> QueryLimit:
    query_limit: QueryLimit = request.app.state.query_limit
    return query_limit


async def get_services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


ServicesDep = Annotated[Services, Depends(get_services)]


async def get_files(services: ServicesDep) -> Files:
    return services.files


async def get_jobs(services: ServicesDep) -> Jobs:
    return services.jobs


async def get_sources(services: ServicesDep) -> Sources:
    return services.sources


async def get_cache(services: ServicesDep) -> Cache:
    return services.cache


QueryLimitDep = Annotated[QueryLimit, Depends(get_query_limit)]
CacheDep = Annotated[Cache, Depends(get_cache)]
FilesDep = Annotated[Files, Depends(get_files)]
JobsDep = Annotated[Jobs, Depends(get_jobs)]
SourcesDep = Annotated[Sources, Depends(get_sources)]


async def get_transaction(database: DatabaseDep, cache: CacheDep) -> AsyncIterator[AsyncSession]:
    async with database.transaction() as session:
        yield session
    await forget_stale(cache, session)


# For statements that belong together; a single one is given to the database itself. "function":
# it is committed when the route has returned and before anything is sent. By default, FastAPI
# would commit after that, when an error can no longer be reported.
Transaction = Annotated[AsyncSession, Depends(get_transaction, scope="function")]
