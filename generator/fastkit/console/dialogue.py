"""The questions of the guided start: menus on a terminal that can show them, else lines with numbers."""

from collections.abc import Callable, Iterator, Sequence
from itertools import count
from typing import TYPE_CHECKING, Any

from fastkit.answering.feature_choice import Names, ruled_out, toggled, with_required
from fastkit.catalog.fields import Field, read_field
from fastkit.catalog.questions import PACKAGE_MANAGER, Check, Options, Value, option_for
from fastkit.console.menus import Menu, Row, can_point, point
from fastkit.console.output import say
from fastkit.console.prompts import ask, ask_for
from fastkit.console.tables import show_rows
from fastkit.errors import InvalidAnswer, ManagerUnavailable, MissingAnswer, UsageError
from fastkit.package_managers import PACKAGE_MANAGERS

if TYPE_CHECKING:
    from fastkit.catalog.features import Feature
    from fastkit.catalog.template import Template


def pointed(what: str, option: str, title: str, menu: Menu) -> Menu:
    try:
        return point(title, menu)
    except EOFError:
        raise MissingAnswer(what, option) from None


def choose_template(templates: Sequence["Template"]) -> "Template":
    """Ask for a template or a preset, by pointing, number or name."""
    rows = [Row(t.label, t.title, " ".join(t.description.split())) for t in templates]
    if can_point():
        return templates[pointed("template", "TEMPLATE", "Template", Menu(rows)).at]
    numbered(rows, "Templates")
    by_word = {word: t for number, t in enumerate(templates, 1) for word in (str(number), t.label)}

    def check(typed: str) -> "Template":
        if typed.strip() not in by_word:
            raise InvalidAnswer(
                "template", f"cannot be `{typed}`; choose from 1 to {len(templates)}, or a name"
            )
        return by_word[typed.strip()]

    chosen: Template = ask_for(
        "template", "TEMPLATE", "Select template", templates[0].label, check, secret=False
    )
    return chosen


def choose_features(features: Sequence["Feature"], given: Sequence[str]) -> Names:
    """Ask for features; what one requires comes along.

    Args:
        given: those of the preset, which stay.
    """
    fixed = with_required(features, given)
    in_preset = dict.fromkeys(fixed, " (in the preset)")
    rows = [
        Row(f.name, f.title + in_preset.get(f.name, ""), " ".join(f.description.split())) for f in features
    ]
    if can_point():
        menu = Menu(
            rows,
            several=True,
            ticked=fixed,
            toggle=lambda ticked, name: toggled(features, ticked, name) | fixed,
            refused=lambda ticked: {
                name: f"excluded by {other}" for name, other in ruled_out(features, ticked).items()
            },
        )
        return pointed("features", "--with FEATURE", "Features", menu).ticked
    numbered(rows, "Features")
    by_word = {word: f.name for number, f in enumerate(features, 1) for word in (str(number), f.name)}

    def check(typed: str) -> Names:
        names = fixed
        for word in typed.replace(",", " ").split():
            if word not in by_word:
                raise InvalidAnswer(
                    "features", f"cannot be `{word}`; choose from 1 to {len(features)}, or names"
                )
            if other := ruled_out(features, names).get(by_word[word]):
                raise InvalidAnswer("features", f"cannot be `{by_word[word]}`: `{other}` excludes it")
            names = with_required(features, {*names, by_word[word]})
        return names

    text = f"Select {'more ' if given else ''}features, several with commas, Enter for none"
    chosen: Names = ask_for("features", "--with FEATURE", text, "", check, secret=False)
    return chosen


def numbered(rows: Sequence[Row], title: str) -> None:
    show_rows(title, (), [(str(number), row.name, row.title) for number, row in enumerate(rows, 1)])


def ask_by_menu(
    question: str,
    text: str,
    default: str | None,
    check: Check,
    *,
    secret: bool,
    multiline: bool = False,
    options: Options | None = None,
) -> Value:
    """Ask one question of a template, with a menu where it offers choices."""
    if options is None or secret or not can_point():
        for name, why in absent(question, options).items():
            say(f"note: {name} is {why}")
        return ask(question, text, default, check, secret=secret, multiline=multiline)
    menu = menu_of(question, options)
    while True:
        try:
            return check(picked(pointed(question, option_for(question), options.title, menu), options))
        except (InvalidAnswer, ManagerUnavailable) as error:
            say(f"error: {error.message}")
            say(f"hint: {error.hint}")


def menu_of(question: str, options: Options) -> Menu:
    missing = absent(question, options)
    rows = [Row(choice.label, missing.get(choice.label, "")) for choice in options.choices]
    refusals = {choice.label: choice.refusal for choice in options.choices if choice.refusal}
    labels = [row.name for row in rows]
    at = next((labels.index(label) for label in options.default if label in labels), 0)
    ticked = frozenset(options.default) if options.several else frozenset()
    return Menu(rows, at, options.several, ticked, refused=lambda ticked: refusals)


def picked(menu: Menu, options: Options) -> Any:
    if options.several:
        return [choice.value for choice in options.choices if choice.label in menu.ticked]
    return options.choices[menu.at].value


def absent(question: str, options: Options | None) -> dict[str, str]:
    """The package managers that are offered and not installed."""
    if question != PACKAGE_MANAGER or options is None:
        return {}
    known = (PACKAGE_MANAGERS.get(choice.label) for choice in options.choices)
    return {manager.name: "not installed" for manager in known if manager and not manager.find()}


# Resources, field by field.


def asked_fields(check: Callable[[Field], None]) -> Iterator[Field]:
    """Field by field, until the answer is empty.

    Args:
        check: raises UsageError for a field that the project cannot have.
    """
    names: list[str] = []
    for number in count(1):
        ends = "" if number == 1 else ", Enter ends"
        text = f"Field {number}, such as title:str:max=200{ends}"
        typed = str(
            ask_for("field", "a FIELD such as title:str", text, "", field_check(names, check), secret=False)
        )
        if not typed:
            return
        field = read_field(typed)
        names.append(field.column)
        yield field


def field_check(names: list[str], may_be: Callable[[Field], None]) -> Check:
    """Accepts a field that is not there yet, and an empty answer once there is one."""

    def check(typed: str) -> str:
        if not typed and names:
            return ""
        try:
            field = read_field(typed)
            may_be(field)
        except UsageError as error:
            raise InvalidAnswer("field", f"is wrong: {error.message}; {error.hint}") from None
        if field.column in names:
            raise InvalidAnswer("field", f"`{field.column}` is there already")
        return typed

    return check


def asked_resource_name(may_be: Callable[[str], None]) -> str:
    """The name of one more resource; empty where there is to be none.

    Args:
        may_be: raises UsageError for a name that the project cannot have.
    """

    def check(typed: str) -> str:
        try:
            if typed:
                may_be(typed)
            return typed
        except UsageError as error:
            raise InvalidAnswer("resource", f"is wrong: {error.message}; {error.hint}") from None

    text = "Add a resource, by the name of one such as note, Enter for none"
    return str(ask_for("resource", "--resource 'note title:str'", text, "", check, secret=False))
