"""Features: parts that a project can have on top of its template, such as a Dockerfile.

A feature is a folder: `feature.yml` says what it is, `project/` has its files, `README.md.jinja` its
section of the project's README. It lies in `_features/NAME` beside the template, or else in fastkit's own
`_features`. A template varies it in its `features/NAME`: files there win, and so does a section; one that
has a `feature.yml` of its own needs no shared one.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from fastkit.catalog.folders import bundled_folder
from fastkit.catalog.questions import FEATURE_VALUES, Value
from fastkit.catalog.template import Template, check_inside, is_plain
from fastkit.computing import documents
from fastkit.computing.jinja import environment
from fastkit.distributions import normalized
from fastkit.errors import TemplateError, UnknownName, UsageError
from fastkit.machine.folders import first_bytes

SHARED = "_features"
OWN = "features"
ABOUT = "feature.yml"
SECTION = "README.md.jinja"
FILES = "project"

LISTS = ("requires", "conflicts", "dev_dependencies", "indirect_dependencies")
TEXTS = ("title", "description")


@dataclass(frozen=True)
class Feature:
    """One part that a project can have.

    Attributes:
        requires: features without which it is of no use.
        conflicts: features that a project with this one cannot have.
        dev_dependencies: requirements that it adds to the project's group `dev`.
        indirect_dependencies: what these bring along, as names.
        folders: where it lies, the shared one beneath the template's own.
    """

    name: str
    title: str
    description: str = ""
    requires: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()
    dev_dependencies: tuple[str, ...] = ()
    indirect_dependencies: tuple[str, ...] = ()
    folders: tuple[Path, ...] = ()

    @property
    def layers(self) -> tuple[Path, ...]:
        """The folders whose files lie above the template's own, lowest first."""
        return tuple(folder / FILES for folder in self.folders if (folder / FILES).is_dir())

    @property
    def section(self) -> Path | None:
        """The template of its section in the project's README."""
        found = [folder / SECTION for folder in self.folders if (folder / SECTION).is_file()]
        return found[-1] if found else None


def offered(template: Template) -> tuple[Feature, ...]:
    """The features that projects of this template can have, in the order in which it names them.

    Raises:
        TemplateError: one of them is not there or not in order.
    """
    names = template.features
    if names:
        check_template(template)
    features = tuple(load(template, name) for name in dict.fromkeys(names))
    for feature in features:
        check_requirements(template, feature)
    return features


def check_template(template: Template) -> None:
    asked = [question.name for question in template.questions if question.when is not False]
    for name in FEATURE_VALUES:
        if name in asked:
            raise TemplateError(
                template.name, f"asks `{name}`, which fastkit computes for features", file="copier.yml"
            )
    if not template.subdirectory:
        raise TemplateError(
            template.name, "offers features and has no `_subdirectory` to lay them over", file="copier.yml"
        )


def check_requirements(template: Template, feature: Feature) -> None:
    for name in feature.requires:
        if name not in template.features:
            raise TemplateError(
                template.name,
                f"offers the feature `{feature.name}` without `{name}`, which that one requires",
                file="copier.yml",
            )


def chosen(template: Template, names: Iterable[str]) -> tuple[Feature, ...]:
    """The features of these names, each once, in the template's order.

    Raises:
        UnknownName: the template does not offer one of them.
        UsageError: one requires another that is not among them, or two exclude each other.
        TemplateError: a feature is not in order.
    """
    wanted = set(names)
    if not wanted:
        return ()
    features = offered(template)
    known = [feature.name for feature in features]
    for name in sorted(wanted.difference(known)):
        offers = f"`{template.name}` offers {', '.join(known)}" if known else "leave it out"
        raise UnknownName(f"feature of `{template.name}` called", name, known, offers)
    found = tuple(feature for feature in features if feature.name in wanted)
    check_together(found)
    return found


def check_together(features: Sequence[Feature]) -> None:
    names = [feature.name for feature in features]
    for feature in features:
        for name in feature.requires:
            if name not in names:
                raise UsageError(f"the feature `{feature.name}` requires `{name}`", f"name `{name}` as well")
        for name in feature.conflicts:
            if name in names:
                raise UsageError(
                    f"the features `{feature.name}` and `{name}` exclude each other", "take one of them"
                )


def layers(features: Iterable[Feature]) -> tuple[Path, ...]:
    return tuple(chain.from_iterable(feature.layers for feature in features))


def taken_names(features: Iterable[Feature]) -> frozenset[str]:
    """Normalized names that a project with these features cannot have, as it installs them."""
    named = chain.from_iterable((*f.dev_dependencies, *f.indirect_dependencies) for f in features)
    return frozenset(normalized(re.split(r"[^\w.-]", name, maxsplit=1)[0]) for name in named)


# What the files of a project can name.


