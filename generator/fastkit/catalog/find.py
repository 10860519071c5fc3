"""Finding templates: by name, in a folder, or in a git repository."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from fastkit.catalog.copier_yml import CONFIG_NAMES, config_file
from fastkit.catalog.folders import folders
from fastkit.catalog.template import Template, is_plain, load_template
from fastkit.computing.origin import Origin
from fastkit.errors import SourceError, TemplateError, UnknownName
from fastkit.machine import git
from fastkit.machine.folders import entries, expanded
from fastkit.machine.progress import Progress, silently

if TYPE_CHECKING:
    from fastkit.repositories.address import GitAddress


@dataclass(frozen=True)
class Listed:
    """A template, and the source that has another template of this name, which is found instead."""

    template: Template
    shadowed_by: str = ""


def list_every() -> list[Listed]:
    """Every template with a name, sorted; a template that is shadowed follows the one that shadows it."""
    winners: dict[str, str] = {}
    found = []
    for source, folder in folders():
        for template in templates_in(folder, source):
            found.append(Listed(template, winners.get(template.name, "")))
            winners.setdefault(template.name, source)
    return sorted(found, key=lambda listed: listed.template.name)


def list_templates() -> list[Template]:
    """Every template that `find` finds by name, sorted by name."""
    return [listed.template for listed in list_every() if not listed.shadowed_by]


def list_choices() -> list[Template]:
    """The same, each followed by its presets."""
    templates = list_templates()
    names = {template.name for template in templates}
    return [
        replace(template, preset=preset)
        for template in templates
        for preset in ("", *(name for name in template.presets if name not in names))
    ]


def templates_in(folder: Path, source: str) -> Iterator[Template]:
    try:
        found = sorted(folder.iterdir())
    except OSError:  # it does not exist, or cannot be read
        return
    for entry in found:
        if is_plain(entry.name) and config_file(entry):
            yield load_or_say_why(entry.name, entry, source)


def load_or_say_why(name: str, folder: Path, source: str) -> Template:
    """The template, or one whose title says why it cannot be read."""
    try:
        return load_template(name, folder, source, name)
    except TemplateError as error:
        return Template(name, folder, source, {"_fastkit": {"title": f"broken: {error.message}"}}, name)


def find_template(name: str, progress: Progress = silently) -> Template:
    """The template of this name, in this folder or at this address.

    Raises:
        UnknownName: there is no such template.
        InvalidAddress: the address is not valid.
        SourceError: its repository cannot be fetched.
        TemplateError: its copier.yml is not valid.
    """
    if is_plain(name):
        for source, parent in folders():
            if config_file(parent / name):
                return load_template(name, parent / name, source, name)
    folder = expanded(name)
    if preset := find_preset(name):
        return preset
    if looks_like_path(name) and config_file(folder):
        origin = Origin(name, git.describe(folder))
        return load_template(folder.resolve().name, folder.resolve(), "folder", origin=origin)
    from fastkit.repositories.address import (  # slow to import, and most calls give a name
        read_address,
        without_password,
    )

    if address := read_address(name):
        return find_in_repository(address, progress)
    if looks_like_path(name) and folder.is_dir():
        raise UnknownName("template", name, (), "the folder has no copier.yml")
    known = [template.label for template in list_choices()]
    shown = without_password(name)
    raise UnknownName("template", shown, known, "run `fastkit list-templates` to see all templates")


def find_preset(name: str) -> Template | None:
    """The first template that has a preset of this name."""
    if not is_plain(name):
        return None
    return next((template for template in list_choices() if template.preset == name), None)


def find_in_repository(address: "GitAddress", progress: Progress) -> Template:
    from fastkit.repositories.cache import check_complete, clone

    found = clone(address, progress)
    folder = found.folder / address.folder
    if not folder.resolve().is_relative_to(found.folder.resolve()) or not config_file(folder):
        raise no_template(address, found.folder, found.ref)
    check_complete(address, found)
    origin = Origin(address.written, found.described, found.commit)
    return load_template(address.name, folder, "git", address.text, found.ref, found.note, origin)


DEEPEST_TEMPLATE = 3
"""Levels of folders in which an error looks for templates to offer."""


def no_template(address: "GitAddress", root: Path, ref: str) -> SourceError:
    """The error, with the folders of the repository that do have templates."""
    found = (path.rpartition("/") for path, entry in entries(root, depth=DEEPEST_TEMPLATE + 1))
    names = sorted({folder for folder, _, name in found if folder and name in CONFIG_NAMES})
    some = ", ".join(f"`//{name}`" for name in names[:10])
    has_folder = not address.folder or (root / address.folder).is_dir()
    missing = "a copier.yml there" if has_folder else "such a folder"
    hint = f"it has templates in {some}" if names else "name a repository with a copier.yml"
    return SourceError(f"{address.text}@{ref}", f"does not have {missing}", hint)


def looks_like_path(name: str) -> bool:
    return name.startswith((".", "~")) or "/" in name or os.sep in name
