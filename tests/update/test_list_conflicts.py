"""Conflicts in lists: what git leaves to the owner, and what fastkit settles."""

import random
import subprocess
from pathlib import Path

import pytest

from fastkit.computing.python_lists import Item, items_of, with_item, without_item
from fastkit.update.list_conflicts import settled
from tests.computing.test_python_lists import API, NOTES


def merged_by_git(base: str, ours: str, theirs: str, folder: Path, *options: str) -> str | None:
    for name, text in (("base", base), ("ours", ours), ("theirs", theirs)):
        (folder / name).write_text(text)
    words = ["git", "merge-file", "-p", *options, "ours", "base", "theirs"]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
    return done.stdout if done.returncode == 0 else None


def settled_here(base: str, ours: str, theirs: str, folder: Path) -> str | None:
    def merge(base: str, ours: str, theirs: str) -> str | None:
        return merged_by_git(base, ours, theirs, folder)

    def union(base: str, ours: str, theirs: str) -> str | None:
        return merged_by_git(base, theirs, ours, folder, "--union")

    return settled(".py", base, ours, theirs, merge, union)


def with_router(text: str, name: str) -> str:
    return with_item(text, Item("ROUTERS", f"{name}.router", "src.api.routes", name))


def test_both_sides_add_an_item_at_the_same_place(tmp_path: Path) -> None:
    ours, theirs = with_router(API, "news"), with_item(API, NOTES)
    assert merged_by_git(API, ours, theirs, tmp_path) is None
    assert settled_here(API, ours, theirs, tmp_path) == with_router(theirs, "news")


def test_the_template_removes_an_item_beside_one_of_the_owner(tmp_path: Path) -> None:
    base = with_item(API, NOTES)
    ours = with_router(base, "news")
    assert settled_here(base, ours, API, tmp_path) == with_router(API, "news")


def test_the_rest_of_the_module_is_merged_line_by_line(tmp_path: Path) -> None:
    theirs = with_item(API, NOTES).replace("APIRouter()", 'APIRouter(prefix="/v1")')
    ours = with_router(API, "news")
    expected = with_router(theirs, "news")
    assert settled_here(API, ours, theirs, tmp_path) == expected


@pytest.mark.parametrize(
    "ours",
    [
        API.replace("ROUTERS = [\n    items.router,\n    users.router,\n]", "ROUTERS = found()"),
        API.replace("for router", "for ("),
        API.replace("APIRouter()", "mine()"),
        with_item(API, Item("ROUTERS", "news.router", "src.api.routes", "news")).replace("\n", "\r\n"),
    ],
)
def test_anything_else_stays_a_conflict(ours: str, tmp_path: Path) -> None:
    theirs = with_item(API, NOTES).replace("APIRouter()", "theirs()")
    assert settled_here(API, ours, theirs, tmp_path) is None


def test_what_an_owner_did_is_kept_in_nearly_all_cases_and_never_lost(tmp_path: Path) -> None:
    """Of 300 random owners, git alone leaves about half in conflict."""
    chance = random.Random(5)
    alone = left = 0
    for _ in range(300):
        ours, added = an_owners(chance)
        theirs = with_item(API, NOTES)
        alone += merged_by_git(API, ours, theirs, tmp_path) is None
        done = settled_here(API, ours, theirs, tmp_path)
        if done is None:
            left += 1
            continue
        routers = {item.text for item in items_of(done)}
        assert {"notes.router", *(f"{name}.router" for name in added)} <= routers
        assert set(ours.splitlines()) - {"ROUTERS = [items.router, users.router]"} <= set(done.splitlines())
    assert alone > 100
    assert left <= 300 * 0.05


def an_owners(chance: random.Random) -> tuple[str, list[str]]:
    """The module after a random owner, and the routers that they added."""
    text, added = API, []
    for name in chance.sample(["alpha", "mine", "news", "orders", "zoo"], chance.randint(1, 3)):
        if chance.random() < 0.7:
            text = with_router(text, name)
        else:  # by hand: at the end, with an import of its own
            text = text.replace("\nROUTERS", f"\nfrom src.api.routes import {name}\n\nROUTERS")
            text = text.replace("]\n\napi", f"    {name}.router,\n]\n\napi")
        added.append(name)
    if chance.random() < 0.15:
        text = without_item(text, Item("ROUTERS", "users.router", "src.api.routes", "users"))
    if chance.random() < 0.15:
        text = text.replace("APIRouter()", 'APIRouter(prefix="/mine")')
    if chance.random() < 0.1:
        text = text.replace("    items.router,", "    items.router,  # the first")
    if chance.random() < 0.02:
        text = text.replace("ROUTERS = [", "ROUTERS = sorted([").replace("]\n\napi", "])\n\napi")
    return text, added


