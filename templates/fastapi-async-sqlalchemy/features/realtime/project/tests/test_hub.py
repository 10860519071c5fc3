"""The hub: who gets which message, and who is let go."""

import asyncio
from typing import Any

import pytest

from src.core.hub import Hub, HubSettings, Listener, TooManyClients


def hub(**changes: Any) -> Hub:
    return Hub(HubSettings(REALTIME_URL="memory://", **changes))


async def texts(listener: Listener, count: int) -> list[str]:
    """The next messages."""
    found = []
    async with asyncio.timeout(5):
        async for message in listener:
            found.append(message.text)
            if len(found) == count:
                break
    return found


async def test_all_who_listen_to_a_topic_get_its_messages_in_order() -> None:
    messages = hub()
    listening = messages.listening
    with listening("a") as one, listening("a") as other, listening("b") as another:
        for topic, text in [("a", "1"), ("b", "2"), ("a", "3")]:
            await messages.publish(topic, text)
        assert await texts(one, 2) == await texts(other, 2) == ["1", "3"]
        assert await texts(another, 1) == ["2"]


async def test_who_falls_behind_is_let_go_and_keeps_nobody_waiting() -> None:
    messages = hub(REALTIME_MAX_BEHIND=2)
    with messages.listening("a") as slow, messages.listening("a") as quick:
        for number in range(5):
            await messages.publish("a", str(number))
            assert await texts(quick, 1) == [str(number)]
        assert (await texts(slow, 5), slow.code) == (["0", "1"], 1013)


async def test_who_comes_back_gets_what_was_missed() -> None:
    messages = hub()
    with messages.listening("a") as first:
        place = first.place
    for topic, text in [("a", "1"), ("b", "2"), ("a", "3")]:
        await messages.publish(topic, text)
    with messages.listening("a", after=place) as again:
        await messages.publish("a", "4")
        assert await texts(again, 3) == ["1", "3", "4"]


@pytest.mark.parametrize("after", ["0-0", "nonsense", ""])
async def test_who_comes_back_too_late_is_told_so(after: str) -> None:
    messages = hub(REALTIME_HISTORY=2)
    with messages.listening("a") as first:
        place = first.place
    for number in range(2):
        await messages.publish("a", str(number))
    for lost in (place, after):
        with messages.listening("a", after=lost) as again:
            assert again.missed is None


async def test_no_more_than_so_many_listen() -> None:
    messages = hub(REALTIME_MAX_CLIENTS=1)
    with messages.listening("a"), pytest.raises(TooManyClients), messages.listening("a"):
        pass
    with messages.listening("a") as listener:
        assert listener.missed == []


async def test_at_the_end_all_are_let_go() -> None:
    messages = hub()
    with messages.listening("a") as listener:
        messages.let_all_go()
        assert (await texts(listener, 1), listener.code) == ([], 1012)
        await messages.publish("a", "too late")
    with messages.listening("a") as late:
        assert (await texts(late, 1), late.code) == ([], 1012)
