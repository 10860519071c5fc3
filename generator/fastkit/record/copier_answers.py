"""The answers file of copier: the template's address, its version and the answers."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastkit.computing.safe_yaml import LARGEST, DocumentError, parse
from fastkit.errors import NotReady, ProjectError
from fastkit.machine.folders import first_bytes

FOLDERS = (".copier", ".config", ".github")
"""Where some templates put the file instead of the root."""

FILE = re.compile(r"((\.copier|\.config|\.github)/)?\.copier-answers[^/]*\.ya?ml")


@dataclass(frozen=True)
class CopiersAnswers:
    """
    Attributes:
        file: where it is, below the project.
        address: of the template, as it was given to copier.
        commit: the version; empty for a template that is not in a repository.
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
    """Copier's files in a project; none where copier did not make it."""
    places = [project, *(project / folder for folder in FOLDERS)]
    found = (path for place in places if place.is_dir() for path in place.glob(".copier-answers*"))
    return answers_files(path.relative_to(project).as_posix() for path in found if path.is_file())


Read = Callable[[str], bytes]
"""Returns the content of a file of the project."""


def read_answers(paths: Iterable[str], read: Read) -> CopiersAnswers:
    """The answers of the one template that copier applied to a project.

    Raises:
        ProjectError: there are several, or the file is not copier's.
    """
    files = answers_files(paths)
    if not files:
        raise NotReady("copier's answers are not committed yet", "run `git add --all` and `git commit`")
    if len(files) > 1:
        listed = ", ".join(f"`{file}`" for file in files)
        raise NotReady(
            f"copier applied several templates to the project: {listed}",
            "fastkit updates projects of one template: use `copier update --answers-file FILE`",
        )
    try:
        return from_text(files[0], read(files[0]))
    except ValueError as error:
        problem = error.problem if isinstance(error, DocumentError) else str(error)
        raise ProjectError(f"`{files[0]}` {problem}", "restore it from git, or remove it") from error


def current_answers(project: Path) -> Mapping[str, Any]:
    """The answers in the working tree; none where there is no file, or an invalid one."""
    try:
        return read_answers(files_in(project), lambda file: first_bytes(project / file, LARGEST + 1)).answers
    except (OSError, ProjectError):
        return {}


def from_text(file: str, text: bytes) -> CopiersAnswers:
    """
    Raises:
        ValueError: copier would not write this.
    """
    data = parse(text)
    address = data.get("_src_path") if isinstance(data, dict) else None
    if not isinstance(address, str) or not address:
        raise DocumentError("does not name the template, which copier records as `_src_path`")
    answers = {str(name): value for name, value in data.items() if not str(name).startswith("_")}
    return CopiersAnswers(file, address, str(data.get("_commit") or ""), answers)
