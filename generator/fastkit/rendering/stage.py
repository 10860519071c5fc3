"""From a recipe to rendered files, in a folder of their own."""

import errno
import gc
import io
import json
import os
import shutil
import threading
import traceback
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import chdir, contextmanager, redirect_stderr
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Any

from fastkit.catalog import features
from fastkit.catalog.copier_yml import config_file
from fastkit.catalog.questions import Question
from fastkit.catalog.template import Template
from fastkit.computing import limits, process
from fastkit.computing.jinja import (
    all_filters,
    environment,
    guarded_filters,
    is_templated,
    problem_of,
    speaking_of,
)
from fastkit.computing.limits import Tally, growth
from fastkit.computing.texts import RenderError, Sandbox, Unset, external_file
from fastkit.errors import FastkitError, TemplateError
from fastkit.machine.disk import (
    copy_executable_bit,
    disk_error,
    fresh_mode,
    is_disk_error,
    new_folders,
    temporary_folder,
)
from fastkit.machine.folders import NEVER_RENDERED, entries
from fastkit.plan import Recipe
from fastkit.rendering import with_jinja

SECONDS = 30
"""Of computing, for all files of a template that is neither bundled nor trusted."""

SECONDS_TO_MATCH = 5
"""Of computing, for the patterns of one setting or of all its `.gitignore` files."""

TEMPLATED_SETTINGS = ("_answers_file", "_exclude", "_skip_if_exists", "_subdirectory")


@contextmanager
def staged(recipe: Recipe, beside: Path) -> Iterator[Path]:
    """Render the project into a new folder in `beside`; both are gone afterwards.

    Raises:
        TemplateError: the template cannot be rendered, or not within bounds.
        DestinationError: the disk is full, or `beside` cannot be written.
    """
    with new_folders(beside), temporary_folder(beside) as room:
        project = room / recipe.name
        if is_confined(recipe):
            check_template(recipe.template)
            render_confined(recipe, room, project)
        else:
            render_or_explain(recipe, room, project)
        check_project(recipe, project)
        yield project


def get_ready(template: Template, *, trusted: bool, soon: bool) -> None:
    """Have loaded what will render the template, while the person types.

    Args:
        soon: nobody types, so that a thread of ours would not be faster.

    Raises:
        TemplateError: a template of others has no place here, whatever the answers.
    """
    if template.source != "bundled" and not trusted:
        process.start().prepare(load_jinja if with_jinja.is_usual(template) else load_copier)
        check_template(template)
    elif not soon and not with_jinja.is_usual(template):
        threading.Thread(target=import_copier, daemon=True).start()


def load_jinja() -> None:
    environment({}, trusted=False)


def load_copier() -> None:
    import_copier()


def is_confined(recipe: Recipe) -> bool:
    return recipe.template.source != "bundled" and not recipe.trust


def render_confined(recipe: Recipe, room: Path, project: Path) -> None:
    """Render in a process of its own, with bounds of time, memory and files."""
    # What was read of the questions stays here: their `MISSING` is another one there.
    light = replace(recipe, template=replace(recipe.template))
    with told_of(recipe.template):
        process.start().call(
            render_or_explain, light, room, project, seconds=SECONDS, watch=lambda: overgrowth(project)
        )


@contextmanager
def told_of(template: Template, what: str = "") -> Iterator[None]:
    try:
        yield
    except process.OutOfBounds as error:
        raise TemplateError(template.name, f"{what} {error.reason}".lstrip()) from error


def computed(template: Template, function: Callable[..., Any], *args: Any, trusted: bool) -> Any:
    """What a function makes of the template, within bounds unless that is bundled or trusted.

    Args:
        function: takes the template and the other arguments, and returns what JSON can hold.

    Raises:
        TemplateError: it takes too much of time or memory.
    """
    if trusted or template.source == "bundled":
        return function(template, *args)
    with told_of(template):
        return process.start().call(function, replace(template), *args, seconds=SECONDS)


def overgrowth(project: Path) -> str:
    problem = growth(project, Tally())
    return f"makes a project that {problem}" if problem else ""


def render_or_explain(recipe: Recipe, room: Path, project: Path) -> None:
    guard = guarded_filters() if is_confined(recipe) else all_filters()
    with errors_of(recipe.template, room), guard:
        render(recipe, room, project)


