"""Values of fields for the tests of a resource, as Python text: a valid one, and those at each bound."""

from collections.abc import Iterator
from decimal import Decimal

from fastkit.catalog.fields import LONGEST_ENTRY, WHOLE, Field

NUMBER = "number"
"""The variable that each value depends on, so that no two are the same where there is a choice."""

MANY = 1000

DIGITS = 6

CENT = Decimal("0.01")

AMOUNTS = ("0.01", "0.1", "0.29", "999999999999.99")
"""No float is exactly one of these."""

EXPRESSIONS = {
    "bool": f"{NUMBER} % 2 == 0",
    "date": f'f"{{2000 + {NUMBER}}}-01-31"',
    "datetime": f'f"{{2000 + {NUMBER}}}-01-31T12:00:00Z"',
    "uuid": f'f"00000000-0000-4000-8000-{{{NUMBER}:012}}"',
    "url": f'f"https://example.com/{{{NUMBER}}}"',
    "list": f'[f"Entry {{{NUMBER}}}"]',
    "json": f'{{"number": {NUMBER}, "deep": [1.5, None, {{"x": "y"}}]}}',
}


def expression(field: Field) -> str:
    """A valid value."""
    if field.type in EXPRESSIONS:
        return EXPRESSIONS[field.type]
    if field.type == "email":
        return f'f"{field.name}{{{NUMBER}}}@example.com"'
    if field.type == "enum":
        return f"({', '.join(map(repr, field.values))})[{NUMBER} % {len(field.values)}]"
    return text_value(field) if field.is_text else number_value(field)


def text_value(field: Field) -> str:
    title = field.name.replace("_", " ").capitalize()
    if field.least <= len(title) + 2 and len(title) + 1 + DIGITS <= field.most:
        return f'f"{title} {{{NUMBER}}}"'
    width = max(1, field.least)
    return f'f"{{{NUMBER}:0{width}}}"' if field.most >= DIGITS else f'f"{{{NUMBER} % 10:0{width}}}"'


def number_value(field: Field) -> str:
    least, most = field.least, field.most
    whole = int(least) + (least > int(least))
    span = min(MANY, int(most) - whole + 1)
    half = 0.5 if field.type != "int" and whole + span - 0.5 <= most else 0
    if span < 1:  # such as from 0.1 to 0.9
        return repr(least)
    if whole <= 0 < MANY <= most:
        return NUMBER if not half else f"{NUMBER} + {half}"
    return f"{whole + half} + {NUMBER} % {span}"


def accepted(field: Field) -> Iterator[str]:
    """Values at the bounds."""
    if field.type in ("str", "text"):
        yield from (times("x", int(length)) for length in dict.fromkeys((field.least, field.most)) if length)
    elif field.is_number:
        yield from (repr(value) for value in dict.fromkeys((field.least, field.most)))
    elif field.is_list:
        yield from ("[]", f'["x" * {LONGEST_ENTRY}] * {field.most}')
    elif field.type == "json":
        yield from ("{}", '{"": "é"}')
    if field.optional:
        yield "None"


def times(character: str, number: int) -> str:
    return f'"{character}" * {number}' if number > 1 else f'"{character * number}"'


def amounts(field: Field) -> list[str]:
    """Those of a `decimal` that are inside its bounds."""
    return [text for text in AMOUNTS if field.least <= float(text) <= field.most]


def refused(field: Field) -> Iterator[str]:
    """Values just beyond the bounds, and of other types."""
    if not field.optional:
        yield "None"
    if field.type in ("str", "text"):
        if field.least:
            yield times("x", int(field.least) - 1)
        yield from (times("x", int(field.most) + 1), times(r"\0", max(1, int(field.least))), "1")
    elif field.is_number:
        yield from (*beyond(field), '"1"', "True")
        yield from ["0.5"] if field.type == "int" else ["0.001"] if field.type == "decimal" else []
    elif field.type == "enum":
        yield repr("_".join(field.values))
    elif field.type == "ref":
        yield from ("0", str(WHOLE + 1), '"1"')
    else:
        yield from others(field)


def beyond(field: Field) -> tuple[str, str]:
    """The numbers next to the bounds."""
    if field.type == "decimal":
        return str(Decimal(str(field.least)) - CENT), str(Decimal(str(field.most)) + CENT)
    return repr(field.least - 1), repr(field.most + 1)


def others(field: Field) -> Iterator[str]:
    yield from {
        "bool": ['"yes"', "1"],
        "date": ['"2026-02-30"', '"tomorrow"', '"0"', "0"],
        "datetime": ['"2026-01-31T12:00:00"', '"tomorrow"', '"0"', "0"],
        "uuid": ['"1"'],
        "email": ['"ada"', '"ada@"'],
        "list": [
            f'["x"] * {int(field.most) + 1}',
            f'["x" * {LONGEST_ENTRY + 1}]',
            *('[""]', "[1]", '"x"'),
        ],
        "json": ["[]", '"x"', "1"],
        "url": ['"example.com"', '"ftp://example.com"', '"https://a b"'],
    }[field.type]
