"""The fields of a resource, as they are written: `title:str:max=200:unique`, `author:ref=users`.

The grammar is `NAME:TYPE(:MODIFIER | :KEY=VALUE)*`, without a character that a shell would expand.
"""

import json
import keyword
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from fastkit.errors import UsageError
from fastkit.wording import did_you_mean

LONGEST = {"str": (200, 10_000), "text": (10_000, 1_000_000), "url": (2_000, 2_000), "email": (254, 254)}
ROOM = {**LONGEST, "list": (100, 1_000)}
"""Characters of a text, entries of a list: the most unless told otherwise, and the most that can be told."""

WHOLE = 2**53 - 1
"""The largest whole number that every reader of JSON takes for itself."""

LARGEST = {"int": WHOLE, "float": 10**12, "decimal": 10**12}
SMALLEST = {"int": -WHOLE, "float": -(10**12), "decimal": 0}

BOUNDS = ("min", "max")
ON_DELETE = ("cascade", "null", "restrict")

OPTIONS: Mapping[str, tuple[str, ...]] = {
    "str": (*BOUNDS, "default", "index", "optional", "unique"),
    "text": (*BOUNDS, "default", "optional"),
    "int": (*BOUNDS, "default", "index", "optional", "unique"),
    "float": (*BOUNDS, "default", "index", "optional"),
    "decimal": (*BOUNDS, "default", "index", "optional"),
    "bool": ("default", "optional"),
    "date": ("index", "optional", "unique"),
    "datetime": ("index", "optional", "unique"),
    "uuid": ("index", "optional", "unique"),
    "email": ("index", "optional", "unique"),
    "url": ("optional", "unique"),
    "enum": ("default", "index", "optional"),
    "list": ("max",),
    "json": (),
    "ref": ("on-delete", "optional", "unique"),
}
"""What may be said of each type."""

OTHER_WORDS = {"ge": "min", "le": "max"}
"""What pydantic calls a bound, for those who are used to it."""

PLACES = "places=2"
"""What may be said of a decimal, which has two of them in any case."""

FLAGS = ("index", "optional", "unique")
WITH_VALUE = ("enum", "list", "ref")
"""Types that are written with a value, as in `status:enum=draft/published`."""

EMPTY = {"list": "[]", "json": "{}"}
"""Types that nobody has to send, and that are never null."""

LONGEST_ENTRY = 200

TAKEN = frozenset(
    {"id", "version", "skip", "limit", "after", "sort", "filters"}  # of every record, and of every list
    | {"copy", "dict", "json", "schema", "schema_json", "construct", "validate", "fields", "from_orm"}
    | {"parse_file", "parse_obj", "parse_raw", "update_forward_refs", "metadata", "registry"}
    | {"bool", "date", "datetime", "float", "int", "str"}  # types that the class itself names
)
"""Names that pydantic, SQLAlchemy or fastkit's templates need for themselves."""

NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
MOST_CHARACTERS = 40
CHOICE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,49}")
SECRET = re.compile(r"(^|_)(pas+wo?r?d|pass(phrase)?|pwd|token|secrete?)($|_)")
FEWEST = 10

NUMBER = re.compile(r"-?[0-9]{1,16}(\.[0-9]{1,6})?")


