"""Values of fields for the tests of a resource."""

import pytest

from fastkit.catalog.field_samples import accepted, amounts, refused
from fastkit.catalog.fields import read_field


def test_a_text_is_as_long_as_it_may_be_and_no_longer() -> None:
    field = read_field("title:str:max=9")
    assert [*accepted(field)] == ['"x"', '"x" * 9']
    assert [*refused(field)] == ["None", '""', '"x" * 10', r'"\0"', "1"]


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
