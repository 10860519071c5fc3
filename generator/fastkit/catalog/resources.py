"""Resources of a project: what they are called, what they have, and which of them a template can make."""

import builtins
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, TypeGuard

from fastkit.catalog.features import offered
from fastkit.catalog.fields import NAME, OTHER_WORDS, Field, read_field, why_not_a_name
from fastkit.catalog.layers import sources
from fastkit.catalog.migrations import brought, changes
from fastkit.catalog.template import Template
from fastkit.computing.safe_yaml import parse
from fastkit.errors import NotReady, UnknownName, UsageError
from fastkit.wording import listed

FOLDER = "resource"
ABOUT = "resource.yml"

MOST_FIELDS = 60
MOST_CHARACTERS = 24
"""Of a name, so that every line with it fits."""

MOVES = "plural", "path"


@dataclass(frozen=True)
class Resource:
    """
    Attributes:
        name: of one record, such as `blog_post`.
        plural: of many, which is also the table and the modules' name, such as `blog_posts`.
        path: under which the API has it, such as `blog-posts`.
        former: names of fields that its records may still have, where no migration takes them away.
    """

    name: str
    plural: str
    path: str
    fields: tuple[Field, ...]
    former: tuple[str, ...] = ()

    @property
    def model(self) -> str:
        """The name of its class."""
        return class_name(self.name)

    @property
    def collection(self) -> str:
        """The name of a class of many."""
        return class_name(self.plural)

    @property
    def constant(self) -> str:
        """The name of a constant of many."""
        return self.plural.upper()

    @property
    def title(self) -> str:
        """One of them in a sentence."""
        return self.name.replace("_", " ")

    @property
    def article(self) -> str:
        return "an" if self.name[0] in "aeiou" else "a"

    @property
    def titles(self) -> str:
        return self.plural.replace("_", " ")

    @property
    def targets(self) -> tuple[str, ...]:
        """The other tables that its fields lead to, each once."""
        return tuple(
            dict.fromkeys(field.target for field in self.fields if field.target not in ("", self.plural))
        )

    def field(self, name: str) -> Field | None:
        return next((field for field in self.fields if field.name == name), None)

    @property
    def data(self) -> dict[str, Any]:
        """As the record of the project has it."""
        return {
            "name": self.name,
            "plural": self.plural,
            "path": self.path,
            "fields": [str(field) for field in self.fields],
            **({"former": list(self.former)} if self.former else {}),
        }


def class_name(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))


def from_data(data: Mapping[str, Any]) -> Resource:
    """
    Raises:
        UsageError: it is not a resource.
    """
    name, fields, former = data.get("name"), data.get("fields"), data.get("former", [])
    if not isinstance(name, str) or not are_texts(fields) or not are_names(former):
        raise UsageError(
            "a resource is a mapping with `name` and a list of `fields`",
            "write it like {name: note, fields: ['title:str']}",
        )
    others = {key: str(data[key]) for key in MOVES if data.get(key)}
    if unknown := data.keys() - {"name", "fields", "former", *MOVES}:
        raise UsageError(f"a resource has no {listed(sorted(map(str, unknown)))}", "leave it out")
    made = make_resource(name, [read_field(text) for text in fields], **others)
    return replace(made, former=tuple(former))


def are_texts(value: object) -> TypeGuard[list[str]]:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def are_names(value: object) -> TypeGuard[list[str]]:
    return are_texts(value) and all(map(NAME.fullmatch, value))


def make_resource(name: str, fields: Sequence[Field], plural: str = "", path: str = "") -> Resource:
    """
    Raises:
        UsageError: a name breaks a rule.
    """
    check_name(name, "resource")
    plural = plural or plural_of(name)
    check_name(plural, "plural")
    path = path or plural.replace("_", "-")
    if not NAME.fullmatch(path.replace("-", "_")):
        raise UsageError(
            f"the path `{path}` is not of small letters, digits and `-`", "pass --path blog-posts"
        )
    if plural == name:
        raise UsageError(f"`{name}` is the name of one and of many", "pass another --plural")
    check_fields(name, fields)
    return Resource(name, plural, path, tuple(fields))


