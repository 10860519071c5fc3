"""`fastkit update` against `copier update` and `cruft update`: who keeps what, and how long it takes.

    python tests/benchmarks/updates.py [--rounds 15] [--room FOLDER]

Each case of tests/support/update_cases.py is a project of its own for each tool: made from the first release
of a git template, changed by its owner, committed, and taken to the second release. What then lies in the
project is judged alike for all. The update alone is timed, on the flagship, with changes of both sides that
every tool has to merge. What the tools said lies in the room beside each project. The rivals are installed
from the registry.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from measure import Command, Goal, measure, report
from rich.progress import track
from rivals import REPOSITORY, Environment, clean_environment, environment, fastkit_environment, run

from generator import ANSWERS, PROJECT, TEMPLATE, rival_templates

sys.path.append(str(REPOSITORY))
from tests.support.living import change, git, unmerged
from tests.support.repositories import IDENTITY
from tests.support.update_cases import CASES, Case, Files

OLD, NEW = "v1.0.0", "v2.0.0"
SETTINGS = "_subdirectory: project\nproject_name: {type: str, default: shop}\n"
ROOT_OF_COOKIECUTTER = "{{ cookiecutter.project_name }}"
ANSWERS_OF_COPIER = {
    "project/{{ _copier_conf.answers_file }}.jinja": "{{ _copier_answers|to_nice_yaml -}}\n",
}
REMEMBERED = (".git/", ".fastkit/", ".copier-answers.yml", ".cruft.json")
"""Files of a project that are the tools' own."""

STEADY = {"steady.txt": "steady\n"}
"""In every template, as git keeps no empty folder."""

LEGEND = """
merged: what both changed is there.
taken: the template's change is there, and the owner had none.
kept: the owner's is there, as it has to be, and the template's is not.
lost: a line or a file of the owner's is gone.
index: git knows of the conflict. markers: lines in the file. rej: a file with what could not be applied.
said: an error or a conflict on the terminal.
"""


@dataclass(frozen=True)
class Tool:
    """
    Attributes:
        root: the folder of a template whose files are rendered.
        laid: a case's files as the tool's template has them, first as the project is made, then what changes.
        make: the words that make a project of an address, answers and files to leave alone.
        update: the words that take a project to the newest release.
    """

    name: str
    root: str
    laid: Callable[[Case], tuple[Files, Files]]
    make: Callable[[str, Mapping[str, str], list[str]], list[str]]
    update: Callable[[str], list[str]]


