"""The guided start: what it asks before the questions of the template, and how no answer is lost."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from fastkit import console
from fastkit.catalog import features
from fastkit.catalog.fields import Field, read_field
from fastkit.catalog.questions import Value
from fastkit.catalog.resources import Resource, are_offered, as_words, check_for, first, make_resource
from fastkit.catalog.template import Template
from fastkit.console import dialogue
from fastkit.errors import FastkitError, InstallFailed, Interrupted
from fastkit.making.next_steps import continuing_command


@dataclass
class Said:
    """What was said so far, with the call and in the dialogue.

    Attributes:
        template: its name or address; empty until it is chosen.
        switches: the other options of the call, which stay.
        repeating: the call that asks nothing more, once everything is said.
    """

    template: str
    features: list[str]
    resources: list[str]
    answers: dict[str, Value]
    switches: Sequence[str] = ()
    secret: set[str] = field(default_factory=set)
    repeating: str = ""

    @property
    def heard(self) -> tuple[object, ...]:
        """Changes with each answer."""
        return bool(self.template), *self.features, *self.resources, *self.answers

    @property
    def command(self) -> str:
        if self.repeating:
            return self.repeating
        answers = {name: value for name, value in self.answers.items() if name not in self.secret}
        return continuing_command(self.template, self.features, self.resources, answers, self.switches)

    def ask(self, question: str, *words: Any, secret: bool, **more: Any) -> Value:
        """Ask one question of the template, and remember the answer unless it is secret."""
        value = dialogue.ask_by_menu(question, *words, secret=secret, **more)
        if not secret:
            self.answers[question] = value
        return value


@contextmanager
def never_lost(said: Said) -> Iterator[None]:
    """Print the command that gives the answers again, if the dialogue ends before its project is made."""
    before = said.heard
    try:
        yield
    except (InstallFailed, Interrupted):  # the project is there
        raise
    except (KeyboardInterrupt, FastkitError):
        if said.template and said.heard != before:
            console.show_commands("To go on with the same answers", [said.command])
        raise


def choose_features(template: Template, said: Said) -> None:
    offered = features.offered(template)
    if offered and not said.features:
        names = dialogue.choose_features(offered, template.preset_features)
        said.features += [
            f.name for f in offered if f.name in names and f.name not in template.preset_features
        ]


def choose_resources(template: Template, said: Said) -> None:
    if not are_offered(template) or said.resources:
        return
    made = [*first(template)]
    while resource := asked_resource(template, made, said):
        made.append(resource)


def asked_resource(template: Template, others: Sequence[Resource], said: Said) -> Resource | None:
    """One more resource, whose fields are remembered one by one."""

    def may_be(name: str, fields: Sequence[Field]) -> None:
        check_for(template, make_resource(name, fields), others)

    name = dialogue.asked_resource_name(lambda name: may_be(name, [read_field("name:str")]))
    if not name:
        return None
    fields: list[Field] = []
    for one in dialogue.asked_fields(lambda one: may_be(name, [one])):
        said.resources[len(others) - len(first(template)) :] = [as_words(make_resource(name, [*fields, one]))]
        fields.append(one)
    return make_resource(name, fields)
