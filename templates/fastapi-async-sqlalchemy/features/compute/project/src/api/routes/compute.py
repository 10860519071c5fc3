"""Work for processors over HTTP: an example, after which you can write your own."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request

from src.computations import fibonacci
from src.core.processes import Processes

router = APIRouter(tags=["compute"])

MAX_N = 35  # takes about a second, and each step more half as long again


# `async`, although it waits for nothing: FastAPI runs a plain function in a thread.
async def get_processes(request: Request) -> Processes:
    processes: Processes = request.app.state.processes
    return processes


ProcessesDep = Annotated[Processes, Depends(get_processes)]


@router.get("/fibonacci/{n}")
async def compute_fibonacci(
    n: Annotated[int, Path(ge=0, le=MAX_N)], processes: ProcessesDep
) -> int:
    """The Fibonacci number at this place, computed in another process."""
    return await processes.run(fibonacci, n)
