"""Files: uploaded, checked and downloaded again, whole or in part, or refused."""

import asyncio
import errno
import hashlib
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from httpx2 import AsyncClient, Response

from src.api.downloads import disposition
from src.core.folder import Folder
from src.crud.files import Files, files_of
from src.crud.jobs import Jobs
from tests.conftest import APP, App, settings
from tests.polling import done
from tests.secret_columns import answers_of
from tests.test_api import BODY, statuses

TEXT = b"one\ntwo\nthree\n"
STATUSES = {
    "upload_file": BODY | {"201", "415"},
    "read_files": {"200", "422"},
    "read_file": {"200", "404", "422"},
    "download_file": {"200", "206", "304", "404", "416", "422"},
    "read_content_headers": {"200", "304", "404", "422"},
    "delete_file": {"204", "404", "422", "507"},
}
REQUESTS = [
    ("POST", "/files/", {"files": {"file": ("notes.txt", b"Hello")}}),
    ("GET", "/files/", None),
]

PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)


put_in_place = Folder.put_in_place


async def put_and_fail(self: Folder, file_id: UUID) -> None:
    await put_in_place(self, file_id)
    raise RuntimeError


async def send(
    client: AsyncClient, name: str = "notes.txt", content: bytes = TEXT, declared: str = ""
) -> Response:
    return await client.post("/files/", files={"file": (name, content, declared or None)})


async def sent(client: AsyncClient, *arguments: Any) -> dict[str, Any]:
    response = await send(client, *arguments)
    assert response.status_code == 201, response.text
    found: dict[str, Any] = response.json()
    return found


def left_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def test_an_upload_can_be_downloaded_again(async_client: AsyncClient) -> None:
    created = await send(async_client, "notes.txt", TEXT, "text/plain")
    file = created.json()
    fetched = await async_client.get(f"{created.headers['Location']}/content")

    sha256 = hashlib.sha256(TEXT).hexdigest()
    assert created.status_code == 201
    assert (file["name"], file["type"], file["size"]) == ("notes.txt", "text/plain", len(TEXT))
    assert file["sha256"] == sha256
    assert fetched.content == TEXT
    assert fetched.headers["ETag"] == f'"{sha256}"'
    assert fetched.headers["Content-Length"] == str(len(TEXT))
    assert fetched.headers["Content-Type"].startswith("text/plain")


async def test_a_file_is_checked_in_the_background(async_client: AsyncClient) -> None:
    text = await sent(async_client, "notes.txt", TEXT)
    image = await sent(async_client, "dot.png", PNG)

    found = await done(async_client, f"/files/{text['id']}")
    job = await done(async_client, f"/jobs/{text['job_id']}")
    of_image = await done(async_client, f"/files/{image['id']}")

    assert text["status"] == "queued"
    assert (found["status"], found["findings"]) == ("done", {"intact": True, "lines": 3})
    assert (job["state"], job["attempts"], job["result"]) == ("done", 1, found["findings"])
    assert of_image["findings"] == {"intact": True}


