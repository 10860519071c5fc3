"""fastkit's commands against their rivals', in one interleaved run.

    python tests/benchmarks/generator.py [--rounds 15] [--room FOLDER] [--python3.12 PATH]

The rivals are installed from the registry. cookiecutter and copier render the tree that fastkit renders,
which is checked byte for byte before anything is measured.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import yaml
from measure import Command, Goal, measure, peak_memory, report
from rivals import REPOSITORY, Environment, clean_environment, environment, fastkit_environment

from fastkit.catalog.questions import Answers
from fastkit.catalog.template import load_template
from fastkit.plan import Recipe
from fastkit.rendering.with_copier import with_layers

TEMPLATE = "fastapi-async-crud"
ANSWERS = {
    "project_name": "async-todo-api",
    "author": "Developer Kim",
    "author_email": "developer@example.com",
    "description": "Asynchronous todo management API",
    "package_manager": "uv",
}
PROJECT = ANSWERS["project_name"]


def main() -> None:
    arguments = parse()
    room = Path(arguments.room or tempfile.mkdtemp(prefix="fastkit-bench-"))
    fastkit = fastkit_environment(room)
    rivals = environment(
        room, "rivals", sys.executable, "cookiecutter", "copier>=9.19", "fastapi-new", "django"
    )
    peer = (
        environment(room, "peer", arguments.python312, "FastAPI-fastkit==1.5.1")
        if arguments.python312
        else None
    )
    commands = every_command(room, fastkit, rivals, peer)
    check_same_trees(commands, room, ("fastkit startdemo", "cookiecutter", "copier copy"))
    samples = measure(commands, room, arguments.rounds)
    report(samples, goals(peer))
    for name in ("fastkit startdemo", "copier copy"):
        print(f"peak memory of {name}: {peak_memory(commands[name], room):.0f} MiB")


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--room", help="where environments are made")
    parser.add_argument("--python3.12", dest="python312", help="an interpreter for FastAPI-fastkit")
    return parser.parse_args()


def every_command(
    room: Path, fastkit: Environment, rivals: Environment, peer: Environment | None
) -> dict[str, Command]:
    flags = [word for name, value in ANSWERS.items() for word in (f"--{name.replace('_', '-')}", value)]
    data = [word for name, value in ANSWERS.items() for word in ("--data", f"{name}={value}")]
    startdemo = [fastkit.program("fastkit"), "startdemo", TEMPLATE, *flags, "--yes", "--no-install"]
    copier_template, cookiecutter_template = rival_templates(room, startdemo)
    commands = {
        "python -c pass": Command([fastkit.program("python"), "-c", "pass"]),
        "fastkit --version": Command([fastkit.program("fastkit"), "--version"]),
        "fastkit --help": Command([fastkit.program("fastkit"), "--help"]),
        "fastapi-new --help": Command([rivals.program("fastapi-new"), "--help"]),
        "fastkit list-templates": Command([fastkit.program("fastkit"), "list-templates"]),
        "django-admin --help": Command([rivals.program("django-admin"), "--help"]),
        "fastkit startdemo": Command([*startdemo, "--no-git"]),
        "fastkit startdemo with git": Command(startdemo),
        "cookiecutter": Command([rivals.program("cookiecutter"), "--no-input", str(cookiecutter_template)]),
        "copier copy": Command(
            [rivals.program("copier"), "copy", "-q", "--defaults", *data, str(copier_template), PROJECT]
        ),
    }
    if peer:
        theirs = [peer.program("fastkit"), "startdemo", TEMPLATE, *flags, "--yes", "--no-venv"]
        commands["FastAPI-fastkit startdemo"] = Command(saying_yes(theirs))
    return commands


def saying_yes(words: list[str]) -> list[str]:
    """The same call with its questions answered, which FastAPI-fastkit puts in spite of --yes."""
    return ["sh", "-c", 'printf "y\\ny\\n" | "$@"', "sh", *words]


def goals(peer: Environment | None) -> list[Goal]:
    ours = ("fastkit startdemo", "fastkit startdemo with git")
    against_peer = [Goal(name, "FastAPI-fastkit startdemo", None) for name in ours if peer]
    return [
        Goal("fastkit --version", "python -c pass", 2.0),
        Goal("fastkit --help", "fastapi-new --help", 1.0),
        Goal("fastkit list-templates", "django-admin --help", 1.6),
        Goal("fastkit startdemo", "cookiecutter", 1.0),
        Goal("fastkit startdemo", "copier copy", 0.65),
        *against_peer,
    ]


def rival_templates(room: Path, startdemo: list[str]) -> tuple[Path, Path]:
    """The same tree as a copier template, layers included, and as a cookiecutter template."""
    rendered = room / "rendered"
    shutil.rmtree(rendered, ignore_errors=True)
    rendered.mkdir()
    subprocess.run(
        [*startdemo, "--no-git"], cwd=rendered, env=clean_environment(), check=True, stdout=subprocess.DEVNULL
    )
    return copier_template(room), cookiecutter_template(room, rendered / PROJECT)


def copier_template(room: Path) -> Path:
    """The template with its layers and all its questions, as copier knows no others."""
    made = room / "copier-template"
    shutil.rmtree(made, ignore_errors=True)
    template = load_template(TEMPLATE, REPOSITORY / "templates" / TEMPLATE, "folder")
    with_layers(Recipe(template, Answers(), PROJECT), made)
    ours = ("layers", "features", "common_questions")
    about = {name: value for name, value in template.about.items() if name not in ours}
    config = {**template.config, "_fastkit": about}
    (made / "copier.yml").write_text(yaml.safe_dump(config, sort_keys=False, allow_unicode=True), "utf-8")
    return made


def cookiecutter_template(room: Path, rendered: Path) -> Path:
    """The rendered tree with its answers turned into variables again; other files are only copied."""
    made = room / "cookiecutter-template"
    shutil.rmtree(made, ignore_errors=True)
    remembered = shutil.ignore_patterns(".fastkit")
    shutil.copytree(rendered, made / "{{ cookiecutter.project_name }}", ignore=remembered)
    plain = []
    for file in [path for path in made.rglob("*") if path.is_file()]:
        text = file.read_text("utf-8")
        written = with_variables(text)
        if written == text:
            plain.append(f"*{file.name}")
        file.write_text(written, "utf-8")
    (made / "cookiecutter.json").write_text(
        json.dumps({**ANSWERS, "_copy_without_render": sorted(set(plain))})
    )
    return made


def with_variables(text: str) -> str:
    for name, value in ANSWERS.items():
        if name != "package_manager":
            text = text.replace(value, f"{{{{ cookiecutter.{name} }}}}")
    return text


def check_same_trees(commands: dict[str, Command], room: Path, names: Sequence[str]) -> None:
    trees = {}
    for name in names:
        folder = room / "trees" / name.replace(" ", "-")
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        subprocess.run(
            list(commands[name].words),
            cwd=folder,
            env=clean_environment(),
            check=True,
            stdout=subprocess.DEVNULL,
        )
        trees[name] = folder / PROJECT
    ours = contents(trees[names[0]])
    for name, tree in trees.items():
        theirs = contents(tree)
        if differences := [path for path in {*ours, *theirs} if ours.get(path) != theirs.get(path)]:
            raise SystemExit(f"{name} renders another tree: {differences}")


def contents(tree: Path) -> dict[str, bytes]:
    """All files but what fastkit alone remembers of a project."""
    files = {path.relative_to(tree).as_posix(): path for path in tree.rglob("*") if path.is_file()}
    return {name: path.read_bytes() for name, path in files.items() if not name.startswith(".fastkit/")}


if __name__ == "__main__":
    os.chdir(Path(__file__).parent)
    main()
