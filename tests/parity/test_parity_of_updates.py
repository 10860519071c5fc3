"""An update makes what a new project would be, and of its owner's edits what copier makes of them."""

import shutil
import warnings
from collections.abc import Mapping
from contextlib import redirect_stderr
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path

import pytest

from fastkit.rendering.with_copier import import_copier
from tests.parity.both import entries
from tests.support.folders import write
from tests.support.living import World, change, commit, git, update

Files = Mapping[str, str]

ABOUT = "_subdirectory: p\n_fastkit: {{version: {version}}}\nproject_name: {{type: str}}\n"

ANSWERS_FILE = {"p/{{ _copier_conf.answers_file }}.jinja": "{{ _copier_answers | to_nice_yaml }}"}

PROSE = "".join(f"line {number}\n" for number in range(1, 21))


@dataclass(frozen=True)
class Step:
    """A template's way from one version to the next.

    Attributes:
        before, after: its files, `copier.yml` without what every version has.
        there: what the owner has beside the project's files before the update.
    """

    before: Files
    after: Files
    there: Files = field(default_factory=dict)


STEPS = {
    "changed, added and removed": Step(
        {"p/a": "1\n", "p/b": "1\n", "p/d/c": "1\n"}, {"p/a": "2\n", "p/e/f": "2\n", "p/b": "1\n"}
    ),
    "renamed": Step({"p/a": PROSE}, {"p/z/a": PROSE}),
    "a file that becomes a folder": Step({"p/a": "1\n"}, {"p/a/b": "2\n"}),
    "a folder that becomes a file": Step({"p/a/b": "1\n"}, {"p/a": "2\n"}),
    "conditional files": Step(
        {"copier.yml": "w: true\n", "p/{% if w %}a{% endif %}": "1\n", "p/k": ""},
        {"copier.yml": "w: true\n", "p/{% if not w %}a{% endif %}": "1\n", "p/{% if w %}b{% endif %}": "2\n"},
    ),
    "names from answers": Step(
        {"copier.yml": "n: x\n", "p/{{ n }}/a": "1\n"}, {"copier.yml": "n: x\n", "p/{{ n }}s/a": "1\n"}
    ),
    "a new question": Step({"p/a": "1\n"}, {"copier.yml": "port: 7\n", "p/a.jinja": "{{ port }}\n"}),
    "excluded": Step(
        {"copier.yml": "_exclude: ['*.md']\n", "p/a.md": "1\n", "p/b": "1\n"},
        {"copier.yml": "_exclude: [b]\n", "p/a.md": "1\n", "p/b": "1\n"},
    ),
    "skipped if it exists, and new": Step(
        {"p/a": "1\n"}, {"copier.yml": "_skip_if_exists: ['*.json']\n", "p/a": "1\n", "p/b.json": "{}\n"}
    ),
    "skipped if it exists, but for one": Step(
        {"copier.yml": "_skip_if_exists: ['*', '!a']\n", "p/a": "1\n"},
        {"copier.yml": "_skip_if_exists: ['*', '!a']\n", "p/a": "2\n"},
    ),
    "skipped if it exists, and gone": Step(
        {"copier.yml": "_skip_if_exists: [b]\n", "p/a": "1\n", "p/b": "1\n"},
        {"copier.yml": "_skip_if_exists: [b]\n", "p/a": "1\n"},
    ),
    "data of the project": Step(
        {
            "copier.yml": "_external_data: {o: o.yml}\n",
            "p/a.jinja": "{{ _external_data.o.x | default(1) }}\n",
        },
        {"copier.yml": "_external_data: {o: o.yml}\n", "p/a.jinja": "2 {{ _external_data.o.x }}\n"},
        {"o.yml": "x: 9\n"},
    ),
    "an answers file": Step({**ANSWERS_FILE, "p/a": "1\n"}, {**ANSWERS_FILE, "p/a": "2\n"}),
}


def version(folder: Path, number: str, files: Files) -> None:
    """Write a version of the template in the place of the one before."""
    for path in folder.iterdir() if folder.exists() else ():
        if path.name != ".git":
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    settings = ABOUT.format(version=number) + files.get("copier.yml", "")
    write(folder, {**files, "copier.yml": settings})


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setenv("FASTKIT_TEMPLATES", str(tmp_path / "templates"))
    (tmp_path / "place").mkdir()
    return World(tmp_path / "templates", tmp_path / "place")


def owned(project: Path) -> dict[str, object]:
    """All of a project but what git and fastkit keep, and empty folders, which git does not."""
    found = entries(project)
    return {path: entry for path, entry in found.items() if path[:4] != ".git" and entry.kind != "folder"}


@pytest.mark.parametrize("name", STEPS)
def test_an_unedited_project_becomes_what_a_new_one_is(name: str, world: World, tmp_path: Path) -> None:
    step = STEPS[name]
    template = world.templates / "demo"
    version(template, "1.0.0", step.before)
    updated = world.start()
    if step.there:
        change(updated, step.there)
        commit(updated)
    version(template, "1.1.0", step.after)
    assert not update(updated).merge.conflicts
    fresh = World(world.templates, tmp_path / "fresh")
    change(fresh.project, step.there)
    fresh.place.mkdir(exist_ok=True)
    fresh.start()
    assert owned(updated) == owned(fresh.project)


# Against copier, where the owner went on.

EDITS: Mapping[str, Mapping[str, str | None]] = {
    "another line": {"a": PROSE.replace("line 3\n", "mine\n")},
    "a file of one's own": {"mine": "mine\n"},
    "what is kept where it exists": {"data.json": "[9]\n"},
    "a file that is gone": {"b": None},
    "what comes again where it is gone": {"data.json": None},
}


@pytest.mark.parametrize("name", EDITS)
def test_an_edited_project_becomes_what_copier_makes_of_it(name: str, world: World, tmp_path: Path) -> None:
    template = world.templates / "demo"
    settings = "_skip_if_exists: ['*.json']\n"
    files = {"copier.yml": settings, "p/a": PROSE, "p/b": "1\n", "p/data.json": "[1]\n", **ANSWERS_FILE}
    version(template, "1.0.0", files)
    git(template, "init", "--quiet")
    commit(template)
    git(template, "tag", "v1.0.0")
    mine, theirs = world.start(), tmp_path / "copiers"
    copier = import_copier()
    options = {"defaults": True, "quiet": True, "overwrite": True, "settings": copier.Settings()}
    with warnings.catch_warnings(), redirect_stderr(StringIO()):
        warnings.simplefilter("ignore")
        data = {"project_name": "shop"}
        copier.run_copy(f"git+file://{template}", theirs, data=data, vcs_ref="v1.0.0", **options)
        git(theirs, "init", "--quiet")
        commit(theirs)
        for project in (mine, theirs):
            change(project, EDITS[name])
            commit(project)
        later = PROSE.replace("line 18\n", "theirs\n")
        version(template, "1.1.0", {**files, "p/a": later, "p/b": "2\n", "p/data.json": "[2]\n"})
        commit(template)
        git(template, "tag", "v1.1.0")
        copier.run_update(theirs, **options)
    update(mine)
    answers = ".copier-answers.yml"
    found, expected = owned(mine), owned(theirs)
    found.pop(answers, None)
    expected.pop(answers, None)
    assert found == expected
