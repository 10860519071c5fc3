"""What is about to be made, checked before any write."""

import os
from collections.abc import Collection
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path

from fastkit.catalog.questions import Answers
from fastkit.catalog.template import Template
from fastkit.errors import DestinationError, UntrustedTemplate
from fastkit.machine.disk import disk_error, nearest_existing
from fastkit.package_managers import PackageManager


class Existing(Enum):
    """What happens to a file of the destination whose content differs from the project's."""

    REFUSE = "refuse"
    OVERWRITE = "overwrite"
    KEEP = "keep"


@dataclass(frozen=True)
class Plan:
    """One project to make. A plan that exists can be carried out.

    Attributes:
        destination: absolute path of the project.
        manager: installs the project; None where the template names no package manager.
        existing: what to do where the destination has files of its own.
        trust: whether the template may run code.
        features: names of the features that the project has.
        existing_project: the project that an update is for, wherever its owner has put it.
    """

    template: Template
    answers: Answers
    destination: Path
    manager: PackageManager | None = None
    install: bool = True
    git: bool = True
    existing: Existing = Existing.REFUSE
    trust: bool = False
    features: tuple[str, ...] = ()
    existing_project: Path | None = None

    @property
    def name(self) -> str:
        return self.destination.name

    @property
    def installs(self) -> bool:
        """Whether fastkit runs the steps of the package manager itself."""
        return self.install and self.manager is not None and may_install(self.template, self.trust)

    @property
    def project(self) -> Path:
        """The folder with the files of the project's owner, which a template may read."""
        return self.existing_project or self.destination


def make_plan(plan: Plan) -> Plan:
    """The same plan, once it is known that it can be carried out.

    Raises:
        UntrustedTemplate: the template runs code and is not trusted.
        ManagerUnavailable: the package manager is missing or too old.
        DestinationError: the destination cannot be written.
    """
    trusted = check_trust(plan.template, plan.trust)
    plan = plan if trusted == plan.trust else replace(plan, trust=trusted)
    if plan.manager and plan.installs:
        plan.manager.check()
    check_destination(plan.destination)
    return plan


TO_RENDER = frozenset({"Jinja extensions"})

TO_MAKE = TO_RENDER | {"tasks"}
"""The kinds of code that run when a project is made; migrations run at an update alone."""


def check_trust(template: Template, trust: bool, runs: Collection[str] = TO_MAKE) -> bool:
    """Whether the template is trusted: with `trust`, or where the user's settings trust its source.

    Args:
        runs: the kinds of code that cannot be left out.

    Raises:
        UntrustedTemplate: it is not, and would run code.
        SettingsError: the settings cannot be read.
    """
    if trust or (template.source == "bundled" and not template.runs_code):
        return trust
    from fastkit.catalog.trust import is_trusted, settings_file

    if is_trusted(template):
        return True
    kinds = [kind for kind in template.runs_code if kind in runs]
    if not kinds:
        return False
    code = [str(code) for code in template.code if f"{code.kind}s" in kinds]
    raise UntrustedTemplate(template.name, kinds, code, settings_file())


def may_install(template: Template, trusted: bool) -> bool:
    """Whether its projects may be installed: a build backend, a `setup.py` or a `uv.toml` is code, too.

    What lies in the user's own template folder or in an installed package was put there by the user.
    """
    return trusted or template.source in ("bundled", "user", "installed")


def check_destination(destination: Path) -> None:
    """
    Raises:
        DestinationError: something that is no folder is in the way, or the place is not writable.
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
