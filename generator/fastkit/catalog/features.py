"""Features: parts that a project can have on top of its template, such as a Dockerfile.

A feature is a folder with a `feature.yml`, its files in `project/`, and its section of the project's README
in `README.md.jinja`. Shared features are in `_features/NAME`, beside the template or in fastkit itself. A
template can have a `features/NAME` of its own, whose files and section win over those of the shared one.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

from fastkit.catalog.folders import bundled_folder
from fastkit.catalog.questions import FEATURE_VALUES, Value
from fastkit.catalog.seams import INSERTIONS, PARTS, Clash, Insertion, merged, read_insertion
from fastkit.catalog.settings import MAPPING, TEXT, TEXTS, Check
from fastkit.catalog.template import Template, check_inside, is_plain
from fastkit.computing import safe_yaml
from fastkit.computing.jinja import environment
from fastkit.distributions import distribution_of
from fastkit.errors import TemplateError, UnknownName, UsageError
from fastkit.machine.folders import first_bytes

SHARED = "_features"
OWN = "features"
ABOUT = "feature.yml"
SECTION = "README.md.jinja"
FILES = "project"

FEATURE: Mapping[str, Check] = {
    **dict.fromkeys(("title", "description"), TEXT),
    **dict.fromkeys(("requires", "conflicts"), TEXTS),
    **dict.fromkeys(("dependencies", "dev_dependencies", "indirect_dependencies"), TEXTS),
    "insert": INSERTIONS,
    **dict.fromkeys(PARTS, MAPPING),
}
"""The settings of a feature.yml."""


@dataclass(frozen=True)
class Feature:
    """
    Attributes:
        requires: features that a project with this one needs, too.
        conflicts: features that a project with this one cannot have.
        dependencies: requirements that it adds to the project.
        dev_dependencies: those that it adds to the project's group `dev`.
        indirect_dependencies: names of what these install besides.
        insert: items that lists in files of the project get.
        parts: its mappings, by the names in `PARTS`.
        folders: where its files are, lowest first: the shared folder, then the template's own.
    """

    name: str
    title: str
    description: str = ""
    requires: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()
    dependencies: tuple[str, ...] = ()
    dev_dependencies: tuple[str, ...] = ()
    indirect_dependencies: tuple[str, ...] = ()
    insert: tuple[Insertion, ...] = ()
    parts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, hash=False)
    folders: tuple[Path, ...] = ()

    @property
    def layers(self) -> tuple[Path, ...]:
        """The folders whose files win over the template's, lowest first."""
        return tuple(folder / FILES for folder in self.folders if (folder / FILES).is_dir())

    @property
    def section(self) -> Path | None:
        """The file with its section of the project's README."""
        found = [folder / SECTION for folder in self.folders if (folder / SECTION).is_file()]
        return found[-1] if found else None


def offered(template: Template) -> tuple[Feature, ...]:
    """The features that projects of this template can have, in the template's order.

    Raises:
        TemplateError: a feature does not exist or is not valid.
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
            raise TemplateError(template.name, f"asks `{name}`, which fastkit computes", file="copier.yml")
    if not template.subdirectory:
        raise TemplateError(
            template.name, "offers features, so it must have a `_subdirectory`", file="copier.yml"
        )


def check_requirements(template: Template, feature: Feature) -> None:
    for name in feature.requires:
        if name not in template.features:
            raise TemplateError(
                template.name,
                f"offers the feature `{feature.name}` but not `{name}`, which it requires",
                file="copier.yml",
            )


def chosen(template: Template, names: Iterable[str]) -> tuple[Feature, ...]:
    """The features of these names, each once, in the template's order.

    Raises:
        UnknownName: the template does not offer one of them.
        UsageError: one requires another that is missing, or two exclude each other.
        TemplateError: a feature is not valid.
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
                raise UsageError(
                    f"the feature `{feature.name}` requires `{name}`", f"choose `{name}` as well"
                )
        for name in feature.conflicts:
            if name in names:
                raise UsageError(
                    f"the features `{feature.name}` and `{name}` exclude each other", "choose one of them"
                )


def layers(features: Iterable[Feature]) -> tuple[Path, ...]:
    return tuple(chain.from_iterable(feature.layers for feature in features))


def taken_names(features: Iterable[Feature]) -> frozenset[str]:
    """Normalized names of what these features install, which a project with them cannot have."""
    named = chain.from_iterable(
        (*f.dependencies, *f.dev_dependencies, *f.indirect_dependencies) for f in features
    )
    return frozenset(map(distribution_of, named))


