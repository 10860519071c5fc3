"""What a recipe gives its template to render with, and the template's settings, rendered."""

from collections.abc import Iterable
from typing import Any

from fastkit.catalog import features
from fastkit.catalog.resources import are_offered
from fastkit.computing.jinja import is_templated
from fastkit.computing.texts import RenderError, Sandbox, Unset
from fastkit.errors import TemplateError
from fastkit.plan import Recipe
from fastkit.rendering.confined import is_confined, matched

TEMPLATED_SETTINGS = ("_answers_file", "_exclude", "_skip_if_exists", "_subdirectory")


def context_of(recipe: Recipe) -> dict[str, Any]:
    """The answers, computed values and features, by the names that files use."""
    found = {**recipe.answers.context, **features_context(recipe)}
    if are_offered(recipe.template):
        found["resources"] = [resource.plural for resource in recipe.resources]
    return found


def features_context(recipe: Recipe) -> dict[str, Any]:
    trusted = not is_confined(recipe.template, trusted=recipe.trust)
    return features.context(recipe.template, recipe.features, recipe.answers.context, trusted=trusted)


def sandbox_of(recipe: Recipe) -> Sandbox:
    return recipe.template.sandbox(
        trusted=recipe.trust,
        project=recipe.owners_folder,
        folder=recipe.name,
        given=recipe.answers.values,
    )


def check_settings(recipe: Recipe) -> None:
    """
    Raises:
        TemplateError: a text in the settings cannot be rendered; copier would not say which.
    """
    sandbox = sandbox_of(recipe)
    for setting in TEMPLATED_SETTINGS:
        value = recipe.template.config.get(setting) or []
        for text in [value] if isinstance(value, str) else value:
            if is_templated(text, recipe.template.envops):
                rendered_setting(recipe, setting, text, sandbox)


def rendered_setting(recipe: Recipe, setting: str, text: str, sandbox: Sandbox) -> str:
    try:
        return sandbox.render(text, recipe.answers.context, "render")
    except (RenderError, Unset) as error:
        file, line = recipe.template.place(setting)
        problem = f"`{setting}` cannot be rendered: {error}"
        raise TemplateError(recipe.template.name, problem, file=file, line=line) from error


def kept(recipe: Recipe, paths: Iterable[str]) -> set[str]:
    """The paths that stay as they are where the destination has them, by `_skip_if_exists`."""
    patterns = recipe.template.config.get("_skip_if_exists") or []
    if not patterns:
        return set()
    sandbox = sandbox_of(recipe)
    rendered = [rendered_setting(recipe, "_skip_if_exists", text, sandbox) for text in patterns]
    what = "`_skip_if_exists`"
    return set(matched(recipe.template, what, matching, rendered, list(paths), trusted=recipe.trust))


def matching(patterns: list[str], paths: list[str]) -> list[str]:
    from pathspec import PathSpec

    return list(PathSpec.from_lines("gitignore", patterns).match_files(paths))
