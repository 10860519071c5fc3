"""What can go wrong, as types: each carries what happened and a hint one can type.

FastkitError                    exit 1
├── UsageError                  exit 2: the command line is wrong
│   ├── InvalidAnswer           the value breaks a rule of the question
│   ├── MissingAnswer           there is no value, and nobody to ask
│   ├── UnknownName             no such template, question or package manager
│   └── InvalidAddress          the address of a git repository is malformed
├── SourceError                 a template's repository cannot be fetched, or has no template
├── SettingsError               the user's own settings are wrong
├── TemplateError               an error of the template's author, with file and line
│   └── UntrustedTemplate       it would run code, and is not trusted
├── Interrupted                 exit 130: a signal ended the run, which left something behind
├── Busy                        another fastkit is running in the same folder
├── DestinationError            the project cannot be made at its destination
│   └── DestinationConflict     files with other content exist there
├── ProjectError                the project cannot be updated in its present state
│   ├── NotAProject             no record here or above
│   ├── NotReady                git is missing, or the working tree has changes
│   ├── RecordError             its record or baseline cannot be read
│   └── MergeConflict           exit 3: it was updated, with conflicts to resolve
├── GitError                    git failed
├── SystemRefused               the system refused a file or a process
├── ManagerUnavailable          the package manager is missing or too old
├── RegistryUnavailable         no project can be installed
├── InstallFailed               the project is complete, its environment is not
│   └── InstallInterrupted      exit 130: a signal ended the package manager
└── ServerError                 `runserver` cannot start
"""

import errno
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import ClassVar

from fastkit.wording import did_you_mean, listed, one_line, shortened

MOST_LISTED = 20
"""How many files an error names."""