def check_template(template: Template) -> None:
    """
    Raises:
        TemplateError: a folder that is rendered is missing, too large or holds what no project can.
    """
    templated = is_templated(template.subdirectory, template.envops)
    own = template.folder / ("" if templated else template.subdirectory)
    if not own.is_dir() and not template.layers:
        problem = f"`_subdirectory` is `{template.subdirectory}`, which is not there"
        file, line = template.place("_subdirectory")
        raise TemplateError(template.name, problem, file=file, line=line)
    for folder in filter(Path.is_dir, (*template.layers, own)):
        try:
            limits.check_template(folder)
        except limits.BoundsError as error:
            here = os.path.relpath(folder / error.path, template.folder) if error.path else None
            raise TemplateError(template.name, error.problem, file=here) from error
        except OSError as error:
            raise template.unreadable(error) from error


def check_project(recipe: Recipe, project: Path) -> None:
    try:
        limits.check_project(project, trusted=not is_confined(recipe))
    except limits.BoundsError as error:
        path = f"`{error.path}`, which " if error.path else "a project that "
        raise TemplateError(recipe.template.name, f"makes {path}{error.problem}") from error


def render(recipe: Recipe, room: Path, project: Path) -> None:
    """Render quickly where that is the same, and with copier where anything is out of the ordinary."""
    above = features.layers(recipe.features)
    context = {**recipe.answers.context, **features_context(recipe)}
    try:
        trusted = not is_confined(recipe)
        with_jinja.render(recipe.template, context, project, above, trusted=trusted)
    except FastkitError:
        raise
    except Exception as error:
        if isinstance(error, MemoryError) or (isinstance(error, OSError) and is_disk_error(error)):
            raise
        shutil.rmtree(project, ignore_errors=True)
        check_settings(recipe)
        render_with_copier(recipe, overlaid(recipe.template, room / ".template", above), project)


def features_context(recipe: Recipe) -> dict[str, Any]:
    trusted = not is_confined(recipe)
    return features.context(recipe.template, recipe.features, recipe.answers.context, trusted=trusted)


def check_settings(recipe: Recipe) -> None:
    """
    Raises:
        TemplateError: a text in the settings cannot be rendered; copier would not say which.
    """
    sandbox = own_sandbox(recipe)
    for setting in TEMPLATED_SETTINGS:
        value = recipe.template.config.get(setting) or []
        for text in [value] if isinstance(value, str) else value:
            if is_templated(text, recipe.template.envops):
                rendered_setting(recipe, setting, text, sandbox)


def rendered_setting(recipe: Recipe, setting: str, text: str, sandbox: Sandbox) -> str:
    try:
        return sandbox.render(text, recipe.answers.context, "render")
    except (RenderError, Unset) as error:
        file, line = recipe.template.place(setting)
        raise TemplateError(
            recipe.template.name, f"`{setting}` cannot be rendered: {error}", file=file, line=line
        ) from error


def own_sandbox(recipe: Recipe) -> Sandbox:
    return recipe.template.sandbox(
        trusted=recipe.trust,
        project=recipe.owners_folder,
        folder=recipe.name,
        given=recipe.answers.values,
    )


def render_with_copier(recipe: Recipe, template: Path, project: Path) -> None:
    copier = import_copier()
    project.mkdir(parents=True)
    lent = lend_external_data(recipe, project)
    origin = recipe.template.origin
    try:
        with quietly(), without_git(), speaking_of(origin, recipe.template.folder), chdir(project.parent):
            copier.run_copy(
                str(template),
                Path(project.name),  # as copier is called in the folder where the project will lie
                data={**copiers_data(recipe), **features_context(recipe), **origin.names},
                defaults=True,
                quiet=True,
                overwrite=True,
                unsafe=recipe.trust,
                skip_tasks=True,
                settings=copier.Settings(),
                exclude=list(NEVER_RENDERED),
            )
    except copier.errors.CopierError:
        check_names(recipe, template)
        raise
    take_back(recipe, project, lent)
    give_fresh_modes(project)


def check_names(recipe: Recipe, template: Path) -> None:
    """
    Raises:
        TemplateError: a name cannot be rendered, or leads out; copier's errors do not hold which.
    """
    sandbox = own_sandbox(recipe)
    root = template / rendered_setting(recipe, "_subdirectory", recipe.template.subdirectory, sandbox)
    for path in sorted(root / name for name, _ in entries(root)):
        name = path.relative_to(root)
        if problem := problem_of_name(recipe, name, sandbox) or problem_of_link(recipe, path, template):
            raise TemplateError(recipe.template.name, problem, file=path.relative_to(template).as_posix())


