"""For tests of templates: `render_template`, a fixture that pytest knows wherever fastkit is installed.

Until a test uses it, only the standard library and pytest are imported.
"""

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pytest


@dataclass(frozen=True)
class RenderedProject:
    """The files of a project, in a folder of the test's own."""

    path: Path

    @property
    def paths(self) -> list[str]:
        """Its files, with `/` between their parts, sorted; without its environment and caches."""
        from fastkit.machine.folders import is_never_rendered

        found = (path for path in self.path.rglob("*") if path.is_file())
        names = (path.relative_to(self.path).as_posix() for path in found)
        return sorted(name for name in names if not is_never_rendered(name))

    def read(self, path: str) -> str:
        return (self.path / path).read_text("utf-8")

    def install(self) -> None:
        """Make its environment with uv, which needs a package registry.

        Raises:
            InstallFailed: a step failed; the error names the log.
        """
        from fastkit.making.install import install
        from fastkit.package_managers import PACKAGE_MANAGERS

        install(PACKAGE_MANAGERS["uv"], self.path, lambda line: None)

    def run(self, *words: str, **settings: Any) -> "subprocess.CompletedProcess[str]":
        """Run a command in the project, preferably from its environment.

        Args:
            settings: more of `subprocess.run`, such as `timeout` or `input`.
        """
        from fastkit.package_managers import PACKAGE_MANAGERS

        environment = PACKAGE_MANAGERS["uv"].environment()
        programs = self.path / ".venv" / ("Scripts" if os.name == "nt" else "bin")
        environment["PATH"] = os.pathsep.join([str(programs), environment.get("PATH", os.defpath)])
        usual = {"capture_output": True, "text": True, "check": False, "env": environment}
        return subprocess.run(words, cwd=self.path, **{**usual, **settings})


class RenderTemplate(Protocol):
    """Makes the files of a project.

    Args:
        template: a folder, or whatever else `fastkit startdemo` takes.
        answers: to some questions; the others get their defaults, or samples where they have none.
        features: as after `--with`.
        trust: whether the template may run code while it is rendered; tasks do not run.

    Raises:
        FastkitError: `startdemo` would refuse this too.
    """

    def __call__(
        self,
        template: str | Path,
        answers: Mapping[str, Any] | None = None,
        features: Sequence[str] = (),
        *,
        trust: bool = False,
    ) -> RenderedProject: ...


@pytest.fixture(scope="session")
def render_template(tmp_path_factory: pytest.TempPathFactory) -> RenderTemplate:
    """Renders a template into a new folder; see `fastkit.testing.RenderTemplate`."""

    def render(
        template: str | Path,
        answers: Mapping[str, Any] | None = None,
        features: Sequence[str] = (),
        *,
        trust: bool = False,
    ) -> RenderedProject:
        from fastkit.catalog.find import find_template
        from fastkit.checking.samples import make_sample, render_files

        found = find_template(str(template))
        recipe = make_sample(found, answers or {}, features, trust=trust).recipe
        return RenderedProject(render_files(recipe, tmp_path_factory.mktemp("rendered")))

    return render
