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
from typing import TYPE_CHECKING, Any

from fastkit import git
from fastkit.bounds import BoundsError, entries, fetched
from fastkit.config import CONFIG_NAMES, Place, config_file, place_in, read_config
from fastkit.errors import SourceError, TemplateError, UnknownName
from fastkit.jinja import environment, problem_of
from fastkit.origin import NOWHERE, Origin
from fastkit.progress import Progress, silently
from fastkit.questions import Question, read_questions
from fastkit.rules import normalized
from fastkit.sandbox import Sandbox
from fastkit.sources import expanded, folders

if TYPE_CHECKING:
    from fastkit.addresses import GitAddress

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


@dataclass(frozen=True)
class Listed:
    """A template with the source whose template of the same name is found in its stead, if one is."""

    template: Template
    shadowed_by: str = ""


def list_every() -> list[Listed]:
    """Every template that has a name, sorted by it; those that are shadowed follow what shadows them."""
    winners: dict[str, str] = {}
    found = []
    for source, folder in folders():
        for template in templates_in(folder, source):
            found.append(Listed(template, winners.get(template.name, "")))
            winners.setdefault(template.name, source)
    return sorted(found, key=lambda listed: listed.template.name)


def list_templates() -> list[Template]:
    """Every template that `find` finds by name, sorted by name."""
    return [listed.template for listed in list_every() if not listed.shadowed_by]


def templates_in(folder: Path, source: str) -> Iterator[Template]:
    try:
        found = sorted(folder.iterdir())
    except OSError:  # not there, or not for us
        return
    for entry in found:
        if is_plain(entry.name) and config_file(entry):
            yield load_or_say_why(entry.name, entry, source)


def load_or_say_why(name: str, folder: Path, source: str) -> Template:
    """The template, or one that is there only to say what is wrong with it."""
    try:
        template = load(name, folder, source, name)
        summary(template)
    except TemplateError as error:
        return Template(name, folder, source, {"_fastkit": {"title": f"broken: {error.message}"}}, name)
    return template


def find(name: str, progress: Progress = silently) -> Template:
    """The template of this name, in this folder or at this address.

    Raises:
        UnknownName: there is none.
        InvalidAddress: the address cannot be right.
        SourceError: its repository cannot be fetched.
        TemplateError: its copier.yml cannot be read.
    """
    if is_plain(name):
        for source, parent in folders():
            if config_file(parent / name):
                return load(name, parent / name, source, name)
    folder = expanded(name)
    if looks_like_path(name) and config_file(folder):
        origin = Origin(name, git.describe(folder))
        return load(folder.resolve().name, folder.resolve(), "folder", origin=origin)
    from fastkit.addresses import (
        read_address,
        without_password,
    )  # which take time, and most calls give a name

    if address := read_address(name):
        return find_in_repository(address, progress)
    if looks_like_path(name) and folder.is_dir():
        raise UnknownName("template", name, (), "the folder has no copier.yml")
    known = [template.name for template in list_templates()]
    shown = without_password(name)
    raise UnknownName("template", shown, known, "run `fastkit list-templates` to see them all")


def find_in_repository(address: "GitAddress", progress: Progress) -> Template:
    from fastkit.clone import check_complete, clone

    found = clone(address, progress)
    folder = found.folder / address.folder
    if not folder.resolve().is_relative_to(found.folder.resolve()) or not config_file(folder):
        raise no_template(address, found.folder, found.ref)
    check_complete(address, found)
    origin = Origin(address.written, found.described, found.commit)
    return load(address.name, folder, "git", address.text, found.ref, found.note, origin)


DEEPEST_TEMPLATE = 3
"""Folders above the copier.yml of a template that an error offers."""


def no_template(address: "GitAddress", root: Path, ref: str) -> SourceError:
    """Says where in the repository templates are."""
    found = (path.rpartition("/") for path, entry in entries(root, depth=DEEPEST_TEMPLATE + 1))
    names = sorted({folder for folder, _, name in found if folder and name in CONFIG_NAMES})
    some = ", ".join(f"`//{name}`" for name in names[:10])
    here = (
        "such a folder" if address.folder and not (root / address.folder).is_dir() else "a copier.yml there"
    )
    hint = f"it has templates in {some}" if names else "name a repository with a copier.yml"
    return SourceError(f"{address.text}@{ref}", f"does not have {here}", hint)


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


def looks_like_path(name: str) -> bool:
    return name.startswith((".", "~")) or "/" in name or os.sep in name


def load(
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
