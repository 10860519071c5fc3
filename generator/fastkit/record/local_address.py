"""Remembers where a template is that only this machine has, for this clone of the project alone.

Everybody reads the record, so that it cannot hold the address; git's settings of a clone are its own.
"""

from contextlib import suppress
from pathlib import Path

from fastkit.catalog.template import Template
from fastkit.machine import git

LOCAL = "file://"
"""The beginning of the address of a repository on this machine."""


def address_here(template: Template) -> str:
    """The address that finds the template again on this machine."""
    return template.address or str(template.folder)


def is_local(address: str) -> bool:
    return address.startswith(LOCAL) or Path(address).is_absolute()


def save_local_address(project: Path, template: Template) -> None:
    """Remember the template's address, if it is not one that is recorded."""
    if is_local(address_here(template)) and git.available():
        with suppress(git.GitError):
            git.run(["config", "--local", setting(project), address_here(template)], project)


def read_local_address(project: Path) -> str:
    """Empty where this clone does not know it."""
    return git.text_or_empty(["config", "--local", "--get", setting(project)], project)


def setting(project: Path) -> str:
    """One for each project of a repository."""
    prefix = git.text_or_empty(["rev-parse", "--show-prefix"], project).rstrip("/")
    return f"fastkit.{prefix or '.'}.template"