def check_name(name: str, what: str) -> None:
    problem = why_not_a_name(name)
    if not problem and len(name) > MOST_CHARACTERS:
        problem = f"has more than {MOST_CHARACTERS} characters"
    if not problem and (hasattr(builtins, name) or hasattr(builtins, name.capitalize())):
        problem = "is a name of Python itself"
    if problem:
        raise UsageError(f"the {what} `{name}` {problem}", "take another name, such as `blog_post`")


def check_fields(name: str, fields: Sequence[Field]) -> None:
    if not fields:
        raise UsageError(f"`{name}` has no fields", "name one or more, such as `title:str`")
    if len(fields) > MOST_FIELDS:
        raise UsageError(f"`{name}` has more than {MOST_FIELDS} fields", "make several resources of them")
    columns = [field.column for field in fields]
    for column in columns:
        if columns.count(column) > 1:
            raise UsageError(f"`{name}` has two fields `{column}`", "give one of them another name")


def plural_of(name: str) -> str:
    """By the rules of English, without its exceptions: fastkit shows it before it makes anything."""
    if name.endswith("y") and name[-2:-1] not in "aeiou":
        return f"{name[:-1]}ies"
    return f"{name}es" if name.endswith(("s", "x", "z", "ch", "sh")) else f"{name}s"


# What the template says of its resources.


def are_offered(template: Template) -> bool:
    return template.source == "bundled" and (template.folder / FOLDER / ABOUT).is_file()


@cache
def settings(template: Template) -> Mapping[str, Any]:
    """
    Raises:
        NotReady: the template has no resources.
    """
    if not are_offered(template):
        raise NotReady(
            f"projects of `{template.name}` have no resources that fastkit makes",
            "write its files by hand, or start from fastapi-async-crud or fastapi-async-sqlalchemy",
        )
    return dict(parse((template.folder / FOLDER / ABOUT).read_bytes()))


@cache
def first(template: Template) -> tuple[Resource, ...]:
    """The resource that new projects have, whose files are those of the template itself."""
    about = about_first(template)
    return (from_data({part: about[part] for part in ("name", "fields")}),) if about else ()


def first_files(template: Template) -> Sequence[str]:
    """What else speaks of the first resource, and leaves with it: paths of files in a project."""
    return tuple(about_first(template).get("files") or ())


def first_since(template: Template) -> str:
    """The version in which it became a resource; older projects have it as part of the template."""
    return str(about_first(template).get("since", ""))


def about_first(template: Template) -> Mapping[str, Any]:
    return (settings(template).get("first") or {}) if are_offered(template) else {}


def place_of(template: Template, resource: Resource) -> str:
    """Where its records are, in words, such as `the table notes`."""
    return str(settings(template)["records"]).format(plural=resource.plural)


def tables(template: Template, resources: Iterable[Resource]) -> list[str]:
    """The plural names that a field may lead to."""
    return [*settings(template)["tables"], *(resource.plural for resource in resources)]


def check_for(template: Template, resource: Resource, others: Sequence[Resource]) -> None:
    """
    Args:
        others: the other resources of the project.

    Raises:
        UsageError: the template cannot make it.
    """
    about = settings(template)
    taken = {*about["taken_names"]}
    for name in (resource.name, resource.plural):
        if name in taken:
            raise UsageError(f"`{name}` is a name that the project's modules need", "take another name")
    for other in others:
        mine, theirs = ({r.name, r.plural, r.path, r.model} for r in (resource, other))
        if mine & theirs:
            raise UsageError(
                f"`{resource.name}` and the resource `{other.name}` would share a name", "take another name"
            )
    check_paths(template, resource)
    if resource.plural in {*brought(template, offered(template)), *changes(template)}:
        raise UsageError(f"`{resource.plural}` is the name of a migration", "take another name or --plural")
    check_types(about.get("not_offered") or {}, resource)
    targets = tables(template, [resource, *others])
    for field in resource.fields:
        if field.target and field.target not in targets:
            raise UnknownName("table", field.target, targets, f"the tables are {', '.join(targets)}")
        if field.target == resource.plural and not field.optional:
            raise UsageError(
                f"`{field.name}` leads to {resource.plural} and is required, so there could be no first one",
                f"write it like `{field}:optional`",
            )


def check_types(not_offered: Mapping[str, str], resource: Resource) -> None:
    for field in resource.fields:
        for word in (field.type, *field.given):
            if word in not_offered:
                raise UsageError(f"the field `{field}` cannot be `{word}` here", not_offered[word])


