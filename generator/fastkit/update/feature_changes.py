"""The features that a project has, could have, and is to have."""

from collections.abc import Sequence

from fastkit.catalog import features
from fastkit.catalog.template import Template
from fastkit.errors import NotReady, UnknownName, UsageError
from fastkit.machine.progress import Progress
from fastkit.record.project_yml import Record
from fastkit.update.prepare import Wish, newer_template


def own_template(record: Record, address: str, progress: Progress) -> Template:
    """The template in the version that the project has, so that nothing but features changes.

    Raises:
        NotReady: that version is not to be had any more.
    """
    template = newer_template(record, Wish(address, record.ref), progress)
    if template.version != record.version:
        raise NotReady(
            f"the project has version {record.version or 'none'} of `{record.template}`, "
            f"and there is {template.version or 'one without a version'}",
            "take that first: `fastkit update`, and commit it",
        )
    return template


def wish_with(record: Record, names: Sequence[str], address: str, trust: bool, progress: Progress) -> Wish:
    """The wish for these features besides those that the project has.

    Raises:
        UsageError: there is no such feature, or they do not go together.
    """
    wanted = (*record.features, *names)
    features.chosen(own_template(record, address, progress), wanted)
    return Wish(address, record.ref, wanted, trust=trust)


def wish_without(record: Record, names: Sequence[str], address: str, trust: bool, progress: Progress) -> Wish:
    """The wish for the project's features but these.

    Raises:
        UsageError: there is no such feature, or one that stays requires it.
    """
    template = own_template(record, address, progress)
    known = [feature.name for feature in features.offered(template)]
    for name in names:
        if name not in (*known, *record.features):
            raise UnknownName(f"feature of `{template.name}` called", name, known, "see `fastkit add`")
    stay = tuple(name for name in record.features if name not in names)
    for feature in features.offered(template):
        for name in feature.requires:
            if feature.name in stay and name in names:
                raise UsageError(
                    f"the feature `{feature.name}` requires `{name}`", f"remove `{feature.name}` as well"
                )
    return Wish(address, record.ref, stay, trust=trust)
