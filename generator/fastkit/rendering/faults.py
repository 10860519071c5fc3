"""Whose fault it is that rendering failed: the template's, with file and line, or the disk's."""

import errno
import os
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from fastkit.catalog.layers import roots, suffix
from fastkit.catalog.template import Template
from fastkit.computing import worker
from fastkit.computing.jinja import problem_of
from fastkit.computing.texts import RenderError, Sandbox, Unset
from fastkit.errors import FastkitError, TemplateError
from fastkit.machine.disk import disk_error, is_disk_error
from fastkit.machine.folders import entries
from fastkit.plan import Recipe
from fastkit.rendering.settings import context_of, rendered_setting, sandbox_of


@contextmanager
def errors_of(recipe: Recipe, room: Path, copy: Path) -> Iterator[None]:
    """Turn every error of a render into one that names the template's file and line, or the disk.

    Args:
        room: where the project is rendered.
        copy: where a copy of the template may be.
    """
    try:
        yield
    except FastkitError:
        raise
    except OSError as error:
        if not is_disk_error(error) or is_read(error, recipe):
            raise template_error(recipe.template, error, copy) from error
        raise disk_error(error, room.parent) from error
    except (Exception, worker.OutOfTime) as error:
        raise template_error(recipe.template, error, copy) from error


def is_read(error: OSError, recipe: Recipe) -> bool:
    """Whether the system refuses to read a file of the template, rather than to write one."""
    if not isinstance(error.filename, str) or error.filename2 is not None:
        return False
    folders = (recipe.template.folder, *roots(recipe.template, recipe.features))
    return any(Path(error.filename).is_relative_to(folder) for folder in folders)


def template_error(template: Template, error: BaseException, copy: Path) -> TemplateError:
    folders = (copy, template.folder)
    file, line = place_of(error, folders)
    problem = explained(error)
    if isinstance(error, UnicodeDecodeError):
        file = file or file_of(error.object, folders)
    elif isinstance(error, FileNotFoundError):
        link = bool(error.filename) and Path(error.filename).is_symlink()
        problem = "is a link to nowhere" if link else "does not exist"
    elif isinstance(error, OSError) and error.strerror:
        problem = f"cannot be read: {error.strerror}"
    return TemplateError(template.name, problem, file=file, line=line)


def file_of(content: bytes, folders: Sequence[Path]) -> str | None:
    """The file of the template that has this content, since the error does not name it."""
    for folder in filter(Path.is_dir, folders):
        for path in sorted(folder / name for name, _ in entries(folder)):
            if path.is_file() and path.stat().st_size == len(content) and path.read_bytes() == content:
                return path.relative_to(folder).as_posix()
    return None


def explained(error: BaseException) -> str:
    if isinstance(error, MemoryError) or getattr(error, "errno", 0) == errno.ENOMEM:
        return worker.TOO_MUCH
    if isinstance(error, UnicodeDecodeError):
        return f"is not UTF-8 text: {error}"
    return problem_of(error)


def place_of(error: BaseException, folders: Sequence[Path]) -> tuple[str | None, int | None]:
    """File and line of the template where rendering stopped: the innermost frame in one of the folders."""
    frames = [place_of_frame(*found) for found in traceback.walk_tb(error.__traceback__)]
    named = getattr(error, "filename", None), getattr(error, "lineno", None)
    for filename, line in (named, *reversed(frames)):
        for folder in folders:
            if isinstance(filename, str) and Path(filename).is_relative_to(folder):
                return Path(filename).relative_to(folder).as_posix(), line
    return None, None


def place_of_frame(frame: FrameType, line: int) -> tuple[str, int]:
    """Jinja puts the template's line into the frame, but only for subclasses of `Exception`."""
    template = frame.f_globals.get("__jinja_template__")
    return frame.f_code.co_filename, template.get_corresponding_lineno(line) if template else line


# Names, which copier's errors do not contain.


def check_names(recipe: Recipe, template: Path) -> None:
    """
    Raises:
        TemplateError: a name cannot be rendered, leads out of the project, or is that of a file and a folder.
    """
    sandbox, targets = sandbox_of(recipe), dict[str, Path]()
    root = template / rendered_setting(recipe, "_subdirectory", recipe.template.subdirectory, sandbox)
    for path in sorted(root / name for name, _ in entries(root)):
        name = path.relative_to(root).as_posix()
        target, problem = rendered_name(recipe, name, sandbox)
        other = targets.setdefault(target, path) if target else path
        if other.is_dir() != path.is_dir():
            problem = f"becomes `{target}`, as `{other.relative_to(root).as_posix()}` does"
        if problem := problem or problem_of_link(recipe, path, template):
            raise TemplateError(recipe.template.name, problem, file=path.relative_to(template).as_posix())


def rendered_name(recipe: Recipe, name: str, sandbox: Sandbox) -> tuple[str, str]:
    """The path that a name becomes, and the problem with it; both empty where it cannot be told."""
    if "yield" in name:  # which Jinja does not know without copier
        return "", ""
    try:
        target = sandbox.render(name.removesuffix(suffix(recipe.template)), context_of(recipe), "render")
    except RenderError as error:
        return "", f"the name cannot be rendered: {error}"
    except Unset:
        return "", ""
    project = Path(recipe.name)
    inside = Path(os.path.normpath(project / target)).is_relative_to(project)
    return target, "" if inside else f"makes `{target}`, which is outside of the project"


def problem_of_link(recipe: Recipe, path: Path, template: Path) -> str:
    kept = recipe.template.config.get("_preserve_symlinks") or not path.is_symlink()
    inside = kept or path.resolve().is_relative_to(template.resolve())
    return "" if inside else "is a link that leads out of the template"
