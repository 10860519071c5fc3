"""Fields as they are written: what each says, and which are refused."""

import pytest

from fastkit.catalog.fields import OPTIONS, read_field
from fastkit.errors import UsageError

WRITTEN = {"enum": "enum=a/b", "list": "list=str", "ref": "ref=users"}
PLAIN = [WRITTEN.get(kind, kind) for kind in OPTIONS]


@pytest.mark.parametrize("kind", PLAIN)
def test_each_type_needs_nothing_else(kind: str) -> None:
    field = read_field(f"due_date:{kind}")
    assert (field.name, str(field)) == ("due_date", f"due_date:{kind}")
    empty = {"list": "[]", "json": "{}"}.get(field.type, "")
    assert (field.optional, field.unique, field.default) == (False, False, empty)


def test_options_stand_in_one_order_however_they_are_written() -> None:
    one, other = "title:str:unique:max=200:index", "title:str:index:max=200:unique"
    assert read_field(one) == read_field(other)
    assert str(read_field(one)) == other


def test_a_bound_may_have_the_name_that_pydantic_gives_it() -> None:
    assert str(read_field("price:decimal:ge=1:le=5:places=2")) == "price:decimal:max=5:min=1"
    assert str(read_field("pages:int:ge=1")) == "pages:int:min=1"


@pytest.mark.parametrize(
    ("text", "bounds"),
    [
        ("a:str", (1, 200)),
        ("a:str:optional", (0, 200)),
        ("a:str:min=2:max=3", (2, 3)),
        ("a:text", (0, 10_000)),
        ("a:int", (-(2**53) + 1, 2**53 - 1)),
        ("a:float:min=-0.5:max=0.5", (-0.5, 0.5)),
        ("a:decimal", (0, 10**12)),
        ("a:list=str:max=1000", (0, 1000)),
    ],
)
def test_a_text_and_a_number_have_bounds(text: str, bounds: tuple[float, float]) -> None:
    field = read_field(text)
    assert (field.least, field.most) == bounds


@pytest.mark.parametrize(
    ("text", "default"),
    [
        ("a:str:default=Hello", '"Hello"'),
        ('a:str:default=a"b', r'"a\"b"'),
        ("a:int:default=-3", "-3"),
        ("a:float:default=0.125", "0.125"),
        ("a:int:min=3:max=5:default=3", "3"),
        ("a:int:min=3:max=5:default=5", "5"),
        ("a:str:min=2:max=3:default=ab", '"ab"'),
        ("a:str:min=2:max=3:default=abc", '"abc"'),
        ("a:decimal:default=1.25", "1.25"),
        ("a:bool:default=false", "False"),
        ("a:enum=on/off:default=off", '"off"'),
    ],
)
def test_a_default_is_python(text: str, default: str) -> None:
    assert read_field(text).default == default


def test_a_reference_is_a_column_with_an_index() -> None:
    field = read_field("author:ref=users")
    assert (field.column, field.target, field.index, field.on_delete) == (
        "author_id",
        "users",
        True,
        "restrict",
    )


def test_lists_can_be_ordered_by_what_every_record_has() -> None:
    texts = ("a:str", "a:int", "a:date", "a:str:optional", "a:text", "a:enum=a/b")
    assert [read_field(text).is_sorted for text in texts] == [True, True, True, False, False, False]
    assert [read_field(text).is_filter for text in texts] == [True, False, False, False, False, True]
    assert [read_field(text).is_range for text in texts] == [False, True, True, False, False, False]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("title", "no type"),
        ("title:", "no type"),
        ("title:strr", "the type `strr`"),
        ("Title:str", "small letters"),
        ("a__b:str", "small letters"),
        ("é:str", "small letters"),
        ("class:str", "a word of Python"),
        ("id:int", "every record"),
        ("json:str", "every record"),
        ("model_name:str", "begins with"),
        ("min_price:int", "begins with"),
        (f"{'a' * 41}:str", "more than 40"),
        ("a:str:unik", "no option of `str`"),
        ("a:bool:unique", "no option of `bool`"),
        ("a:str:unique=yes", "takes no value"),
        ("a:str:max", "takes a value"),
        ("a:str:max=", "takes a value"),
        ("a:str:max=ten", "a whole number"),
        ("a:int:max=1.5", "a whole number"),
        ("a:str:max=1:max=2", "twice"),
        ("a:str:min=3:max=2", "bounds"),
        ("a:str:max=0", "bounds"),
        ("a:str:max=10001", "bounds"),
        ("a:int:max=9007199254740992", "bounds"),
        ("a:decimal:min=-1", "bounds"),
        ("a:decimal:min=0.005", "two decimals"),
        ("a:decimal:places=3", "two places"),
        ("a:int:min=1:ge=2", "twice"),
        ("a:bool:ge=1", "no option of `bool`"),
        ("a:text:max=0", "1 character"),
        ("a:int:unique:min=1:max=5", "10 values"),
        ("a:enum", "takes a value"),
        ("a:enum=one", "two or more"),
        ("a:enum=one/one", "two or more"),
        ("a:enum=one/'", "two or more"),
        ("a:list", "takes a value"),
        ("a:list=int", "a list is one of texts"),
        ("a:list=str:max=0", "room for 1 to 1000"),
        ("a:list=str:max=1001", "room for 1 to 1000"),
        ("a:list=str:max=1.5", "a whole number"),
        ("a:json:optional", "no option of `json`"),
        ("a:ref", "takes a value"),
        ("a:str=users", "takes no value"),
        ("a:ref=users:on-delete=explode", "on-delete"),
        ("a:ref=users:on-delete=null", "needs `optional`"),
        ("a:int:default=x", "not a number"),
        ("a:int:max=3:default=4", "out of its bounds"),
        ("a:decimal:default=0.001", "not a number"),
        ("a:bool:default=yes", "`true` or `false`"),
        ("a:enum=a/b:default=c", "one of a, b"),
        ("a:str:max=2:default=abc", "too long"),
        ("a:str:default=x:optional", "neither"),
        ("api_token:str:default=x", "a secret"),
    ],
)
def test_a_field_that_cannot_be_is_refused_with_the_reason_and_a_hint(text: str, said: str) -> None:
    with pytest.raises(UsageError) as refused:
        read_field(text)
    assert said in refused.value.message
    assert refused.value.hint
