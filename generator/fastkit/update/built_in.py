"""What older projects have as part of their template, and newer ones as features."""

from collections.abc import Iterator
from dataclasses import replace

from fastkit.catalog.template import Template
from fastkit.distributions import is_older
from fastkit.record.project_yml import Record
from fastkit.wording import listed


def with_built_in(template: Template, record: Record) -> tuple[Record, tuple[str, ...]]:
    """The record with the features that the project had before they were features, and a note on them."""
    notes = []
    for version, names, revisions in built_in(template):
        if is_older(record.version, version):
            more = [name for name in names if name not in record.features and name in template.features]
            record = replace(
                record,
                features=(*record.features, *more),
                migrations={**revisions, **record.migrations},
            )
            if more:
                notes.append(f"{listed(more)} became features in {version}: the project keeps them")
    return record, tuple(notes)


def built_in(template: Template) -> Iterator[tuple[str, list[str], dict[str, str]]]:
    """Version, features, and revisions by the names of migrations."""
    for version, about in (template.about.get("built_in") or {}).items():
        yield str(version), about.get("features") or [], about.get("migrations") or {}
