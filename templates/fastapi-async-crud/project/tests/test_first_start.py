"""The data of a new project: made from the mock data once, and never under version control."""

import asyncio
import json
import os
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from src.core.files import StoreError
from src.core.project import ROOT
from src.crud.items import Items
from src.main import create_app
from src.schemas.items import ItemCreate
from tests.conftest import settings, started

CUP = {"id": 1, "name": "Cup", "description": None, "price": 1.0, "tax": None}
PEN = {"id": 2, "name": "Pen", "description": None, "price": 2.0, "tax": None}


@pytest.fixture
def mock(tmp_path: Path) -> Path:
    file = tmp_path / "src" / "mock_items.json"
    file.parent.mkdir()
    file.write_text(json.dumps([CUP, PEN]))
    return file


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data" / "items.json"


def on_disk(file: Path, field: str) -> list[Any]:
    return [item[field] for item in json.loads(file.read_bytes())]


async def create(items: Items) -> int:
    return (await items.create(ItemCreate(name="New", price=1))).id


async def test_the_first_start_copies_the_mock_data(mock: Path, data: Path) -> None:
    before = mock.read_bytes()
    async with Items(data, seed=mock) as items:
        assert await create(items) == 3

    assert on_disk(data, "name") == ["Cup", "Pen", "New"]
    assert mock.read_bytes() == before


async def test_later_starts_copy_nothing(mock: Path, data: Path) -> None:
    async with Items(data, seed=mock) as items:
        await items.delete(1)
    mock.write_text("[]")
    async with Items(data, seed=mock):
        pass

    assert on_disk(data, "name") == ["Pen"]


async def test_ids_given_before_the_data_moved_are_not_given_again(mock: Path, data: Path) -> None:
    mock.with_name("mock_items.json.last-id").write_text("7\n")
    async with Items(data, seed=mock) as items:
        assert await create(items) == 8
        await items.delete(8)
    async with Items(data, seed=mock) as items:
        assert await create(items) == 9


async def test_a_data_file_that_was_deleted_stays_empty(mock: Path, data: Path) -> None:
    async with Items(data, seed=mock) as items:
        await create(items)
        data.unlink()
    async with Items(data, seed=mock) as items:
        assert await items.page(0, 10) == ([], 0)
        assert await create(items) == 4


async def test_mock_data_that_cannot_be_read_is_named(mock: Path, data: Path) -> None:
    mock.write_text("[{]")

    with pytest.raises(StoreError, match=r"mock_items\.json"):
        async with Items(data, seed=mock):
            pass
    assert not data.exists()


def start_and_create(data: Path, mock: Path) -> None:
    async def start() -> None:
        async with Items(data, seed=mock) as items:
            await create(items)

    asyncio.run(start())


@pytest.mark.skipif(os.name != "posix", reason="Windows has no fork")
def test_workers_that_start_together_copy_it_once(mock: Path, data: Path) -> None:
    fork = get_context("fork")
    workers = [fork.Process(target=start_and_create, args=(data, mock)) for _ in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert [worker.exitcode for worker in workers] == [0] * 8
    assert on_disk(data, "id") == list(range(1, 11))


async def test_a_data_file_that_is_named_begins_empty(data_file: Path) -> None:
    async with started(create_app(settings(DATA_FILE=data_file))) as client:
        assert (await client.get("/items/")).json() == []


async def test_any_other_begins_with_the_mock_data(
    data_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    defaults = settings()
    monkeypatch.setitem(vars(defaults), "DATA_FILE", data_file)
    async with started(create_app(defaults)) as client:
        served = [item["name"] for item in (await client.get("/items/")).json()]

    assert served == on_disk(ROOT / "src/mocks/mock_items.json", "name")