@dataclass(frozen=True)
class Field:
    """
    Attributes:
        values: of an enum; of a list, the type of its entries.
        target: the plural name of the resource that a `ref` leads to.
        options: by key, as they were written; a flag has an empty text.
    """

    name: str
    type: str
    values: tuple[str, ...] = ()
    target: str = ""
    options: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        value = "/".join(self.values) or self.target
        words = [self.name, f"{self.type}={value}" if value else self.type]
        return ":".join([*words, *(f"{key}={text}" if text else key for key, text in self.options)])

    @cached_property
    def given(self) -> dict[str, str]:
        return dict(self.options)

    @property
    def optional(self) -> bool:
        return "optional" in self.given

    @property
    def unique(self) -> bool:
        return "unique" in self.given

    @property
    def index(self) -> bool:
        return "index" in self.given or self.type == "ref"

    @property
    def column(self) -> str:
        """The name that the field has in code and in JSON."""
        return f"{self.name}_id" if self.type == "ref" else self.name

    @property
    def on_delete(self) -> str:
        return self.given.get("on-delete", "restrict")

    @property
    def is_list(self) -> bool:
        return self.type == "list"

    @property
    def is_text(self) -> bool:
        return self.type in LONGEST

    @property
    def is_number(self) -> bool:
        return self.type in LARGEST

    @property
    def least(self) -> int | float:
        """Characters of a text, entries of a list, or the smallest number."""
        low = SMALLEST.get(self.type, 0 if self.optional or self.type in ("text", "list") else 1)
        return number(self.given["min"]) if "min" in self.given else low

    @property
    def most(self) -> int | float:
        """Characters of a text, entries of a list, or the largest number."""
        high = ROOM[self.type][0] if self.type in ROOM else LARGEST.get(self.type, 0)
        return number(self.given["max"]) if "max" in self.given else high

    @property
    def default(self) -> str:
        """As Python and JSON-like text, such as `"draft"`, `0` or `True`; empty where there is none."""
        given = literal(self, self.given["default"]) if "default" in self.given else ""
        return EMPTY.get(self.type, given)

    # What lists offer: the order needs a value in each record.

    @property
    def is_filter(self) -> bool:
        """Whether a list shows those of one value."""
        return not self.optional and self.type in ("str", "bool", "email", "enum", "ref", "uuid")

    @property
    def is_range(self) -> bool:
        """Whether a list shows those between two values."""
        return not self.optional and self.type in ("int", "float", "decimal", "date", "datetime")

    @property
    def is_sorted(self) -> bool:
        return not self.optional and self.type in ("str", "int", "float", "decimal", "date", "datetime")


def literal(field: Field, text: str) -> str:
    if field.type == "bool":
        return text.capitalize()
    return text if field.is_number else json.dumps(text, ensure_ascii=False)


def number(text: str) -> int | float:
    return float(text) if "." in text else int(text)


# Reading.


def read_field(text: str) -> Field:
    """
    Raises:
        UsageError: it is not a field; the message says why.
    """
    name, *words = text.split(":")
    problem = why_not_a_name(name) or why_not_a_field(name)
    if problem:
        raise wrong(text, f"`{name}` {problem}")
    if not words or not words[0]:
        raise UsageError(f"the field `{text}` has no type", f"write it like `{name}:str`")
    kind, _, value = words[0].partition("=")
    if kind not in OPTIONS:
        raise UsageError(
            f"the field `{name}` has the type `{kind}`, which there is not",
            did_you_mean(kind, OPTIONS, f"the types are {', '.join(OPTIONS)}"),
        )
    values, target = read_value(text, kind, value)
    field = Field(name, kind, values, target, tuple(sorted(read_options(text, kind, words[1:]).items())))
    check(field, text)
    return field


def why_not_a_name(name: str) -> str:
    """Why a field or a resource cannot have this name; empty if it can."""
    if not NAME.fullmatch(name):
        return "is not a name of small letters, digits and single underscores, such as `due_date`"
    if keyword.iskeyword(name) or (keyword.issoftkeyword(name) and name != "type"):
        return "is a word of Python itself"
    return f"has more than {MOST_CHARACTERS} characters" if len(name) > MOST_CHARACTERS else ""


def why_not_a_field(name: str) -> str:
    if name in TAKEN:
        return "is a name that every record, list or model has already"
    if name.startswith(("model_", "min_", "max_")):
        return "begins with `model_`, `min_` or `max_`, which pydantic and the filters of lists need"
    return ""


def read_value(text: str, kind: str, value: str) -> tuple[tuple[str, ...], str]:
    """The values of an enum, and the target of a ref."""
    if bool(value) != (kind in WITH_VALUE):
        example = {"enum": "status:enum=draft/published", "list": "tags:list=str", "ref": "author:ref=users"}
        raise wrong(text, f"`{kind}` takes {'a value' if kind in example else 'no value'}", example.get(kind))
    if kind == "list":
        if value != "str":
            raise wrong(text, "a list is one of texts", "tags:list=str")
        return (value,), ""
    if kind != "enum":
        return (), value
    values = tuple(value.split("/"))
    if len({*values}) < max(2, len(values)) or not all(map(CHOICE.fullmatch, values)):
        problem = "an enum has two or more different values of letters, digits, `-` and `_`"
        raise wrong(text, problem, "status:enum=draft/published")
    return values, ""


