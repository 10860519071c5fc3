"""What each setting of copier.yml must be."""

from collections.abc import Callable, Mapping
from itertools import chain, product
from pathlib import Path
from typing import Any

from fastkit.wording import did_you_mean

Problem = str | None

Check = Callable[[str, Any], Problem]
"""Takes what a value is called and the value, and says what it must be if it is something else."""

MOST_NAMES = 200
"""In one list of `_fastkit`, such as its features, each of which may be combined with each other one."""


def must_be(kind: str, accepts: Callable[[Any], object]) -> Check:
    return lambda what, value: None if accepts(value) else f"{what} must be {kind}"


def of_type(kind: str, *types: type) -> Check:
    return must_be(kind, lambda value: isinstance(value, types))


def one_of(kind: str, *values: str) -> Check:
    return must_be(kind, lambda value: value in values)


def optional(check: Check) -> Check:
    return lambda what, value: None if value is None else check(what, value)


def list_of(check: Check) -> Check:
    def check_list(what: str, value: Any) -> Problem:
        if not isinstance(value, list):
            return f"{what} must be a list"
        return next(filter(None, (check(f"`{item}` in {what}", item) for item in value)), None)

    return check_list


def is_inside(path: Any) -> bool:
    return isinstance(path, str) and not Path(path).is_absolute() and ".." not in Path(path).parts


def is_command(value: Any) -> bool:
    if isinstance(value, dict):
        return is_command(value.get("command"))
    if isinstance(value, list):
        return bool(value) and all(isinstance(part, str | int | float) for part in value)
    return isinstance(value, str)


def is_migration(value: Any) -> bool:
    if not isinstance(value, dict) or not {"before", "after"} & value.keys():
        return is_command(value)
    stages = [value.get(stage) or [] for stage in ("before", "after")]
    lists = all(isinstance(commands, list) for commands in stages)
    return lists and "version" in value and all(map(is_command, chain(*stages)))


TEXT = of_type("text", str)
TEXTS = list_of(TEXT)
MAPPING = of_type("a mapping", dict)
TEXT_BY_VERSION = must_be(
    "a mapping from versions to text",
    lambda value: isinstance(value, dict) and all(isinstance(text, str) for text in value.values()),
)
NAMES = must_be(
    f"a list of at most {MOST_NAMES} names",
    lambda value: isinstance(value, list) and len(value) <= MOST_NAMES,
)
YES_OR_NO = of_type("true or false", bool)
CONDITION = of_type("true, false or text", bool, str)
DELIMITER = must_be("text", lambda value: isinstance(value, str) and value)


def version(what: str, value: Any) -> Problem:
    from importlib import metadata

    from packaging.version import Version

    try:
        wanted = Version(value)
    except (ValueError, TypeError):
        return f"{what} must be a version such as 9.4.0, not `{value}`"
    installed = metadata.version("copier")
    return None if Version(installed) >= wanted else f"{what} is {value}, but copier {installed} is installed"


ENVOPS: Mapping[str, Check] = {
    **{
        f"{kind}_{side}_string": DELIMITER
        for kind, side in product(("block", "variable", "comment"), ("start", "end"))
    },
    **dict.fromkeys(("line_statement_prefix", "line_comment_prefix"), optional(TEXT)),
    **dict.fromkeys(
        ("trim_blocks", "lstrip_blocks", "keep_trailing_newline", "optimized", "autoescape", "auto_reload"),
        YES_OR_NO,
    ),
    "cache_size": of_type("a whole number", int),
    "newline_sequence": one_of("the end of a line", "\n", "\r\n", "\r"),
    "undefined": one_of(
        "`jinja2.Undefined` or `jinja2.StrictUndefined`", "jinja2.Undefined", "jinja2.StrictUndefined"
    ),
}
"""https://jinja.palletsprojects.com/en/stable/api/#jinja2.Environment, as far as YAML can say it"""


