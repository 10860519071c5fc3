"""The cache: one load for many readers, nothing old after a change, and a Redis that may fail.

With TEST_REDIS_URL, all but the last part is done with the cache in that Redis.
"""

import asyncio
from collections.abc import AsyncIterator

import pytest

from src.core.cache import Cache
from src.core.project import PROJECT
from tests.fixtures.cache import REDIS_URL

MEMORY = "memory://"
CACHE_URL = REDIS_URL or MEMORY


class Source:
    """Where the values come from; `gate` holds whoever reads."""

    def __init__(self, value: bytes) -> None:
        self.value = value
        self.reads = 0
        self.gate = asyncio.Event()
        self.gate.set()
        self.reading = asyncio.Event()

    async def read(self) -> bytes:
        self.reads += 1
        value = self.value
        self.reading.set()
        await self.gate.wait()
        return value


@pytest.fixture
async def cache() -> AsyncIterator[Cache]:
    cache = Cache(CACHE_URL, ttl_s=60, size=100)
    await cache.open()
    yield cache
    await cache.close()


async def test_what_was_read_is_kept(cache: Cache) -> None:
    source = Source(b"value")

    assert [await cache.get("key", source.read) for _ in range(3)] == [b"value"] * 3
    assert source.reads == 1


@pytest.mark.parametrize("value", [b"", b"0", b"7", b"null", b"false", b"[]", b"=", b"\xff\x00"])
async def test_nothing_is_a_value_too(cache: Cache, value: bytes) -> None:
    source = Source(value)

    assert [await cache.get("key", source.read) for _ in range(2)] == [value] * 2
    assert source.reads == 1


async def test_many_readers_of_what_is_missing_cause_one_load(cache: Cache) -> None:
    source = Source(b"value")
    source.gate.clear()
    readers = [asyncio.create_task(cache.get("key", source.read)) for _ in range(100)]
    await source.reading.wait()
    source.gate.set()

    assert await asyncio.gather(*readers) == [b"value"] * 100
    assert source.reads == 1


async def test_a_reader_that_leaves_does_not_spoil_it_for_the_others(cache: Cache) -> None:
    source = Source(b"value")
    source.gate.clear()
    first, second = [asyncio.create_task(cache.get("key", source.read)) for _ in range(2)]
    await source.reading.wait()
    first.cancel()
    source.gate.set()

    assert await second == b"value"
    assert source.reads == 1


async def test_what_is_forgotten_is_read_again(cache: Cache) -> None:
    source = Source(b"old")
    await cache.get("key", source.read)
    source.value = b"new"
    await cache.forget("key")

    assert await cache.get("key", source.read) == b"new"


async def test_an_old_value_that_comes_after_the_change_is_not_kept(cache: Cache) -> None:
    source = Source(b"old")
    source.gate.clear()
    early = asyncio.create_task(cache.get("key", source.read))
    await source.reading.wait()
    source.value = b"new"
    await cache.forget("key")
    late = asyncio.create_task(cache.get("key", source.read))
    source.gate.set()

    assert await early == b"old"
    assert await late == b"new"
    assert await cache.get("key", source.read) == b"new"


async def test_an_error_is_told_and_not_kept(cache: Cache) -> None:
    async def fail() -> bytes:
        raise LookupError

    for _ in range(2):
        with pytest.raises(LookupError):
            await cache.get("key", fail)
    assert await cache.get("key", Source(b"value").read) == b"value"


async def test_a_value_is_kept_no_longer_than_it_may_be() -> None:
    cache, source = Cache(CACHE_URL, ttl_s=0.05, size=100), Source(b"value")
    await cache.open()
    await cache.get("short", source.read)
    await asyncio.sleep(0.1)
    await cache.get("short", source.read)
    await cache.close()

    assert source.reads == 2


async def test_a_cache_that_is_switched_off_keeps_nothing() -> None:
    cache, source = Cache(MEMORY, ttl_s=0, size=100), Source(b"value")
    await cache.open()

    assert [await cache.get("key", source.read) for _ in range(2)] == [b"value"] * 2
    assert source.reads == 2


async def test_the_memory_of_this_process_is_bounded() -> None:
    cache = Cache(MEMORY, ttl_s=60, size=10)
    await cache.open()
    for number in range(1000):
        await cache.get(f"key {number}", Source(b"value").read)

    assert await cache.backend.get_keys_count() <= 10


@pytest.mark.skipif(not REDIS_URL, reason="needs TEST_REDIS_URL")
async def test_processes_that_share_a_redis_load_once_and_forget_together(cache: Cache) -> None:
    other, source = Cache(str(REDIS_URL), ttl_s=60, size=100), Source(b"old")
    await other.open()
    source.gate.clear()
    readers = [asyncio.create_task(each.get("key", source.read)) for each in (cache, other)]
    await source.reading.wait()
    await asyncio.sleep(0.05)
    source.gate.set()
    assert await asyncio.gather(*readers) == [b"old"] * 2
    assert source.reads == 1

    source.value = b"new"
    await other.forget("key")
    assert await cache.get("key", source.read) == b"new"
    await other.close()


async def test_the_keys_of_projects_that_share_a_redis_differ(
    cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    await cache.get("user:1", Source(b"ours").read)
    monkeypatch.setattr("src.core.cache.PROJECT", PROJECT._replace(name="other"))

    assert await cache.get("user:1", Source(b"theirs").read) == b"theirs"


# A Redis that fails


async def test_without_its_redis_it_is_slower_and_not_broken(
    unused_tcp_port: int, caplog: pytest.LogCaptureFixture
) -> None:
    cache, source = Cache(f"redis://127.0.0.1:{unused_tcp_port}", ttl_s=60, size=9), Source(b"x")
    await cache.open()

    assert [await cache.get("key", source.read) for _ in range(20)] == [b"x"] * 20
    await cache.forget("key")
    await cache.close()
    assert caplog.text.count("the cache does not answer") == 1


async def test_a_redis_that_hangs_is_waited_for_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    connections = 0

    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        while await reader.read(1000):
            pass
        writer.close()

    monkeypatch.setattr("src.core.cache.ANSWER_S", 0.05)
    server = await asyncio.start_server(hang, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    cache, source = Cache(f"redis://127.0.0.1:{port}", ttl_s=60, size=9), Source(b"x")
    async with server, asyncio.timeout(5):
        await cache.open()
        for number in range(50):
            assert await cache.get(f"key {number}", source.read) == b"x"
        await cache.close()

    assert caplog.text.count("the cache does not answer") == 1
    assert connections < 10


async def test_it_is_used_again_when_it_answers_again(
    cache: Cache, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    monkeypatch.setattr("src.core.cache.NEXT_TRY_S", 0.0)
    answering = cache.backend.get

    async def fail(key: str) -> None:
        raise OSError("gone")

    source = Source(b"value")
    cache.backend.get = fail
    assert await cache.get("key", source.read) == b"value"
    cache.backend.get = answering
    await cache.get("key", source.read)
    assert await cache.get("key", source.read) == b"value"
    assert "the cache answers again" in caplog.text
