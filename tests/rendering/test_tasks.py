"""Tasks and migrations run as copier runs them."""

import errno
import os
import subprocess
import warnings
from collections.abc import Iterator, Mapping
from contextlib import chdir, redirect_stderr
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from plumbum import local

from fastkit.computing.origin import Origin
from fastkit.errors import TemplateError
from fastkit.plan import Plan, Recipe, make_recipe
from fastkit.rendering.tasks import migrations, run_tasks, tasks, version_of
from fastkit.rendering.with_copier import import_copier
from tests.support.folders import read, write, write_template
from tests.support.projects import make_files
from tests.support.repositories import git


def recipe_in(root: Path, files: Mapping[str, str | bytes], **answers: Any) -> Recipe:
    template = write_template(root / "template", {"a": "", **files})
    recipe = make_recipe(
        template, (), {"project_name": "shop", **answers}, None, parent=root / "ours", install=False
    )
    (root / "ours").mkdir(exist_ok=True)
    return replace(recipe, trust=True)


def ours(root: Path, files: Mapping[str, str | bytes], **answers: Any) -> dict[str, str | bytes]:
    recipe, project = recipe_in(root, files, **answers), root / "ours/shop"
    make_files(Plan(recipe, project))
    run_tasks(recipe, project)
    return {path: text for path, text in read(project).items() if not path.startswith(".fastkit")}


def copiers(root: Path, **answers: Any) -> dict[str, str | bytes]:
    copier = import_copier()
    (root / "copiers").mkdir()
    quietly = warnings.catch_warnings(), redirect_stderr(StringIO()), chdir(root / "copiers")
    with quietly[0], quietly[1], quietly[2]:
        warnings.simplefilter("ignore")
        copier.run_copy(
            str(root / "template"),
            Path("shop"),
            data=answers,
            defaults=True,
            quiet=True,
            unsafe=True,
            settings=copier.Settings(),
        )
    return read(root / "copiers/shop")


TASKS: Mapping[str, str] = {
    "a line": "_tasks: [\"echo '{{ n }}' > out\"]",
    "a program with arguments": "_tasks: [[touch, '{{ n }}', '7']]",
    "a shell": "_tasks: ['echo $STAGE $COPIER_OPERATION > out; echo \"$(cat out)\" >> out']",
    "a condition": "m: false\n"
    "_tasks: [{command: touch yes, when: '{{ n }}'}, {command: touch no, when: '{{ m }}'}]",
    "a condition that is no text": "_tasks: [{command: touch y, when: true}, "
    "{command: touch n, when: false}]",
    "a folder": "_tasks: [mkdir d, {command: touch x, working_directory: d}]",
    "a folder that is a template": "_tasks: [mkdir x, {command: touch y, working_directory: '{{ n }}'}]",
    "nothing": "_tasks: ['{% if false %}touch x{% endif %}']",
    "what tasks can name": "_tasks: [\"echo '{{ _stage }} {{ _copier_operation }} {{ _copier_phase }} "
    "{{ _folder_name }} {{ _copier_conf.answers_file }}' > out\"]",
    "answers": "s: {type: str, secret: true, default: hidden}\n"
    "c: {type: str, when: false, default: computed}\n"
    "_tasks: [\"echo '{{ _copier_answers | to_json }} {{ s }} {{ c }}' > out\"]",
    "a name of the answers file": "_answers_file: '.{{ n }}.yml'\n"
    "_tasks: ['echo {{ _copier_conf.answers_file }} > out']",
    "own delimiters": "_envops: {variable_start_string: '[[', variable_end_string: ']]'}\n"
    "_tasks: ['echo [[ n ]] > out']",
    "several": "_tasks: [echo 1 >> out, echo 2 >> out, [sh, -c, echo 3 >> out]]",
    "where the template is": "_tasks: ['cp \"{{ _copier_conf.src_path }}/a\" out', "
    "'basename {{ _src_path }} > b']",
}


