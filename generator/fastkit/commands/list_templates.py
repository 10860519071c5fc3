"""`fastkit list-templates`."""

from collections.abc import Sequence

from fastkit import console
from fastkit.catalog import template
from fastkit.catalog.find import Listed, list_every
from fastkit.commands.options import AsJson


def list_templates(
    as_json: AsJson = False,
) -> None:
    listed = list_every()
    if as_json:
        console.say_json(as_data(listed))
        return
    console.show_templates(listed)
    console.say("\nMake a project from one with: fastkit startdemo NAME")


def as_data(listed: Sequence[Listed]) -> dict[str, object]:
    shadowed = [entry for entry in listed if entry.shadowed_by]
    return {
        "templates": [template.summary(entry.template) for entry in listed if not entry.shadowed_by],
        "presets": [
            {"name": name, "template": entry.template.name, **about}
            for entry in listed
            if not entry.shadowed_by
            for name, about in entry.template.presets.items()
        ],
        "shadowed": [
            {**template.summary(entry.template), "shadowed_by": entry.shadowed_by} for entry in shadowed
        ],
    }
