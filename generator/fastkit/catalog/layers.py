"""The files that a template with its features has: those of each layer, over those of the layers below it."""

import os
import re
from collections.abc import Iterable, Sequence
from itertools import chain
from pathlib import Path

from fastkit.catalog.features import Feature
from fastkit.catalog.migrations import first_revisions, path_of
from fastkit.catalog.template import Template
from fastkit.computing.jinja import is_templated
from fastkit.computing.limits import BoundsError, fetched
from fastkit.errors import TemplateError
from fastkit.machine.folders import entries

JINJA_TAG = re.compile(r"\{%.*?%\}")


def suffix(template: Template) -> str:
    """The ending of files whose content is rendered; empty where every file is."""
    chosen = template.config.get("_templates_suffix", ".jinja")
    return ".jinja" if chosen is None else str(chosen)


def roots(template: Template, features: Iterable[Feature] = ()) -> tuple[Path, ...]:
    """The folders whose files a project can have, lowest first."""
    templated = is_templated(template.subdirectory, template.envops)
    own = template.folder / ("" if templated else template.subdirectory)
    above = chain.from_iterable(feature.layers for feature in features)
    return tuple(root for root in (*template.layers, own, *above) if root.is_dir())


def sources(template: Template, features: Iterable[Feature] = ()) -> dict[str, Path]:
    """Files and folders by their path below a root, each from the highest layer that has it.

    A file replaces the one of the same name with or without the suffix.

    Raises:
        TemplateError: there are too many, or one of the folders cannot be read.
    """
    found: dict[str, Path] = {}
    for root in roots(template, features):
        layer = read_layer(template, root)
        covered = {twin(path, suffix(template)) for path in layer}
        found = {path: source for path, source in found.items() if path not in covered} | layer
    return dict(sorted(found.items()))


def read_layer(template: Template, root: Path) -> dict[str, Path]:
    tally, layer = fetched(), {}
    try:
        for path, entry in entries(root, rendered=True):
            tally.add(0)
            layer[path] = Path(entry.path)
    except BoundsError as error:
        place = os.path.relpath(root, template.folder)
        raise TemplateError(template.name, error.problem, file=place) from error
    except OSError as error:
        raise template.unreadable(error) from error
    return layer


def twin(path: str, suffix: str) -> str:
    """The other path that is the same once it is rendered."""
    return path.removesuffix(suffix) if suffix and path.endswith(suffix) else path + suffix


def project_paths(template: Template, features: Sequence[Feature] = ()) -> tuple[str, ...]:
    """The files that projects have, as far as their names show it without answers."""
    files = [path for path, source in sources(template, features).items() if source.is_file()]
    rendered = {JINJA_TAG.sub("", path).removesuffix(suffix(template)) for path in files}
    grown = (path_of(template, name) for name in first_revisions(template, features).values())
    return tuple(sorted(rendered.union(grown)))
