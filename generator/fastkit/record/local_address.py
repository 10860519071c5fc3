"""Where a template is that only this machine has: remembered by this clone of the project alone.

The record is for everybody, so that it cannot say it; git's settings of one clone are nobody else's.
"""

from contextlib import suppress
from pathlib import Path

from fastkit.catalog.template import Template
from fastkit.machine import git

LOCAL = "file://"
"""How the address of a repository of this machine begins."""


def place_of(template: Template) -> str:
    """What finds the template again on this machine."""
    return template.address or str(template.folder)


def is_local(address: str) -> bool:
    return address.startswith(LOCAL) or Path(address).is_absolute()


def keep_whereabouts(project: Path, template: Template) -> None:
    """Remember the template's place, if it has one that is not recorded."""
    if is_local(place_of(template)) and git.available():
        with suppress(git.GitError):
            git.run(["config", "--local", setting(project), place_of(template)], project)


def whereabouts(project: Path) -> str:
    """The address of the project's template on this machine; empty where this clone does not know it."""
    return (
        git.text_or_empty(["config", "--local", "--get", setting(project)], project)
        if git.available()
        else ""
    )


def setting(project: Path) -> str:
    """One for each project of a repository."""
    prefix = git.text_or_empty(["rev-parse", "--show-prefix"], project).rstrip("/")
    return f"fastkit.{prefix or '.'}.template"
