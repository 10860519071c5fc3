"""Which templates exist, and where they come from."""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from fastkit.config import CONFIG_NAMES, Place, config_file, place_in, read_config
from fastkit.errors import TemplateError, UnknownName
from fastkit.questions import Question, read_questions
from fastkit.rules import normalized

RUNS_CODE = {"_tasks": "tasks", "_jinja_extensions": "Jinja extensions", "_migrations": "migrations"}
"""The settings of a template that run code on the machine that renders it."""

JINJA_TAG = re.compile(r"\{%.*?%\}")


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
    """

    name: str
    folder: Path
    source: str
    config: Mapping[str, Any] = field(repr=False, compare=False)
    address: str = ""
    ref: str = ""

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
            raise TemplateError(self.name, "has a `_fastkit` that is no mapping", file="copier.yml")
        return about

    def names(self, setting: str) -> tuple[str, ...]:
        found = self.about.get(setting) or ()
        if not isinstance(found, list | tuple):
            raise TemplateError(self.name, f"has a `{setting}` that is no list", file="copier.yml")
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
            raise TemplateError(self.name, f"has no layer `{name}` beside it", file="copier.yml")
        return folder

    @property
    def subdirectory(self) -> str:
        return str(self.config.get("_subdirectory", ""))

    @property
    def files(self) -> tuple[str, ...]:
        """The paths that a project of this template has, as far as they show without answers."""
        suffix = str(self.config.get("_templates_suffix", ".jinja"))
        roots = (*self.layers, self.folder / self.subdirectory)
        names = {
            path.relative_to(root).as_posix() for root in roots for path in root.rglob("*") if path.is_file()
        }
        shown = {JINJA_TAG.sub("", name).removesuffix(suffix) for name in names if not is_litter(name)}
        return tuple(sorted(shown))

    @property
    def envops(self) -> Mapping[str, Any]:
        """Settings of the template's Jinja environment."""
        return self.config.get("_envops") or {}

    @property
    def runs_code(self) -> tuple[str, ...]:
        return tuple(what for setting, what in RUNS_CODE.items() if self.config.get(setting))


def is_litter(path: str) -> bool:
    """What a tool left in a template's folder and no project gets."""
    return any(
        part == ".git" or part.endswith(("__pycache__", "_cache", ".venv")) for part in path.split("/")
    )


def bundled_folder() -> Path:
    """Beside the package when installed, at the root of the repository when editable."""
    package = Path(__file__).parent
    installed = package / "templates"
    return installed if installed.is_dir() else package.parents[1] / "templates"


def user_folder() -> Path:
    if chosen := os.environ.get("FASTKIT_TEMPLATES"):
        return expanded(chosen)
    from platformdirs import user_config_path

    return user_config_path("fastkit") / "templates"


def expanded(path: str | Path) -> Path:
    """The path with `~` spelled out; that of an unknown user stays, where Path.expanduser would raise."""
    return Path(os.path.expanduser(path))  # noqa: PTH111


def folders() -> Iterator[tuple[str, Path]]:
    """Where templates are looked for by name; the first that has a name wins."""
    yield "user", user_folder()
    yield "bundled", bundled_folder()


def list_templates() -> list[Template]:
    """Every template that `find` finds by name, sorted by name."""
    found: dict[str, Template] = {}
    for source, folder in folders():
        for template in templates_in(folder, source):
            found.setdefault(template.name, template)
    return sorted(found.values(), key=lambda template: template.name)


def templates_in(folder: Path, source: str) -> Iterator[Template]:
    if not folder.is_dir():
        return
    for entry in sorted(folder.iterdir()):
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


def find(name: str) -> Template:
    """The template of this name, or in this folder.

    Raises:
        UnknownName: there is none.
        TemplateError: its copier.yml cannot be read.
    """
    for source, parent in folders():
        if is_plain(name) and config_file(parent / name):
            return load(name, parent / name, source, name)
    folder = expanded(name)
    if looks_like_path(name) and config_file(folder):
        return load(folder.resolve().name, folder.resolve(), "folder")
    known = [template.name for template in list_templates()]
    raise UnknownName("template", name, known, "run `fastkit list-templates` to see them all")


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


def load(name: str, folder: Path, source: str, address: str = "", ref: str = "") -> Template:
    file = config_file(folder) or folder / CONFIG_NAMES[0]
    return Template(name, folder, source, read_config(name, file), address, ref)