def problem_of_name(recipe: Recipe, path: Path, sandbox: Sandbox) -> str:
    if not is_templated(path.name, recipe.template.envops) or with_jinja.is_copiers_own(path.name):
        return ""
    try:
        made = sandbox.render(path.name, {**recipe.answers.context, **features_context(recipe)}, "render")
    except RenderError as error:
        return f"the name cannot be rendered: {error}"
    except Unset:
        return ""
    project = Path(recipe.name)
    inside = Path(os.path.normpath(project / path.parent / made)).is_relative_to(project)
    return "" if inside else f"makes `{made}`, which is outside of the project"


def problem_of_link(recipe: Recipe, path: Path, template: Path) -> str:
    kept = recipe.template.config.get("_preserve_symlinks") or not path.is_symlink()
    inside = kept or path.resolve().is_relative_to(template.resolve())
    return "" if inside else "is a link that leads out of the template"


def give_fresh_modes(project: Path) -> None:
    """Leave to the umask who may read and write the files, where copier gave them the template's modes."""
    for _, entry in entries(project):
        if entry.is_file(follow_symlinks=False):
            executable = bool(entry.stat().st_mode & 0o100)
            Path(entry.path).chmod(fresh_mode(executable=executable))


def kept(recipe: Recipe, paths: Iterable[str]) -> set[str]:
    """Those of these files that stay where the destination has them already, as `_skip_if_exists` says."""
    patterns = recipe.template.config.get("_skip_if_exists") or []
    if not patterns:
        return set()
    sandbox = own_sandbox(recipe)
    rendered = [rendered_setting(recipe, "_skip_if_exists", text, sandbox) for text in patterns]
    return set(match(recipe, "`_skip_if_exists`", matching, rendered, list(paths)))


def matching(patterns: list[str], paths: list[str]) -> list[str]:
    from pathspec import PathSpec

    return list(PathSpec.from_lines("gitignore", patterns).match_files(paths))


def match(recipe: Recipe, what: str, function: Callable[..., list[str]], *args: Any) -> list[str]:
    """What a function finds by patterns of the template, within bounds.

    Raises:
        TemplateError: it takes too long.
    """
    if not is_confined(recipe) or process.inside:
        return function(*args)
    with told_of(recipe.template, what):
        found: list[str] = process.start().call(function, *args, seconds=SECONDS_TO_MATCH)
    return found


LENT = b"\n# This copy is not part of the project.\n"


def lend_external_data(recipe: Recipe, project: Path) -> dict[Path, bytes]:
    """Copy the data files that the template reads from the project, as copier will look here.

    Each has a comment more than the owner's, so that what the template makes of it is never taken for it.
    """
    lent = {}
    sandbox = own_sandbox(recipe)
    for path in sandbox.external.values():
        if found := external_file(sandbox, path, recipe.answers.context, "render"):
            file = project / found.relative_to(recipe.owners_folder or project)
            file.parent.mkdir(parents=True, exist_ok=True)
            lent[file] = found.read_bytes() + LENT
            file.write_bytes(lent[file])
    return lent


def take_back(recipe: Recipe, project: Path, lent: Mapping[Path, bytes]) -> None:
    """Remove what was lent, but for what copier may have left as it is because the owner has it."""
    paths = {file.relative_to(project).as_posix(): file for file in lent}
    stay = {paths[path] for path in kept(recipe, paths)}
    for file, content in lent.items():
        if file.read_bytes() == content:
            if file in stay:
                file.write_bytes(content.removesuffix(LENT))
            else:
                file.unlink()


def copiers_data(recipe: Recipe) -> dict[str, Any]:
    """The answers, so that copier reads each as what it is; what has a validator it computes anew."""
    questions = {question.name: question for question in recipe.template.questions}
    computed = {
        name: value
        for name, value in recipe.answers.computed.items()
        if name in questions and not questions[name].validator
    }
    data = {**computed, **recipe.answers.values}
    return {
        name: as_read_again(value, questions[name]) if is_document(questions.get(name), recipe) else value
        for name, value in data.items()
    }


def is_document(question: Question | None, recipe: Recipe) -> bool:
    if question is None:
        return False
    kind = question.type
    if is_templated(kind, recipe.template.envops):
        kind = own_sandbox(recipe).render(kind, recipe.answers.context)
    return kind in ("json", "yaml")


def as_read_again(value: Any, question: Question) -> Any:
    """A document as text that is parsed to it; what is no text copier takes as it is."""
    if question.multiselect:
        return [json.dumps(item) if isinstance(item, str) else item for item in value]
    return json.dumps(value) if isinstance(value, str) else value


def import_copier() -> Any:
    """Import copier, which takes a quarter of a second and then may need its garbage collected."""
    import copier

    gc.freeze()
    gc.enable()
    return copier


