"""The process in which a template computes."""

import sys
from importlib import import_module

import pytest

from fastkit.computing import worker as of_texts
from fastkit.computing.worker import Worker


def test_an_interrupted_computation_leaves_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    worker = Worker()
    assert worker.call(len, "abc", seconds=5) == 3
    monkeypatch.setattr(worker, "receive", interrupted)
    with pytest.raises(KeyboardInterrupt):
        worker.call(len, "abc", seconds=5)
    assert worker.process.poll() is not None


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limits")
def test_a_computation_that_is_ended_leaves_no_image_of_its_memory() -> None:
    resource, worker = import_module("resource"), Worker()
    try:
        assert worker.call(resource.getrlimit, resource.RLIMIT_CORE, seconds=5) == [0, 0]
    finally:
        worker.close()


def test_the_worker_ends_with_the_program() -> None:
    started = of_texts.start()
    of_texts.end()
    assert started.process.poll() is not None
