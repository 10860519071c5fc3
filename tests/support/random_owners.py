"""Owners who have edited a project here and there, as people do."""

import random
import re
import subprocess
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from fastkit.update.list_conflicts import settled

Files = dict[str, str]


def in_list(text: str, opening: str, line: str, chance: random.Random) -> str:
    """The line at the end of a list or in its order, as people do."""
    before, opened, rest = text.partition(f"{opening}\n")
    inside, closing, after = rest.partition("\n]" if opening.endswith("[") else "\n)")
    lines = inside.splitlines()
    later = [number for number, other in enumerate(lines) if other > line]
    lines.insert(later[0] if later and chance.random() < 0.5 else len(lines), line)
    return before + opened + "\n".join(lines) + closing + after


def own_router(files: Files, name: str, chance: random.Random) -> None:
    text = in_list(files["src/api/api.py"], "ROUTERS = [", f"    {name}.router,", chance)
    files["src/api/api.py"] = in_list(text, "from src.api.routes import (", f"    {name},", chance)


def own_model(files: Files, name: str, chance: random.Random) -> None:
    text = files["src/models/__init__.py"]
    line = f"from src.models.{name} import {name.title()}\n"
    text = text.replace("from src.models.users", f"{line}from src.models.users")
    files["src/models/__init__.py"] = in_list(text, "__all__ = [", f'    "{name.title()}",', chance)


def own_settings(files: Files, name: str, chance: random.Random) -> None:
    text = files["src/env_file.py"]
    line = f"from src.{name}_settings import {name.title()}Settings\n"
    text = text.replace("from src.core.project import ROOT\n", f"from src.core.project import ROOT\n{line}")
    opening = "SETTINGS: list[type[BaseSettings]] = ["
    files["src/env_file.py"] = in_list(text, opening, f"    {name.title()}Settings,", chance)


def own_opener(files: Files, name: str, chance: random.Random) -> None:
    text = files["src/lifespan.py"]
    text = text.replace(
        "from src.core import database", f"from src import {name}\nfrom src.core import database"
    )
    files["src/lifespan.py"] = text.replace(
        "OPENED: list[Open] = []", f"OPENED: list[Open] = [\n    {name}.opened,\n]"
    )


def own_requirement(files: Files, name: str, chance: random.Random) -> None:
    text = in_list(files["pyproject.toml"], "dependencies = [", f'    "{name}>=1",', chance)
    files["pyproject.toml"] = text


def own_tool(files: Files, name: str, chance: random.Random) -> None:
    files["pyproject.toml"] = in_list(files["pyproject.toml"], "dev = [", f'    "{name}-tool>=1",', chance)


def own_section(files: Files, name: str, chance: random.Random) -> None:
    files["README.md"] += f"\n## About {name}\n\nSome words on {name}.\n"


def own_words(files: Files, name: str, chance: random.Random) -> None:
    files["README.md"] = files["README.md"].replace(
        "Logins are not part of this project", f"Ask {name}. Logins are not part of this project"
    )


def own_fixture(files: Files, name: str, chance: random.Random) -> None:
    files["tests/conftest.py"] += f"\n\n@pytest.fixture\ndef {name}() -> str:\n    return '{name}'\n"


def own_route(files: Files, name: str, chance: random.Random) -> None:
    path = "src/api/routes/users.py"
    if path not in files or chance.random() > 0.1:
        path = "src/api/routes/items.py"
    files[path] += f'\n\n@router.get("/{name}")\nasync def read_{name}() -> str:\n    return "{name}"\n'


def own_router_beside(files: Files, name: str, chance: random.Random) -> None:
    """In a project without tables, whose modules with routes are imported in one line."""
    text = in_list(files["src/api/api.py"], "ROUTERS = [", f"    {name}.router,", chance)
    files["src/api/api.py"] = text.replace("import items, ", f"import items, {name}, ")


def own_store(files: Files, name: str, chance: random.Random) -> None:
    opening, path = "STORES: list[type[JsonStore[Any]]] = [", "src/crud/__init__.py"
    text = files[path].replace("\n\nSTORES", f"\nfrom src.crud.{name} import {name.title()}\n\nSTORES")
    files[path] = in_list(text, opening, f"    {name.title()},", chance)


def own_setting(files: Files, name: str, chance: random.Random) -> None:
    path = "src/core/config.py"
    before, limit, after = files[path].partition("    MAX_BODY_SIZE:")
    files[path] = f"{before}    {name.upper()}: int = 1\n{limit}{after}"


Edit = Callable[[Files, str, random.Random], None]

EDITS: tuple[Edit, ...] = (
    own_router,
    own_model,
    own_settings,
    own_opener,
    own_requirement,
    own_tool,
    own_section,
    own_words,
    own_fixture,
    own_route,
)


WITHOUT_TABLES: tuple[Edit, ...] = (
    own_router_beside,
    own_store,
    own_setting,
    own_requirement,
    own_tool,
    own_section,
    own_fixture,
    own_route,
)


def edited(files: Files, chance: random.Random, more: Sequence[Edit] = ()) -> Files:
    """The files after some edits.

    Args:
        more: edits that these files allow beside the usual ones.
    """
    ours = dict(files)
    for name in chance.sample(["alpha", "mine", "news", "orders", "zoo"], chance.randint(1, 3)):
        usual = EDITS if "src/models/__init__.py" in files else WITHOUT_TABLES
        for edit in chance.sample([*usual, *more], chance.randint(1, 4)):
            edit(ours, name, chance)
    return ours


def merged_by_git(folder: Path, *options: str) -> Callable[[str, str, str], str | None]:
    def merge(base: str, ours: str, theirs: str) -> str | None:
        for name, text in (("base", base), ("ours", ours), ("theirs", theirs)):
            (folder / name).write_text(text, "utf-8")
        words = ["git", "merge-file", "-p", *options, "ours", "base", "theirs"]
        done = subprocess.run(
            words, cwd=folder, capture_output=True, encoding="utf-8", check=False, timeout=60
        )
        return done.stdout if done.returncode == 0 else None

    return merge


def union_by_git(folder: Path) -> Callable[[str, str, str], str | None]:
    union = merged_by_git(folder, "--union")
    return lambda base, ours, theirs: union(base, theirs, ours)


def conflicts_of(base: Files, theirs: Files, owners: Iterable[Files], folder: Path) -> tuple[int, int]:
    """How many owners git's merge alone leaves with a conflict, and how many fastkit's.

    Raises:
        AssertionError: an owner would lose a line.
    """
    merge, union = merged_by_git(folder), union_by_git(folder)
    by_git = left = 0
    for ours in owners:
        touched = [path for path in base.keys() & theirs.keys() if ours[path] != base[path] != theirs[path]]
        alone = [path for path in touched if merge(base[path], ours[path], theirs[path]) is None]
        by_git += bool(alone)
        unsettled = []
        for path in alone:
            done = settled(Path(path).suffix, base[path], ours[path], theirs[path], merge, union)
            if done is None:
                unsettled.append(path)
            else:
                assert lost_lines(base[path], ours[path], theirs[path], done) == [], path
        left += bool(unsettled)
    return by_git, left


def lost_lines(base: str, ours: str, theirs: str, done: str) -> list[str]:
    """What the owner wrote and is gone, but for imports and lists that fastkit writes in its own way."""
    own = set(ours.splitlines()) - set(base.splitlines()) - set(done.splitlines())
    accounted = words(done) | (words(base) - words(theirs))
    return [line for line in own if not line.endswith("[") and not words(line) <= accounted]


def words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text))
