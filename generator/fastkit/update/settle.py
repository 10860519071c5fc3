"""Settles the conflict of two branches in `.fastkit`, each of which has added or removed something."""

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from fastkit.catalog.resources import Resource, in_order
from fastkit.errors import ProjectError
from fastkit.machine import git
from fastkit.machine.progress import Progress
from fastkit.record.baseline import BASELINE
from fastkit.record.project_yml import RECORD, Record, from_text, read_record
from fastkit.record.write import record_files, rendered_tree
from fastkit.update.feature_changes import recorded_template
from fastkit.update.merge import empty_repository, settled_bytes
from fastkit.update.prepare import newer_recipe
from fastkit.update.request import Request

Value = TypeVar("Value")


def settle(project: Path, request: Request, progress: Progress) -> tuple[Record, list[str]]:
    """Settle and stage the record, the baseline, and files to which both branches added something.

    Returns:
        The record, and the paths that are left to the owner.

    Raises:
        ProjectError: there is no such conflict, or the branches differ in more than what they have added.
    """
    stages = {path: blobs for path, blobs in unmerged(project).items() if path in (RECORD, BASELINE)}
    if not stages:
        raise ProjectError(
            "there is no conflict in `.fastkit`", "merge the branches first: `git merge BRANCH`"
        )
    record = merged(*records(project, stages[RECORD])) if RECORD in stages else read_record(project)
    template = recorded_template(record, request.address, progress)
    recipe, _ = newer_recipe(project, template, record, request, None)
    recipe = replace(recipe, migrations=record.migrations)
    for path, file in record_files(recipe, rendered_tree(recipe)).items():
        (project / path).write_bytes(file.content)
        git.run(["add", "--", path], project)
    return record, [*settled_code(project)]


def settled_code(project: Path) -> Iterator[str]:
    """Settle what lists and definitions allow; the paths of the others."""
    with empty_repository() as scratch:
        for path, blobs in unmerged(project).items():
            versions = [git.run(["cat-file", "blob", blob], project) for blob in blobs]
            done = settled_bytes(scratch, Path(path).suffix, *versions) if len(blobs) == 3 else None
            if done is None:
                yield path
            else:
                (project / path).write_bytes(done)
                git.run(["add", "--", path], project)


def unmerged(project: Path) -> dict[str, list[str]]:
    """By path, the blobs of the common commit, ours and theirs, as far as there are."""
    printed = os.fsdecode(git.run(["ls-files", "--unmerged", "-z", "--", "."], project))
    found: dict[str, list[str]] = {}
    for entry in filter(None, printed.split("\0")):
        about, _, path = entry.partition("\t")
        found.setdefault(path, []).append(about.split()[1])
    return found


def records(project: Path, blobs: list[str]) -> list[Record]:
    return [from_text(git.run(["cat-file", "blob", blob], project)) for blob in blobs]


def merged(base: Record, ours: Record, theirs: Record) -> Record:
    """What either branch added to the record and neither removed."""
    if not same(ours, theirs):
        raise ProjectError(
            "the branches have the project in different versions or with different answers",
            "bring both to one version by `fastkit update`, and merge then",
        )
    names = both(*(dict.fromkeys(record.features, ()) for record in (base, ours, theirs)))
    resources, kept = (
        both(*({each.name: each for each in getattr(record, part)} for record in (base, ours, theirs)))
        for part in ("resources", "kept")
    )
    return replace(
        ours,
        features=tuple(names),
        migrations=both(base.migrations, ours.migrations, theirs.migrations),
        resources=in_order(resources.values()),
        kept=in_order(kept_of(kept.values(), resources)),
    )


def same(ours: Record, theirs: Record) -> bool:
    """But for features, resources and migrations."""
    alike = replace(
        theirs,
        features=ours.features,
        migrations=ours.migrations,
        resources=ours.resources,
        kept=ours.kept,
    )
    return alike == ours


def both(
    base: Mapping[str, Value], ours: Mapping[str, Value], theirs: Mapping[str, Value]
) -> dict[str, Value]:
    """
    Raises:
        ProjectError: both changed the same, each in another way.
    """
    found = {}
    for name in [*ours, *(name for name in theirs if name not in ours)]:
        versions = [side.get(name) for side in (base, ours, theirs)]
        before, mine, new = versions
        if mine != before != new and mine != new:
            raise ProjectError(
                f"both branches changed `{name}`, each in another way",
                "take one side: `git checkout --ours -- .fastkit`, and make the other change again",
            )
        chosen = new if mine == before else mine
        if chosen is not None:
            found[name] = chosen
    return found


def kept_of(kept: Iterable[Resource], resources: Mapping[str, Resource]) -> list[Resource]:
    """Former resources that no branch has again."""
    plurals = {resource.plural for resource in resources.values()}
    return [resource for resource in kept if resource.plural not in plurals]