def envops(what: str, value: Any) -> Problem:
    if not isinstance(value, dict):
        return f"{what} must be a mapping"
    for name, setting in value.items():
        if name not in ENVOPS:
            hint = did_you_mean(str(name), ENVOPS)
            return f"{what} has the unknown option `{name}`" + (f"; {hint}" if hint else "")
        if problem := ENVOPS[name](f"`{name}` of {what}", setting):
            return problem
    usual = {"block": "{%", "variable": "{{", "comment": "{#"}
    starts = {value.get(f"{kind}_start_string", start) for kind, start in usual.items()}
    same = f"{what} must begin blocks, variables and comments in different ways"
    return None if len(starts) == len(usual) else same


def mapping_of(check: Check) -> Check:
    def check_mapping(what: str, value: Any) -> Problem:
        if not isinstance(value, dict):
            return f"{what} must be a mapping"
        return next(filter(None, (check(f"`{key}` in {what}", item) for key, item in value.items())), None)

    return check_mapping


def keys_of(required: Mapping[str, Check], others: Mapping[str, Check]) -> Check:
    known = {**required, **others}

    def check_keys(what: str, value: Any) -> Problem:
        if not isinstance(value, dict) or not required.keys() <= value.keys() <= known.keys():
            must, may = (", ".join(f"`{key}`" for key in keys) for keys in (required, others))
            return f"{what} must be a mapping with {must}, and may have {may}"
        problems = (known[key](f"`{key}` of {what}", item) for key, item in value.items())
        return next(filter(None, problems), None)

    return check_keys


TEXT_BY_NAME = mapping_of(TEXT)

PRESET = keys_of({"title": TEXT, "features": NAMES}, {"description": TEXT})
BUILT_IN = keys_of({"features": NAMES}, {"migrations": TEXT_BY_NAME})
MIGRATIONS = keys_of(
    {"folder": must_be("a path inside the project", is_inside)}, {"base": NAMES, "changes": TEXT_BY_NAME}
)

SETTINGS: Mapping[str, Check] = {
    "_answers_file": must_be("a path inside the project", is_inside),
    "_envops": envops,
    "_exclude": TEXTS,
    "_external_data": MAPPING,
    "_fastkit": optional(MAPPING),
    "_jinja_extensions": TEXTS,
    "_message_after_copy": TEXT,
    "_message_before_copy": TEXT,
    "_migrations": list_of(must_be("a command, or have a `version` and lists of commands", is_migration)),
    "_min_copier_version": version,
    "_preserve_symlinks": YES_OR_NO,
    "_secret_questions": TEXTS,
    "_skip_if_exists": TEXTS,
    "_subdirectory": must_be("a path inside the template", is_inside),
    "_tasks": list_of(must_be("a command", is_command)),
    "_templates_suffix": optional(TEXT),
}
"""https://copier.readthedocs.io/en/stable/configuring/#available-settings, and fastkit's own"""

FASTKIT: Mapping[str, Check] = {
    **dict.fromkeys(
        ("title", "description", "version"),
        must_be("text", lambda value: not isinstance(value, list | dict)),
    ),
    "notes": optional(TEXT_BY_VERSION),
    "common_questions": optional(YES_OR_NO),
    "presets": optional(mapping_of(PRESET)),
    "built_in": optional(mapping_of(BUILT_IN)),
    "migrations": optional(MIGRATIONS),
    **dict.fromkeys(
        (
            *("tags", "layers", "features"),
            *("dependencies", "other_dependencies", "indirect_dependencies"),
        ),
        optional(NAMES),
    ),
}
"""The settings in `_fastkit`."""

QUESTION: Mapping[str, Check] = {
    "ask": CONDITION,
    "choices": of_type("a list, a mapping or text", list, dict, str),
    "help": TEXT,
    "multiline": CONDITION,
    "multiselect": YES_OR_NO,
    "placeholder": TEXT,
    "qmark": TEXT,
    "secret": YES_OR_NO,
    "type": TEXT,
    "validator": TEXT,
    "when": CONDITION,
}
"""https://copier.readthedocs.io/en/stable/configuring/#advanced-prompt-formatting"""