async def test_content_that_changed_on_the_disk_is_not_intact(
    async_client: AsyncClient, upload_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def meanwhile(self: Any, file_id: Any) -> None:
        (upload_folder / "partial" / str(file_id)).rename(upload_folder / str(file_id))
        (upload_folder / str(file_id)).write_bytes(b"something else")

    monkeypatch.setattr("src.core.folder.Folder.put_in_place", meanwhile)
    file = await sent(async_client)

    assert (await done(async_client, f"/files/{file['id']}"))["findings"]["intact"] is False


async def test_files_are_listed_in_pages(async_client: AsyncClient) -> None:
    ids = {(await sent(async_client))["id"] for _ in range(3)}

    first = await async_client.get("/files/", params={"limit": 2})
    second = await async_client.get("/files/", params={"skip": 2})

    assert first.headers["X-Total-Count"] == "3"
    assert {file["id"] for file in first.json() + second.json()} == ids
    assert len(first.json()) == 2


async def test_a_file_is_deleted_with_its_content_and_its_job(
    async_client: AsyncClient, upload_folder: Path
) -> None:
    file = await sent(async_client)
    await done(async_client, f"/files/{file['id']}")

    assert (await async_client.delete(f"/files/{file['id']}")).status_code == 204
    for path in (f"/files/{file['id']}", f"/files/{file['id']}/content", f"/jobs/{file['job_id']}"):
        assert (await async_client.get(path)).status_code == 404
    assert (await async_client.delete(f"/files/{file['id']}")).status_code == 404
    assert left_in(upload_folder) == []


async def test_the_job_of_a_file_stays_as_long_as_the_file(async_client: AsyncClient) -> None:
    file = await sent(async_client)
    await done(async_client, f"/files/{file['id']}")
    jobs: Jobs = APP.state.jobs
    jobs.keep_s = 1e-9
    await jobs._forget()

    assert (await async_client.get(f"/jobs/{file['job_id']}")).json()["state"] == "done"


async def test_each_whole_download_is_counted(async_client: AsyncClient) -> None:
    file = await sent(async_client)
    content = f"/files/{file['id']}/content"
    await async_client.get(content)
    await async_client.get(content, headers={"Range": "bytes=0-1"})
    await async_client.get(content, headers={"If-None-Match": "*"})

    assert (await async_client.get(f"/files/{file['id']}")).json()["downloads"] == 1


async def test_a_download_that_cannot_be_counted_is_logged_and_sent(
    async_client: AsyncClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(self: Files, file_id: UUID) -> None:
        raise RuntimeError("of the count")

    monkeypatch.setattr(Files, "count_download", fail)
    file = await sent(async_client)
    content = await async_client.get(f"/files/{file['id']}/content")

    assert (content.status_code, content.content) == (200, TEXT)
    assert "of the count" in caplog.text


# Names


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\Users\\kim\\notes.txt", "notes.txt"),
        ("/etc/notes.txt", "notes.txt"),
        (' ";rm -rf.txt ', '";rm -rf.txt'),
        ("Übersicht 日本.TXT", "Übersicht 日本.TXT"),
    ],
)
async def test_the_name_is_never_used_as_a_path(
    async_client: AsyncClient, upload_folder: Path, given: str, kept: str
) -> None:
    file = await sent(async_client, given)

    assert file["name"] == kept
    assert left_in(upload_folder) == [upload_folder / file["id"]]


@pytest.mark.parametrize("name", ["", "..", "...", "a\x00b.txt", "a\nb.txt", "x" * 256 + ".txt"])
async def test_an_invalid_name_is_refused(async_client: AsyncClient, name: str) -> None:
    head = f'Content-Disposition: form-data; name="file"; filename="{name}"'.encode()
    body = b"--b\r\n" + head + b"\r\n\r\nx\r\n--b--\r\n"
    response = await async_client.post(
        "/files/", content=body, headers={"Content-Type": "multipart/form-data; boundary=b"}
    )

    assert response.status_code in {400, 422}
    assert response.json()["detail"]


async def test_two_files_of_one_name_are_two_files(async_client: AsyncClient) -> None:
    first, second = [await sent(async_client, "same.txt", text) for text in (b"1", b"2")]

    assert (await async_client.get(f"/files/{first['id']}/content")).content == b"1"
    assert (await async_client.get(f"/files/{second['id']}/content")).content == b"2"


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("a b.txt", "attachment; filename=\"a b.txt\"; filename*=UTF-8''a%20b.txt"),
        ('"\\.txt', "attachment; filename=\"__.txt\"; filename*=UTF-8''%22%5C.txt"),
        ("ü.txt", "attachment; filename=\"_.txt\"; filename*=UTF-8''%C3%BC.txt"),
    ],
)
def test_the_header_has_the_name_in_all_languages(name: str, header: str) -> None:
    assert disposition(name) == header


async def test_browsers_save_uploads_and_never_show_them(
    async_client: AsyncClient,
) -> None:
    file = await sent(async_client)
    headers = (await async_client.get(f"/files/{file['id']}/content")).headers

    assert headers["Content-Disposition"].startswith("attachment;")
    assert headers["X-Content-Type-Options"] == "nosniff"


# Types and sizes


