"""The performance script may load this machine only, and not without bounds."""

from argparse import ArgumentTypeError

import pytest

from scripts.performance import Result, count, this_machine


@pytest.mark.parametrize("url", ["http://127.0.0.1:8000", "http://[::1]:8000"])
def test_this_machine_may_be_measured(url: str) -> None:
    assert this_machine(url) == url


@pytest.mark.parametrize(
    "url", ["http://192.0.2.1", "http://127.0.0.1@192.0.2.1/", "ftp://127.0.0.1", "x", "http://["]
)
def test_no_other_machine_may_be_measured(url: str) -> None:
    with pytest.raises((ArgumentTypeError, ValueError)):
        this_machine(url)


@pytest.mark.parametrize("number", ["0", "-1", "501"])
def test_counts_are_bounded(number: str) -> None:
    with pytest.raises(ArgumentTypeError):
        count(number, most=500)


def test_percentiles_are_those_of_the_ranked_latencies() -> None:
    result = Result("read", 1.0, [i / 1000 for i in range(100, 0, -1)])

    assert (result.percentile_ms(50), result.percentile_ms(99)) == (50.0, 99.0)
