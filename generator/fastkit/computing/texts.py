"""Renders the texts of a copier.yml, such as defaults and file names, but not files."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePath
from typing import Any

from fastkit.computing import worker
from fastkit.computing.jinja import environment, is_templated, problem_of
from fastkit.computing.origin import NOWHERE, Origin
from fastkit.computing.safe_yaml import parse
from fastkit.computing.worker import Budget
from fastkit.machine.names import folder_name

SECONDS = 5
"""Of computing, for one text."""

SECONDS_IN_ALL = 30
"""Of computing, for all texts that one sandbox renders."""

LONGEST_TEXT = 1_000_000


class Unset(Exception):
    """A text used `UNSET`, copier's name for no value."""


class RenderError(Exception):
    """A text cannot be rendered."""


@dataclass(frozen=True)
class Sandbox:
    """
    Attributes:
        root: the template's folder.
        confined: whether the worker process renders them.
        trusted: whether filters may read this machine.
        extensions: of Jinja, of a template that is trusted.
        parent: the folder in which the project will be, if known.
        project: the project, if it exists already.
        folder: the name of the project's folder, if no answer says it.
        given: the answers that came with the command.
        external: name and path of each file in the project that the template reads.
        budget: for all texts together, if the sandbox is confined.
    """

    envops: Mapping[str, Any] = field(default_factory=dict)
    root: Path | None = None
    confined: bool = False
    trusted: bool = True
    extensions: tuple[str, ...] = ()
    parent: Path | None = None
    project: Path | None = None
    folder: str = ""
    given: Mapping[str, Any] = field(default_factory=dict)
    external: Mapping[str, str] = field(default_factory=dict)
    answers_file: str = ".copier-answers.yml"
    budget: Budget = field(default_factory=lambda: Budget(SECONDS_IN_ALL))
    origin: Origin = NOWHERE

    def render(self, text: str, context: Mapping[str, Any], phase: str = "prompt") -> str:
        """
        Raises:
            Unset: the text has no value.
            RenderError: it cannot be rendered, or takes too long.
        """
        try:
            if self.confined and not worker.inside:
                self.budget.check()
                done = worker.start().call(render, self, text, dict(context), phase, seconds=SECONDS)
            else:
                done = render(self, text, context, phase)
        except worker.OutOfBounds as error:
            raise RenderError(error.reason) from error
        except MemoryError as error:
            raise RenderError(worker.TOO_MUCH) from error
        if "problem" in done:
            raise RenderError(done["problem"])
        if "text" not in done:
            raise Unset
        return str(done["text"])


def render(sandbox: Sandbox, text: str, context: Mapping[str, Any], phase: str) -> dict[str, str]:
    """The `text`, or the `problem` with it, or neither if it is unset."""
    from jinja2 import StrictUndefined, UndefinedError

    class UnsetError(UndefinedError):
        pass

    unset = StrictUndefined(name="UNSET", exc=UnsetError)
    names = {**copiers_names(sandbox, context, phase), "UNSET": unset}
    jinja = environment(sandbox.envops, sandbox.root, trusted=sandbox.trusted, extensions=sandbox.extensions)
    try:
        if is_templated(sandbox.answers_file, sandbox.envops):
            answers_file = jinja.from_string(sandbox.answers_file).render(names)
            names["_copier_conf"]["answers_file"] = PurePath(answers_file)
        done = jinja.from_string(text).render(names)
        done.encode()
    except UnsetError:
        return {}
    except MemoryError:
        raise
    except Exception as error:
        return {"problem": problem_of(error)}
    if len(done) > LONGEST_TEXT:
        return {"problem": f"renders more than {LONGEST_TEXT:,} characters"}
    return {"text": done}


def copiers_names(sandbox: Sandbox, context: Mapping[str, Any], phase: str) -> dict[str, Any]:
    """The names that a text can use in addition to the answers.

    Source: https://copier.readthedocs.io/en/stable/creating/#variables-global
    """
    import os
    import sys

    folder = name_of_folder(sandbox, context)
    systems = {"linux": "linux", "darwin": "macos", "win32": "windows"}
    conf = {
        "src_path": PurePath(sandbox.root or ""),
        "dst_path": PurePath(folder),
        "answers_file": PurePath(sandbox.answers_file),
        "vcs_ref": None,
        "vcs_ref_hash": sandbox.origin.commit_hash or None,
        "data": dict(sandbox.given),
        "exclude": (),
        "use_prereleases": False,
        "skip_if_exists": (),
        "cleanup_on_error": True,
        "defaults": True,
        "user_defaults": {},
        "overwrite": True,
        "pretend": False,
        "quiet": True,
        "conflict": "inline",
        "context_lines": 3,
        "unsafe": sandbox.trusted,
        "skip_answered": False,
        "skip_tasks": True,
        "sep": os.sep,
        "os": next((name for start, name in systems.items() if sys.platform.startswith(start)), None),
    }
    return {
        "now": now,
        "make_secret": make_secret,
        "_external_data": ExternalData(sandbox, context),
        **sandbox.origin.names,
        "_copier_answers": sandbox.origin.names | {k: v for k, v in context.items() if not k.startswith("_")},
        "_copier_conf": conf,
        "_folder_name": folder,
        "_copier_python": sys.executable,
        "_copier_phase": phase,
        "_copier_operation": "copy",
        **context,
    }


def name_of_folder(sandbox: Sandbox, context: Mapping[str, Any]) -> str:
    said = context.get("project_name") or sandbox.given.get("project_name") or ""
    return sandbox.folder or folder_name(str(said))


def now() -> Any:
    from datetime import UTC, datetime

    return datetime.now(UTC)


def make_secret() -> str:
    import hashlib
    import os

    return hashlib.sha512(os.urandom(48)).hexdigest()


class ExternalData(Mapping[str, Any]):
    """The data files that the project already has, each read when a text first uses it."""

    def __init__(self, sandbox: Sandbox, context: Mapping[str, Any]) -> None:
        self._sandbox, self._context, self._read = sandbox, context, dict[str, Any]()

    def __getitem__(self, name: str) -> Any:
        if name not in self._read:
            path = external_file(self._sandbox, self._sandbox.external[name], self._context)
            self._read[name] = {} if path is None else parse(path.read_text("utf-8"))
        return self._read[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._sandbox.external)

    def __len__(self) -> int:
        return len(self._sandbox.external)


def project_of(sandbox: Sandbox, context: Mapping[str, Any]) -> Path | None:
    """The project's folder, if it is known yet."""
    name = name_of_folder(sandbox, context)
    return sandbox.project or (sandbox.parent / name if sandbox.parent and name else None)


def external_file(sandbox: Sandbox, path: str, context: Mapping[str, Any]) -> Path | None:
    """The file of the project that an `_external_data` names; None if it does not exist.

    Raises:
        ValueError: it is outside of the project.
    """
    project = project_of(sandbox, context)
    if project is None:
        return None
    done = render(replace(sandbox, external={}), path, context, "undefined")
    if "text" not in done:
        raise ValueError(done.get("problem", "it is unset"))
    file = project / done["text"]
    if not file.resolve().is_relative_to(project.resolve()):
        raise ValueError(f"`{path}` is outside of the project")
    return file if file.is_file() else None
