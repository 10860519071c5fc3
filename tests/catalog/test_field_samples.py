"""Values of fields for the tests of a resource."""

import pytest

from fastkit.catalog.field_samples import accepted, amounts, expression, refused
from fastkit.catalog.fields import read_field


def test_a_text_is_as_long_as_it_may_be_and_no_longer() -> None:
    field = read_field("title:str:max=9")
    assert [*accepted(field)] == ['"x"', '"x" * 9']
    assert [*refused(field)] == ["None", '""', '"x" * 10', r'"\0"', "1"]


def test_a_list_is_as_long_as_it_may_be_and_no_longer() -> None:
    field = read_field("tags:list=str:max=3")
    assert [*accepted(field)] == ["[]", '["x" * 200] * 3']
    assert [*refused(field)][1:3] == ['["x"] * 4', '["x" * 201]']


def test_an_amount_beyond_a_bound_is_a_cent_beyond_it() -> None:
    field = read_field("price:decimal:min=5:max=12.5:optional")
    assert [*accepted(field)] == ["5", "12.5", "None"]
    assert [*refused(field)] == ["4.99", "12.51", '"1"', "True", "0.001"]


@pytest.mark.parametrize(
    ("options", "inside"),
    [
        ("", ["0.01", "0.1", "0.29", "999999999999.99"]),
        (":max=0.1", ["0.01", "0.1"]),
        (":min=1", ["999999999999.99"]),
        (":min=1:max=2", []),
    ],
)
def test_amounts_are_inside_the_bounds(options: str, inside: list[str]) -> None:
    assert amounts(read_field(f"price:decimal{options}")) == inside


@pytest.mark.parametrize(
    "text",
    [
        *("title:str", "title:str:min=5:max=12", "title:str:max=11", "title:str:max=5", "title:str:max=1"),
        *("title:str:min=7", "title:str:min=8", "title:str:min=40", "body:text:optional"),
        *("pages:int", "pages:int:min=5:max=7", "pages:int:min=-3:max=-3", "price:float:min=0.1:max=0.9"),
        *("price:decimal:min=1:max=2.5", "price:decimal:max=2000", "price:float:min=1.5:max=2.5"),
    ],
)
def test_each_sample_is_inside_the_bounds(text: str) -> None:
    field = read_field(text)
    for number in (0, 1, 12, 999):
        value = eval(expression(field), {"number": number})
        assert field.least <= (len(value) if field.is_text else value) <= field.most