@pytest.mark.parametrize("name", TASKS)
def test_tasks_do_what_they_do_with_copier(name: str, tmp_path: Path) -> None:
    config = {"copier.yml": f"_exclude: [copier.yml]\nn: x\n{TASKS[name]}\n"}
    mine = ours(tmp_path, config)
    assert mine == copiers(tmp_path)
    assert {*mine} != {"a"} or name == "nothing"


def test_what_tasks_print_is_no_part_of_standard_output(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    ours(tmp_path, {"copier.yml": "_tasks: [echo hello]\n"})
    told = capfd.readouterr()
    assert "hello" not in told.out
    assert "hello" in told.err


@pytest.mark.parametrize(
    ("task", "problem"),
    [
        ("exit 3", "the task `exit 3` ended with status 3"),
        (
            "[nowhere, to, be, found]",
            f"the task `nowhere to be found` cannot be run: {os.strerror(errno.ENOENT)}",
        ),
        (
            "{command: x, working_directory: gone}",
            f"the task `x` cannot be run: {os.strerror(errno.ENOENT)}",
        ),
    ],
)
def test_a_task_that_fails_is_named_and_what_was_made_stays(task: str, problem: str, tmp_path: Path) -> None:
    config = f"_exclude: [copier.yml]\n_tasks: [touch first, {task}, touch last]\n"
    with pytest.raises(TemplateError) as error:
        ours(tmp_path, {"copier.yml": config})
    assert error.value.message == f"template/copier.yml:2: {problem}"
    assert (
        error.value.hint == f"`{tmp_path}/ours/shop` is complete except for the tasks: run the rest by hand"
    )
    assert "first" in read(tmp_path / "ours/shop")
    assert "last" not in read(tmp_path / "ours/shop")


def test_a_task_that_cannot_be_rendered_is_told_before_any_runs(tmp_path: Path) -> None:
    config = "_envops: {undefined: jinja2.StrictUndefined}\n_tasks: [touch x, 'echo {{ nothing }}']\n"
    with pytest.raises(TemplateError) as error:
        ours(tmp_path, {"copier.yml": config})
    assert error.value.message.startswith("template/copier.yml:2: a task cannot be rendered: ")
    assert "x" not in read(tmp_path / "ours/shop")


def test_the_tasks_of_a_repository_are_those_that_were_rendered(tmp_path: Path) -> None:
    """And not those of its last tag."""
    template = write(tmp_path / "template", {"copier.yml": "_tasks: [touch tagged]\n", "a": ""})
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "x"], ["tag", "v1"]):
        subprocess.run(["git", *words], cwd=template, check=True)
    mine = ours(tmp_path, {"copier.yml": "_tasks: [touch changed]\n"})
    assert "changed" in mine
    assert "tagged" not in mine


# Migrations.

MIGRATIONS: Mapping[str, str] = {
    "a line": "[echo $STAGE >> out]",
    "a program": "[[touch, out]]",
    "a command": "[{command: touch out}]",
    "of this version": "[{version: 2.0.0, command: 'echo $VERSION_CURRENT $VERSION_FROM $VERSION_TO > out'}]",
    "of a version on the way": "[{version: v1.5, command: 'echo $VERSION_PEP440_FROM > out'}]",
    "of the version before": "[{version: 1.0.0, command: touch out}]",
    "of a version to come": "[{version: 2.0.1, command: touch out}]",
    "of a pre-release on the way": "[{version: 2.0.0rc1, command: touch out}]",
    "before": "[{command: touch out, when: \"{{ _stage == 'before' }}\"}]",
    "before and after": "[{command: 'echo $STAGE >> out', when: 'true'}]",
    "as they were written once": "[{version: 2.0.0, before: [echo b >> out, [touch, x]], "
    "after: [echo a >> out]}]",
    "a folder": "[{command: touch out, working_directory: sub}]",
    "names": "[\"echo '{{ _version_from }} {{ _version_pep440_to }} {{ _version_pep440_to.major }} "
    "{{ _copier_operation }} {{ _copier_phase }} {{ n }}' > out\"]",
    "conditions on versions": "[{command: touch out, "
    'when: "{{ _version_pep440_from < _version_pep440_to }}"}]',
}


