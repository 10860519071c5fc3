"""Which templates exist, and where they come from."""

import os
import re
import shlex
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from fastkit.catalog.copier_yml import CONFIG_NAMES, Place, config_file, place_in, read_config
from fastkit.catalog.questions import Question, read_questions
from fastkit.computing.jinja import environment, problem_of
from fastkit.computing.limits import BoundsError, fetched
from fastkit.computing.origin import NOWHERE, Origin
from fastkit.computing.texts import Sandbox
from fastkit.distributions import normalized
from fastkit.errors import TemplateError
from fastkit.machine.folders import entries

RUNS_CODE = {"_tasks": "tasks", "_jinja_extensions": "Jinja extensions", "_migrations": "migrations"}
"""The settings of a template that run code on the machine that renders it."""

JINJA_TAG = re.compile(r"\{%.*?%\}")


MOST_NAMES = 200
"""Of one list in `_fastkit`, such as features, each of which may be combined with each other one."""


@dataclass(frozen=True)
class Code:
    """A piece of code that a template would run: what it is, and its command or its name."""

    kind: str
    command: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.command}"


@dataclass(frozen=True)
class Template:
    """One template: a folder with a copier.yml.

    Attributes:
        name: what a person calls it.
        folder: where its copier.yml is.
        source: `user`, `bundled`, `installed`, `git` or `folder`.
        config: copier.yml as it was read.
        address: what finds it again on any machine: its name, or that of its git repository without the
            ref; empty for a folder.
        ref: the tag of a git template, else its commit; empty for every other source.
        origin: what its projects say of where they come from.
        caveat: why this may not be the newest version, if it may not.
    """

    name: str
    folder: Path
    source: str
    config: Mapping[str, Any] = field(repr=False, compare=False)
    address: str = ""
    ref: str = ""
    caveat: str = field(default="", compare=False)
    origin: Origin = NOWHERE

    @property
    def pinned(self) -> str:
        """The address of exactly this version; the plain name where a source has no versions."""
        return f"{self.address}@{self.ref}" if self.ref else self.address

    @property
    def about(self) -> Mapping[str, Any]:
        """The `_fastkit` settings.

        Raises:
            TemplateError: they are no mapping; likewise for each list in them that is none.
        """
        about = self.config.get("_fastkit") or {}
        if not isinstance(about, dict):
            file, line = self.place("_fastkit")
            raise TemplateError(self.name, "has a `_fastkit` that is no mapping", file=file, line=line)
        return about

    def names(self, setting: str) -> tuple[str, ...]:
        found = self.about.get(setting) or ()
        if not isinstance(found, list | tuple):
            file, line = self.place("_fastkit", setting)
            raise TemplateError(self.name, f"has a `{setting}` that is no list", file=file, line=line)
        if len(found) > MOST_NAMES:
            file, line = self.place("_fastkit", setting)
            problem = f"has a `{setting}` of more than {MOST_NAMES} names"
            raise TemplateError(self.name, problem, file=file, line=line)
        return tuple(map(str, found))

    @property
    def title(self) -> str:
        return str(self.about.get("title", self.name))

    @property
    def description(self) -> str:
        return str(self.about.get("description", ""))

    @property
    def version(self) -> str:
        return str(self.about.get("version", ""))

    @property
    def notes(self) -> Mapping[str, str]:
        """What a person has to know who comes from an older version, by version.

        Raises:
            TemplateError: they are no mapping of texts.
        """
        found = self.about.get("notes") or {}
        if not isinstance(found, dict) or not all(isinstance(text, str) for text in found.values()):
            raise TemplateError(self.name, "has `notes` that are no text by version", file="copier.yml")
        return {str(version): " ".join(text.split()) for version, text in found.items()}

    @property
    def tags(self) -> tuple[str, ...]:
        return self.names("tags")

    @property
    def dependencies(self) -> tuple[str, ...]:
        """What its projects are about, as `startdemo` shows it."""
        return self.names("dependencies")

    @property
    def other_dependencies(self) -> tuple[str, ...]:
        """What its projects require besides."""
        return self.names("other_dependencies")

    @property
    def features(self) -> tuple[str, ...]:
        return self.names("features")

    @property
    def kind(self) -> str:
        """What its projects are called in a sentence."""
        return "FastAPI project" if "fastapi" in self.taken_names else "project"

    @property
    def taken_names(self) -> frozenset[str]:
        """Normalized names that a project of this template cannot have, as it installs them."""
        indirect = self.names("indirect_dependencies")
        names = (*self.dependencies, *self.other_dependencies, *indirect)
        return frozenset(normalized(name.split("[")[0]) for name in names)

    def place(self, *keys: str) -> Place:
        """File and line of a setting, a question, or a question's setting."""
        return place_in(self.config, *keys)

    @property
    def added(self) -> Mapping[str, Any]:
        """fastkit's own questions, which its copier.yml does not write."""
        return getattr(self.config, "added", {})

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        return read_questions(self.config)

    @property
    def layers(self) -> tuple[Path, ...]:
        """The folders whose files lie beneath the template's own, lowest first.

        Raises:
            TemplateError: a layer is not beside the template.
        """
        return tuple(self.layer(name) for name in self.names("layers"))

    def layer(self, name: str) -> Path:
        folder = self.folder.parent / name
        if not is_plain(name, hidden=True) or not folder.is_dir():
            file, line = self.place("_fastkit", "layers")
            raise TemplateError(self.name, f"has no layer `{name}` beside it", file=file, line=line)
        check_inside(self.name, self.folder, folder)
        return folder

    @property
    def subdirectory(self) -> str:
        return str(self.config.get("_subdirectory", ""))

    @property
    def files(self) -> tuple[str, ...]:
        """The paths that a project of this template has, as far as they show without answers.

        Raises:
            TemplateError: there are too many.
        """
        suffix = str(self.config.get("_templates_suffix", ".jinja"))
        shown = set()
        for root in filter(Path.is_dir, (*self.layers, self.folder / self.subdirectory)):
            for path in self.files_in(root):
                shown.add(JINJA_TAG.sub("", path).removesuffix(suffix))
        return tuple(sorted(shown))

    def files_in(self, root: Path) -> Iterator[str]:
        tally = fetched()
        try:
            for path, entry in entries(root, rendered=True):
                tally.add(0)
                if Path(entry.path).is_file():
                    yield path
        except BoundsError as error:
            raise TemplateError(self.name, error.problem, file=os.path.relpath(root, self.folder)) from error
        except OSError as error:
            raise self.unreadable(error) from error

    def unreadable(self, error: OSError) -> TemplateError:
        place = os.path.relpath(error.filename, self.folder) if isinstance(error.filename, str) else None
        return TemplateError(self.name, f"cannot be read: {error.strerror or error}", file=place)

    @property
    def envops(self) -> Mapping[str, Any]:
        """Settings of the template's Jinja environment."""
        return self.config.get("_envops") or {}

    def sandbox(
        self,
        *,
        trusted: bool,
        parent: Path | None = None,
        project: Path | None = None,
        folder: str = "",
        given: Mapping[str, Any] | None = None,
    ) -> Sandbox:
        """Where texts of its copier.yml are rendered: with bounds, unless it is bundled or trusted.

        Args:
            parent: the folder that the project will lie in, where known.
            project: the project, where there is one already.
            folder: the name of the project's own folder, where no answer tells it.
            given: the answers that came with the command.

        Raises:
            TemplateError: an extension of Jinja cannot be loaded.
        """
        return Sandbox(
            self.envops,
            self.folder,
            confined=not trusted and self.source != "bundled",
            trusted=trusted,
            extensions=self.extensions if trusted else (),
            parent=parent,
            project=project,
            folder=folder,
            given=given or {},
            external=self.config.get("_external_data", {}),
            answers_file=str(self.config.get("_answers_file", ".copier-answers.yml")),
            origin=self.origin,
        )

    @cached_property
    def extensions(self) -> tuple[str, ...]:
        """Those of Jinja, which are loaded here: Jinja's own errors do not say what to install.

        Raises:
            TemplateError: one of them cannot be loaded.
        """
        names = tuple(self.config.get("_jinja_extensions", ()))
        if names:
            with errors_of_extensions(self):
                environment(self.envops, self.folder, extensions=names)
        return names

    @property
    def runs_code(self) -> tuple[str, ...]:
        """The kinds of code that it would run."""
        return tuple(what for setting, what in RUNS_CODE.items() if self.config.get(setting))

    @property
    def code(self) -> tuple[Code, ...]:
        """All the code that it would run."""
        return tuple(
            Code(what.removesuffix("s"), command)
            for setting, what in RUNS_CODE.items()
            for command in commands_in(self.config.get(setting))
        )


