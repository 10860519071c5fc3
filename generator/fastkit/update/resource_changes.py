"""The resources that a project is to have: one more, another one, one less."""

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from fastkit.catalog import resources
from fastkit.catalog.fields import Field
from fastkit.catalog.migrations import projects_folder
from fastkit.catalog.resources import Resource, in_order
from fastkit.catalog.template import Template
from fastkit.errors import UnknownName, UsageError
from fastkit.machine.progress import Progress
from fastkit.record.project_yml import Record
from fastkit.update.feature_changes import recorded_template
from fastkit.update.request import Request
from fastkit.wording import listed


def request_to_add(
    project: Path, record: Record, resource: Resource, address: str, trust: bool, progress: Progress
) -> Request:
    """
    Raises:
        NotReady: the template has no resources.
        UsageError: the resource cannot be made in this project.
    """
    template = recorded_template(record, address, progress)
    resources.settings(template)
    if any(replace(other, former=()) == resource for other in record.resources):
        return Request(address, record.ref, trust=trust)  # there is nothing to do
    if any(other.name == resource.name for other in record.resources):
        raise UsageError(
            f"the project has a resource `{resource.name}`, with other fields",
            f"change it: `fastkit resource change {resource.name} +FIELD`",
        )
    resources.check_for(template, resource, record.resources)
    check_files(project, template, resource)
    if kept := kept_of(record, resource):
        resource = changed_from(template, kept, resource)
    return request(record, [*record.resources, resource], address, trust)


def check_files(project: Path, template: Template, resource: Resource) -> None:
    """
    Raises:
        UsageError: the owner has a file of the same name, perhaps of a resource that was ejected.
    """
    for path in resources.files(template):
        file = path.replace("[plural]", resource.plural)
        if os.path.lexists(project / file):
            raise UsageError(
                f"the project has the file `{file}` already", "take another name, or move the file away"
            )


def request_to_change(
    record: Record, name: str, words: Sequence[str], address: str, trust: bool, progress: Progress
) -> Request:
    """
    Raises:
        UsageError: there is no such resource, or records that are there could not be changed so.
    """
    template = recorded_template(record, address, progress)
    old, others = split(record, name)
    new = resources.changed(old, words)
    resources.check_for(template, new, others)
    return request(record, [*others, changed_from(template, old, new)], address, trust)


def request_to_remove(
    record: Record,
    name: str,
    address: str,
    trust: bool,
    progress: Progress,
    *,
    drop: bool = False,
    forget: bool = False,
) -> Request:
    """
    Args:
        drop: whether its table is dropped.
        forget: whether its files and its table stay, as the owner's.

    Raises:
        UsageError: there is no such resource, or others lead to it.
    """
    template = recorded_template(record, address, progress)
    resources.settings(template)
    gone, others = split(record, name)
    leading = [other.name for other in others if gone.plural in other.targets]
    if leading:
        raise UsageError(
            f"{listed(leading)} {'lead' if len(leading) > 1 else 'leads'} to {gone.plural}",
            f"{'eject' if forget else 'remove'} {'those' if len(leading) > 1 else 'that'} first",
        )
    if drop and not projects_folder(template):
        raise UsageError(
            f"`{record.template}` has no tables, and {gone.plural} no table to drop",
            f"leave --drop-table out, and delete {resources.place_of(template, gone)} afterwards",
        )
    made = request(record, others, address, trust)
    return replace(made, drop=drop, forget=forget)


def request(record: Record, wanted: Sequence[Resource], address: str, trust: bool) -> Request:
    return Request(address, record.ref, trust=trust, resources=in_order(wanted))


def split(record: Record, name: str) -> tuple[Resource, list[Resource]]:
    """The resource of a name, and the others."""
    found = [resource for resource in record.resources if resource.name == name]
    if not found:
        known = [resource.name for resource in record.resources]
        raise UnknownName("resource", name, known, "see `fastkit resource list`")
    return found[0], [resource for resource in record.resources if resource.name != name]


def kept_of(record: Record, resource: Resource) -> Resource | None:
    return next((kept for kept in record.kept if kept.plural == resource.plural), None)


def changed_from(template: Template, old: Resource, new: Resource) -> Resource:
    """
    Raises:
        UsageError: the records that are there could not become those of the new one.
    """
    check_change(old, new)
    return new if projects_folder(template) else resources.after(old, new)


def check_change(old: Resource, new: Resource) -> None:
    """
    Raises:
        UsageError: the records that are there would have no value, or one of another type.
    """
    for field in new.fields:
        before = old.field(field.name)
        if before and (before.type, before.target) != (field.type, field.target):
            raise UsageError(
                f"`{field.name}` cannot become `{field.type}`: what the records have is `{before.type}`",
                "add a field of another name, and remove this one once its values are moved",
            )
        if needs_a_value(field, before):
            raise UsageError(
                f"`{field}` is required, and the records that are there have no value for it",
                f"give it one, `{field}:default=VALUE`, or make it `optional`",
            )


def needs_a_value(field: Field, before: Field | None) -> bool:
    is_new = before is None or before.optional
    return is_new and not field.optional and not field.default