@pytest.mark.parametrize(
    ("name", "content", "declared"),
    [
        ("page.html", b"<script>", "text/html"),
        ("none", b"x", ""),
        ("notes.txt", b"x", "text/html"),
        ("image.png", b"<script>alert(1)</script>", "image/png"),
        ("image.png", b"", "image/png"),
        ("notes.txt", b"MZ\x00\x00", "text/plain"),
    ],
)
async def test_a_type_that_is_not_allowed_is_refused(
    async_client: AsyncClient, upload_folder: Path, name: str, content: bytes, declared: str
) -> None:
    response = await send(async_client, name, content, declared)

    assert response.status_code == 415
    assert left_in(upload_folder) == []


async def test_a_type_can_be_allowed_by_the_settings(app: App) -> None:
    async with app(UPLOAD_TYPES={".html": "text/html"}) as client:
        assert (await send(client, "page.html", b"<p>", "text/html")).status_code == 201
        assert (await send(client, "notes.txt")).status_code == 415


async def test_an_empty_text_is_a_file_too(async_client: AsyncClient) -> None:
    file = await sent(async_client, "empty.txt", b"")
    content = await async_client.get(f"/files/{file['id']}/content")

    assert (content.status_code, content.content) == (200, b"")


async def test_the_largest_file_is_accepted_and_one_byte_more_is_not(
    app: App, upload_folder: Path
) -> None:
    async with app(MAX_UPLOAD_SIZE=1000) as client:
        assert (await send(client, content=b"x" * 1000)).status_code == 201
        response = await send(client, content=b"x" * 1001)

    assert response.status_code == 413
    assert response.json() == {"detail": "File larger than 1000 bytes"}
    assert len(left_in(upload_folder)) == 1


async def test_an_upload_may_be_larger_than_any_other_body(async_client: AsyncClient) -> None:
    two_mb = b"x" * 2 * 1024 * 1024

    assert len(two_mb) > settings().MAX_BODY_SIZE
    assert (await send(async_client, content=two_mb)).status_code == 201


# What cannot be read or stored


@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [
        ("application/json", b"{}", 400),
        ("multipart/form-data", b"", 400),
        ("multipart/form-data; boundary=b", b"", 400),
        ("multipart/form-data; boundary=b", b"not a form", 400),
        ("multipart/form-data; boundary=b", b"--b--\r\n", 422),
        (
            "multipart/form-data; boundary=b",
            b'--b\r\nContent-Disposition: form-data; name="x"',
            400,
        ),
        (
            "multipart/form-data; boundary=b",
            b'--b\r\nContent-Disposition: form-data; name="file"\r\n\r\nno file\r\n--b--\r\n',
            422,
        ),
        (
            "multipart/form-data; boundary=b",
            b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\ncut',
            400,
        ),
    ],
)
async def test_a_body_that_is_not_a_form_with_a_file_is_refused(
    async_client: AsyncClient, upload_folder: Path, content_type: str, body: bytes, status: int
) -> None:
    response = await async_client.post(
        "/files/", content=body, headers={"Content-Type": content_type}
    )

    assert response.status_code == status
    assert left_in(upload_folder) == []


async def test_a_form_with_two_files_is_refused(
    async_client: AsyncClient, upload_folder: Path
) -> None:
    two = [("file", ("a.txt", b"1")), ("file", ("b.txt", b"2"))]
    response = await async_client.post("/files/", files=two)

    assert response.status_code == 422
    assert left_in(upload_folder) == []


@pytest.mark.parametrize(
    ("number", "status"), [(errno.ENOSPC, 507), (errno.EDQUOT, 507), (errno.EIO, 503)]
)
async def test_an_error_of_the_disk_is_reported_and_nothing_is_left(
    async_client: AsyncClient,
    upload_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    number: int,
    status: int,
) -> None:
    def fail(handle: int) -> None:
        raise OSError(number, "as the test wants it")

    monkeypatch.setattr("src.core.folder.os.fsync", fail)
    response = await send(async_client)

    assert response.status_code == status
    assert "as the test wants it" not in response.text
    assert left_in(upload_folder) == []


