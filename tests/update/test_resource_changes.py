"""What a change of a project's resources asks for, and when it is refused, before anything is written."""

from dataclasses import replace
from pathlib import Path

import pytest

from fastkit.catalog.fields import read_field
from fastkit.catalog.find import find_template
from fastkit.catalog.resources import Resource, first, make_resource
from fastkit.errors import NotReady, UnknownName, UsageError
from fastkit.machine.progress import silently
from fastkit.record.project_yml import Record, address_of
from fastkit.update.request import Request
from fastkit.update.resource_changes import request_to_add, request_to_change, request_to_remove


def record(name: str) -> Record:
    template = find_template(name)
    place = address_of(template)
    return Record(name, "bundled", place, version=template.version, resources=first(template))


def resource(name: str, *fields: str) -> Resource:
    return make_resource(name, [read_field(text) for text in fields])


SQL = record("fastapi-async-sqlalchemy")
JSON = record("fastapi-async-crud")
DEMO = record("fastapi-async-demo")


def change(*words: str, of: Record = SQL) -> Request:
    return request_to_change(of, "item", words, "", False, silently)


def test_a_change_keeps_the_other_resources_and_their_order() -> None:
    note = resource("note", "title:str")
    wanted = change("+due:date:optional", of=replace(SQL, resources=(note, *SQL.resources))).resources
    assert [(each.name, each.field("due") is not None) for each in wanted or ()] == [
        ("item", True),
        ("note", False),
    ]


@pytest.mark.parametrize(
    ("of", "word", "message"),
    [
        (SQL, "+author:ref=nobody", "no table"),
        (JSON, "+author:ref=users", "cannot be `ref` here"),
        (SQL, "+due:date", "is required, and the records that are there have no value"),
    ],
)
def test_a_field_that_the_project_cannot_have_is_refused(of: Record, word: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        change(word, of=of)


def test_a_project_without_resources_says_so(tmp_path: Path) -> None:
    note = resource("note", "title:str")
    with pytest.raises(NotReady, match="have no resources that fastkit makes"):
        request_to_add(tmp_path, DEMO, note, "", False, silently)
    with pytest.raises(NotReady, match="have no resources that fastkit makes"):
        request_to_remove(DEMO, "note", "", False, silently)


def test_a_resource_is_removed_alone() -> None:
    note = resource("note", "title:str")
    both = replace(SQL, resources=(*SQL.resources, note))
    wanted = request_to_remove(both, "item", "", False, silently)
    assert (wanted.resources, wanted.drop, wanted.forget) == ((note,), False, False)
    with pytest.raises(UnknownName, match="letter"):
        request_to_remove(both, "letter", "", False, silently)


def test_what_a_resource_is_removed_from_may_not_lead_to_it() -> None:
    leading = resource("note", "thing:ref=items")
    with pytest.raises(UsageError, match="`note` leads to items"):
        request_to_remove(replace(SQL, resources=(*SQL.resources, leading)), "item", "", False, silently)


def test_a_file_of_the_owner_is_not_written_over(tmp_path: Path) -> None:
    own = tmp_path / "src/schemas/notes.py"
    own.parent.mkdir(parents=True)
    own.touch()
    with pytest.raises(UsageError, match=r"the project has the file `src/schemas/notes\.py` already"):
        request_to_add(tmp_path, SQL, resource("note", "title:str"), "", False, silently)