def test_a_list_that_the_template_writes_in_another_way_gets_the_owners_items(tmp_path: Path) -> None:
    base = "from src.routes import items, users\n\nROUTERS = [users.router, items.router]\n"
    ours = (
        "from src.routes import items, mine, users\n\nROUTERS = [users.router, items.router, mine.router]\n"
    )
    theirs = (
        "from src.routes import (\n    items,\n    users,\n)\n\n"
        "ROUTERS = [\n    items.router,\n    users.router,\n]\n"
    )
    assert merged_by_git(base, ours, theirs, tmp_path) is None
    assert settled_here(base, ours, theirs, tmp_path) == (
        "from src.routes import (\n    items,\n    mine,\n    users,\n)\n\n"
        "ROUTERS = [\n    items.router,\n    mine.router,\n    users.router,\n]\n"
    )


def test_both_sides_add_a_requirement_and_a_section(tmp_path: Path) -> None:
    def merge(one: str, two: str, three: str) -> str | None:
        return merged_by_git(one, two, three, tmp_path)

    toml = '[project]\ndependencies = [\n    "fastapi",\n]\n'
    ours, theirs = (
        toml.replace('    "fastapi",\n', f'    "fastapi",\n    "{n}",\n') for n in ("mine", "redis")
    )
    assert merge(toml, ours, theirs) is None
    assert settled(".toml", toml, ours, theirs, merge, merge) == (
        '[project]\ndependencies = [\n    "fastapi",\n    "mine",\n    "redis",\n]\n'
    )
    page = "# Shop\n\nWords.\n"
    assert settled(".md", page, f"{page}\n## Mine\n\nA.\n", f"{page}\n## Cache\n\nB.\n", merge, merge) == (
        f"{page}\n## Mine\n\nA.\n\n## Cache\n\nB.\n"
    )
    mine = f"{page}\n## Run\n\nMy own words.\n"
    theirs = "# Shop\n\nOther words.\n\n## Run\n\nWords.\n\n## Cache\n\nB.\n"
    done = settled(".md", f"{page}\n## Run\n\nWords.\n", mine, theirs, merge, merge)
    assert done == "# Shop\n\nOther words.\n\n## Run\n\nMy own words.\n\n## Cache\n\nB.\n"
    assert settled(".txt", page, f"{page}\n## Mine\n", f"{page}\n## Cache\n", merge, merge) is None


def test_what_is_not_toml_afterwards_is_not_taken(tmp_path: Path) -> None:
    base = '[project]\ndependencies = [\n    "fastapi",\n]\n'
    ours = base.replace('"fastapi",', '"fastapi"')  # to which nothing can be added
    theirs = base.replace(",\n]", ',\n    "redis",\n]')

    def merge(one: str, two: str, three: str) -> str | None:
        return merged_by_git(one, two, three, tmp_path)

    assert settled(".toml", base, ours, theirs, merge, merge) == (
        '[project]\ndependencies = [\n    "redis",\n    "fastapi"\n]\n'
    )


CLASS = """\
class Note:
    title: str
    body: str
"""

MINE = "\n    @property\n    def shout(self) -> str:\n        return self.title\n"


def test_a_class_gets_what_each_side_added_at_its_end(tmp_path: Path) -> None:
    done = settled_here(CLASS, CLASS + MINE, f"{CLASS}    due: str\n", tmp_path)
    assert done == f"{CLASS}    due: str\n{MINE}"


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (f"{CLASS}    due: int\n", f"{CLASS}    due: str\n"),
        (CLASS.replace("body: str", "body: int"), CLASS.replace("body: str", "body: bytes")),
        (f"{CLASS}    def a(self): return 1\n", f"{CLASS}    def a(self): return 2\n"),
        (f"{CLASS}def f():\n    a()\n", f"{CLASS}def f():\n    b()\n"),
    ],
)
def test_two_definitions_of_one_name_stay_a_conflict(ours: str, theirs: str, tmp_path: Path) -> None:
    assert settled_here(CLASS, ours, theirs, tmp_path) is None


def test_lines_that_both_added_to_one_function_stay_a_conflict(tmp_path: Path) -> None:
    base = "def f():\n    a()\n"
    assert settled_here(base, f"{base}    b()\n", f"{base}    c()\n", tmp_path) is None
