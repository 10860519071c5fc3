"""What older projects have as part of their template, and newer ones as features and resources."""

from dataclasses import replace

from fastkit.catalog.resources import first, first_since
from fastkit.catalog.template import Template
from fastkit.distributions import is_older
from fastkit.record.project_yml import Record
from fastkit.wording import listed


def with_built_in(template: Template, record: Record) -> tuple[Record, tuple[str, ...]]:
    """The record with what the project had before it was a feature or a resource, and a note on features."""
    notes = []
    for version, about in (template.about.get("built_in") or {}).items():
        if is_older(record.version, str(version)):
            names, revisions = about.get("features") or [], about.get("migrations") or {}
            more = [name for name in names if name not in record.features and name in template.features]
            record = replace(
                record,
                features=(*record.features, *more),
                migrations={**revisions, **record.migrations},
            )
            if more:
                notes.append(f"{listed(more)} became features in {version}: the project keeps them")
    if is_older(record.version, first_since(template)):
        record = replace(record, resources=first(template))
    return record, tuple(notes)