# Values for the files of a project.


def context(
    template: Template, features: Sequence[Feature], answers: Mapping[str, Value], *, trusted: bool
) -> dict[str, Value]:
    """`FEATURE_VALUES`; empty if the template offers no features.

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
    """The values that do not depend on answers."""
    requirements = chain.from_iterable(feature.dependencies for feature in features)
    of_dev = chain.from_iterable(feature.dev_dependencies for feature in features)
    return {
        "features": [feature.name for feature in features],
        "features_dependencies": sorted({*requirements}),
        "features_dev_dependencies": list(dict.fromkeys(of_dev)),
        **{f"features_{part}": merged_part(features, part) for part in PARTS},
    }


def merged_part(features: Sequence[Feature], part: str) -> dict[str, Any]:
    """
    Raises:
        TemplateError: two features have different values for a key.
    """
    try:
        return merged(feature.parts.get(part, {}) for feature in features)
    except Clash as clash:
        key = str(clash)
        first = key.split(".")[0]
        names = [feature.name for feature in features if first in feature.parts.get(part, {})]
        problem = f"the features {' and '.join(f'`{name}`' for name in names)} differ in `{part}.{key}`"
        raise TemplateError(SHARED, problem, file=ABOUT, hint="give it the same value") from clash


def section(template: Template, feature: Feature, names: Mapping[str, Value], *, trusted: bool) -> str:
    """The section of the project's README about a feature."""
    if feature.section is None:
        return ""
    try:
        text = feature.section.read_text("utf-8")
        jinja = environment(template.envops, trusted=trusted)
        return str(jinja.from_string(text).render(**names)).strip()
    except Exception as error:  # anything that Jinja raises
        shown = shown_folder(template, feature.section.parent)
        raise feature_error(shown, f"cannot be rendered: {error}", SECTION, line_of(error)) from error


def line_of(error: Exception) -> int | None:
    """The line at which Jinja stopped."""
    import traceback

    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if frame.filename == "<template>"]
    return getattr(error, "lineno", None) or (lines[-1] if lines else None)


# Reading feature.yml.


def load(template: Template, name: str) -> Feature:
    """
    Raises:
        TemplateError: the feature does not exist, or its feature.yml is not valid.
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
        TemplateError: a part of a feature is outside the template.
    """
    for folder in folders:
        if folder.is_relative_to(template.folder.parent):  # so it is not one of fastkit's own
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
    """The folder of a feature, as its author knows it."""
    parts = folder.parts[-2:]
    return "/".join(parts if parts[0] == SHARED else (template.name, *parts))


def read(file: Path, folder: str) -> dict[str, Any]:
    """The settings in a feature.yml, each in the type that it has in `Feature`."""
    settings, lines = read_yaml(file, folder)
    for key, value in settings.items():
        if key not in FEATURE:
            problem = f"has the unknown setting `{key}`; there are {', '.join(FEATURE)}"
            raise feature_error(folder, problem, ABOUT, lines[key])
        if problem := FEATURE[key](f"`{key}`", value) or "":
            raise feature_error(folder, problem, ABOUT, lines[key])
    if not settings.get("title"):
        raise feature_error(folder, "must have a `title`", ABOUT)
    lists = {key: tuple(value) for key, value in settings.items() if isinstance(value, list)}
    if "insert" in lists:
        lists["insert"] = tuple(map(read_insertion, lists["insert"]))
    parts = {part: settings.pop(part) for part in PARTS if part in settings}
    return {**settings, **lists, "parts": parts}


def read_yaml(file: Path, folder: str) -> tuple[dict[str, Any], dict[str, int]]:
    """The mapping in a YAML file, and the line of each of its keys."""
    try:
        text = first_bytes(file, safe_yaml.LARGEST + 1).decode()
        found, lines = safe_yaml.parse(text), safe_yaml.check_bounds(text.encode())
    except safe_yaml.DocumentError as error:
        raise feature_error(folder, error.problem, ABOUT, error.line) from error
    except (OSError, ValueError) as error:
        raise feature_error(folder, f"cannot be read: {error}", ABOUT) from error
    if not isinstance(found, dict):
        raise feature_error(folder, "is not a mapping", ABOUT, 1)
    return {str(key): value for key, value in found.items()}, {
        keys[0]: line for keys, line in lines.items() if len(keys) == 1
    }


def feature_error(folder: str, problem: str, file: str, line: int | None = None) -> TemplateError:
    hint = f"fix the feature `{folder.rpartition('/')[2]}`"
    return TemplateError(folder, problem, file=file, line=line, hint=hint)
