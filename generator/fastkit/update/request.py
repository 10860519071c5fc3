"""What the user asks of an update."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from fastkit.catalog.questions import Value
from fastkit.catalog.resources import Resource


@dataclass(frozen=True)
class Request:
    """
    Attributes:
        address: of another template than the recorded one.
        ref: tag, branch or commit of a git template; its newest release where empty.
        features: names; None for those that the project has.
        given: answers to change, or to new questions.
        resources: those that the project is to have; None for those that it has.
        drop: whether the tables of features and resources that go are dropped.
        forget: whether the files of resources that go stay, as the owner's.
    """

    address: str = ""
    ref: str = ""
    features: tuple[str, ...] | None = None
    given: Mapping[str, Value] = field(default_factory=dict)
    trust: bool = False
    resources: tuple[Resource, ...] | None = None
    drop: bool = False
    forget: bool = False


def at_ref(address: str, ref: str) -> str:
    return f"{address}@{ref}" if ref else address
