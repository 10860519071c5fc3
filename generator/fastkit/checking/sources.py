"""The files of a template, as its author wrote them."""

import os
from collections.abc import Iterator
from pathlib import Path

from fastkit.catalog import features
from fastkit.catalog.copier_yml import CONFIG_NAMES
from fastkit.catalog.layers import roots, suffix
from fastkit.catalog.template import Template
from fastkit.checking.finding import Source
from fastkit.machine.folders import entries


def read_sources(template: Template) -> dict[Path, Source]:
    return {
        path: read_source(template, path)
        for root in roots(template, features.offered(template))
        for path in files_below(root)
        if path.parent != template.folder or path.name not in CONFIG_NAMES
    }


def files_below(root: Path) -> Iterator[Path]:
    for path in sorted(root / path for path, _ in entries(root, rendered=True)):
        if path.is_file():
            yield path


def read_source(template: Template, path: Path) -> Source:
    try:
        text = path.read_text("utf-8")
    except (UnicodeDecodeError, OSError):
        text = None
    return Source(shown(template, path), path.name.endswith(suffix(template)), text)


def shown(template: Template, path: Path) -> str:
    """A path from the template's folder, as its author knows it."""
    if path.is_relative_to(template.folder.parent):
        return Path(os.path.relpath(path, template.folder)).as_posix()
    return path.as_posix()


def section_sources(template: Template) -> list[Source]:
    """The sections of its features in the project's README."""
    sections = [part.section for part in features.offered(template) if part.section]
    return [read_source(template, section) for section in sections]