@contextmanager
def errors_of_extensions(template: Template) -> Iterator[None]:
    """
    Raises:
        TemplateError: something was raised; the hint says how a module that is missing is installed.
    """
    try:
        yield
    except Exception as error:
        file, line = template.place("_jinja_extensions")
        module = missing_module(error)
        package = shlex.quote(module.partition(".")[0])
        how = (
            f"install it next to fastkit: `pip install {package}`, "
            f"`pipx inject fastkit-startdemo {package}`, or `uv tool install` with `--with {package}`"
        )
        raise TemplateError(
            template.name,
            f"its Jinja extensions need the module `{module}`, which is not installed"
            if module
            else f"its Jinja extensions cannot be loaded: {problem_of(error)}",
            file=file,
            line=line,
            hint=how if module else "",
        ) from error


def missing_module(error: BaseException | None) -> str:
    """The module that no installed package has, by an error or by what caused it."""
    while error and not isinstance(error, ModuleNotFoundError):
        error = error.__cause__ or error.__context__
    name = str(getattr(error, "name", None) or "")
    return "" if name.partition(".")[0] in sys.modules else name


def commands_in(setting: Any) -> Iterator[str]:
    """The commands of a setting, in any of the forms that copier takes."""
    for entry in setting or ():
        if isinstance(entry, dict):
            forms = (
                entry.get("command"),
                *(c for when in ("before", "after") for c in entry.get(when) or ()),
            )
            yield from (as_typed(form) for form in forms if form)
        else:
            yield as_typed(entry)