@contextmanager
def without_git() -> Iterator[None]:
    """Hide git from copier, which would start it once for each file of a plain folder."""
    from plumbum import local

    with local.env(PATH=""):
        yield


@contextmanager
def quietly() -> Iterator[None]:
    with warnings.catch_warnings(), redirect_stderr(io.StringIO()):
        warnings.simplefilter("ignore")
        yield


def overlaid(template: Template, room: Path, above: Sequence[Path] = ()) -> Path:
    """One template folder of all the layers and questions; the template itself where it has no others."""
    if not (template.layers or above or template.added):
        return template.folder
    for layer in template.layers:
        lay_over(layer, room / template.subdirectory)
    lay_over(template.folder, room)
    for layer in above:
        lay_over(layer, room / template.subdirectory)
    if template.added and (file := config_file(room)):
        file.write_bytes(json.dumps(template.added).encode() + b"\n---\n" + file.read_bytes())
    return room


def lay_over(folder: Path, room: Path) -> None:
    """Copy a folder over another; a file takes the place of its namesake with or without `.jinja`."""
    room.mkdir(parents=True, exist_ok=True)
    for path, entry in entries(folder, rendered=True):
        target = room / path
        if entry.is_dir(follow_symlinks=False):
            target.mkdir(exist_ok=True)
            continue
        target.unlink(missing_ok=True)
        with_jinja.namesake(target).unlink(missing_ok=True)
        shutil.copyfile(entry.path, target, follow_symlinks=False)
        if not entry.is_symlink():
            copy_executable_bit(Path(entry.path), target)


# Whose fault it is.


@contextmanager
def errors_of(template: Template, room: Path) -> Iterator[None]:
    """Turn whatever a render raises into one error that names the template's file and line."""
    try:
        yield
    except FastkitError:
        raise
    except OSError as error:
        if not is_disk_error(error) or is_read(error, template):
            raise template_error(template, error, room) from error
        raise disk_error(error, room.parent) from error
    except (Exception, process.OutOfTime) as error:
        raise template_error(template, error, room) from error


def is_read(error: OSError, template: Template) -> bool:
    """Whether it is a file of the template that the system refuses, and none that is written."""
    if not isinstance(error.filename, str) or error.filename2 is not None:
        return False
    return any(Path(error.filename).is_relative_to(root) for root in (template.folder, *template.layers))


def template_error(template: Template, error: BaseException, room: Path) -> TemplateError:
    roots = (room / ".template", template.folder)
    file, line = place_of(error, roots)
    problem = explained(error)
    if isinstance(error, UnicodeDecodeError):
        file = file or file_of(error.object, roots)
    elif isinstance(error, FileNotFoundError):
        link = bool(error.filename) and Path(error.filename).is_symlink()
        problem = "is a link to nowhere" if link else "is not there"
    elif isinstance(error, OSError) and error.strerror:
        problem = f"cannot be read: {error.strerror}"
    return TemplateError(template.name, problem, file=file, line=line)


def file_of(content: bytes, roots: Sequence[Path]) -> str | None:
    """The file of the template that has this content; the error that holds it does not say."""
    for root in filter(Path.is_dir, roots):
        for path in sorted(root / name for name, _ in entries(root)):
            if path.is_file() and path.stat().st_size == len(content) and path.read_bytes() == content:
                return path.relative_to(root).as_posix()
    return None


def explained(error: BaseException) -> str:
    if isinstance(error, MemoryError) or getattr(error, "errno", 0) == errno.ENOMEM:
        return process.TOO_MUCH
    if isinstance(error, UnicodeDecodeError):
        return f"is no text in UTF-8: {error}"
    return problem_of(error)


def place_of(error: BaseException, roots: Sequence[Path]) -> tuple[str | None, int | None]:
    """File and line of the template at which rendering stopped: the innermost frame below a root."""
    frames = [place_of_frame(*found) for found in traceback.walk_tb(error.__traceback__)]
    named = getattr(error, "filename", None), getattr(error, "lineno", None)
    for filename, line in (named, *reversed(frames)):
        for root in roots:
            if isinstance(filename, str) and Path(filename).is_relative_to(root):
                return Path(filename).relative_to(root).as_posix(), line
    return None, None


def place_of_frame(frame: FrameType, line: int) -> tuple[str, int]:
    """Jinja has put the template's line into the frame, unless the error is none of `Exception`."""
    template = frame.f_globals.get("__jinja_template__")
    return frame.f_code.co_filename, template.get_corresponding_lineno(line) if template else line
