"""The data of a new project: made from the mock data once, and never under version control."""

import asyncio
import json
import os
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from src.core.files import StoreError
from tests.test_store import Notes

CUP = {"id": 1, "text": "Cup"}
PEN = {"id": 2, "text": "Pen"}


@pytest.fixture
def mock(tmp_path: Path) -> Path:
    file = tmp_path / "src" / "mock_notes.json"
    file.parent.mkdir()
    file.write_text(json.dumps([CUP, PEN]))
    return file


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data" / "notes.json"


def on_disk(file: Path, field: str) -> list[Any]:
    return [note[field] for note in json.loads(file.read_bytes())]


async def create(notes: Notes) -> int:
    [note] = await notes.add([{"text": "New"}])
    return note.id


async def test_the_first_start_copies_the_mock_data(mock: Path, data: Path) -> None:
    before = mock.read_bytes()
    async with Notes(data, seed=mock) as notes:
        assert await create(notes) == 3

    assert on_disk(data, "text") == ["Cup", "Pen", "New"]
    assert mock.read_bytes() == before


async def test_later_starts_copy_nothing(mock: Path, data: Path) -> None:
    async with Notes(data, seed=mock) as notes:
        await notes.delete(1)
    mock.write_text("[]")
    async with Notes(data, seed=mock):
        pass

    assert on_disk(data, "text") == ["Pen"]


async def test_ids_given_before_the_data_moved_are_not_given_again(mock: Path, data: Path) -> None:
    mock.with_name("mock_notes.json.last-id").write_text("7\n")
    async with Notes(data, seed=mock) as notes:
        assert await create(notes) == 8
        await notes.delete(8)
    async with Notes(data, seed=mock) as notes:
        assert await create(notes) == 9


async def test_a_data_file_that_was_deleted_stays_empty(mock: Path, data: Path) -> None:
    async with Notes(data, seed=mock) as notes:
        await create(notes)
        data.unlink()
    async with Notes(data, seed=mock) as notes:
        assert await notes.page(0, 10) == ([], 0)
        assert await create(notes) == 4


async def test_mock_data_that_cannot_be_read_is_named(mock: Path, data: Path) -> None:
    mock.write_text("[{]")

    with pytest.raises(StoreError, match=r"mock_notes\.json"):
        async with Notes(data, seed=mock):
            pass
    assert not data.exists()


def start_and_create(data: Path, mock: Path) -> None:
    async def start() -> None:
        async with Notes(data, seed=mock) as notes:
            await create(notes)

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