def as_typed(command: Any) -> str:
    return shlex.join(map(str, command)) if isinstance(command, list) else str(command).strip()


def summary(template: Template) -> dict[str, object]:
    """What a list says of a template, as JSON holds it."""
    return {
        "name": template.name,
        "title": template.title,
        "description": template.description,
        "version": template.version,
        "tags": template.tags,
        "source": template.source,
        "address": template.address,
        "ref": template.ref,
    }


def is_plain(name: str, *, hidden: bool = False) -> bool:
    """Whether this can be the name of a folder in a folder; layers are among the hidden ones."""
    return Path(name).name == name != ".." and (hidden or name[:1] not in ("", ".", "_"))


def load_template(
    name: str,
    folder: Path,
    source: str,
    address: str = "",
    ref: str = "",
    caveat: str = "",
    origin: Origin | None = None,
) -> Template:
    file = config_file(folder) or folder / CONFIG_NAMES[0]
    check_inside(name, folder, file)
    origin = origin or Origin(address or str(folder))
    template = Template(name, folder, source, read_config(name, file), address, ref, caveat, origin)
    check_inside(name, folder, folder / template.subdirectory)
    return template


def check_inside(name: str, folder: Path, path: Path) -> None:
    """
    Args:
        folder: that of the template.
        path: something that belongs to it, in its folder or beside it.

    Raises:
        TemplateError: a link leads from there to elsewhere on this machine.
    """
    own, parent, target = (Path(os.path.realpath(place)) for place in (folder, folder.parent, path))
    beside = () if path.is_relative_to(folder) else (parent / path.relative_to(folder.parent).parts[0],)
    if not any(target.is_relative_to(place) for place in (own, *beside)):
        shown = Path(os.path.relpath(path, folder)).as_posix()
        raise TemplateError(name, "is a link that leads out of the template", file=shown)
