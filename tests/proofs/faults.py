"""Proof that a fault of the disk or of the data file is answered as such and costs no item.

python -m tests.proofs.faults [--list] [CASE]...
"""

import argparse
import errno
import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from threading import Event

import httpx2

from tests.proofs.flagship import Server, render, serve
from tests.proofs.items import Item, an_item, read_items, write_items
from tests.proofs.proof import Missed, new_room, require, run

Case = Callable[[Path, Path], None]
CASES: dict[str, Case] = {}


class Skipped(Exception):
    """What this machine lacks for a case."""


def case(function: Case) -> Case:
    """Each case gets the project and an empty folder of its own."""
    CASES[function.__name__] = function
    return function


def main() -> None:
    arguments = parse()
    if arguments.list:
        print(*CASES, sep="\n")
        return
    with new_room() as room:
        project = render(room)
        missed = [name for name in arguments.case or CASES if not holds(name, project, room / name)]
    require(not missed, ", ".join(missed))


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("case", nargs="*", help="leave out for all of them", choices=[[], *CASES])
    parser.add_argument("--list", action="store_true", help="show their names and end")
    return parser.parse_args()


def holds(name: str, project: Path, folder: Path) -> bool:
    folder.mkdir()
    try:
        CASES[name](project, folder)
    except Skipped as skipped:
        print(f"skipped  {name}: {skipped}", flush=True)
    except Missed as missed:
        print(f"missed   {name}: {missed}", flush=True)
        return False
    else:
        print(f"kept     {name}", flush=True)
    return True


# The disk


@case
def full_disk(project: Path, folder: Path) -> None:
    with tmpfs(folder, "size=300k"):
        ballast = folder / "ballast"
        ballast.write_bytes(bytes(200 * 1024))
        no_room_then_room(project, folder / "items.json", ballast.unlink)


@case
def file_size_limit(project: Path, folder: Path) -> None:
    data_file = write_items(folder / "items.json", 10)
    # CPython 3.11 would keep byte code that the limit has cut off
    with serve(project, data_file, PYTHONDONTWRITEBYTECODE="1") as server:
        limit(server, 20_000)
        fill_and_recover(server, data_file, lambda: limit(server, resource.RLIM_INFINITY))


def limit(server: Server, size: int) -> None:
    if not hasattr(resource, "prlimit"):
        raise Skipped("only Linux can limit the files of a running process")
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def no_room_then_room(project: Path, data_file: Path, make_room: Callable[[], None]) -> None:
    write_items(data_file, 10)
    with serve(project, data_file) as server:
        fill_and_recover(server, data_file, make_room)


def fill_and_recover(server: Server, data_file: Path, make_room: Callable[[], None]) -> None:
    with server.client() as client:
        known = read_items(data_file) | post_until(client, 507)
        check_nothing_lost(data_file, known)
        for number in range(1, 6):  # a delete, too, needs room for the new file
            answer = client.delete(f"/items/{number}")
            require(answer.status_code in {204, 507}, f"delete: {described(answer)}")
            if answer.status_code == 204:
                del known[number]
        expect(client.get(f"/items/{max(known)}"), 200)
        check_nothing_lost(data_file, known)
        make_room()
        known |= [post(client)]
        expect(client.get("/health"), 200)
        check_nothing_lost(data_file, known)


def post_until(client: httpx2.Client, status: int) -> dict[int, Item]:
    """Many at a time, so that some fail in the same write as others; the items that were acknowledged."""
    acknowledged: dict[int, Item] = {}
    for _ in range(500):
        with ThreadPoolExecutor(8) as threads:
            answers = list(threads.map(lambda _: client.post("/items/", json=BIG_ITEM), range(8)))
        require({a.status_code for a in answers} <= {201, status}, described(answers[-1]))
        acknowledged |= {a.json()["id"]: a.json() for a in answers if a.status_code == 201}
        if all(answer.status_code == status for answer in answers):
            return acknowledged
    raise Missed(f"no {status} after {len(acknowledged)} creates")


BIG_ITEM = an_item("Item") | {"description": "x" * 900}


