"""Choosing features one by one: what a choice brings along, takes away and rules out."""

from collections.abc import Iterable, Mapping, Sequence

from fastkit.catalog.features import Feature

Names = frozenset[str]


def toggled(features: Sequence[Feature], names: Names, name: str) -> Names:
    """The names with this one and what it requires, or without it and what requires it."""
    if name not in names:
        return with_required(features, {*names, name})
    gone = {name}
    for _ in features:
        gone |= {feature.name for feature in features if gone & {*feature.requires}}
    return names - gone


def with_required(features: Sequence[Feature], names: Iterable[str]) -> Names:
    found = {*names}
    for _ in features:
        found |= {other for feature in features if feature.name in found for other in feature.requires}
    return frozenset(found)


def ruled_out(features: Sequence[Feature], names: Names) -> Mapping[str, str]:
    """The features that cannot be chosen besides these, each with the one that excludes it."""
    pairs = {(one.name, other) for one in features for other in one.conflicts}
    pairs |= {(other, one) for one, other in pairs}
    found = {}
    for feature in features:
        needed = with_required(features, [feature.name])
        clashes = sorted(other for one, other in pairs if one in needed and other in names)
        if clashes and feature.name not in names:
            found[feature.name] = clashes[0]
    return found
