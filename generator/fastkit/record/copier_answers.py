"""What copier writes down of a project: the template's address, its version and the answers."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastkit.computing.documents import LARGEST, DocumentError, parse
from fastkit.errors import NotReady, ProjectError
from fastkit.machine.folders import first_bytes

FOLDERS = (".copier", ".config", ".github")
"""Where some templates put the file, instead of at the root."""

FILE = re.compile(r"((\.copier|\.config|\.github)/)?\.copier-answers[^/]*\.ya?ml")


@dataclass(frozen=True)
class CopiersAnswers:
    """
    Attributes:
        file: where it is, below the project.
        address: of the template, as it was given to copier.
        commit: the version; empty for a template that is in no repository.
        answers: without copier's own, which begin with `_`.
    """

    file: str
    address: str
    commit: str
    answers: Mapping[str, Any]


def answers_files(paths: Iterable[str]) -> list[str]:
    """Those of these files that are copier's."""
    return sorted(path for path in paths if FILE.fullmatch(path))


def files_in(project: Path) -> list[str]:
    """Copier's files in a folder, if it is a project of copier's."""
    places = [project, *(project / folder for folder in FOLDERS)]
    found = (path for place in places if place.is_dir() for path in place.glob(".copier-answers*"))
    return answers_files(path.relative_to(project).as_posix() for path in found if path.is_file())


Read = Callable[[str], bytes]
"""Gives the content of a file of the project."""


def read_answers(paths: Iterable[str], read: Read) -> CopiersAnswers:
    """The answers of the one template that copier applied to a project.

    Raises:
        ProjectError: there are several, or the file is not one of copier's.
    """
    files = answers_files(paths)
    if not files:
        raise NotReady("copier's answers are not committed yet", "run `git add --all` and `git commit`")
    if len(files) > 1:
        listed = ", ".join(f"`{file}`" for file in files)
        raise NotReady(
            f"copier applied several templates to the project: {listed}",
            "fastkit updates projects of one template: go on with `copier update --answers-file FILE`",
        )
    try:
        return from_text(files[0], read(files[0]))
    except ValueError as error:
        problem = error.problem if isinstance(error, DocumentError) else str(error)
        raise ProjectError(f"`{files[0]}` {problem}", "restore it from git, or remove it") from error


def current_answers(project: Path) -> Mapping[str, Any]:
    """The answers as they stand in the file; none where there is none, or somebody is at work on it."""
    try:
        return read_answers(files_in(project), lambda file: first_bytes(project / file, LARGEST + 1)).answers
    except (OSError, ProjectError):
        return {}


def from_text(file: str, text: bytes) -> CopiersAnswers:
    """
    Raises:
        ValueError: the text is not what copier writes.
    """
    data = parse(text)
    address = data.get("_src_path") if isinstance(data, dict) else None
    if not isinstance(address, str) or not address:
        raise DocumentError("does not name the template, which copier writes down as `_src_path`")
    answers = {str(name): value for name, value in data.items() if not str(name).startswith("_")}
    return CopiersAnswers(file, address, str(data.get("_commit") or ""), answers)
