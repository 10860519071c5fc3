"""The demo data."""

from argparse import ArgumentTypeError

import pytest

from scripts.seed import count, seed
from src.core.config import Settings
from src.main import create_app
from tests.conftest import started


async def test_each_run_adds_demo_data(
    committed: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scripts.seed.BATCH", 2)
    for _ in range(2):
        await seed(committed, users=5)

    async with started(create_app(committed)) as client:
        users = await client.get("/users/", params={"limit": 1})

    assert users.headers["X-Total-Count"] == "10"


@pytest.mark.parametrize("number", ["-1", "1000001"])
def test_counts_are_bounded(number: str) -> None:
    with pytest.raises(ArgumentTypeError):
        count(number)