@dataclass(frozen=True)
class Outcome:
    """
    Attributes:
        files: what lies in the project, but for what the tools remember.
        executable: those of them that may be run.
        signs: by which one can tell that not all went well.
        refused: that the tool failed and changed nothing.
    """

    files: Mapping[str, bytes]
    executable: frozenset[str]
    signs: tuple[str, ...]
    refused: bool


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--room", help="where environments and projects are made")
    arguments = parser.parse_args()
    room = Path(arguments.room or tempfile.mkdtemp(prefix="fastkit-bench-")).resolve()
    os.environ |= {"FASTKIT_CACHE": str(room / "cache"), "COPIER_CACHE_DIR": str(room / "copier-cache")}
    os.environ |= {**IDENTITY, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    fastkit = fastkit_environment(room)
    tools = every_tool(room, fastkit)
    compare(tools, room / "cases")
    templates = flagship_templates(room, fastkit)
    commands = {f"{tool.name} update": flagship(tool, templates[tool.root], room) for tool in tools}
    report(
        measure(commands, room, arguments.rounds),
        [Goal("fastkit update", "copier update", 0.35), Goal("fastkit update", "cruft update", None)],
    )
    print(f"All of it lies in {room}")


# The tools.


def every_tool(room: Path, environment_of_fastkit: Environment) -> tuple[Tool, ...]:
    fastkit = environment_of_fastkit.program("fastkit")
    copier = environment(room, "copier", sys.executable, "copier>=9.19").program("copier")
    cruft = environment(room, "cruft", sys.executable, "cruft>=2.16", "cookiecutter>=2.7").program("cruft")
    return (
        Tool(
            "fastkit",
            "project",
            laid_for_fastkit,
            lambda address, answers, _: [
                *(fastkit, "startdemo", f"{address}@{OLD}", "--yes", "--no-install", "--no-git"),
                *(word for item in pairs(answers) for word in ("--set", item)),
            ],
            lambda address: [fastkit, "update", "--yes", "--template", address],
        ),
        Tool(
            "copier",
            "project",
            laid_for_copier,
            lambda address, answers, _: [
                *(copier, "copy", "--defaults", "--vcs-ref", OLD),
                *(word for item in pairs(answers) for word in ("--data", item)),
                *(f"git+{address}", answers["project_name"]),
            ],
            lambda _: [copier, "update", "--defaults"],
        ),
        Tool(
            "cruft",
            ROOT_OF_COOKIECUTTER,
            laid_for_cruft,
            lambda address, answers, skipped: [
                *(cruft, "create", "--no-input", "--checkout", OLD, "--extra-context", json.dumps(answers)),
                *(word for path in skipped for word in ("--skip", path)),
                address,
            ],
            lambda _: [cruft, "update", "--skip-apply-ask"],
        ),
    )


def pairs(answers: Mapping[str, str]) -> list[str]:
    return [f"{name}={value}" for name, value in answers.items()]


def laid_for_fastkit(case: Case) -> tuple[Files, Files]:
    settings = SETTINGS + case.settings
    return (
        {"copier.yml": settings, **below("project", STEADY | dict(case.before))},
        {"copier.yml": settings + case.new_settings, **below("project", case.after)},
    )


def laid_for_copier(case: Case) -> tuple[Files, Files]:
    """As for fastkit, and with the file by which copier remembers."""
    before, after = laid_for_fastkit(case)
    return {**before, **ANSWERS_OF_COPIER}, after


def laid_for_cruft(case: Case) -> tuple[Files, Files]:
    root = ROOT_OF_COOKIECUTTER
    asked = {"project_name": "shop", **questions(case.settings)}
    return (
        {"cookiecutter.json": json.dumps(asked), **below(root, STEADY | for_cookiecutter(case.before))},
        {
            "cookiecutter.json": json.dumps(asked | questions(case.new_settings)),
            **below(root, for_cookiecutter(case.after)),
        },
    )


def below(folder: str, files: Files) -> Files:
    return {f"{folder}/{path}": content for path, content in files.items()}


def for_cookiecutter(files: Files) -> dict[str, str | bytes | None]:
    """Every file is rendered by it, and questions have a prefix."""
    rendered = {path.removesuffix(".jinja"): content for path, content in files.items()}
    return {path: prefixed(text) if isinstance(text, str) else text for path, text in rendered.items()}


def prefixed(text: str) -> str:
    return text.replace("{{ ", "{{ cookiecutter.")


def settings_of(text: str) -> dict[str, Any]:
    return yaml.safe_load(text) or {}


def questions(settings: str) -> dict[str, str]:
    """Defaults by name."""
    asked = settings_of(settings).items()
    return {name: str(about["default"]) for name, about in asked if isinstance(about, dict)}


# What becomes of the files.


def compare(tools: Iterable[Tool], room: Path) -> None:
    shutil.rmtree(room, ignore_errors=True)
    tools = tuple(tools)
    rows = [
        [case.name, *(verdict(case, outcome(case, tool, room / tool.name / str(number))) for tool in tools)]
        for number, case in enumerate(track(CASES, description="Cases", transient=True), start=1)
    ]
    headers = ["case", *(f"{tool.name} update" for tool in tools)]
    silent = [sum("not a word" in row[column] for row in rows) for column in range(1, len(headers))]
    rows.append(["**lost or left out, not a word**", *map(str, silent)])
    for row in (headers, ["---"] * len(headers), *rows):
        print("| " + " | ".join(row) + " |")
    print(LEGEND)


def outcome(case: Case, tool: Tool, room: Path) -> Outcome:
    """Of a case, played with a tool up to the end."""
    before, after = tool.laid(case)
    address = repository(room / "template", before)
    skipped = settings_of(case.settings).get("_skip_if_exists", [])
    project = made(tool, address, room, {"project_name": "shop"}, skipped)
    for old, new in case.renamed.items():
        (project / old).rename(project / new)
    change(project, case.owner)
    commit(project)
    executable = [f"{tool.root}/{path}" for path in case.executable]
    release(room / "template", after, NEW, executable)
    done = told(tool.update(address), project)
    (room / "said.txt").write_text(f"{done.stdout}exit {done.returncode}\n", "utf-8")
    return judged(project, done)


def made(tool: Tool, address: str, room: Path, answers: Mapping[str, str], skipped: list[str]) -> Path:
    """A project of the first release, committed."""
    told_well(tool.make(address, answers, skipped), room)
    project = room / answers["project_name"]
    run(["git", "init", "--quiet", str(project)])
    commit(project)
    return project


def told(words: list[str], cwd: Path) -> subprocess.CompletedProcess[str]:
    """A command that has run, and what it said on both streams."""
    return subprocess.run(
        words, cwd=cwd, env=clean_environment(), check=False,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip


def told_well(words: list[str], cwd: Path) -> subprocess.CompletedProcess[str]:
    done = told(words, cwd)
    if done.returncode:
        raise SystemExit(f"{' '.join(words)}: exit {done.returncode}\n{done.stdout}")
    return done


def repository(folder: Path, files: Files) -> str:
    """The first release of a template, and its address."""
    folder.mkdir(parents=True, exist_ok=True)
    run(["git", "init", "--quiet", "--initial-branch=main", str(folder)])
    release(folder, files, OLD)
    return f"{folder.as_uri()}/.git"


def release(folder: Path, files: Files, tag: str, executable: Iterable[str] = ()) -> None:
    change(folder, files)
    for path in executable:
        (folder / path).chmod(0o755)
    commit(folder, "--force")
    run(["git", "tag", "--annotate", "--message=Release", tag], cwd=folder)


def commit(folder: Path, *options: str) -> None:
    run(["git", "add", "--all", *options], cwd=folder)
    run(["git", "commit", "--quiet", "--allow-empty", "--message=Change"], cwd=folder)


# Judging.


def judged(project: Path, done: subprocess.CompletedProcess[str]) -> Outcome:
    code = done.returncode
    paths = {path.relative_to(project).as_posix(): path for path in project.rglob("*") if path.is_file()}
    kept = {name: path for name, path in paths.items() if not name.startswith(REMEMBERED)}
    files = {name: path.read_bytes() for name, path in kept.items()}
    found = {
        "index": bool(unmerged(project)),
        "markers": any(re.search(rb"^<{7} ", content, re.MULTILINE) for content in files.values()),
        "rej": any(name.endswith(".rej") for name in files),
        "said": bool(re.search(r"\b(error|conflict)", done.stdout, re.IGNORECASE)),
        f"exit {code}": bool(code),
    }
    return Outcome(
        {name: content for name, content in files.items() if not name.endswith((".rej", ".orig"))},
        frozenset(name for name, path in kept.items() if os.access(path, os.X_OK)),
        tuple(sign for sign, there in found.items() if there),
        bool(code) and not git(project, "status", "--porcelain"),
    )


def verdict(case: Case, found: Outcome) -> str:
    """One cell of the table."""
    if found.refused:
        return f"refused ({', '.join(found.signs)})"
    words = f"reported ({', '.join(found.signs)})" if found.signs else "not a word"
    gone = [path for path, content in case.owner.items() if content is None] + list(case.renamed)
    if not holds(found, case.owner, case.before):
        return f"**lost**, {words}"
    if any(path in found.files for path in gone):
        return f"deleted file is back, {words}"
    if case.conflicts or not is_as_expected(case, found):
        return f"conflict, {words}" if found.signs else f"template's change left out, {words}"
    fine = "taken" if not case.owner else "merged" if takes_all(case, found) else "kept"
    return f"{fine}, yet {words}" if found.signs else fine


def holds(found: Outcome, changes: Files, before: Files) -> bool:
    """Whether every line that was added, or every binary file, is somewhere in the project."""
    known = {line for content in before.values() for line in lines(content)}
    there = {line for content in found.files.values() for line in lines(content)}
    return all(set(lines(content)) - known <= there for content in changes.values())


def lines(content: str | bytes | None) -> list[bytes]:
    """A file's lines; a binary one is all one line."""
    if content is None:
        return []
    data = content.encode() if isinstance(content, str) else content
    return [data] if b"\0" in data else data.splitlines()


def is_as_expected(case: Case, found: Outcome) -> bool:
    wanted = {path: text.encode() if isinstance(text, str) else text for path, text in case.expected.items()}
    same = all(found.files.get(path) == content for path, content in wanted.items())
    return same and found.executable.issuperset(case.executable)


def takes_all(case: Case, found: Outcome) -> bool:
    """Whether the template's lines are there; those that are rendered are judged by what is expected."""
    plain = {path: content for path, content in case.after.items() if not path.endswith(".jinja")}
    return holds(found, plain, case.before)


# The time.


def flagship_templates(room: Path, fastkit: Environment) -> dict[str, Path]:
    """The same for all, by the folder whose files are rendered."""
    flags = [word for item in pairs(ANSWERS) for word in ("--set", item)]
    startdemo = [fastkit.program("fastkit"), "startdemo", TEMPLATE, *flags, "--yes", "--no-install"]
    of_copier, of_cookiecutter = rival_templates(room, startdemo)
    return {"project": of_copier, ROOT_OF_COOKIECUTTER: of_cookiecutter}


def flagship(tool: Tool, source: Path, room: Path) -> Command:
    """The update of a project that is copied anew for each round, tried once to see that it merges."""
    place = room / "flagship" / tool.name
    shutil.rmtree(place, ignore_errors=True)
    template = Path(shutil.copytree(source, place / "template"))
    address = repository(template, ANSWERS_OF_COPIER if tool.name == "copier" else {})
    project = made(tool, address, place, ANSWERS, [])
    edit(project / "README.md", "mine\n\n{}")
    edit(project / "src" / "main.py", "{}# mine\n")
    commit(project)
    edit(next((template / tool.root).glob("README.md*")), "{}\ntheirs\n")
    release(template, {f"{tool.root}/new.txt": "theirs\n"}, NEW)
    command = Command(tool.update(address), project)
    check_merge(command, Path(shutil.copytree(project, place / "tried" / PROJECT, symlinks=True)))
    return command


def edit(file: Path, form: str) -> None:
    file.write_text(form.replace("{}", file.read_text("utf-8")), "utf-8")


def check_merge(command: Command, project: Path) -> None:
    found = judged(project, told_well(list(command.words), project))
    text = {path: lines(found.files.get(path)) for path in ("README.md", "src/main.py", "new.txt")}
    ends = [text["README.md"][0], *(text[path][-1] for path in text if text[path])]
    if found.signs or ends != [b"mine", b"theirs", b"# mine", b"theirs"]:
        raise SystemExit(f"{command.words[0]} does not merge what it is timed with")
    print(f"{Path(command.words[0]).name} merges a project of {len(found.files)} files")


if __name__ == "__main__":
    os.chdir(Path(__file__).parent)
    main()
