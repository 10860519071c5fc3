"""Renders one case twice, as `startdemo` does and as `copier copy` does."""

import os
import warnings
from collections.abc import Mapping
from contextlib import chdir, redirect_stderr
from dataclasses import dataclass, field, replace
from io import StringIO
from pathlib import Path
from typing import Any

from fastkit.catalog.template import Template
from fastkit.catalog.trust import settle_trust
from fastkit.plan import make_plan, make_recipe
from fastkit.rendering.with_copier import import_copier, without_git
from tests.support.folders import write, write_template
from tests.support.projects import make_files

Tree = Mapping[str, str | bytes]

OUR_OWN = ".fastkit"
"""fastkit's record of a project, which copier knows nothing of."""


@dataclass(frozen=True)
class Case:
    """One small template, and what is answered.

    Attributes:
        files: below the template; `copier.yml` among them.
        answers: those given; for all else the defaults.
        modes: of files that are not 644.
        there: what the destination has already.
    """

    files: Tree
    answers: Mapping[str, Any] = field(default_factory=dict)
    modes: Mapping[str, int] = field(default_factory=dict)
    there: Tree = field(default_factory=dict)
    trust: bool = False


@dataclass(frozen=True)
class Entry:
    """What one path of a tree is: a folder, a link, or a file that may be run."""

    kind: str
    content: bytes = b""
    runs: bool = False


def both(case: Case, root: Path) -> tuple[dict[str, Entry], dict[str, Entry]]:
    """What fastkit makes of a case, and what copier does."""
    template = write_template(root / "template", {"copier.yml": "", **case.files})
    for path, mode in case.modes.items():
        (template.folder / path).chmod(mode)
    return ours(case, template, root), copiers(case, template.folder, root)


def ours(case: Case, template: Template, root: Path) -> dict[str, Entry]:
    parent = write(root / "ours", {f"shop/{path}": content for path, content in case.there.items()})
    given = {"project_name": "shop", **case.answers}
    trust = settle_trust(template, case.trust)
    recipe = make_recipe(template, (), given, None, parent=parent, trust=trust, install=False)
    recipe = replace(recipe, name="shop", owners_folder=parent / "shop")
    make_files(make_plan(recipe, parent / "shop"))
    return entries(parent / "shop")


def copiers(case: Case, template: Path, root: Path) -> dict[str, Entry]:
    copier = import_copier()
    parent = write(root / "copiers", {f"shop/{path}": content for path, content in case.there.items()})
    parent.mkdir(exist_ok=True)
    with warnings.catch_warnings(), redirect_stderr(StringIO()), without_git(), chdir(parent):
        warnings.simplefilter("ignore")
        copier.run_copy(
            str(template),
            Path("shop"),
            data=dict(case.answers),
            defaults=True,
            quiet=True,
            overwrite=True,
            unsafe=case.trust,
            skip_tasks=True,
            settings=copier.Settings(),
        )
    return entries(parent / "shop")


def entries(folder: Path) -> dict[str, Entry]:
    found = {}
    for path in sorted(folder.rglob("*")) if folder.exists() else []:
        name = path.relative_to(folder).as_posix()
        if name.split("/")[0] != OUR_OWN:
            found[name] = entry(path)
    return found


def entry(path: Path) -> Entry:
    if path.is_symlink():
        return Entry("link", os.fsencode(path.readlink()))
    if path.is_dir():
        return Entry("folder")
    return Entry("file", path.read_bytes(), bool(path.stat().st_mode & 0o100))
