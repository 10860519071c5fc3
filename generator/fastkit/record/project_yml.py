"""The record of how a project was made: `.fastkit/project.yml`."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from fastkit.catalog.questions import Value
from fastkit.catalog.resources import Resource, from_data, in_order
from fastkit.catalog.template import Template
from fastkit.computing.safe_yaml import LARGEST, DocumentError, parse
from fastkit.errors import NotAProject, ProjectError, RecordError, UsageError
from fastkit.machine.folders import first_bytes
from fastkit.machine.ownership import why_not_ours
from fastkit.plan import Recipe
from fastkit.record.copier_answers import files_in
from fastkit.record.local_address import LOCAL, read_local_address

FOLDER = ".fastkit"
RECORD = f"{FOLDER}/project.yml"

FORMATS = (1, 2)
"""Of the record and the baseline. The first has neither `migrations` nor `resources`."""

HEADING = "# How fastkit made this project, for `fastkit update`, which also changes it. Keep it under git.\n"

NAMED = ("bundled", "user", "installed")
"""Sources in which a template has a name."""


@dataclass(frozen=True)
class Record:
    """
    Attributes:
        template: its name.
        source: `bundled`, `user`, `installed`, `git` or `folder`.
        address: finds the template again on any machine; empty for a folder of this machine.
        ref: the tag or commit of a git template.
        project: the name that the project's folder had when it was made.
        migrations: revisions by the names of the migrations that fastkit has added.
        resources: those that fastkit keeps up to date.
        kept: former resources whose tables are still there.
        answers: without those to secret questions.
    """

    template: str
    source: str
    address: str = ""
    ref: str = ""
    version: str = ""
    project: str = ""
    features: tuple[str, ...] = ()
    migrations: Mapping[str, str] = field(default_factory=dict)
    answers: Mapping[str, Value] = field(default_factory=dict)
    resources: tuple[Resource, ...] = ()
    kept: tuple[Resource, ...] = ()

    @property
    def label(self) -> str:
        """The template with its version, for the user."""
        return " ".join(filter(None, (self.template, self.ref or self.version)))


def record_of(recipe: Recipe) -> Record:
    template = recipe.template
    return Record(
        template.name,
        template.source,
        address_of(template),
        template.ref,
        template.version,
        recipe.name,
        recipe.feature_names,
        recipe.revisions,
        recipe.answers.public,
        recipe.resources,
        recipe.kept,
    )


def address_of(template: Template) -> str:
    """The address that finds the template again on any machine; that of a repository as the user wrote it."""
    if template.source != "git":
        return template.address
    return "" if template.address.startswith(LOCAL) else template.origin.address


def to_text(record: Record) -> str:
    """The record as YAML: the same bytes for the same record."""
    import yaml

    data: dict[str, Any] = {"format": FORMATS[bool(record.migrations or record.resources)]}
    data |= {"template": record.template, "source": record.source}
    optional = {
        "address": record.address if record.address != record.template else "",
        "ref": record.ref,
        "version": record.version,
        "project": record.project if record.project != record.answers.get("project_name") else "",
    }
    data |= {name: text for name, text in optional.items() if text}
    data["features"] = list(record.features)
    data |= {"migrations": dict(record.migrations)} if record.migrations else {}
    for name, resources in (("resources", record.resources), ("kept", record.kept)):
        data |= {name: [resource.data for resource in resources]} if resources else {}
    data["answers"] = dict(record.answers)
    return HEADING + yaml.safe_dump(data, allow_unicode=True, sort_keys=False, width=10_000)


def from_text(text: str | bytes) -> Record:
    """
    Raises:
        RecordError: the text is not a record, or it is one of a later fastkit.
    """
    try:
        data = parse(text)
    except DocumentError as error:
        raise RecordError(RECORD, error.problem) from error
    if not isinstance(data, dict) or not isinstance(answers := data.get("answers"), dict):
        raise RecordError(RECORD, "is not what fastkit wrote")
    if data.get("format") not in FORMATS:
        raise RecordError(RECORD, f"has the format {data.get('format')}", "install a newer fastkit")
    features = data.get("features") or []
    if not isinstance(features, list) or not all(isinstance(name, str) for name in features):
        raise RecordError(RECORD, "has a `features` that must be a list of names")
    migrations = data.get("migrations") or {}
    if not isinstance(migrations, dict) or not all(isinstance(name, str) for name in migrations.values()):
        raise RecordError(RECORD, "has a `migrations` that must map names to revisions")
    texts = {name: text_in(data, name) for name in ("template", "source", "address", "ref", "version")}
    if texts["source"] in NAMED:
        texts["address"] = texts["template"]
    answers = {str(name): value for name, value in answers.items()}
    project = text_in(data, "project") or str(answers.get("project_name") or "")
    resources, kept = (resources_in(data, name) for name in ("resources", "kept"))
    return Record(
        **texts,
        project=project,
        features=tuple(features),
        migrations=migrations,
        answers=answers,
        resources=resources,
        kept=kept,
    )


def resources_in(data: Mapping[str, Any], name: str) -> tuple[Resource, ...]:
    found = data.get(name) or []
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise RecordError(RECORD, f"has a `{name}` that must be a list of resources")
    try:
        return in_order(from_data(each) for each in found)
    except UsageError as error:
        raise RecordError(RECORD, f"has a `{name}` that is wrong: {error.message}") from error


def text_in(data: Mapping[str, Any], name: str) -> str:
    found = data.get(name) or ""
    if not isinstance(found, str | int | float):  # a version such as 1.0 may be written without quotes
        raise RecordError(RECORD, f"has a `{name}` that must be text")
    return str(found)


def find_project(folder: Path, *, by_copier: bool = False) -> Path:
    """The project that `folder` is in: the nearest folder upwards that holds a record.

    Args:
        by_copier: accept a project that copier made.

    Raises:
        NotAProject: there is none.
        ProjectError: it belongs to another user.
    """
    for place in (folder, *folder.parents):
        if marks := marks_of(place, by_copier=by_copier):
            break
        by_copier = by_copier and not (place / ".git").exists()  # a project above would be another one
    else:
        raise NotAProject(folder)
    if problem := why_not_ours(place, folder, marks):
        raise ProjectError(
            f"fastkit does not touch the project in `{place}`: {problem}", "go into a project of your own"
        )
    return place


def marks_of(place: Path, *, by_copier: bool) -> list[Path]:
    """The files that make a folder a project."""
    if (place / RECORD).is_file():
        return [place / FOLDER, place / RECORD]
    return [place / file for file in files_in(place)] if by_copier else []


def with_local_address(record: Record, project: Path) -> Record:
    """The record with the template's address on this machine, where it has no other."""
    return record if record.address else replace(record, address=read_local_address(project))


def read_record(project: Path) -> Record:
    """
    Raises:
        RecordError: it cannot be read.
    """
    try:
        return with_local_address(from_text(first_bytes(project / RECORD, LARGEST + 1)), project)
    except OSError as error:
        raise RecordError(RECORD, f"cannot be read: {error.strerror}") from error
