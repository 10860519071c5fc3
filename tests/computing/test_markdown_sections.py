"""The sections of a Markdown page: read and changed."""

import pytest

from fastkit.computing.markdown_sections import Section, added, items_of, with_item, without_item
from fastkit.computing.python_lists import NotAList

PAGE = "# Shop\n\nWords.\n\n## Run\n\n```console\n## no title\n```\n\n## Test\n\nMore.\n"

CACHE = Section("## Cache", "## Cache\n\nIt caches.")


def test_a_section_goes_from_its_title_to_the_next_one() -> None:
    assert sorted(section.text for section in items_of(PAGE)) == [
        "## Run\n\n```console\n## no title\n```",
        "## Test\n\nMore.",
    ]


def test_a_section_comes_to_the_end_once() -> None:
    changed = f"{PAGE}\n## Cache\n\nIt caches.\n"
    assert with_item(PAGE, CACHE) == with_item(changed, CACHE) == changed
    assert without_item(changed, CACHE) == PAGE


def test_a_section_that_has_changed_is_not_a_new_one() -> None:
    assert items_of(PAGE) != items_of(PAGE.replace("More.", "Less."))
    assert added(PAGE, PAGE.replace("More.", "Less.")) == set()
    assert added(PAGE, f"{PAGE}\n{CACHE.text}\n") == {CACHE}
    changed = f"{PAGE}\n## Cache\n\nMine.\n"
    assert with_item(changed, CACHE) == changed


def test_a_section_that_its_owner_has_changed_is_not_taken_out() -> None:
    with pytest.raises(NotAList):
        without_item(f"{PAGE}\n## Cache\n\nMine.\n", CACHE)
