"""A project that its owner edits while its template gets newer versions."""

import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from fastkit.catalog.features import chosen
from fastkit.catalog.find import find_template
from fastkit.machine.folders import files_below
from fastkit.making.make import make_project
from fastkit.plan import Plan, make_recipe
from fastkit.record.baseline import BASELINE, unpack
from fastkit.record.tree import File
from fastkit.update.merge import Merge
from fastkit.update.prepare import prepared
from fastkit.update.request import Request
from tests.support.update_cases import Case, Files

SETTINGS = "_subdirectory: project\n_fastkit: {{version: {version}}}\nproject_name: {{type: str}}\n"


@contextmanager
def silently(text: str) -> Iterator[Callable[[str], None]]:
    yield lambda line: None


@dataclass(frozen=True)
class Taken:
    """The result of an update."""

    merge: Merge
    notes: tuple[str, ...]


@dataclass(frozen=True)
class World:
    """A folder of templates, which FASTKIT_TEMPLATES must name, and one for projects."""

    templates: Path
    place: Path

    @property
    def project(self) -> Path:
        return self.place / "shop"

    def template(
        self, version: str, files: Files, settings: str = "", executable: Sequence[str] = ()
    ) -> None:
        """Write a version of the template `demo` over the last one."""
        folder = self.templates / "demo"
        text = SETTINGS.format(version=version) + settings
        change(
            folder, {"copier.yml": text, **{f"project/{path}": content for path, content in files.items()}}
        )
        for path in executable:
            (folder / "project" / path).chmod(0o755)

    def start(
        self, given: Mapping[str, str] | None = None, features: Sequence[str] = (), git: bool = True
    ) -> Path:
        template = find_template("demo")
        parts = chosen(template, features)
        answers = {"project_name": "shop", **(given or {})}
        recipe = make_recipe(template, parts, answers, None, parent=self.place, install=False)
        make_project(Plan(recipe, self.project, install=False, git=git), silently)
        return self.project

    def begin(self, case: Case) -> Path:
        """Everything of a case up to the update."""
        self.template("1.0.0", case.before, case.settings)
        project = self.start()
        for old, new in case.renamed.items():
            (project / old).rename(project / new)
        change(project, case.owner)
        commit(project)
        self.template("1.1.0", case.after, case.settings + case.new_settings, case.executable)
        return project


def read_baseline(project: Path) -> Mapping[str, File]:
    return unpack((project / BASELINE).read_bytes())


def change(root: Path, files: Files) -> Path:
    for path, content in files.items():
        file = root / path
        if content is None:
            file.unlink()
            continue
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return root


def update(project: Path, wish: Request | None = None) -> Taken:
    with prepared(project, wish or Request(), None) as found:
        found.apply()
        return Taken(found.merge, found.notes)


def git(folder: Path, *words: str) -> str:
    done = subprocess.run(
        ["git", *words], cwd=folder, capture_output=True, text=True, check=True, timeout=120
    )
    return done.stdout.strip()


def commit(project: Path) -> None:
    """Commit all changes, if there are any."""
    git(project, "add", "--all")
    if git(project, "status", "--porcelain"):
        git(project, "commit", "--quiet", "--message=mine")


def unmerged(project: Path) -> list[str]:
    listed = git(project, "-c", "core.quotePath=false", "ls-files", "--unmerged")
    return sorted({line.partition("\t")[2] for line in listed.splitlines()})


def content(project: Path) -> dict[str, bytes]:
    """All files of a project but those of git and fastkit."""
    paths = (path for path in files_below(project) if not path.startswith((".git/", ".fastkit/")))
    return {path: (project / path).read_bytes() for path in paths if (project / path).is_file()}