class FastkitError(Exception):
    """Base of every error that fastkit shows to its user.

    Attributes:
        message: what happened, lower case, values in backticks, no full stop.
        hint: what to do about it.
        exit_code: the status that the command ends with.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, hint: str) -> None:
        self.message = one_line(message)
        self.hint = one_line(hint)
        super().__init__(self.message)


class UsageError(FastkitError):
    exit_code = 2


class InvalidAnswer(UsageError):
    def __init__(self, question: str, reason: str) -> None:
        super().__init__(f"`{question}` {reason}", f"pass another value for `{question}`")
        self.reason = reason


class MissingAnswer(UsageError):
    def __init__(self, question: str, option: str) -> None:
        super().__init__(f"no answer for `{question}`", f"pass {option}")
        self.question = question


class UnknownName(UsageError):
    def __init__(self, kind: str, name: str, known: Iterable[str], otherwise: str) -> None:
        super().__init__(f"there is no {kind} `{shortened(name)}`", did_you_mean(name, known, otherwise))


class InvalidAddress(UsageError):
    def __init__(self, address: str, problem: str, hint: str = "") -> None:
        super().__init__(f"`{address}` {problem}", hint or "write it like `gh:OWNER/REPOSITORY//FOLDER@REF`")


class SourceError(FastkitError):
    def __init__(self, address: str, problem: str, hint: str) -> None:
        super().__init__(f"`{address}` {problem}", hint)


class SettingsError(FastkitError):
    def __init__(self, file: Path, problem: str, hint: str, *, line: int | None = None) -> None:
        super().__init__(f"`{file}`{f', line {line}' if line else ''} {problem}", hint)


class TemplateError(FastkitError):
    """The template is wrong.

    Attributes:
        template: its name, or that of one of its parts.
        problem: the message without the place.
        file: path inside of the template, where known.
        line: counted from 1, where known.
    """

    def __init__(
        self,
        template: str,
        problem: str,
        *,
        file: str | None = None,
        line: int | None = None,
        hint: str = "",
    ) -> None:
        place = f"{template}/{file}" if file else template
        place = f"{place}:{line}" if file and line else place
        super().__init__(
            f"{place}: {problem}", hint or f"fix the template `{template}`, or report this to its author"
        )
        self.template = template
        self.problem = one_line(problem)
        self.file = file
        self.line = line


class UntrustedTemplate(TemplateError):
    """
    Attributes:
        tail: all the code that it would run, a line each.
    """

    def __init__(self, template: str, reasons: Sequence[str], code: Sequence[str], settings: Path) -> None:
        super().__init__(
            template,
            f"would run code on this machine ({', '.join(reasons)})",
            file="copier.yml",
            hint=f"read it; if you trust its author, pass --trust, or list its source in `{settings}`",
        )
        self.tail = tuple(map(one_line, code))


class Interrupted(FastkitError):
    exit_code = 130


class Busy(FastkitError):
    def __init__(self, folder: Path) -> None:
        super().__init__(f"another fastkit is running in `{folder}`", "wait until it ends, then try again")


class SystemRefused(FastkitError):
    """An error of the system that no other class explains."""

    HINTS: ClassVar = {
        errno.EACCES: "give yourself permission to use it",
        errno.EMFILE: "raise the limit (`ulimit -n`)",
        errno.ENAMETOOLONG: "use a shorter path",
        errno.ENOSPC: "free some space",
    }

    def __init__(self, error: OSError) -> None:
        named = isinstance(error.filename, str | bytes)
        what = f"cannot use `{shortened(os.fsdecode(error.filename))}`" if named else "the system refuses"
        hint = self.HINTS.get(error.errno or 0, "fix that, then try again")
        super().__init__(f"{what}: {error.strerror or error}", hint)


class DestinationError(FastkitError):
    pass


class DestinationConflict(DestinationError):
    """Attributes: files: the paths in the destination whose content differs."""

    def __init__(self, destination: Path, files: Sequence[str]) -> None:
        super().__init__(
            f"`{destination}` has other content in {listed(files, MOST_LISTED)}",
            "pass --force to overwrite them, --skip-existing to keep them, "
            "--dry-run to see the difference, or another --project-name",
        )
        self.files = tuple(files)


class ProjectError(FastkitError):
    pass


class NotAProject(ProjectError):
    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"`{folder}` is not in a fastkit project: no folder from it upwards has a `.fastkit/project.yml`",
            "go into a project, or give this one a record with `fastkit update --adopt TEMPLATE`",
        )


class NotReady(ProjectError):
    pass


class MergeConflict(ProjectError):
    """Attributes: files: the paths that are in conflict."""

    exit_code = 3

    def __init__(self, files: Sequence[str], undo: str) -> None:
        what = "is a conflict" if len(files) == 1 else "are conflicts"
        super().__init__(
            f"there {what} in {listed(files, MOST_LISTED)}",
            f"resolve them, `git add` the files and commit; or undo the update with `{undo}`",
        )
        self.files = tuple(files)


class RecordError(ProjectError):
    def __init__(self, file: str, problem: str, hint: str = "") -> None:
        again = (
            f"restore it from git (`git log -- {file}`), or start anew with `fastkit update --adopt TEMPLATE`"
        )
        super().__init__(f"`{file}` {problem}", hint or again)


class GitError(FastkitError):
    """git refused.

    Attributes:
        problem: the line of its error that says why.
    """

    def __init__(self, problem: str) -> None:
        super().__init__(f"git refused: {problem}", "see what `git status` says, and fix the cause")
        self.problem = problem


class ManagerUnavailable(FastkitError):
    pass


class InstallFailed(FastkitError):
    """
    Attributes:
        log: the file with the output of the package manager.
        tail: the last lines of it.
    """

    def __init__(self, message: str, hint: str, log: Path, tail: Sequence[str] = ()) -> None:
        super().__init__(message, hint)
        self.log = log
        self.tail = tuple(map(one_line, tail))


class InstallInterrupted(InstallFailed):
    exit_code = 130


class RegistryUnavailable(FastkitError):
    def __init__(self, said: str) -> None:
        super().__init__(
            f"no package registry answers, so no project can be installed: {said}",
            "go online, or omit --run",
        )


class ServerError(FastkitError):
    pass
