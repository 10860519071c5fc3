"""Lists and imports of a module, changed by position."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from fastkit.computing.python_lists import Item, NotAList, items_of, with_item, without_item

API = '''\
"""All routes."""

from fastapi import APIRouter

from src.api.routes import (
    items,
    users,
)

ROUTERS = [
    items.router,
    users.router,
]

api_router = APIRouter()
for router in ROUTERS:
    api_router.include_router(router)
'''

NOTES = Item("ROUTERS", "notes.router", "src.api.routes", "notes")


def test_an_item_and_its_import_are_inserted_in_order() -> None:
    assert with_item(API, NOTES) == API.replace("    users,", "    notes,\n    users,").replace(
        "    users.router,", "    notes.router,\n    users.router,"
    )


def test_an_item_that_is_there_is_not_inserted_again() -> None:
    assert with_item(with_item(API, NOTES), NOTES) == with_item(API, NOTES)


def test_what_was_inserted_is_removed_without_a_trace() -> None:
    assert without_item(with_item(API, NOTES), NOTES) == API


def test_an_import_that_something_else_needs_stays() -> None:
    used = with_item(API, NOTES) + "\nprint(notes.__doc__)\n"
    assert "    notes,\n" in without_item(used, NOTES)


def test_every_item_is_found_with_its_import() -> None:
    assert items_of(API) == {
        Item("ROUTERS", "items.router", "src.api.routes", "items"),
        Item("ROUTERS", "users.router", "src.api.routes", "users"),
    }


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("A = []\n", "A = [\n    b,\n]\n"),
        ("A: list[int] = [a, c]\n", "A: list[int] = [\n    a,\n    b,\n    c,\n]\n"),
        ("A = (\n    c,  # the third\n)\n", "A = (\n    b,\n    c,  # the third\n)\n"),
        ("A = [\n    a,\n    # of c\n    c,\n]\n", "A = [\n    a,\n    b,\n    # of c\n    c,\n]\n"),
        ("A = [\n    z,\n    a,\n]\n", "A = [\n    z,\n    a,\n    b,\n]\n"),
        ('A = [\n    "\u2028é", "x"\n]\n', 'A = [\n    "\u2028é",\n    "x",\n    b,\n]\n'),
    ],
)
def test_a_list_of_any_shape_gets_the_item(before: str, after: str) -> None:
    assert with_item(before, Item("A", "b")) == after


@pytest.mark.parametrize("text", ["", "A = make()\n", "A += [1]\n", "def f():\n    A = [1]\n"])
def test_a_list_that_is_no_literal_is_refused(text: str) -> None:
    with pytest.raises(NotAList):
        with_item(text, NOTES)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("from src.a import b\n\nA = []\n", "from src.a import b, c\n"),
        (
            "import os\n\nfrom src.z import b\n\nA = []\n",
            "import os\n\nfrom src.a import c\nfrom src.z import b\n",
        ),
        ("import os\n\nA = []\n", "import os\n\nfrom src.a import c\n"),
        ('"""Doc."""\n\nA = []\n', '"""Doc."""\n\nfrom src.a import c\n'),
        ("A = []\n", "from src.a import c\n\nA"),
        ("from src.a import B, BC, Bc, bb\n\nA = []\n", "from src.a import BC, B, Bc, bb, c\n"),
        (f"from src.a import {'b' * 79}\n\nA = []\n", f"from src.a import {'b' * 79}, c\n"),
        (f"from src.a import {'b' * 80}\n\nA = []\n", f"from src.a import (\n    {'b' * 80},\n    c,\n)\n"),
    ],
)
def test_the_import_goes_where_isort_would_put_it(before: str, after: str) -> None:
    assert with_item(before, Item("A", "c", "src.a", "c")).startswith(after)


names = some.lists(
    some.sampled_from(["alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta"]), unique=True
)


@given(names, some.randoms())
@settings(max_examples=60, deadline=None)
def test_items_give_the_same_module_in_any_order_and_ruff_changes_nothing(
    added: list[str], chance: "object"
) -> None:
    items = [Item("ROUTERS", f"{name}.router", "src.api.routes", name) for name in added]
    one = other = API
    for item in items:
        one = with_item(one, item)
    for item in sorted(items, key=hash):
        other = with_item(other, item)
    assert one == other
    for item in items:
        one = without_item(one, item)
    assert one == API


def test_ruff_changes_nothing_of_what_was_inserted(tmp_path: Path) -> None:
    text = API
    for name in ("notes", "accounts", "zebras"):
        text = with_item(text, Item("ROUTERS", f"{name}.router", "src.api.routes", name))
    text = with_item(text, Item("ROUTERS", "Late()", "src.late", "Late"))
    (tmp_path / "src").mkdir()
    (tmp_path / "src/__init__.py").touch()
    (tmp_path / "src/api.py").write_text(text)
    ruff = shutil.which("ruff", path=Path(sys.executable).parent)
    assert ruff
    for words in (["format", "--check"], ["check", "--select", "I,F"]):
        done = subprocess.run(
            [ruff, *words, "--isolated", "."], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout
