"""How much a template may hold, up to the last file and byte."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from fastkit.computing import limits
from fastkit.computing.limits import BoundsError, Tally, check_project, check_template, growth
from tests.support.folders import write


@pytest.fixture(autouse=True)
def bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three files, folders included, and two levels of folders."""
    monkeypatch.setattr(limits, "MOST_FILES", 3)
    monkeypatch.setattr(limits, "DEEPEST", 2)


@pytest.mark.parametrize(
    ("files", "problem"),
    [
        ({"a": "", "b": "", "c": ""}, ""),
        ({"a": "", "b/c": ""}, ""),
        ({"a": "", "b": "", "c/d": ""}, "has more than 3 files"),
        ({"a/b/c": ""}, ""),
        ({"a/b/c/d": ""}, "nests folders deeper than 2 levels"),
    ],
)
def test_a_folder_may_hold_as_much_as_the_bounds_say(
    files: Mapping[str, str], problem: str, tmp_path: Path
) -> None:
    folder = write(tmp_path / "demo", files)
    assert refusal_of_template(folder) == refusal_of_project(folder) == problem
    if "files" in problem or not problem:
        assert growth(folder, Tally()) == problem
    if "levels" not in problem:
        assert refusal_of_project(folder, trusted=True) == ""


def refusal_of_template(folder: Path) -> str:
    try:
        check_template(folder, trusted=False)
    except BoundsError as error:
        return error.problem
    return ""


def refusal_of_project(folder: Path, *, trusted: bool = False) -> str:
    try:
        check_project(folder, trusted=trusted)
    except BoundsError as error:
        return error.problem
    return ""


def test_a_path_of_a_project_has_four_hundred_characters_at_most(tmp_path: Path) -> None:
    longest = f"{'a' * 200}/{'b' * 199}"
    assert refusal_of_project(write(tmp_path / "good", {longest: ""})) == ""
    assert refusal_of_project(write(tmp_path / "bad", {f"{longest}b": ""})) == "has more than 400 characters"


@pytest.mark.parametrize(
    ("name", "bound"),
    [
        ("MOST_BYTES", 256 * 2**20),
        ("MOST_FILES_FETCHED", 50_000),
        ("MOST_BYTES_FETCHED", 512 * 2**20),
    ],
)
def test_the_bounds_are_those_that_authors_read_of(name: str, bound: int) -> None:
    assert getattr(limits, name) == bound


def test_the_last_byte_and_the_last_file_are_allowed() -> None:
    tally = Tally(most_files=2, most_bytes=5)
    tally.add(2)
    tally.add(3)
    with pytest.raises(BoundsError, match="has more than 2 files"):
        tally.add(0)
    with pytest.raises(BoundsError, match="has more than 5 bytes"):
        Tally(most_bytes=5).add(6)


def test_a_template_may_hold_links_but_to_no_folder_that_they_lie_in(tmp_path: Path) -> None:
    good = write(tmp_path / "good", {"a/": "", "b": "-> a", "c": "-> nowhere"})
    assert refusal_of_template(good) == ""
    for target in ("..", "../a", "../../bad"):
        bad = write(tmp_path / "bad", {f"a/{len(target)}": f"-> {target}"})
        assert refusal_of_template(bad) == "is a link to a folder that it lies in"
