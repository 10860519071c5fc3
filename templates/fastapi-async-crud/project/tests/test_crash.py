"""A real process, killed with no warning while it writes."""

import asyncio
import json
import os
from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from tests.test_store import Note, Notes

WRITERS = 8


def write(data_file: Path, report: Connection) -> None:
    """Add notes, and report the id of each that was acknowledged, until somebody ends this."""

    async def add(notes: Notes) -> None:
        while True:
            [note] = await notes.add([{"text": "kept"}])
            report.send(note.id)

    async def main() -> None:
        async with Notes(data_file) as notes:
            await asyncio.gather(*(add(notes) for _ in range(WRITERS)))

    asyncio.run(main())


def received(connection: Connection, enough: Callable[[int], None]) -> list[int]:
    """All that was sent until the other end died."""
    ids: list[int] = []
    try:
        while True:
            ids.append(connection.recv())
            enough(len(ids))
    except EOFError:
        return ids


# Not `async`: a process should not be forked inside of a running event loop.
@pytest.mark.skipif(os.name != "posix", reason="Windows has no fork")
def test_what_was_acknowledged_survives_a_kill(data_file: Path) -> None:
    fork = get_context("fork")
    ours, theirs = fork.Pipe(duplex=False)
    process = fork.Process(target=write, args=(data_file, theirs))
    process.start()
    theirs.close()
    acknowledged = received(ours, lambda number: process.kill() if number == 50 else None)
    process.join()

    kept = {note["id"]: note for note in json.loads(data_file.read_bytes())}
    assert len(acknowledged) >= 50
    assert all(kept.get(i) == Note(id=i, text="kept").model_dump() for i in acknowledged)
