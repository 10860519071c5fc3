"""Names of resources, and what changes of their fields make of them."""

import pytest

from fastkit.catalog.fields import read_field
from fastkit.catalog.find import find_template
from fastkit.catalog.resources import (
    MOST_FIELDS,
    Resource,
    after,
    changed,
    check_for,
    first,
    from_data,
    make_resource,
    plural_of,
)
from fastkit.catalog.template import Template
from fastkit.errors import NotReady, UsageError

SQL = find_template("fastapi-async-sqlalchemy")
JSON = find_template("fastapi-async-crud")


def resource(name: str = "note", *fields: str, plural: str = "", path: str = "") -> Resource:
    return make_resource(name, [read_field(text) for text in fields or ("title:str",)], plural, path)


@pytest.mark.parametrize(
    ("name", "plural"),
    [
        ("note", "notes"),
        ("category", "categories"),
        ("day", "days"),
        ("box", "boxes"),
        ("branch", "branches"),
    ],
)
def test_the_plural_follows_the_rules(name: str, plural: str) -> None:
    assert plural_of(name) == plural


def test_a_resource_has_a_class_a_table_and_a_path() -> None:
    made = resource("blog_post")
    assert (made.model, made.plural, made.path) == ("BlogPost", "blog_posts", "blog-posts")
    other = resource("person", plural="people", path="staff")
    assert (other.plural, other.path) == ("people", "staff")


def test_a_record_gives_the_same_resource_again() -> None:
    made = resource("person", "name:str:unique", "boss:ref=people:optional", plural="people")
    assert from_data(made.data) == made


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("Note",), "small letters"),
        (("import",), "a word of Python"),
        (("list",), "a name of Python"),
        (("none",), "a name of Python"),
        (("a" * 25,), "more than 24"),
        (("sheep", "title:str", "sheep"), "one and of many"),
        (("note", "a:int", "", "A b"), "the path"),
        (("note", "a:ref=users", "", "", "a_id:int"), "two fields `a_id`"),
    ],
)
def test_a_name_that_cannot_be_is_refused(words: tuple[str, ...], said: str) -> None:
    name, field, plural, path, *more = (*words, *("a:int", "", "")[len(words) - 1 :])
    with pytest.raises(UsageError, match=said):
        resource(name, field, *more, plural=plural, path=path)


@pytest.mark.parametrize(
    "data",
    [{}, {"name": "note"}, {"name": 1, "fields": ["a:int"]}, {"name": "note", "fields": []},
     {"name": "note", "fields": ["a:int"], "colour": 1}],
)  # fmt: skip
def test_data_that_is_no_resource_is_refused(data: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        from_data(data)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (resource("user"), "need"),
        (resource("status", plural="statuses"), ""),
        (resource("file"), "the feature `files`"),
        (resource("stat", plural="status"), "is a file of"),
        (resource("exact_amount"), "a migration"),
        (resource("request"), "modules need"),
        (resource("note", "a:ref=nothing"), "no table"),
        (resource("note", "a:ref=notes"), "no first one"),
        (resource("other", plural="books"), "share a name"),
    ],
)
def test_a_template_refuses_what_its_projects_cannot_have(wrong: Resource, said: str) -> None:
    if not said:
        check_for(SQL, wrong, [])
        return
    with pytest.raises(UsageError, match=said):
        check_for(SQL, wrong, [resource("book")])


def test_a_template_without_resources_says_so() -> None:
    with pytest.raises(NotReady, match="no resources"):
        check_for(find_template("fastapi-async-demo"), resource(), [])


@pytest.mark.parametrize("template", [SQL, JSON], ids=lambda template: template.name)
@pytest.mark.parametrize("name", ["live", "health", "root"])
def test_the_names_of_other_operations_are_refused(name: str, template: Template) -> None:
    with pytest.raises(UsageError, match="the project's modules need"):
        check_for(template, resource(name), [])


@pytest.mark.parametrize(
    ("field", "hint"),
    [("author:ref=users", "fastapi-async-sqlalchemy"), ("title:str:index", "in memory")],
)
def test_what_a_json_file_cannot_keep_is_refused_with_the_way(field: str, hint: str) -> None:
    with pytest.raises(UsageError, match="here") as refused:
        check_for(JSON, resource("note", field), [])
    assert hint in refused.value.hint


def test_the_first_resource_may_come_again_and_no_other_takes_its_files() -> None:
    [item] = first(JSON)
    check_for(JSON, item, [])
    with pytest.raises(UsageError, match="would share a name"):
        check_for(JSON, resource("thing", plural="items"), [item])


def test_a_resource_remembers_what_its_records_may_still_have() -> None:
    old, new = resource("note", "title:str", "price:int"), resource("note", "title:str")
    once = after(old, new)
    assert once.former == ("price",)
    assert after(once, resource("note", "title:str", "price:int")).former == ()
    assert from_data(once.data) == once


@pytest.mark.parametrize("former", ["price", [1], ["a\nb"], ["A"]])
def test_former_fields_that_are_no_names_are_refused(former: object) -> None:
    with pytest.raises(UsageError, match="a resource is a mapping"):
        from_data({"name": "note", "fields": ["title:str"], "former": former})


def test_fields_are_added_removed_and_altered() -> None:
    before = resource("note", "title:str:unique", "price:decimal", "status:enum=a/b")
    words = ("+due:date:optional", "-price", "title:le=300:no-unique", "status:enum=a/b/c")
    assert [str(field) for field in changed(before, words).fields] == [
        "title:str:max=300", "status:enum=a/b/c", "due:date:optional",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["+title:int"], "has a field `title`"),
        (["-other"], "no field of `note`"),
        (["other:max=1"], "no field of `note`"),
        (["title"], "says nothing"),
        (["title:colour=red"], "no option of `str`"),
        (["-title"], "has no fields"),
    ],
)
def test_a_change_that_cannot_be_is_refused(words: list[str], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        changed(resource(), words)


def test_a_resource_has_sixty_fields_at_most() -> None:
    fields = [read_field(f"f{number}:int") for number in range(MOST_FIELDS + 1)]
    assert len(make_resource("note", fields[1:]).fields) == MOST_FIELDS
    with pytest.raises(UsageError, match="`note` has more than 60 fields"):
        make_resource("note", fields)
