"""Random resources, as somebody might write them: every type with every option."""

import random
from collections.abc import Iterator

from fastkit.catalog.fields import BOUNDS, FLAGS, OPTIONS, Field, read_field
from fastkit.errors import UsageError

WORDS = (
    *(
        "title",
        "body",
        "amount",
        "status",
        "due",
        "starts_at",
        "email",
        "site",
        "number",
        "is_open",
        "type",
        "field",
    ),
    *(
        "name",
        "literal",
        "token",
        "weight",
        "order",
        "group",
        "count_of_all",
        "a",
        "x1",
        "value",
        "price",
        "decimal",
    ),
    *(
        "text",
        "note",
        "item",
        "query",
        "select",
        "user",
        "table",
        "key",
        "summary",
        "self_made",
        "page",
        "annotated",
    ),
)


def fields(chance: random.Random, targets: tuple[str, ...], own: str) -> list[str]:
    """Some fields, without two of one name; without targets, those of a JSON file."""
    found: dict[str, Field] = {}
    for name in chance.sample(WORDS, chance.randint(1, 9)):
        field = random_field(chance, name, targets, own)
        if field.column not in {other.column for other in found.values()}:
            found[name] = field
    return [str(field) for field in found.values()]


def random_field(chance: random.Random, name: str, targets: tuple[str, ...], own: str) -> Field:
    while True:
        kind = chance.choice([kind for kind in OPTIONS if targets or kind != "ref"])
        try:
            field = read_field(":".join([name, *words_of(chance, kind, targets, own)]))
        except UsageError:
            continue
        if not targets and "index" in field.given:
            continue
        if field.target != own or field.optional:
            return field


def words_of(chance: random.Random, kind: str, targets: tuple[str, ...], own: str) -> Iterator[str]:
    values = ["draft", "published", "in-review", "B2", "x" * 20]
    value = {
        "enum": "/".join(values[: chance.randint(2, 5)]),
        "list": "str",
        "ref": chance.choice([*targets, own]),
    }.get(kind)
    yield f"{kind}={value}" if value else kind
    for option in OPTIONS[kind]:
        if chance.random() < 0.35:
            yield option if option in FLAGS else f"{option}={option_value(chance, kind, option)}"


def option_value(chance: random.Random, kind: str, option: str) -> str:
    if option == "on-delete":
        return chance.choice(["cascade", "null", "restrict"])
    if option in BOUNDS:
        return str(
            chance.choice([0, 1, 2, 5, 40, 300, *([] if kind in ("str", "text", "decimal") else [-3])])
        )
    return {"bool": "true", "enum": "draft", "str": "Hello", "text": "it's"}.get(kind, "3")
