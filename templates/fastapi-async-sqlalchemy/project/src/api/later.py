"""What is done after the answer: the client does not wait for it, and its failure is logged.

It is for what may be lost, since nobody does it when the process ends at that moment, and for
what is short, since it counts as a part of the request. All else is a job (`src/crud/jobs.py`).
"""

import logging
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import BackgroundTasks, Depends

logger = logging.getLogger(__name__)

Task = Callable[..., Awaitable[None]]


class AfterAnswer:
    def __init__(self, tasks: BackgroundTasks) -> None:
        self.tasks = tasks

    def do(self, task: Task, *arguments: Any) -> None:
        self.tasks.add_task(_logged, task, *arguments)


async def _logged(task: Task, *arguments: Any) -> None:
    # Without this, one that fails would keep the next ones from being done.
    try:
        await task(*arguments)
    except Exception:
        logger.exception("after the answer, %s has failed", task.__qualname__)


# `async`, although it waits for nothing: FastAPI runs a plain function in a thread.
async def get_after_answer(tasks: BackgroundTasks) -> AfterAnswer:
    return AfterAnswer(tasks)


AfterAnswerDep = Annotated[AfterAnswer, Depends(get_after_answer)]
