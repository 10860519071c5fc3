"""Migrations that take back others, and the order in which tables are made."""

import pytest

from fastkit.catalog.fields import read_field
from fastkit.catalog.resources import Resource, in_order_of_need, make_resource
from fastkit.update.migrations import dropping, keeping

CREATE = """\
def upgrade() -> None:
    op.create_table("files")


def downgrade() -> None:
    op.drop_table("files")
"""

DROP = """\
def upgrade() -> None:
    op.drop_table("files")


def downgrade() -> None:
    op.create_table("files")
"""


@pytest.mark.parametrize(("heading", "done"), [('"""files"""\n\n', '"""drop files"""\n\n'), ("", "")])
def test_a_migration_that_drops_a_table_says_so_and_has_the_steps_the_other_way_round(
    heading: str, done: str
) -> None:
    assert dropping("files", heading + CREATE) == done + DROP


def resource(name: str, *fields: str) -> Resource:
    return make_resource(name, [read_field(text) for text in ("title:str", *fields)])


def test_a_table_is_made_after_those_that_its_fields_lead_to() -> None:
    found = [
        resource("answer", "note:ref=notes"),
        resource("note", "book:ref=books:optional", "author:ref=users"),
        resource("book"),
    ]
    assert [each.name for each in in_order_of_need(found)] == ["book", "note", "answer"]


def test_tables_that_lead_to_one_another_are_made_all_the_same() -> None:
    found = [resource("note", "book:ref=books"), resource("book", "note:ref=notes")]
    assert [each.name for each in in_order_of_need(found)] == ["note", "book"]


@pytest.mark.parametrize(
    ("tables", "words", "names"),
    [(("files",), "its table stays", '("files",)'), (("a", "b"), "its tables stay", '("a", "b")')],
)
def test_a_migration_that_keeps_tables_names_them(tables: tuple[str, ...], words: str, names: str) -> None:
    text = keeping("files", tables)
    assert words in text
    assert names in text