@case
def read_only_folder(project: Path, folder: Path) -> None:
    with read_only_when_asked(folder) as (make_read_only, make_writable):
        data_file = write_items(folder / "items.json", 10)
        known = read_items(data_file)
        with serve(project, data_file) as server, server.client() as client:
            known |= [post(client)]
            make_read_only()
            expect(client.post("/items/", json=an_item("No")), 503, "items.json")
            expect(client.put("/items/1", json={"price": 1}), 503, "items.json")
            expect(client.delete("/items/1"), 503, "items.json")
            expect(client.get("/health"), 503, "items.json")
            expect(client.get("/items/1"), 200)
            check_nothing_lost(data_file, known)
            make_writable()
            known |= [post(client)]
            expect(client.get("/health"), 200)
            check_nothing_lost(data_file, known)


@case
def read_only_folder_at_the_start(project: Path, folder: Path) -> None:
    with read_only_when_asked(folder) as (make_read_only, _):
        data_file = write_items(folder / "items.json", 10)
        make_read_only()
        with serve(project, data_file) as server, server.client() as client:
            expect(client.get("/items/1"), 200)
            expect(client.delete("/items/1"), 503, "items.json")
        check_nothing_lost(data_file, read_items(data_file))


@case
def data_file_mounted_alone(project: Path, folder: Path) -> None:
    """As `docker -v file:file` does: the file cannot be replaced."""
    elsewhere = write_items(folder / "elsewhere" / "items.json", 10)
    data_file = folder / "here" / "items.json"
    data_file.parent.mkdir()
    data_file.touch()
    known = read_items(elsewhere)
    with mounted(data_file, "--bind", str(elsewhere)):
        with serve(project, data_file) as server, server.client() as client:
            expect(client.get("/items/1"), 200)
            expect(client.delete("/items/1"), 503, os.strerror(errno.EBUSY))
        check_nothing_lost(data_file, known)


# The file


@case
def missing_file(project: Path, folder: Path) -> None:
    data_file = folder / "new" / "folder" / "items.json"
    with serve(project, data_file_in(folder)) as server, server.client() as client:
        expect(client.get("/items/"), 200, "[]")
    with serve(project, data_file) as server, server.client() as client:
        check_nothing_lost(data_file, dict([post(client)]))


def data_file_in(folder: Path) -> Path:
    return folder / "items.json"


ITEM = b'{"id":7,"name":"Cup","description":null,"price":1.0,"tax":null}'
BROKEN = {
    "truncated": (b"[\n" + ITEM + b',\n{"id":8,"na', "line 3"),
    "empty": (b"", "line 1"),
    "not_a_list": (b'{"items": []}', "list"),
    "not_json": (b"id,name\n7,Cup\n", "line 1"),
    "same_id_twice": (b"[" + ITEM + b"," + ITEM + b"]", "id 7"),
    "not_a_number": (b"[" + ITEM.replace(b"1.0", b"NaN") + b"]", "price"),
    "not_unicode": (b"[" + ITEM.replace(b"Cup", b"\xff") + b"]", ""),
    "missing_field": (b"[" + ITEM.replace(b'"name":"Cup",', b"") + b"]", "name"),
    "unknown_field": (b"[" + ITEM.replace(b'"tax"', b'"vat"') + b"]", "vat"),
    "price_as_text": (b"[" + ITEM.replace(b"1.0", b'"1.0"') + b"]", "price"),
    "huge_id": (b"[" + ITEM.replace(b"7", b"1" * 40) + b"]", "id"),
}


@case
def broken_file_at_the_start(project: Path, folder: Path) -> None:
    for name in ("truncated", "empty", "not_a_list", "same_id_twice", "not_a_number"):
        content, place = BROKEN[name]
        data_file = folder / name / "items.json"
        data_file.parent.mkdir()
        data_file.write_bytes(content)
        check_refused(project, data_file, str(data_file), place)
        require(data_file.read_bytes() == content, f"{name}: the file was changed")
        require([*data_file.parent.iterdir()] == [data_file], f"{name}: other files were left")


@case
def broken_note_of_the_last_id(project: Path, folder: Path) -> None:
    data_file = write_items(data_file_in(folder), 3)
    note = folder / "items.json.last-id"
    note.write_text("many\n")
    check_refused(project, data_file, str(note), "number")
    require(note.read_text() == "many\n", "the note was changed")


def check_refused(project: Path, data_file: Path, *words: str) -> None:
    """Refuses to start, and says why in the log."""
    with serve(project, data_file) as server:
        try:
            server.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            raise Missed(f"{data_file.parent.name}: the server has started") from None
        log = server.log.read_text()
    require(server.process.returncode not in {0, None}, f"{data_file.parent.name}: the exit code is 0")
    for word in words:
        require(word in log, f"{data_file.parent.name}: the log does not name {word!r}: {log[-300:]}")