def check_paths(template: Template, resource: Resource) -> None:
    """Refuse a name whose files the template or any of its features has."""
    own = {*paths(template, resource)}
    own -= {path for other in first(template) for path in paths(template, other)}
    for feature in (None, *offered(template)):
        clash = own & {*sources(template, [feature] if feature else [])}
        if clash:
            whose = f"the feature `{feature.name}`" if feature else f"`{template.name}`"
            raise UsageError(f"`{min(clash)}` is a file of {whose}", "take another name or --plural")


def files(template: Template) -> dict[str, Path]:
    """The templates of a resource's files, by their paths in a project with `[plural]` in them."""
    folder = template.folder / FOLDER / "project"
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix().removesuffix(".jinja"): path for path in found}


def paths(template: Template, resource: Resource) -> list[str]:
    """The files that a resource has in a project."""
    return [path.replace("[plural]", resource.plural) for path in files(template)]


def in_order(resources: Iterable[Resource]) -> tuple[Resource, ...]:
    return tuple(sorted(resources, key=lambda resource: resource.name))


def in_order_of_need(found: Iterable[Resource]) -> list[Resource]:
    """Each one after those that its fields lead to."""
    left, ordered = list(found), list[Resource]()
    while left:
        names = {resource.plural for resource in left}
        ready = [resource for resource in left if not names & {*resource.targets}] or left
        ordered += ready
        left = [resource for resource in left if resource not in ready]
    return ordered


def from_words(text: str) -> Resource:
    """The resource that `note title:str body:text` says.

    Raises:
        UsageError: it has no field, or a name or a field breaks a rule.
    """
    try:
        name, *fields = shlex.split(text)
    except ValueError:
        name, fields = "", []
    if not fields:
        raise UsageError(f"`{text}` is not a resource", "write it like `note title:str`")
    return make_resource(name, [read_field(field) for field in fields])


def as_words(resource: Resource) -> str:
    """As `from_words` reads it."""
    return shlex.join([resource.name, *map(str, resource.fields)])


def with_first(template: Template, more: Sequence[Resource]) -> tuple[Resource, ...]:
    """The resources of a new project that has more than the template's first one.

    Raises:
        NotReady: the template has no resources.
        UsageError: it cannot make one of them.
    """
    found = [*first(template)] if more else []
    for resource in more:
        check_for(template, resource, found)
        found.append(resource)
    return in_order(found)


# Changes.


def changed(resource: Resource, words: Sequence[str]) -> Resource:
    """The resource with `+NAME:TYPE`, `-NAME`, or options that replace those of a field, `NAME:max=300`.

    Raises:
        UsageError: a word is none of these, or the field is not there.
    """
    fields = {field.name: field for field in resource.fields}
    for word in words:
        if word.startswith("+"):
            field = read_field(word[1:])
            if field.name in fields:
                raise UsageError(
                    f"`{resource.name}` has a field `{field.name}`", f"change it: `{field.name}:max=300`"
                )
            fields[field.name] = field
            continue
        name = word.removeprefix("-").partition(":")[0]
        if name not in fields:
            raise UnknownName(f"field of `{resource.name}` called", name, fields, "")
        if word.startswith("-"):
            del fields[name]
        else:
            fields[name] = altered(fields[name], word)
    check_fields(resource.name, [*fields.values()])
    return replace(resource, fields=tuple(fields.values()))


def after(before: Resource, resource: Resource) -> Resource:
    """The resource that takes over the records of another one, where no migration changes them."""
    earlier = {*before.former, *(field.column for field in before.fields)}
    former = earlier - {field.column for field in resource.fields}
    return replace(resource, former=tuple(sorted(former)))


def altered(field: Field, word: str) -> Field:
    """The field with other options. One that is written as `no-unique` goes."""
    _, *words = word.split(":")
    value = "/".join(field.values) or field.target
    options = {key: f"{key}={text}" if text else key for key, text in field.options}
    for option in words:
        key, _, text = option.partition("=")
        if key == field.type and text:
            value = text
        elif key.startswith("no-") and key[3:] in options:
            del options[key[3:]]
        else:
            options[OTHER_WORDS.get(key, key)] = option
    if not words:
        raise UsageError(f"`{word}` says nothing of the field", f"write it like `{field.name}:max=300`")
    return read_field(
        ":".join([field.name, f"{field.type}={value}" if value else field.type, *options.values()])
    )
