"""Git repositories of this machine, as remote ones are: bare, with tags and branches."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.support.folders import write

IDENTITY = {
    f"GIT_{role}_{key}": value
    for role in ("AUTHOR", "COMMITTER")
    for key, value in {"NAME": "Ada", "EMAIL": "ada@example.com"}.items()
}

PLAIN = {
    "copier.yml": "_subdirectory: project\nproject_name: {type: str, default: shop}\n",
    "project/version.txt": "one\n",
}
"""A template that asks for a name alone."""


def git(*words: str, cwd: Path, given: str = "") -> str:
    quiet = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    done = subprocess.run(
        ["git", *words],
        cwd=cwd,
        env={**os.environ, **IDENTITY, **quiet},
        input=given,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return done.stdout.strip()


@dataclass(frozen=True)
class Repository:
    """
    Attributes:
        bare: what a template's address leads to.
        work: the author's copy of it.
    """

    bare: Path
    work: Path

    @property
    def url(self) -> str:
        return self.bare.as_uri()

    def commit(self, files: Mapping[str, str | bytes], *tags: str, branch: str = "main") -> str:
        """Change files, commit them on a branch, put tags on that, and publish it all.

        Returns:
            the commit.
        """
        git("checkout", "--quiet", "-B", branch, cwd=self.work)
        write(self.work, files)
        git("add", "--all", cwd=self.work)
        git("commit", "--quiet", "--allow-empty", "--message=change", cwd=self.work)
        for tag in tags:
            git("tag", "--force", "--annotate", "--message=release", tag, cwd=self.work)
        git("push", "--quiet", "--force", "--tags", str(self.bare), branch, cwd=self.work)
        return git("rev-parse", "HEAD", cwd=self.work)

    def copied_to(self, bare: Path) -> "Repository":
        """The same repository at another place, for a test to change."""
        work = bare.with_name(f"{bare.name}-work")
        return Repository(Path(shutil.copytree(self.bare, bare)), Path(shutil.copytree(self.work, work)))


def make_repository(bare: Path, files: Mapping[str, str | bytes] = PLAIN, *tags: str) -> Repository:
    work = bare.with_name(f"{bare.name}-work")
    work.mkdir(parents=True)
    git("init", "--quiet", "--initial-branch=main", cwd=work)
    git("init", "--quiet", "--bare", "--initial-branch=main", str(bare), cwd=work)
    repository = Repository(bare, work)
    repository.commit(files, *tags)
    return repository
