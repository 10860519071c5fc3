"""Versions are compared by PEP 440, wherever fastkit compares them."""

import pytest

from fastkit.distributions import is_older, read_version

IN_ORDER = ["1.0.dev1", "1.0a1", "1.0rc1", "1.0", "1.0.post1", "1.9", "1.10", "1.10.1", "2.39.5", "1!0.1"]


def test_versions_are_in_the_order_of_pep_440() -> None:
    for place, version in enumerate(IN_ORDER):
        assert [other for other in IN_ORDER if is_older(other, version)] == IN_ORDER[:place]


def test_a_version_can_be_written_in_several_ways() -> None:
    assert not is_older("v1.0", "1.0.0")
    assert not is_older("1.0.0", "v1.0")
    assert is_older("1.0.0-rc.1", "1.0.0")


@pytest.mark.parametrize("text", ["", "latest", "1.0.0-SNAPSHOT", "2.0.x", "9" * 5000])
def test_what_is_not_a_version_is_never_older(text: str) -> None:
    assert read_version(text) is None
    assert not is_older(text, "1.0")
    assert not is_older("1.0", text)