@case
def file_broken_by_an_edit(project: Path, folder: Path) -> None:
    """Neither served nor overwritten, and good again as soon as it is repaired."""
    data_file = write_items(data_file_in(folder), 10)
    known, good = read_items(data_file), data_file.read_bytes()
    with serve(project, data_file) as server, server.client() as client:
        expect(client.get("/health"), 200)
        for content, _ in BROKEN.values():
            data_file.write_bytes(content)
            expect(client.get("/items/1"), 503, "items.json")
            expect(client.get("/items/"), 503, "items.json")
            expect(client.get("/health"), 503, "items.json")
            expect(client.post("/items/", json=an_item("No")), 503, "items.json")
            expect(client.delete("/items/1"), 503, "items.json")
            require(data_file.read_bytes() == content, f"the edit {content[:40]!r} was overwritten")
        data_file.write_bytes(good)
        known |= [post(client)]
        check_nothing_lost(data_file, known)


@case
def deleted_file(project: Path, folder: Path) -> None:
    """Is an empty one, but the ids that were given are not given again."""
    data_file = write_items(data_file_in(folder), 10)
    with serve(project, data_file) as server, server.client() as client:
        expect(client.get("/items/10"), 200)
        data_file.unlink()
        expect(client.get("/items/10"), 404)
        expect(client.get("/items/"), 200, "[]")
        item_id, item = post(client)
        require(item_id > 10, f"the id {item_id} was handed out twice")
        check_nothing_lost(data_file, {item_id: item})


@case
def id_of_a_deleted_item(project: Path, folder: Path) -> None:
    """Is not given again, neither by another worker nor by a server that starts after a kill."""
    data_file = write_items(data_file_in(folder), 10)
    given = {*read_items(data_file)}
    for workers in (1, 2, 1):
        with serve(project, data_file, workers=workers) as server:
            for _ in range(10):
                with server.client() as client:  # a new connection, which either worker may take
                    item_id, _ = post(client)
                    require(item_id not in given, f"the id {item_id} was handed out twice")
                    given.add(item_id)
                    expect(client.delete(f"/items/{item_id}"), 204)
            server.kill()


@case
def edit_by_another_process_during_load(project: Path, folder: Path) -> None:
    """An editor that takes its turn with the lock: each edit is seen at once, and nobody loses anything."""
    data_file = write_items(data_file_in(folder), 1000)
    known = read_items(data_file)
    with serve(project, data_file, workers=2) as server, ThreadPoolExecutor(8) as threads:
        edited = Event()
        posting = [threads.submit(post_until_set, edited, server) for _ in range(8)]
        try:
            for number in range(1, 11):
                known[number] = edit(data_file, number)
                check_seen(server, known[number])
        finally:
            edited.set()
        posted = [item for future in posting for item in future.result().items()]
    require(len(posted) > 20, f"only {len(posted)} creates during the edits")
    check_nothing_lost(data_file, known | dict(posted))


def post_until_set(event: Event, server: Server) -> dict[int, Item]:
    acknowledged = {}
    with server.client() as client:
        while not event.is_set():
            item_id, item = post(client)
            acknowledged[item_id] = item
    return acknowledged


def check_seen(server: Server, item: Item) -> None:
    """By new connections, which either worker may take."""
    for _ in range(4):
        with server.client() as client:
            seen = client.get(f"/items/{item['id']}").json()
        require(seen == item, f"{seen} is served after the edit {item}")


EDITOR = """
import fcntl, json, os, sys
path, item_id = sys.argv[1], int(sys.argv[2])
folder = os.open(os.path.dirname(path), os.O_RDONLY)
fcntl.flock(folder, fcntl.LOCK_EX)
items = json.load(open(path))
[edited] = [item for item in items if item["id"] == item_id]
edited["name"] = f"Edited {item_id}"
with open(path + ".edited", "w") as file:
    json.dump(items, file, indent=1)
os.replace(path + ".edited", path)
print(json.dumps(edited))
"""


def edit(data_file: Path, item_id: int) -> Item:
    words = [sys.executable, "-c", EDITOR, str(data_file), str(item_id)]
    edited: Item = json.loads(subprocess.run(words, capture_output=True, check=True, timeout=300).stdout)
    return edited


