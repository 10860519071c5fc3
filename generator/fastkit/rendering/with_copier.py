"""Renders a template with copier, from a copy of the template that has the layers in it, if there are any.

Questions are answered before, so copier asks nothing; it also runs no tasks, and no git for each file.
"""

import gc
import io
import json
import shutil
import warnings
from collections.abc import Iterator
from contextlib import chdir, contextmanager, redirect_stderr
from functools import partial
from pathlib import Path, PurePath, PurePosixPath
from typing import Any

from fastkit.catalog.copier_yml import config_file
from fastkit.catalog.layers import sources
from fastkit.catalog.questions import Question
from fastkit.computing.jinja import filters, is_templated
from fastkit.computing.texts import ExternalData
from fastkit.machine.disk import copy_executable_bit, fresh_mode
from fastkit.machine.folders import NEVER_RENDERED, entries
from fastkit.plan import Recipe
from fastkit.rendering.confined import is_confined
from fastkit.rendering.faults import check_names
from fastkit.rendering.settings import check_settings, features_context, sandbox_of


def render(recipe: Recipe, template: Path, project: Path) -> None:
    """Render into `project`, a folder that is made.

    Args:
        template: the template's folder, or the copy of it.

    Raises:
        TemplateError: a setting or a name cannot be rendered.
        Exception: whatever copier and Jinja raise.
    """
    check_settings(recipe)
    copier = import_copier()
    project.mkdir(parents=True)
    try:
        with quietly(), without_git(), own_environments(recipe), chdir(project.parent):
            copier.run_copy(
                str(template),
                Path(project.name),  # as copier is called in the folder where the project will lie
                data={**copiers_data(recipe), **features_context(recipe), **recipe.template.origin.names},
                defaults=True,
                quiet=True,
                overwrite=True,
                unsafe=recipe.trust,
                skip_tasks=True,
                settings=copier.Settings(),
                exclude=list(NEVER_RENDERED),
            )
    except (copier.errors.CopierError, AssertionError):
        check_names(recipe, template)
        raise
    give_fresh_modes(project)


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


def give_fresh_modes(project: Path) -> None:
    """Leave it to the umask who may read and write the files, where copier kept the template's modes."""
    for _, entry in entries(project):
        if entry.is_file(follow_symlinks=False):
            executable = bool(entry.stat().st_mode & 0o100)
            Path(entry.path).chmod(fresh_mode(executable=executable))


# The template's folder.


def with_layers(recipe: Recipe, copy: Path) -> Path:
    """The template's folder, or a copy of it with all layers and questions in it where there are others."""
    template = recipe.template
    if not (template.layers or recipe.features or template.added):
        return template.folder
    own = PurePosixPath(template.subdirectory).as_posix()
    for path, entry in entries(template.folder, rendered=True):
        if path != own and not path.startswith(f"{own}/"):
            copy_entry(Path(entry.path), copy / path)
    for path, source in sources(template, recipe.features).items():
        copy_entry(source, copy / template.subdirectory / path)
    if template.added and (file := config_file(copy)):
        file.write_bytes(json.dumps(template.added).encode() + b"\n---\n" + file.read_bytes())
    return copy


def copy_entry(source: Path, target: Path) -> None:
    if source.is_dir() and not source.is_symlink():
        target.mkdir(parents=True, exist_ok=True)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target, follow_symlinks=False)
    if not source.is_symlink():
        copy_executable_bit(source, target)


# The answers.


def copiers_data(recipe: Recipe) -> dict[str, Any]:
    """The answers, in the form that copier reads; it computes again what has a validator."""
    questions = {question.name: question for question in recipe.template.questions}
    computed = {
        name: value
        for name, value in recipe.answers.computed.items()
        if name in questions and not questions[name].validator
    }
    data = {**computed, **recipe.answers.values}
    return {
        name: as_document(value, questions[name]) if is_document(questions.get(name), recipe) else value
        for name, value in data.items()
    }


def is_document(question: Question | None, recipe: Recipe) -> bool:
    if question is None:
        return False
    kind = question.type
    if is_templated(kind, recipe.template.envops):
        kind = sandbox_of(recipe).render(kind, recipe.answers.context)
    return kind in ("json", "yaml")


def as_document(value: Any, question: Question) -> Any:
    """Text that copier parses to this value; it takes other types as they are."""
    if question.multiselect:
        return [json.dumps(item) if isinstance(item, str) else item for item in value]
    return json.dumps(value) if isinstance(value, str) else value


# The names that files can use.


@contextmanager
def own_environments(recipe: Recipe) -> Iterator[None]:
    """Change each Jinja environment that copier makes meanwhile.

    Without trust, filters have limits. The template has its own address, where copier was given a folder,
    and `_external_data` comes from the owner's project, where copier renders into an empty folder.
    """
    import jinja2_ansible_filters

    usual = jinja2_ansible_filters.AnsibleCoreFiltersExtension
    trusted = not is_confined(recipe.template, trusted=recipe.trust)
    jinja2_ansible_filters.AnsibleCoreFiltersExtension = extended(filters(trusted=trusted), recipe)
    try:
        yield
    finally:
        jinja2_ansible_filters.AnsibleCoreFiltersExtension = usual


def extended(extension: type[Any], recipe: Recipe) -> type[Any]:
    data = ExternalData(sandbox_of(recipe), recipe.answers.context)

    class Extended(extension):  # type: ignore[misc]
        def __init__(self, environment: Any) -> None:
            super().__init__(environment)

            class Context(environment.context_class):  # type: ignore[misc]
                def __init__(self, environment: Any, parent: dict[str, Any], *rest: Any, **more: Any) -> None:
                    if "_copier_conf" in parent:
                        change_names(parent, recipe, data)
                    super().__init__(environment, parent, *rest, **more)

            environment.context_class = Context

    return Extended


def change_names(names: dict[str, Any], recipe: Recipe, data: ExternalData) -> None:
    origin = recipe.template.origin
    names["_copier_conf"]["src_path"] = PurePath(recipe.template.folder)
    names["_copier_conf"]["vcs_ref_hash"] = origin.commit_hash or None
    names["_copier_answers"] = origin.names | names["_copier_answers"] | origin.names
    lazy_dict = type(names["_external_data"])
    names["_external_data"] = lazy_dict({name: partial(data.__getitem__, name) for name in data})
