"""How long a test may take before it fails, and what it waits for is ended: hooks of pytest-timeout."""

import os
import signal
from typing import Any

import pytest

PROVING = "FASTKIT_PROOF" in os.environ

SLOW = 900
"""Seconds for a test that is slow or asks a registry; pyproject.toml says how many any other has."""

PROOF = 3600

AGAIN = 20
"""Seconds that Hypothesis gets for each run of an example that has hung before."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    slow = {item for item in items if item.get_closest_marker("slow") or item.get_closest_marker("network")}
    items.sort(
        key=lambda item: item not in slow
    )  # first, so that no worker is left alone with one at the end
    for item in items:
        if PROVING:
            item.add_marker(pytest.mark.timeout(PROOF))
        elif item in slow:
            item.add_marker(pytest.mark.timeout(SLOW))


@pytest.hookimpl(wrapper=True)
def pytest_timeout_set_timer(item: pytest.Item, settings: Any) -> Any:
    """Let the alarm ring again where Hypothesis runs what has failed, to make it smaller."""
    done = yield
    if settings.method == "signal" and hasattr(getattr(item, "obj", None), "hypothesis"):
        signal.setitimer(signal.ITIMER_REAL, settings.timeout, AGAIN)
    return done
