"""Renders a bundled template with Jinja alone.

Importing copier takes longer than the rest of a run. Bundled templates use nothing of copier but
questions, `_subdirectory` and `.jinja` files; a test compares each with what copier makes of it.
"""

import shutil
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from fastkit.catalog.layers import sources
from fastkit.computing.jinja import environment
from fastkit.machine.disk import copy_executable_bit
from fastkit.plan import Recipe
from fastkit.rendering.settings import context_of

SUFFIX = ".jinja"


def render(recipe: Recipe, project: Path) -> None:
    """Render into `project`, a folder that is made.

    Raises:
        Exception: whatever Jinja raises.
    """
    jinja = environment(recipe.template.envops)
    context = context_of(recipe)
    project.mkdir()
    for path, source in sources(recipe.template, recipe.features).items():
        target = rendered(path.removesuffix(SUFFIX), source, jinja, context)
        if all(target.split("/")):  # a name that renders as nothing leaves the file out
            write(source, project / target, jinja, context)


def write(source: Path, target: Path, jinja: Any, context: Mapping[str, Any]) -> None:
    if source.is_dir():
        target.mkdir(exist_ok=True)
        return
    if source.suffix == SUFFIX:
        target.write_bytes(rendered(source.read_bytes().decode(), source, jinja, context).encode())
    else:
        shutil.copyfile(source, target)
    copy_executable_bit(source, target)


def rendered(text: str, source: Path, jinja: Any, context: Mapping[str, Any]) -> str:
    return str(compiled(jinja, text, str(source)).render(**context)) if "{" in text else text


@lru_cache(maxsize=512)
def compiled(jinja: Any, text: str, filename: str) -> Any:
    """Compile each text once for all projects of one run: `template check` renders dozens."""
    code = jinja.compile(text, filename=filename)
    return jinja.template_class.from_code(jinja, code, jinja.make_globals(None))
