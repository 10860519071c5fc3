"""Renders a template of the usual kind with Jinja alone, exactly as copier would.

Importing copier takes longer than all the rest of a run. A template that uses nothing of copier but
questions, a subdirectory and `.jinja` files is rendered here; every other one, and every one that
fails here, is copier's to render or to refuse. Tests hold the two trees equal byte for byte.
"""

import re
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path, PurePath, PurePosixPath
from typing import Any, TypeVar

from fastkit.catalog.template import Template
from fastkit.computing.jinja import environment
from fastkit.errors import TemplateError
from fastkit.machine.disk import copy_executable_bit
from fastkit.machine.folders import entries, is_never_rendered

SUFFIX = ".jinja"

USUAL_SETTINGS = {"_subdirectory", "_envops", "_fastkit"}

TAG = re.compile(r"\{[{%].*?[%}]\}", re.DOTALL)

COPIERS_OWN = re.compile(
    r"\b(_copier\w*|_src_path|_commit|_folder_name|_external_data|pathjoin|make_secret|now|yield|include|import|extends)\b"
)
"""Words inside of a Jinja tag that may mean something which only copier provides."""


class NotUsual(Exception):
    """This template is copier's to render."""


def is_usual(template: Template) -> bool:
    """Whether its settings, at least, are all known here."""
    settings = {key for key in template.config if key.startswith("_")}
    return bool(
        template.subdirectory and settings <= USUAL_SETTINGS and template.envops.keys() <= {"undefined"}
    )


def render(
    template: Template,
    context: Mapping[str, Any],
    project: Path,
    above: Sequence[Path] = (),
    *,
    trusted: bool = True,
) -> None:
    """Render into `project`, a folder that is made.

    Args:
        context: the answers and the computed values.
        above: the layers of the project's features, lowest first.
        trusted: whether filters may read this machine.

    Raises:
        NotUsual: the template uses more than this module knows; `project` may hold part of it.
        Exception: whatever Jinja raises.
    """
    if not is_usual(template):
        raise NotUsual("settings that only copier knows")
    jinja = environment(template.envops, trusted=trusted)
    project.mkdir()
    written: dict[PurePosixPath, PurePosixPath] = {}
    for relative, source in sorted(sources(template, above).items()):
        target = rendered_path(relative, jinja, context)
        if target is None:
            continue
        moved = len(target.parts) != len(relative.parts) or ".." in target.parts
        if moved or is_never_rendered(target.as_posix()) or written.get(target) == namesake(relative):
            raise NotUsual(f"`{relative}` becomes `{target}`")
        if target in written and not source.is_dir():
            raise twice(template, relative, written[target], target)
        written[target] = relative
        write(source, project / target, jinja, context)


def twice(
    template: Template, path: PurePosixPath, other: PurePosixPath, target: PurePosixPath
) -> TemplateError:
    problem = f"becomes `{target}`, as `{other}` does"
    return TemplateError(template.name, problem, file=str(PurePosixPath(template.subdirectory, path)))


def sources(template: Template, above: Sequence[Path] = ()) -> dict[PurePosixPath, Path]:
    """Files and folders of the template's own tree over those of its layers, and beneath `above`."""
    found: dict[PurePosixPath, Path] = {}
    for root in (*template.layers, template.folder / template.subdirectory, *above):
        layer = {PurePosixPath(path.relative_to(root).as_posix()): path for path in below(root)}
        covered = {namesake(path) for path in layer}
        found = {path: source for path, source in found.items() if path not in covered} | layer
    return found


AnyPath = TypeVar("AnyPath", bound=PurePath)


def namesake(path: AnyPath) -> AnyPath:
    """The other file that has the same name once it is rendered."""
    name = path.name
    return path.with_name(name.removesuffix(SUFFIX) if name.endswith(SUFFIX) else name + SUFFIX)


def below(folder: Path) -> Iterator[Path]:
    for _, entry in entries(folder, rendered=True, depth=sys.maxsize):
        if entry.is_symlink():
            raise NotUsual(f"link `{entry.path}`")
        if entry.name.endswith(SUFFIX) and entry.is_dir():
            raise NotUsual(f"folder `{entry.path}`")
        yield Path(entry.path)


def rendered_path(relative: PurePosixPath, jinja: Any, context: Mapping[str, Any]) -> PurePosixPath | None:
    """Where a file goes; None where one of its names renders as nothing."""
    names = relative.as_posix().removesuffix(SUFFIX)
    if "{" in names:
        names = render_text(names, jinja, context)
    parts = names.split("/")
    return PurePosixPath(*parts) if all(parts) else None


def write(source: Path, target: Path, jinja: Any, context: Mapping[str, Any]) -> None:
    if source.is_dir():
        target.mkdir(exist_ok=True)
        return
    if source.suffix == SUFFIX:
        text = render_text(source.read_bytes().decode(), jinja, context, str(source))
        target.write_bytes(text.encode())
    else:
        shutil.copyfile(source, target)
    copy_executable_bit(source, target)


def render_text(text: str, jinja: Any, context: Mapping[str, Any], filename: str = "<template>") -> str:
    if is_copiers_own(text):
        raise NotUsual("a name that only copier knows")
    return str(compiled(jinja, text, filename).render(**context))


def is_copiers_own(text: str) -> bool:
    return any(COPIERS_OWN.search(tag) for tag in TAG.findall(text))


@lru_cache(maxsize=512)
def compiled(jinja: Any, text: str, filename: str) -> Any:
    """Once for all projects of one run: `template check` renders dozens."""
    code = jinja.compile(text, filename=filename)
    return jinja.template_class.from_code(jinja, code, jinja.make_globals(None))