@case
def edit_without_the_lock_during_load(project: Path, folder: Path) -> None:
    """An editor that saves a new file over the old one: only the moment of replacement is left to chance."""
    data_file = write_items(data_file_in(folder), 1000)
    with serve(project, data_file, workers=2) as server, ThreadPoolExecutor(8) as threads:
        edited = Event()
        posting = [threads.submit(post_until_set, edited, server) for _ in range(8)]
        try:
            kept = [replace_and_look(server, data_file, f"Edited {number}") for number in range(50)]
        finally:
            edited.set()
        posted = sum(len(future.result()) for future in posting)
    require(posted > 50, f"only {posted} creates during the edits")
    require(kept.count(False) <= 5, f"{kept.count(False)} of {len(kept)} edits were overwritten")


def replace_and_look(server: Server, data_file: Path, name: str) -> bool:
    items = [{**item, "name": name} if item["id"] == 1 else item for item in read_items(data_file).values()]
    edited = data_file.with_name("edited.json")
    edited.write_text(json.dumps(items))
    edited.replace(data_file)
    with server.client() as client:
        post(client)
        return bool(client.get("/items/1").json()["name"] == name)


@case
def edit_by_hand(project: Path, folder: Path) -> None:
    """In place and without a lock, as an editor does it: seen by the next read, kept by the next write."""
    data_file = write_items(data_file_in(folder), 10)
    known = read_items(data_file)
    with serve(project, data_file, workers=2) as server, server.client() as client:
        for number in range(1, 11):
            known[number] |= {"price": 1000.0 + number}
            data_file.write_text(json.dumps([*known.values()], indent=2))
            require(client.get(f"/items/{number}").json() == known[number], "the edit is not seen")
            known |= [post(client)]
            check_nothing_lost(data_file, known)


@case
def symbolic_link(project: Path, folder: Path) -> None:
    real = write_items(folder / "elsewhere" / "real.json", 3)
    link = data_file_in(folder)
    link.symlink_to(real)
    known = read_items(real)
    with serve(project, link) as server, server.client() as client:
        known |= [post(client)]
    require(link.readlink() == real, "the link was replaced")
    check_nothing_lost(real, known)


@case
def mode_of_the_file(project: Path, folder: Path) -> None:
    data_file = write_items(data_file_in(folder), 3)
    data_file.chmod(0o640)
    with serve(project, data_file) as server, server.client() as client:
        post(client)
    require(data_file.stat().st_mode & 0o7777 == 0o640, f"the mode is {data_file.stat().st_mode:o}")


# What the cases share


def post(client: httpx2.Client) -> tuple[int, Item]:
    answer = client.post("/items/", json=an_item("Item"))
    expect(answer, 201)
    return answer.json()["id"], answer.json()


def expect(answer: httpx2.Response, status: int, words: str = "") -> None:
    as_expected = answer.status_code == status and words in answer.text
    require(as_expected, f"not {status} {words!r}: {described(answer)}")


def described(answer: httpx2.Response) -> str:
    request = answer.request
    return f"{request.method} {request.url.path}: {answer.status_code} {answer.text[:200]}"


def check_nothing_lost(data_file: Path, known: dict[int, Item]) -> None:
    kept = read_items(data_file)
    changed = [item_id for item_id in {*known, *kept} if known.get(item_id) != kept.get(item_id)]
    require(not changed, f"the file is not what was acknowledged for the ids {changed[:5]}")
    staged = [path.name for path in data_file.parent.glob(".*")]
    require(not staged, f"{staged} is left beside the data")


@contextmanager
def read_only_when_asked(folder: Path) -> Iterator[tuple[Callable[[], None], Callable[[], None]]]:
    """Root may write to any folder, so for root it takes a disk that is mounted read-only."""
    if os.geteuid():
        yield lambda: folder.chmod(0o555), lambda: folder.chmod(0o755)
        folder.chmod(0o755)
        return
    with tmpfs(folder, "size=1m"):
        yield lambda: remount(folder, "ro"), lambda: remount(folder, "rw")


def tmpfs(folder: Path, options: str) -> AbstractContextManager[None]:
    return mounted(folder, "-t", "tmpfs", "-o", options, "tmpfs")


@contextmanager
def mounted(place: Path, *words: str) -> Iterator[None]:
    try:
        done = subprocess.run(
            ["mount", *words, str(place)], capture_output=True, text=True, check=False, timeout=300
        )
    except FileNotFoundError:
        raise Skipped("there is no `mount` here") from None
    if done.returncode:
        raise Skipped(f"this machine lets nobody mount here: {done.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True, timeout=300)


def remount(folder: Path, option: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{option}", str(folder)], check=True, timeout=300)


if __name__ == "__main__":
    run(main)
