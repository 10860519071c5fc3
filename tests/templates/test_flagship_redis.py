"""The rate limit of the flagship, counted in a Redis for all processes together."""

import socket
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

if sys.platform == "win32":
    pytest.skip("the proofs hand an open socket to another process", allow_module_level=True)

from tests.proofs.flagship import render, serve

REDIS = ("127.0.0.1", 6379)

pytestmark = pytest.mark.slow


@pytest.fixture
def redis_url() -> str:
    """The Redis of this machine; its keys are gone a minute later."""
    pytest.importorskip("redis")
    try:
        socket.create_connection(REDIS, timeout=1).close()
    except OSError:
        pytest.skip("no Redis answers on 127.0.0.1:6379")
    return f"redis://{REDIS[0]}:{REDIS[1]}/15"


def test_two_workers_count_together_and_a_restart_forgets_nothing(redis_url: str, tmp_path: Path) -> None:
    rate = f"{time.time_ns() % 1000 + 50}/minute"  # part of the key: each run counts by itself
    limit = int(rate.partition("/")[0])
    settings = {"RATE_LIMIT": rate, "RATE_LIMIT_STORAGE_URL": redis_url}
    project = render(tmp_path)
    answers: Counter[int] = Counter()
    for _ in range(2):
        with (
            serve(project, tmp_path / "items.json", workers=2, **settings) as server,
            server.client() as client,
        ):
            responses = [
                client.get("/items/", headers={"Connection": "close"}) for _ in range(limit // 2 + 5)
            ]
            answers.update(response.status_code for response in responses)
            assert client.get("/health").status_code == 200
    assert answers[429] >= 1
    assert answers == {200: limit, 429: 2 * (limit // 2 + 5) - limit}
    assert 1 <= int(responses[-1].headers["Retry-After"]) <= 60
