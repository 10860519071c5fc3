"""What two branches have added to the record, in one."""

from dataclasses import replace

import pytest

from fastkit.catalog.fields import read_field
from fastkit.catalog.resources import Resource, make_resource
from fastkit.errors import ProjectError
from fastkit.record.project_yml import Record
from fastkit.update.settle import merged

BASE = Record("demo", "user", version="1.0.0")


def resource(name: str) -> Resource:
    return make_resource(name, [read_field("title:str")])


def test_a_table_is_kept_unless_a_branch_has_its_resource_again() -> None:
    note, letter = resource("note"), resource("letter")
    ours, theirs = replace(BASE, kept=(letter, note)), replace(BASE, resources=(note,))
    assert merged(BASE, ours, theirs) == replace(BASE, resources=(note,), kept=(letter,))


def test_branches_with_different_versions_are_not_merged() -> None:
    with pytest.raises(ProjectError, match="different versions"):
        merged(BASE, BASE, replace(BASE, version="1.1.0"))