async def test_when_the_database_fails_nothing_is_left_in_the_folder(
    async_client: AsyncClient, upload_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr("src.crud.jobs.Jobs.accept", fail)

    assert (await send(async_client)).status_code == 500
    assert left_in(upload_folder) == []


async def test_when_the_commit_fails_nothing_is_left_in_the_folder(
    async_client: AsyncClient, upload_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Folder, "put_in_place", put_and_fail)

    assert (await send(async_client)).status_code == 500
    assert left_in(upload_folder) == []


async def test_an_interrupted_upload_leaves_nothing(
    async_client: AsyncClient, upload_folder: Path
) -> None:
    half_sent = asyncio.Event()

    async def half() -> AsyncIterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'
        yield b"x" * 1024 * 1024
        half_sent.set()
        await asyncio.Event().wait()

    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    upload = asyncio.create_task(async_client.post("/files/", content=half(), headers=headers))
    await half_sent.wait()
    assert len(left_in(upload_folder)) == 1
    upload.cancel()
    await asyncio.gather(upload, return_exceptions=True)

    assert left_in(upload_folder) == []


@pytest.mark.parametrize("wrong_by_s", [-86400, 86400])
async def test_an_upload_under_way_stays_whatever_the_clock_of_this_machine_says(
    app: App, upload_folder: Path, monkeypatch: pytest.MonkeyPatch, wrong_by_s: int
) -> None:
    (upload_folder / "partial").mkdir(parents=True)
    (upload_folder / "partial" / "under way").write_bytes(b"half")
    right = time.time
    monkeypatch.setattr(time, "time", lambda: right() + wrong_by_s)
    async with app(TRANSFER_TIMEOUT=60):
        assert [path.name for path in left_in(upload_folder)] == ["under way"]


async def test_an_upload_that_a_crash_interrupted_is_removed_at_the_next_start(
    app: App, upload_folder: Path
) -> None:
    (upload_folder / "partial").mkdir(parents=True)
    (upload_folder / "partial" / "left").write_bytes(b"half")
    async with app(TRANSFER_TIMEOUT=3600):
        assert len(left_in(upload_folder)) == 1  # another process may still be receiving it
    os.utime(upload_folder / "partial" / "left", (0, 0))
    async with app(TRANSFER_TIMEOUT=3600):
        assert left_in(upload_folder) == []


async def nothing(self: Folder, file_id: UUID) -> None:
    """What a process does that has died."""


@pytest.mark.parametrize("died_in", ["upload", "stored upload", "deletion"])
async def test_a_crash_between_the_folder_and_the_database_leaves_no_orphan(
    app: App, upload_folder: Path, monkeypatch: pytest.MonkeyPatch, died_in: str
) -> None:
    async with app(TRANSFER_TIMEOUT=3600) as client:
        kept = await sent(client)
        file = await sent(client)
        await done(client, f"/files/{kept['id']}")
        with monkeypatch.context() as dying:
            dying.setattr(Folder, "settle", nothing)
            dying.setattr(Folder, "remove", nothing)
            if died_in == "upload":
                dying.setattr(Folder, "put_in_place", put_and_fail)
            if died_in == "deletion":
                await client.delete(f"/files/{file['id']}")
            else:
                await send(client)
        left = {path.name for path in left_in(upload_folder)}
        rows = {row["id"] for row in (await client.get("/files/")).json()}
        files = files_of(APP.state)

        await files.settle(3600)
        assert {
            path.name for path in left_in(upload_folder)
        } == left  # another process may still be at it

        await files.settle(-1)
        assert {path.name for path in left_in(upload_folder)} == rows
        assert (left == rows) is (died_in == "stored upload")


async def test_a_file_of_another_database_is_no_orphan(app: App, upload_folder: Path) -> None:
    upload_folder.mkdir()
    (upload_folder / str(uuid4())).write_bytes(b"from another database")
    async with app() as client:
        await sent(client)
        await files_of(APP.state).settle(-1)

    assert len(left_in(upload_folder)) == 2


# Parts


@pytest.mark.parametrize(
    ("wanted", "part", "where"),
    [
        ("bytes=0-2", b"one", "bytes 0-2/14"),
        ("bytes=4-", b"two\nthree\n", "bytes 4-13/14"),
        ("bytes=-6", b"three\n", "bytes 8-13/14"),
        ("bytes=-99", TEXT, "bytes 0-13/14"),
        ("bytes=13-99", b"\n", "bytes 13-13/14"),
    ],
)
async def test_a_part_can_be_downloaded(
    async_client: AsyncClient, wanted: str, part: bytes, where: str
) -> None:
    file = await sent(async_client)
    response = await async_client.get(f"/files/{file['id']}/content", headers={"Range": wanted})

    assert response.status_code == 206
    assert response.content == part
    assert response.headers["Content-Range"] == where
    assert response.headers["Content-Length"] == str(len(part))


@pytest.mark.parametrize(
    "wanted", ["bytes=2-1", "bytes=-", "bytes=a-b", "lines=1-2", "bytes=0-1,3-4", ""]
)
async def test_an_invalid_range_gives_the_whole(async_client: AsyncClient, wanted: str) -> None:
    file = await sent(async_client)
    response = await async_client.get(f"/files/{file['id']}/content", headers={"Range": wanted})

    assert (response.status_code, response.content) == (200, TEXT)


@pytest.mark.parametrize("wanted", ["bytes=14-", "bytes=99-100", "bytes=-0"])
async def test_a_range_after_the_end_is_refused(async_client: AsyncClient, wanted: str) -> None:
    file = await sent(async_client)
    response = await async_client.get(f"/files/{file['id']}/content", headers={"Range": wanted})

    assert response.status_code == 416
    assert response.headers["Content-Range"] == "bytes */14"


async def test_a_part_is_sent_only_of_the_version_in_if_range(
    async_client: AsyncClient,
) -> None:
    file = await sent(async_client)
    content = f"/files/{file['id']}/content"
    part = {"Range": "bytes=4-6"}
    same = await async_client.get(content, headers={**part, "If-Range": f'"{file["sha256"]}"'})
    other = await async_client.get(content, headers={**part, "If-Range": '"other"'})

    assert (same.status_code, same.content) == (206, b"two")
    assert (other.status_code, other.content) == (200, TEXT)


async def test_content_that_the_client_has_is_not_sent_again(async_client: AsyncClient) -> None:
    file = await sent(async_client)
    tags = f'W/"x", "{file["sha256"]}"'
    response = await async_client.get(
        f"/files/{file['id']}/content", headers={"If-None-Match": tags}
    )

    assert (response.status_code, response.content) == (304, b"")
    assert response.headers["ETag"] == f'"{file["sha256"]}"'


async def test_head_answers_with_the_headers_of_the_content(async_client: AsyncClient) -> None:
    file = await sent(async_client)
    content = f"/files/{file['id']}/content"
    whole = await async_client.get(content)
    head = await async_client.head(content, headers={"Range": "bytes=0-1"})
    known = await async_client.head(content, headers={"If-None-Match": head.headers["ETag"]})
    refused = await async_client.put(content)

    of_the_file = [*whole.headers.keys() - {"x-request-id", "x-process-time"}]
    assert (head.status_code, head.content) == (200, b"")
    assert {"content-length", "etag", "content-type"} <= {*of_the_file}
    assert [head.headers[name] for name in of_the_file] == [
        whole.headers[name] for name in of_the_file
    ]
    assert known.status_code == 304
    assert refused.headers["Allow"] == "GET, HEAD"
    assert (await async_client.get(f"/files/{file['id']}")).json()["downloads"] == 1
    assert (await async_client.head(f"/files/{uuid4()}/content")).status_code == 404


async def test_lost_content_is_not_found(async_client: AsyncClient, upload_folder: Path) -> None:
    file = await sent(async_client)
    await done(async_client, f"/files/{file['id']}")
    (upload_folder / file["id"]).unlink()

    assert (await async_client.get(f"/files/{file['id']}/content")).status_code == 404


@pytest.mark.parametrize("file_id", ["1", "x", "urn:uuid:" + "0" * 32, "{" + "0" * 32 + "}"])
async def test_an_impossible_id_of_a_file_is_not_found(
    async_client: AsyncClient, file_id: str
) -> None:
    for path in (f"/files/{file_id}", f"/files/{file_id}/content", f"/jobs/{file_id}"):
        assert (await async_client.get(path)).status_code == 404


async def test_the_documentation_lists_every_status(async_client: AsyncClient) -> None:
    found = await statuses(async_client)

    assert {name: found[name] for name in STATUSES} == STATUSES


def test_a_column_that_no_schema_names_is_in_no_answer(tmp_path: Path) -> None:
    answers = answers_of("tests.test_files", tmp_path)

    assert answers.count("notes.txt") >= 3
    assert "SECRET" not in answers
