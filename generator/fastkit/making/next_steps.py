"""What to type once a project is made: the steps that are left, and the call that makes it again."""

from collections.abc import Mapping, Sequence

from fastkit.catalog.questions import PACKAGE_MANAGER, Value, option_for
from fastkit.catalog.resources import as_words
from fastkit.computing.documents import as_text
from fastkit.machine.disk import is_here
from fastkit.machine.shell import as_command, relative
from fastkit.making.make import Outcome
from fastkit.plan import Existing, Plan
from fastkit.serving.server import USUAL_ENTRYPOINTS, module_file

SERVED = {module_file(entrypoint) for entrypoint in USUAL_ENTRYPOINTS}
"""Files by which `runserver` knows an application."""


def next_steps(plan: Plan, outcome: Outcome) -> list[str]:
    steps = [*outcome.left]
    if not is_here(plan.destination):
        steps.insert(0, as_command(["cd", relative(plan.destination)]))
    paths = [change.path for change in outcome.files]
    if plan.manager and any(path.startswith("tests/") for path in paths):
        steps.append(plan.manager.run("pytest"))
    if any(path in SERVED for path in paths):
        steps.append("fastkit runserver")
    return steps


def repeating_command(plan: Plan, template_words: str) -> str:
    """The call that makes the same project and asks nothing; the user has to add secrets."""
    recipe, parent = plan.recipe, plan.destination.parent
    values = {"project_name": recipe.name, **recipe.answers.public}
    if plan.manager:
        values.setdefault(PACKAGE_MANAGER, plan.manager.name)
    words = ["fastkit", "startdemo", recipe.template.pinned if recipe.template.ref else template_words]
    for name, value in values.items():
        words += option_words(name, value if isinstance(value, str) else as_text(value))
    more = [name for name in recipe.feature_names if name not in recipe.template.preset_features]
    words += [word for name in more for word in ("--with", name)]
    for resource in recipe.further_resources:
        words += ["--resource", as_words(resource)]
    words += ["--output", relative(parent)] if not is_here(parent) else []
    switches = {
        "--no-install": plan.manager is not None and not plan.install,
        "--no-git": not plan.git,
        "--trust": recipe.trust,
        "--force": plan.existing is Existing.OVERWRITE,
        "--skip-existing": plan.existing is Existing.KEEP,
    }
    return as_command([*words, *(switch for switch, on in switches.items() if on), "--yes"])


def continuing_command(
    template_words: str,
    features: Sequence[str],
    resources: Sequence[str],
    answers: Mapping[str, Value],
    switches: Sequence[str],
) -> str:
    """The call that goes on with a dialogue after these answers."""
    words = ["fastkit", "init", template_words]
    words += [word for name in features for word in ("--with", name)]
    words += [word for resource in resources for word in ("--resource", resource)]
    for name, value in answers.items():
        words += option_words(name, value if isinstance(value, str) else as_text(value))
    return as_command([*words, *switches])


def option_words(name: str, value: str) -> list[str]:
    option = option_for(name)
    if option.startswith("--set"):
        return ["--set", f"{name}={value}"]
    return [f"{option}={value}"] if value.startswith("-") else [option, value]