def read_options(text: str, kind: str, words: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for word in words:
        key, equals, value = word.partition("=")
        if kind == "decimal" and key == "places":
            if word != PLACES:
                raise wrong(text, "a decimal has two places", "price:decimal:places=2")
            continue
        key = OTHER_WORDS.get(key, key)
        if key not in OPTIONS[kind]:
            known = f"`{kind}` knows {', '.join(OPTIONS[kind])}"
            raise UsageError(
                f"the field `{text}` says `{word}`, which is no option of `{kind}`",
                did_you_mean(key, OPTIONS[kind], known),
            )
        if key in found:
            raise wrong(text, f"it says `{key}` twice")
        if bool(value) == (key in FLAGS) or bool(equals) == (key in FLAGS):
            raise wrong(text, f"`{key}` takes {'no' if key in FLAGS else 'a'} value")
        found[key] = value
    return found


def check(field: Field, text: str) -> None:
    given = field.given
    check_bounds(field, text)
    if field.on_delete not in ON_DELETE:
        raise wrong(text, f"`on-delete` is one of {', '.join(ON_DELETE)}")
    if field.on_delete == "null" and not field.optional:
        raise wrong(text, "`on-delete=null` needs `optional`: the field is emptied")
    if field.unique and field.is_number and field.most - field.least < FEWEST:
        raise wrong(text, f"a unique field has {FEWEST} values or more to choose from")
    if "default" in given:
        check_default(field, text, given["default"])


def check_bounds(field: Field, text: str) -> None:
    given = field.given
    for key in set(BOUNDS) & given.keys():
        if not NUMBER.fullmatch(given[key]) or (
            "." in given[key] and field.type in ("str", "text", "int", "list")
        ):
            kind = "a number" if field.type in ("float", "decimal") else "a whole number"
            raise wrong(text, f"`{key}` is {kind}")
        if field.type == "decimal" and len(given[key].partition(".")[2]) > 2:
            raise wrong(text, f"`{key}` has two decimals, as an amount has")
    lowest = SMALLEST.get(field.type, 0)
    highest = LONGEST[field.type][1] if field.is_text else LARGEST.get(field.type, 0)
    if (field.is_text or field.is_number) and not lowest <= field.least <= field.most <= highest:
        raise wrong(text, f"its bounds have to be between {lowest} and {highest}, the smaller one first")
    if field.is_list and not 1 <= field.most <= ROOM["list"][1]:
        raise wrong(text, f"a list has room for 1 to {ROOM['list'][1]} entries")
    if field.is_text and field.most < 1:
        raise wrong(text, "a text has room for 1 character or more")


def check_default(field: Field, text: str, value: str) -> None:
    if SECRET.search(field.name):
        raise wrong(text, "a secret has no default, which everybody could read")
    if problem := why_not_the_default(field, value):
        raise wrong(text, problem)
    if field.optional or field.unique:
        raise wrong(text, "a field with a default is neither `optional` nor `unique`")


def why_not_the_default(field: Field, value: str) -> str:
    if field.type == "bool":
        return "" if value in ("true", "false") else "its default is `true` or `false`"
    if field.type == "enum":
        return "" if value in field.values else f"its default is one of {', '.join(field.values)}"
    if field.is_number:
        fits = NUMBER.fullmatch(value) and ("." not in value or field.type != "int")
        exact = field.type != "decimal" or len(value.partition(".")[2]) <= 2
        if not fits or not exact:
            return "its default is not a number of its type"
        return "" if field.least <= number(value) <= field.most else "its default is out of its bounds"
    inside = field.least <= len(value) <= field.most and value.isprintable()
    return "" if inside else "its default is too long, too short or not printable"


def wrong(text: str, problem: str, example: str | None = None) -> UsageError:
    hint = f"write it like `{example or 'title:str:max=200:unique'}`"
    return UsageError(f"the field `{text}` cannot be: {problem}", hint)
