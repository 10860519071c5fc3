"""A Dockerfile carried out in plain folders, as a machine without an engine can.

The folders that it names stand in `root`, at the same path for every stage, as environments are tied to
theirs. A stage begins with a Python of its own and nothing else, and has what it copies from another.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from json import loads
from pathlib import Path, PurePosixPath

FOLDERS = re.compile(r"(?<![\w./-])/(app|data|root)\b")
"""The folders of a container that a Dockerfile of ours may name."""

MOUNT = re.compile(r"--mount=\S+\s*")


@dataclass(frozen=True)
class Stage:
    name: str
    instructions: tuple[tuple[str, str], ...]


def parse(text: str) -> list[Stage]:
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    stages: list[tuple[str, list[tuple[str, str]]]] = []
    for line in "\n".join(lines).replace("\\\n", " ").splitlines():
        word, rest = line.split(maxsplit=1)
        if word == "FROM":
            stages.append((rest.partition(" AS ")[2], []))
        else:
            stages[-1][1].append((word, rest))
    return [Stage(name, tuple(found)) for name, found in stages]


@dataclass
class Container:
    """What stands for a container.

    Attributes:
        root: stands for its `/`.
        context: the folder that is built.
        environment: what the commands see.
        given: begins of commands that are not run, as what they get is on PATH.
    """

    root: Path
    context: Path
    environment: dict[str, str]
    given: tuple[str, ...] = ()
    cwd: Path = Path()
    user: str = ""
    command: list[str] = field(default_factory=list)
    health: list[str] = field(default_factory=list)

    def inside(self, text: str) -> str:
        return FOLDERS.sub(rf"{self.root}/\1", text)

    def carry_out(self, word: str, rest: str) -> None:
        getattr(self, f"do_{word.lower()}")(rest)

    def do_workdir(self, rest: str) -> None:
        self.cwd = Path(self.inside(rest))
        self.cwd.mkdir(parents=True, exist_ok=True)

    def do_env(self, rest: str) -> None:
        for pair in shlex.split(rest):
            name, _, value = pair.partition("=")
            self.environment[name] = self.inside(value).replace("$PATH", self.environment["PATH"])

    def do_copy(self, rest: str) -> None:
        options, words = split_options(rest)
        *sources, target = words
        origin = Path(f"{self.root}-{options['from']}") if "from" in options else self.context
        ignored = ignore_rules(self.context) if "from" not in options else []
        for source in sources:
            copy(origin / source.removeprefix("/"), self.cwd / target, ignored)

    def do_run(self, rest: str) -> None:
        command = MOUNT.sub("", rest).strip()
        if not command.startswith(self.given or ("\0",)):
            self.run(["sh", "-ec", self.inside(command)])

    def do_user(self, rest: str) -> None:
        self.user = rest

    def do_expose(self, rest: str) -> None:
        assert rest.isdigit()

    def do_healthcheck(self, rest: str) -> None:
        self.health = loads(rest.partition(" CMD ")[2])

    def do_cmd(self, rest: str) -> None:
        self.command = loads(rest)

    def run(self, words: list[str]) -> None:
        done = subprocess.run(
            words,
            cwd=self.cwd,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )
        assert done.returncode == 0, f"{words}\n{done.stdout}{done.stderr}"


def build(
    context: Path, room: Path, environment: Mapping[str, str], given: tuple[str, ...] = ()
) -> Container:
    """Carry out all stages; the container of the last one, in which nothing of the others is left."""
    root = room / "root"
    for number, stage in enumerate(parse((context / "Dockerfile").read_text("utf-8"))):
        python = room / f"python-{number}"
        subprocess.run([sys.executable, "-m", "venv", str(python)], check=True, timeout=120)
        path = f"{python / 'bin'}{os.pathsep}{environment['PATH']}"
        container = Container(root, context, {**environment, "PATH": path}, given)
        for word, rest in stage.instructions:
            container.carry_out(word, rest)
        if stage.name:
            shutil.rmtree(python)
            root.rename(f"{root}-{stage.name}")
    return container


def split_options(rest: str) -> tuple[dict[str, str], list[str]]:
    words = rest.split()
    options = dict(word[2:].split("=", 1) for word in words if word.startswith("--"))
    return options, [word for word in words if not word.startswith("--")]


def ignore_rules(context: Path) -> list[str]:
    lines = (context / ".dockerignore").read_text("utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def copy(source: Path, target: Path, ignored: list[str]) -> None:
    """As COPY does: a folder's content, or a file, and nothing that is ignored.

    Raises:
        FileNotFoundError: there is no such file, or it is ignored.
    """
    if source.is_dir():
        if not ignored:
            shutil.copytree(source, target, symlinks=True, dirs_exist_ok=True)
            return
        for path in sent(source, ignored):
            (target / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source / path, target / path)
    elif is_ignored(PurePosixPath(source.name), ignored):
        raise FileNotFoundError(source)
    else:
        shutil.copy(source, target)


def sent(context: Path, ignored: list[str]) -> Iterator[PurePosixPath]:
    """The files of a context that an engine would be sent."""
    for path in context.rglob("*"):
        name = PurePosixPath(path.relative_to(context).as_posix())
        if path.is_file() and not is_ignored(name, ignored):
            yield name


def is_ignored(path: PurePosixPath, rules: list[str]) -> bool:
    """The last rule that fits a path, or a folder above it, decides.

    Source: https://docs.docker.com/build/concepts/context/#dockerignore-files
    """
    decided = False
    for rule in rules:
        pattern = rule.removeprefix("!")
        if any(fits(name, pattern) for name in (path, *path.parents[:-1])):
            decided = not rule.startswith("!")
    return decided


def fits(path: PurePosixPath, pattern: str) -> bool:
    if pattern.startswith("**/"):
        return fnmatchcase(path.name, pattern[3:])
    return len(path.parts) == pattern.count("/") + 1 and fnmatchcase(path.as_posix(), pattern)
