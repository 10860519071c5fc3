"""Check: features meet the template, and each other, only where both allow it."""

from collections.abc import Iterable, Iterator
from itertools import combinations

from fastkit.catalog import features, migrations
from fastkit.catalog.features import ABOUT, OWN, Feature
from fastkit.catalog.find import list_templates
from fastkit.catalog.layers import sources, suffix
from fastkit.catalog.template import Template
from fastkit.checking.finding import Finding
from fastkit.checking.lists import check_insertion
from fastkit.checking.sources import files_below

CHECK = "seams"


def check_seams(template: Template) -> Iterator[Finding]:
    offered = features.offered(template)
    yield from check_presets(template)
    yield from check_migrations(template, offered)
    for one, other in combinations(offered, 2):
        yield from check_files(template, one, other)
    for feature in offered:
        for insertion in feature.insert:
            place = f"{OWN}/{feature.name}/{ABOUT}"
            yield from check_insertion(CHECK, template, (feature.name,), insertion, place)


def check_presets(template: Template) -> Iterator[Finding]:
    taken = {other.name for other in list_templates()}
    for name, about in template.presets.items():
        place = template.place("_fastkit", "presets", name)
        if name in taken:
            yield Finding(CHECK, f"the preset `{name}` has the name of a template", "rename it", *place)
        for feature in about["features"]:
            if feature not in template.features:
                problem = f"the preset `{name}` has the feature `{feature}`, which `_fastkit` does not offer"
                yield Finding(CHECK, problem, "add it to `features`, or remove it here", *place)


def check_migrations(template: Template, offered: Iterable[Feature]) -> Iterator[Finding]:
    changed = {name: file for name, (file, _) in migrations.changes(template).items()}
    for name, file in {**migrations.brought(template, offered), **changed}.items():
        text = file.read_text("utf-8") if file.is_file() else ""
        if not (migrations.REVISION.search(text) and migrations.FOLLOWS.search(text)):
            problem = f"the migration `{name}` must have the lines `revision = ` and `down_revision = `"
            hint = f"write them in `{migrations.FOLDER}/{file.name}`"
            yield Finding(CHECK, problem, hint, *template.place("_fastkit", "migrations"))


def check_files(template: Template, one: Feature, other: Feature) -> Iterator[Finding]:
    """A file that two features write, or that one replaces and another inserts into."""
    for first, second in ((one, other), (other, one)):
        written = paths_of(template, first)
        touched = {insertion.file for insertion in second.insert} & written & paths_of(template)
        if first is one:
            touched |= written & paths_of(template, second)
        for path in sorted(touched):
            problem = f"the features `{first.name}` and `{second.name}` both change `{path}`"
            hint = "let one of them insert into a list, or exclude the other by `conflicts`"
            if second.name not in first.conflicts and first.name not in second.conflicts:
                yield Finding(CHECK, problem, hint, f"{OWN}/{second.name}/{ABOUT}")


def paths_of(template: Template, feature: Feature | None = None) -> set[str]:
    """The files that a feature, or else the template itself, brings, as they are called in projects."""
    if feature is None:
        found = (path for path, source in sources(template).items() if source.is_file())
    else:
        found = (
            path.relative_to(layer).as_posix() for layer in feature.layers for path in files_below(layer)
        )
    return {path.removesuffix(suffix(template)) for path in found}