def context(
    template: Template, features: Sequence[Feature], answers: Mapping[str, Value], *, trusted: bool
) -> dict[str, Value]:
    """The values of `FEATURE_VALUES`; nothing where the template offers no features.

    Args:
        trusted: whether filters may read this machine.

    Raises:
        TemplateError: the section of a feature cannot be rendered.
    """
    if not template.features:
        return {}
    known = computed(features)
    names = {**answers, **known}
    sections = [section(template, feature, names, trusted=trusted) for feature in features]
    return {**known, "features_readme": "\n\n".join(text for text in sections if text)}


def computed(features: Sequence[Feature]) -> dict[str, Value]:
    """Those of the values that need no answers."""
    requirements = chain.from_iterable(feature.dev_dependencies for feature in features)
    return {
        "features": [feature.name for feature in features],
        "features_dev_dependencies": list(dict.fromkeys(requirements)),
    }


def section(template: Template, feature: Feature, names: Mapping[str, Value], *, trusted: bool) -> str:
    """The part of the project's README that is about a feature."""
    if feature.section is None:
        return ""
    try:
        text = feature.section.read_text("utf-8")
        jinja = environment(template.envops, trusted=trusted)
        return str(jinja.from_string(text).render(**names)).strip()
    except Exception as error:  # whatever Jinja raises
        shown = shown_folder(template, feature.section.parent)
        raise feature_error(shown, f"cannot be rendered: {error}", SECTION, line_of(error)) from error


def line_of(error: Exception) -> int | None:
    """The line of a text template at which Jinja stopped."""
    import traceback

    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if frame.filename == "<template>"]
    return getattr(error, "lineno", None) or (lines[-1] if lines else None)


# Reading feature.yml.


def load(template: Template, name: str) -> Feature:
    """
    Raises:
        TemplateError: there is no such feature, or its feature.yml is not in order.
    """
    folders = tuple(find_folders(template, name))
    check_links(template, folders)
    files = [folder / ABOUT for folder in folders if (folder / ABOUT).is_file()]
    if not files:
        raise TemplateError(
            template.name, f"offers the feature `{name}`, which has no {ABOUT}", file="copier.yml"
        )
    return Feature(name=name, folders=folders, **read(files[-1], shown_folder(template, files[-1].parent)))


def check_links(template: Template, folders: Iterable[Path]) -> None:
    """
    Raises:
        TemplateError: a part of a feature lies elsewhere than with the template.
    """
    for folder in folders:
        if folder.is_relative_to(template.folder.parent):  # and is not one of fastkit's own
            for part in (ABOUT, SECTION, FILES):
                check_inside(template.name, template.folder, folder / part)


def find_folders(template: Template, name: str) -> Iterator[Path]:
    if not is_plain(name):
        return
    shared = (parent / SHARED / name for parent in (template.folder.parent, bundled_folder()))
    yield from [folder for folder in shared if folder.is_dir()][:1]
    if (own := template.folder / OWN / name).is_dir():
        yield own


def shown_folder(template: Template, folder: Path) -> str:
    """Where a feature lies, as its author knows it."""
    parts = folder.parts[-2:]
    return "/".join(parts if parts[0] == SHARED else (template.name, *parts))


def read(file: Path, folder: str) -> dict[str, Any]:
    """What a feature.yml says, each setting in the type that it has in `Feature`."""
    settings, lines = read_yaml(file, folder)
    for key, value in settings.items():
        if key not in (*TEXTS, *LISTS):
            known = ", ".join((*TEXTS, *LISTS))
            raise feature_error(
                folder, f"has the unknown setting `{key}`; there are {known}", ABOUT, lines[key]
            )
        if key in TEXTS and not isinstance(value, str):
            raise feature_error(folder, f"has a `{key}` that is no text", ABOUT, lines[key])
        if key in LISTS and not is_list_of_texts(value):
            raise feature_error(folder, f"has a `{key}` that is no list of texts", ABOUT, lines[key])
    if not settings.get("title"):
        raise feature_error(folder, "has no `title`", ABOUT)
    return {key: tuple(value) if key in LISTS else value for key, value in settings.items()}


def is_list_of_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def read_yaml(file: Path, folder: str) -> tuple[dict[str, Any], dict[str, int]]:
    """The mapping in a YAML file, and the line of each of its keys."""
    try:
        text = first_bytes(file, documents.LARGEST + 1).decode()
        found, lines = documents.parse(text), documents.check_bounds(text.encode())
    except documents.DocumentError as error:
        raise feature_error(folder, error.problem, ABOUT, error.line) from error
    except (OSError, ValueError) as error:
        raise feature_error(folder, f"cannot be read: {error}", ABOUT) from error
    if not isinstance(found, dict):
        raise feature_error(folder, "is not a mapping", ABOUT, 1)
    return {str(key): value for key, value in found.items()}, {
        keys[0]: line for keys, line in lines.items() if len(keys) == 1
    }


def feature_error(folder: str, problem: str, file: str, line: int | None = None) -> TemplateError:
    hint = f"mend the feature `{folder.rpartition('/')[2]}`"
    return TemplateError(folder, problem, file=file, line=line, hint=hint)