@pytest.fixture(scope="module")
def copiers_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    settings = tmp_path_factory.mktemp("home") / ".gitconfig"
    settings.write_text("[user]\nname = Ada\nemail = ada@example.com\n")
    with local.env(GIT_CONFIG_GLOBAL=str(settings)):
        yield


@pytest.mark.parametrize("name", MIGRATIONS)
def test_migrations_do_what_they_do_with_copier(name: str, copiers_home: None, tmp_path: Path) -> None:
    """Those before the files change run first here as well."""
    answers = {"{{ _copier_conf.answers_file }}.jinja": "{{ _copier_answers | to_nice_yaml }}"}
    template = write_template(tmp_path / "template", {"copier.yml": "n: x\n", "sub/a": "", **answers})
    config = f"n: x\n_migrations: {MIGRATIONS[name]}\n"
    for version, text in {"v1.0.0": "n: x\n", "v2.0.0": config}.items():
        write(template.folder, {"copier.yml": text})
        for words in ("init -q", "add -A", f"commit -qm {version}", f"tag {version}"):
            git(*words.split(), cwd=template.folder)
    made = write(tmp_path / "ours", {"sub/a": ""})
    recipe = recipe_in(tmp_path, {"copier.yml": config, "sub/a": ""})
    origin = Origin("template", "v2.0.0")
    recipe = replace(recipe, template=replace(recipe.template, origin=origin), owners_folder=made)
    for stage in ("before", "after"):
        for command in migrations(recipe, stage, "v1.0.0"):
            command.run(made)
    theirs = updated_by_copier(template.folder, tmp_path / "copiers")
    kept = {"sub/a", "copier.yml", ".copier-answers.yml"}
    assert {path: text for path, text in read(made).items() if path not in kept} == {
        path: text for path, text in theirs.items() if path not in kept
    }


def updated_by_copier(template: Path, project: Path) -> dict[str, str | bytes]:
    copier = import_copier()
    usual: dict[str, Any] = {"defaults": True, "quiet": True, "unsafe": True, "settings": copier.Settings()}
    with warnings.catch_warnings(), redirect_stderr(StringIO()):
        warnings.simplefilter("ignore")
        copier.run_copy(str(template), project, vcs_ref="v1.0.0", **usual)
        for words in ("init -q", "add -A", "commit -qm made"):
            git(*words.split(), cwd=project)
        copier.run_update(project, overwrite=True, **usual)
    return {path: text for path, text in read(project).items() if not path.startswith(".git/")}


@pytest.mark.parametrize(
    ("described", "version"),
    [
        ("v1.2.0", "1.2.0"),
        ("2.0.0rc1", "2.0.0rc1"),
        ("v1.2.0-3-gabcdef1", "1.2.0.post3.dev0+abcdef1"),
        ("abcdef1", "0.0.0.post1.dev0+abcdef1"),
        ("latest", None),
        ("", None),
    ],
)
def test_a_commit_has_the_version_that_copier_gives_it(described: str, version: str | None) -> None:
    assert (str(found) if (found := version_of(described)) else None) == version


def test_without_versions_no_migration_runs(tmp_path: Path) -> None:
    recipe = recipe_in(tmp_path, {"copier.yml": "_migrations: [touch x]\n"})
    assert migrations(recipe, "after", "v1.0.0") == ()


def test_the_versions_of_a_folder_are_those_that_it_names(tmp_path: Path) -> None:
    config = (
        "_fastkit: {version: 2.0.0}\nproject_name: shop\n_migrations: [{version: 2.0.0, command: touch x}]\n"
    )
    recipe = recipe_in(tmp_path, {"copier.yml": config})
    assert [str(command) for command in migrations(recipe, "after", "1.0.0")] == ["touch x"]
    assert migrations(recipe, "after", "2.0.0") == ()


def test_a_command_is_shown_as_one_would_type_it(tmp_path: Path) -> None:
    recipe = recipe_in(tmp_path, {"copier.yml": "_tasks: [[touch, a b], 'echo  x']\n"})
    assert [str(task) for task in tasks(recipe, "copy")] == ["touch 'a b'", "echo  x"]
