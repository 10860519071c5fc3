"""A template: a folder with a copier.yml, as fastkit knows it."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from fastkit.catalog.code import RUNS_CODE, Code, code_in, errors_of_extensions
from fastkit.catalog.copier_yml import CONFIG_NAMES, Config, Place, config_file, read_config
from fastkit.catalog.questions import Question, read_questions
from fastkit.computing.jinja import environment
from fastkit.computing.origin import NOWHERE, Origin
from fastkit.computing.texts import Sandbox
from fastkit.distributions import distribution_of
from fastkit.errors import TemplateError


@dataclass(frozen=True)
class Template:
    """
    Attributes:
        folder: where its copier.yml is.
        source: `user`, `bundled`, `installed`, `git` or `folder`.
        address: finds it again on any machine: its name, or the address of its git repository without the
            ref; empty for a folder.
        ref: the tag of a git template, or its commit; empty for every other source.
        caveat: why this may not be the newest version.
        origin: where its projects say that they come from.
        preset: the name by which it was found, if that is one for the template with some features.
    """

    name: str
    folder: Path
    source: str
    config: Mapping[str, Any] = field(repr=False, compare=False)
    address: str = ""
    ref: str = ""
    caveat: str = field(default="", compare=False)
    origin: Origin = NOWHERE
    preset: str = ""

    @property
    def pinned(self) -> str:
        """The address of exactly this version; the name if its source has no versions."""
        return f"{self.address}@{self.ref}" if self.ref else self.address

    @property
    def about(self) -> Mapping[str, Any]:
        """The `_fastkit` settings."""
        return self.config.get("_fastkit") or {}

    def names(self, setting: str) -> tuple[str, ...]:
        return tuple(map(str, self.about.get(setting) or ()))

    @property
    def label(self) -> str:
        """The name by which it was found."""
        return self.preset or self.name

    @property
    def title(self) -> str:
        return str(self.presets.get(self.preset, self.about).get("title", self.name))

    @property
    def description(self) -> str:
        return str(self.presets.get(self.preset, self.about).get("description", ""))

    @property
    def version(self) -> str:
        return str(self.about.get("version", ""))

    @property
    def notes(self) -> Mapping[str, str]:
        """What an update tells people who come from an older version, by version."""
        notes = self.about.get("notes") or {}
        return {str(version): " ".join(text.split()) for version, text in notes.items()}

    @property
    def tags(self) -> tuple[str, ...]:
        return self.names("tags")

    @property
    def dependencies(self) -> tuple[str, ...]:
        """The main dependencies of its projects, as `startdemo` shows them."""
        return self.names("dependencies")

    @property
    def other_dependencies(self) -> tuple[str, ...]:
        """Further requirements of its projects."""
        return self.names("other_dependencies")

    @property
    def features(self) -> tuple[str, ...]:
        return self.names("features")

    @property
    def presets(self) -> Mapping[str, Mapping[str, Any]]:
        """Names for this template with some of its features: title, description and features of each."""
        return self.about.get("presets") or {}

    @property
    def preset_features(self) -> tuple[str, ...]:
        return tuple(self.presets[self.preset]["features"]) if self.preset else ()

    @property
    def kind(self) -> str:
        """What a sentence calls its projects."""
        return "FastAPI project" if "fastapi" in self.taken_names else "project"

    @property
    def taken_names(self) -> frozenset[str]:
        """Normalized names of what its projects install, which no project can have."""
        indirect = self.names("indirect_dependencies")
        names = (*self.dependencies, *self.other_dependencies, *indirect)
        return frozenset(map(distribution_of, names))

    def place(self, *keys: str) -> Place:
        """File and line of a setting, a question, or a question's setting."""
        return self.config.place(*keys) if isinstance(self.config, Config) else (CONFIG_NAMES[0], None)

    @property
    def added(self) -> Mapping[str, Any]:
        """fastkit's own questions, which its copier.yml does not write."""
        return getattr(self.config, "added", {})

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        return read_questions(self.config)

    @property
    def layers(self) -> tuple[Path, ...]:
        """The folders whose files the template's own win over, lowest first.

        Raises:
            TemplateError: there is no such folder beside the template.
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
        """Where texts of its copier.yml are rendered: within limits, unless it is bundled or trusted.

        Args:
            parent: the folder in which the project will be, if known.
            project: the project, if it exists already.
            folder: the name of the project's folder, if no answer says it.
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
        """Its Jinja extensions. They are loaded here, as Jinja's own errors do not say what to install.

        Raises:
            TemplateError: an extension cannot be loaded.
        """
        names = tuple(self.config.get("_jinja_extensions", ()))
        if names:
            with errors_of_extensions(self.name, *self.place("_jinja_extensions")):
                environment(self.envops, self.folder, extensions=names)
        return names

    @property
    def runs_code(self) -> tuple[str, ...]:
        """The kinds of code that it runs."""
        return tuple(kind for setting, kind in RUNS_CODE.items() if self.config.get(setting))

    @property
    def code(self) -> tuple[Code, ...]:
        """The code that it runs."""
        return tuple(code_in(self.config))


def summary(template: Template) -> dict[str, object]:
    """What lists show of a template, as JSON."""
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
    """Whether this is the name of a single folder, which may begin with `_` or `.` only if `hidden`."""
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
        folder: the template's.
        path: a part of the template, in its folder or beside it.

    Raises:
        TemplateError: the path is a link to somewhere else on this machine.
    """
    own, parent, target = (Path(os.path.realpath(place)) for place in (folder, folder.parent, path))
    beside = () if path.is_relative_to(folder) else (parent / path.relative_to(folder.parent).parts[0],)
    if not any(target.is_relative_to(place) for place in (own, *beside)):
        shown = Path(os.path.relpath(path, folder)).as_posix()
        raise TemplateError(name, "is a link that leads out of the template", file=shown)
