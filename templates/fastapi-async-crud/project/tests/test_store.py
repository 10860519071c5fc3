"""What the JSON file promises, whatever happens around it."""

import asyncio
import errno
import json
import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from src.core import files
from src.core.errors import NotFound
from src.core.files import StoreError, StoreFull
from src.core.store import MAX_ID, AlreadyExists, JsonStore, Record

posix = pytest.mark.skipif(os.name != "posix", reason="Windows has no such thing")


class Note(Record):
    text: str = "?"


class Notes(JsonStore[Note]):
    model = Note
    name = "notes"


class Labels(Notes):
    unique = ("text",)


@pytest.fixture
async def notes(data_file: Path) -> Notes:
    return await opened(data_file)


async def opened(data_file: Path, seed: Path | None = None) -> Notes:
    return await Notes(data_file, seed).__aenter__()


async def close(store: Notes) -> None:
    await store.__aexit__()


async def add(store: Notes, text: str = "?") -> Note:
    [note] = await store.add([{"text": text}])
    return note


def on_disk(data_file: Path) -> list[dict[str, Any]]:
    content: list[dict[str, Any]] = json.loads(data_file.read_bytes())
    return content


def failing(code: int) -> Callable[..., None]:
    def fail(*args: object) -> None:
        raise OSError(code, os.strerror(code))

    return fail


async def test_what_is_acknowledged_is_in_the_file(notes: Notes, data_file: Path) -> None:
    await add(notes, "one")
    await notes.update(1, {"text": "zwei ✓"})

    assert on_disk(data_file) == [{"id": 1, "text": "zwei ✓"}]
    assert await (await opened(data_file)).get(1) == Note(id=1, text="zwei ✓")


