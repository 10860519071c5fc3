"""The features that a project has, could have, and is to have."""

from collections.abc import Sequence

from fastkit.catalog import features
from fastkit.catalog.template import Template
from fastkit.errors import NotReady, UnknownName, UsageError
from fastkit.machine.progress import Progress
from fastkit.record.project_yml import Record
from fastkit.update.prepare import newer_template
from fastkit.update.request import Request


def recorded_template(record: Record, address: str, progress: Progress) -> Template:
    """The template in the version that the project has, so that nothing but features changes.

    Raises:
        NotReady: that version is not available any more.
    """
    template = newer_template(record, Request(address, record.ref), progress)
    if template.version != record.version:
        raise NotReady(
            f"the project has version {record.version or 'none'} of `{record.template}`, "
            f"and there is {template.version or 'one without a version'}",
            "apply that first: run `fastkit update` and commit the result",
        )
    return template


def request_with(
    record: Record, names: Sequence[str], address: str, trust: bool, progress: Progress
) -> Request:
    """
    Raises:
        UsageError: there is no such feature, or they do not go together.
    """
    wanted = (*record.features, *names)
    features.chosen(recorded_template(record, address, progress), wanted)
    return Request(address, record.ref, wanted, trust=trust)


def request_without(
    record: Record,
    names: Sequence[str],
    address: str,
    trust: bool,
    progress: Progress,
    *,
    drop: bool = False,
) -> Request:
    """
    Args:
        drop: whether the tables of the features are dropped.

    Raises:
        UsageError: there is no such feature, or another that stays requires it.
    """
    template = recorded_template(record, address, progress)
    offered = features.offered(template)
    known = [feature.name for feature in offered]
    for name in names:
        if name not in (*known, *record.features):
            raise UnknownName(f"feature of `{template.name}` called", name, known, "see `fastkit add`")
    stay = tuple(name for name in record.features if name not in names)
    for feature in offered:
        required = [name for name in feature.requires if name in names]
        if feature.name in stay and required:
            raise UsageError(
                f"the feature `{feature.name}` requires `{required[0]}`", f"remove `{feature.name}` as well"
            )
    return Request(address, record.ref, stay, trust=trust, drop=drop)
