"""What is about to be made: the recipe of a project, and the plan to carry one out.

The flow from the name of a template to a project, with the function that takes each step:

    name
     │  catalog.find.find_template
     ▼
    Template                    a folder with a copier.yml: questions, features, files
     │  answering.questionnaire.answered
     ▼
    Answers                     given with the call, by default, or by a person
     │  make_recipe
     ▼
    Recipe  ──────────────┐     what decides the bytes of the files, and whether code may run
     │  make_plan         │  rendering.stage.staged
     ▼                    ▼
    Plan                files   in a temporary folder, which is enough for an update and
     │  make_project            `template check`; `startdemo` alone makes a plan
     ▼
    Outcome                     the files in place, under git, installed; the commands left to run
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from fastkit.answering.questionnaire import Show, answered, first_survey
from fastkit.catalog.features import Feature
from fastkit.catalog.migrations import first_revisions
from fastkit.catalog.questions import Answers, Ask, Value
from fastkit.catalog.resources import Resource, first, in_order_of_need
from fastkit.catalog.template import Template
from fastkit.catalog.trust import may_install
from fastkit.errors import DestinationError
from fastkit.machine.disk import disk_error, nearest_existing
from fastkit.package_managers import PackageManager


class Existing(Enum):
    """What happens to a file of the destination whose content differs from the project's."""

    REFUSE = "refuse"
    OVERWRITE = "overwrite"
    KEEP = "keep"


@dataclass(frozen=True)
class Recipe:
    """All that a renderer needs to know of a project.

    Attributes:
        name: of the project's folder.
        features: those that the project has, in the template's order.
        trust: whether the template may run code.
        owners_folder: the project as it exists or will exist, whose files the template may read;
            None where the project is a sample.
        migrations: revisions that an existing project has, by the names of the migrations; None where
            the project is new and gets its first ones.
        chosen_resources: those that the project has, sorted by name; None where it is new and gets the
            template's first one alone.
        kept: former resources, whose tables the project still has.
    """

    template: Template
    answers: Answers
    name: str
    features: tuple[Feature, ...] = ()
    trust: bool = False
    owners_folder: Path | None = None
    migrations: Mapping[str, str] | None = None
    chosen_resources: tuple[Resource, ...] | None = None
    kept: tuple[Resource, ...] = ()

    @property
    def revisions(self) -> Mapping[str, str]:
        if self.migrations is None:
            tables = [resource.plural for resource in self.further_resources]
            return first_revisions(self.template, self.features, tables)
        return self.migrations

    @property
    def resources(self) -> tuple[Resource, ...]:
        return first(self.template) if self.chosen_resources is None else self.chosen_resources

    @property
    def further_resources(self) -> list[Resource]:
        """Those that the template does not have by itself, each after those that it leads to."""
        own = first(self.template)
        return in_order_of_need(resource for resource in self.resources if resource not in own)

    @property
    def feature_names(self) -> tuple[str, ...]:
        return tuple(feature.name for feature in self.features)


@dataclass(frozen=True)
class Plan:
    """A recipe that can be carried out: `make_plan` has checked it.

    Attributes:
        destination: absolute path of the project.
        manager: installs the project; None where the template names no package manager.
        install: whether the user wants the project installed.
        existing: what to do where the destination has files of its own.
    """

    recipe: Recipe
    destination: Path
    manager: PackageManager | None = None
    install: bool = True
    git: bool = True
    existing: Existing = Existing.REFUSE

    @property
    def installs(self) -> bool:
        """Whether fastkit runs the steps of the package manager itself."""
        trusted = may_install(self.recipe.template, self.recipe.trust)
        return self.install and self.manager is not None and trusted


def make_recipe(
    template: Template,
    features: Sequence[Feature],
    given: Mapping[str, Value],
    ask: Ask | None,
    show: Show | None = None,
    *,
    parent: Path,
    trust: bool = False,
    install: bool = True,
    resources: tuple[Resource, ...] | None = None,
) -> Recipe:
    """The recipe of a new project, once its questions are answered.

    Args:
        given: answers that came with the command.
        ask: puts a question to a person; without it, defaults answer.
        show: shows the answers before the package manager is chosen.
        parent: the folder that the project will be in.
        resources: those of the project; None for the template's first one alone.

    Raises:
        UsageError: an answer is missing or breaks a rule.
        ManagerUnavailable: the package manager that is to install the project is missing or too old.
        TemplateError: a question cannot be read.
    """
    sandbox = template.sandbox(trusted=trust, parent=parent, given=given)
    installs = install and may_install(template, trust)
    survey = first_survey(template, features, given, sandbox, installs=installs)
    name, answers = answered(survey, ask, show)
    return Recipe(template, answers, name, tuple(features), trust, parent / name, chosen_resources=resources)


def make_plan(
    recipe: Recipe,
    destination: Path,
    manager: PackageManager | None = None,
    *,
    install: bool = True,
    git: bool = True,
    existing: Existing = Existing.REFUSE,
) -> Plan:
    """
    Raises:
        ManagerUnavailable: the package manager is missing or too old.
        DestinationError: the destination cannot be written.
    """
    plan = Plan(recipe, destination, manager, install, git, existing)
    if plan.manager and plan.installs:
        plan.manager.check()
    check_destination(plan.destination)
    return plan


def check_destination(destination: Path) -> None:
    """
    Raises:
        DestinationError: something else than a folder is in the way, or the folder is not writable.
    """
    try:
        check_place(destination)
    except OSError as error:  # such as a name that is too long
        raise disk_error(error, destination) from error


def check_place(destination: Path) -> None:
    if destination.is_symlink() and not destination.exists():
        raise DestinationError(
            f"`{destination}` is a link to nowhere", "remove it, or take another --project-name"
        )
    if destination.exists() and not destination.is_dir():
        raise DestinationError(f"`{destination}` is a file", "take another --project-name or --output")
    nearest = nearest_existing(destination)
    if not nearest.is_dir():
        raise DestinationError(f"`{nearest}` is not a folder", "pass a folder as --output")
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise DestinationError(f"cannot write in `{nearest}`", "pass a folder of your own as --output")
