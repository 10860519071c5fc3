"""What is wrong with a list that features or resources insert into."""

from collections.abc import Iterable, Iterator

from fastkit.catalog import features
from fastkit.catalog.features import Feature
from fastkit.catalog.layers import sources
from fastkit.catalog.seams import Insertion
from fastkit.catalog.template import Template
from fastkit.checking.finding import Finding
from fastkit.computing.python_lists import NotAList, elements_of


def check_insertion(
    check: str, template: Template, owners: Iterable[str], insertion: Insertion, place: str
) -> Iterator[Finding]:
    """The target is sorted, so that it does not matter which feature comes first.

    Args:
        check: the one that asks.
        owners: the features that a project with the insertion has in any case.
    """
    if insertion.feature and insertion.feature not in template.features:
        problem = f"an insertion is for the feature `{insertion.feature}`, which `_fastkit` does not offer"
        yield Finding(check, problem, "name one of its features", place)
        return
    names = {*owners, insertion.feature} - {""}
    wanted = {each for name in names for each in closed(template, features.load(template, name))}
    file = sources(template, features.chosen(template, wanted)).get(insertion.file)
    name = f"`{insertion.item.list}` in `{insertion.file}`"
    if file is None:
        hint = "name a file that is copied, not rendered, of the template or of a required feature"
        yield Finding(check, f"there is no file `{insertion.file}` to insert into", hint, place)
        return
    try:
        elements = elements_of(file.read_text("utf-8"), insertion.item.list)
    except (NotAList, SyntaxError, ValueError):
        hint = "write a literal in brackets at the top level, such as `ROUTERS = [...]`"
        yield Finding(check, f"there is no list {name}", hint, place)
        return
    if elements != sorted(elements):
        yield Finding(check, f"the list {name} must be sorted", "sort it by its text", place)


def closed(template: Template, feature: Feature) -> set[str]:
    """The feature and all that it requires."""
    names = {feature.name}
    for name in feature.requires:
        names |= closed(template, features.load(template, name))
    return names