async def test_changes_that_arrive_together_share_a_few_writes(
    notes: Notes, data_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writes = []
    put_in_place = files.put_in_place

    def counted(new: Path, path: Path, folder: int | None) -> None:
        writes.append(path)
        put_in_place(new, path, folder)

    monkeypatch.setattr(files, "put_in_place", counted)

    await asyncio.gather(*(add(notes) for _ in range(500)))

    assert len(on_disk(data_file)) == 500
    assert len(writes) < 10


async def test_what_is_handed_out_cannot_be_changed(notes: Notes) -> None:
    note = await add(notes, "mine")

    with pytest.raises(ValidationError):
        note.text = "yours"


async def test_several_processes_lose_nothing_and_give_each_id_once(data_file: Path) -> None:
    # Two stores on one file know nothing of each other, like those of two processes.
    one, two = await opened(data_file), await opened(data_file)

    async def add_in_turn(store: Notes) -> list[int]:
        return [(await add(store)).id for _ in range(20)]

    ids = await asyncio.gather(*(add_in_turn(store) for store in [one, two, one, two]))

    assert sorted(i for each in ids for i in each) == list(range(1, 81))
    assert sorted(note["id"] for note in on_disk(data_file)) == list(range(1, 81))


async def test_a_write_of_another_process_is_seen_at_once(data_file: Path) -> None:
    one, two = await opened(data_file), await opened(data_file)
    await add(one, "old")
    assert (await two.get(1)).text == "old"

    for turn in range(20):
        await one.update(1, {"text": str(turn)})
        assert (await two.get(1)).text == str(turn)


async def test_an_edit_by_hand_is_seen_and_kept_by_the_next_write(
    notes: Notes, data_file: Path
) -> None:
    await add(notes, "ours")
    data_file.write_text('[{"id": 1, "text": "edited"},\n {"id": 7, "text": "new"}]')

    assert (await notes.get(1)).text == "edited"
    assert (await add(notes)).id == 8
    assert [note["text"] for note in on_disk(data_file)] == ["edited", "new", "?"]


async def test_an_edit_while_we_write_is_not_overwritten(
    notes: Notes, data_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    staged = files.staged

    def edited_meanwhile(*args: Any, **options: Any) -> AbstractContextManager[Path]:
        monkeypatch.setattr(files, "staged", staged)
        data_file.write_text('[{"id": 5, "text": "edited"}]')
        return staged(*args, **options)

    monkeypatch.setattr(files, "staged", edited_meanwhile)

    assert (await add(notes, "ours")).id == 6
    assert [note["text"] for note in on_disk(data_file)] == ["edited", "ours"]


async def test_an_id_is_never_given_twice(notes: Notes, data_file: Path) -> None:
    for _ in range(3):
        await add(notes)
    await notes.delete(3)
    await notes.delete(2)

    assert (await add(await opened(data_file))).id == 4
    assert (await add(notes)).id == 5


async def test_an_id_that_was_deleted_by_hand_is_not_given_again(
    notes: Notes, data_file: Path
) -> None:
    await add(notes)
    data_file.write_text("[]")
    await add(notes)

    assert [note["id"] for note in on_disk(data_file)] == [2]


async def test_nor_after_a_restart_with_no_write_between(notes: Notes, data_file: Path) -> None:
    await add(notes)
    data_file.write_text("[]")
    await close(notes)

    assert (await add(await opened(data_file))).id == 2


async def test_no_two_records_have_the_same_value_where_that_is_said(data_file: Path) -> None:
    labels = Labels(data_file)
    await labels.add([{"text": "red"}, {"text": "blue"}])

    for refused in (
        labels.add([{"text": "green"}, {"text": "red"}]),
        labels.add([{"text": "grey"}, {"text": "grey"}]),
        labels.update(2, {"text": "red"}),
    ):
        with pytest.raises(AlreadyExists, match="Note with this text already exists"):
            await refused
    await labels.update(1, {"text": "red"})
    await labels.delete(1)
    await labels.update(2, {"text": "red"})

    assert on_disk(data_file) == [{"id": 2, "text": "red"}]


async def test_there_is_an_end_to_ids(notes: Notes, data_file: Path) -> None:
    data_file.write_text(json.dumps([{"id": MAX_ID - 1}]))

    with pytest.raises(StoreFull):
        await notes.add([{}, {}])
    assert (await add(notes)).id == MAX_ID


@pytest.mark.parametrize(
    ("content", "place"),
    [
        ("", "line 1 column 0"),
        ('[{"id": 1, "text": "cut', "line 1 column 23"),
        ('{"id": 1}', "valid array"),
        ('[{"id": 1}, {"id": "x"}]', "[1]['id']"),
        ('[{"id": 1}, {"id": 0}]', "[1]['id']"),
        ('[{"id": 4}, {"id": 4}]', "two records have the id 4"),
        ('[{"id": 1, "text": "\\ud800"}]', "line 1 column 27"),
    ],
)
async def test_a_corrupt_file_is_refused_with_the_place_and_kept(
    data_file: Path, content: str, place: str
) -> None:
    data_file.write_text(content)

    with pytest.raises(StoreError) as refused:
        await opened(data_file)

    assert str(data_file) in str(refused.value)
    assert place in refused.value.detail
    assert data_file.read_text() == content


async def test_after_a_broken_edit_nothing_is_written_until_it_is_repaired(
    notes: Notes, data_file: Path
) -> None:
    await add(notes)
    data_file.write_text("[{]")

    for refused in (notes.get(1), notes.page(0, 10), add(notes), notes.check()):
        with pytest.raises(StoreError):
            await refused
    assert data_file.read_text() == "[{]"

    data_file.write_text('[{"id": 1, "text": "repaired"}]')
    assert (await notes.get(1)).text == "repaired"
    assert (await add(notes)).id == 2


@pytest.mark.parametrize(
    ("code", "error"),
    [(errno.ENOSPC, StoreFull), (errno.EROFS, StoreError), (errno.EIO, StoreError)],
)
async def test_a_write_that_the_disk_refuses_changes_nothing(
    notes: Notes,
    data_file: Path,
    monkeypatch: pytest.MonkeyPatch,
    code: int,
    error: type[StoreError],
) -> None:
    await add(notes, "kept")
    with monkeypatch.context() as disk:
        disk.setattr(os, "fsync", failing(code))
        with pytest.raises(error, match=os.strerror(code)):
            await notes.update(1, {"text": "lost"})

    assert (await notes.get(1)).text == "kept"
    assert list(data_file.parent.iterdir()) == [data_file]
    assert (await add(notes)).id == 2


async def test_a_full_disk_fails_the_health_check(
    notes: Notes, monkeypatch: pytest.MonkeyPatch
) -> None:
    await notes.check()
    monkeypatch.setattr(files, "try_to_write", failing(errno.ENOSPC))

    with pytest.raises(StoreFull):
        await notes.check()


async def test_one_change_that_fails_does_not_stop_the_others(notes: Notes) -> None:
    added, failed, last = await asyncio.gather(
        add(notes), notes.delete(99), add(notes), return_exceptions=True
    )

    assert isinstance(failed, NotFound)
    assert [added, last] == [Note(id=1), Note(id=2)]


async def test_a_request_that_gives_up_takes_no_other_with_it(notes: Notes) -> None:
    first, gives_up, last = [asyncio.create_task(add(notes, text)) for text in "abc"]
    await asyncio.sleep(0)  # all three wait for the same write
    gives_up.cancel()

    assert {(await first).text, (await last).text} == {"a", "c"}
    kept, _ = await notes.page(0, 10)
    assert {note.text for note in kept} >= {"a", "c"}


async def test_closing_waits_for_the_last_write(notes: Notes, data_file: Path) -> None:
    task = asyncio.create_task(add(notes))
    await asyncio.sleep(0)
    await close(notes)

    assert on_disk(data_file) == [{"id": 1, "text": "?"}]
    await task


@posix
async def test_a_link_and_the_mode_of_the_file_are_kept(tmp_path: Path) -> None:
    target, link = tmp_path / "target.json", tmp_path / "link.json"
    target.write_text("[]")
    target.chmod(0o640)
    link.symlink_to(target)

    await add(await opened(link))

    assert link.is_symlink()
    assert target.stat().st_mode & 0o777 == 0o640
    assert len(on_disk(target)) == 1


async def test_a_new_store_makes_its_folder_and_is_empty(tmp_path: Path) -> None:
    store = await opened(tmp_path / "new" / "notes.json")

    assert await store.page(0, 10) == ([], 0)
    assert (await add(store)).id == 1
