"""A template that nobody trusts: whatever it tries ends in one line, within bounds, and nothing written."""

import os
import resource
import stat
import sys
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path, PurePath

import pytest

from fastkit.answering.survey import Survey
from fastkit.catalog.features import chosen
from fastkit.catalog.questions import Answers
from fastkit.catalog.template import load_template
from fastkit.checking.check import check
from fastkit.computing import limits, texts, worker
from fastkit.computing.jinja import environment
from fastkit.computing.limits import acts_as_git
from fastkit.computing.texts import RenderError, Sandbox
from fastkit.errors import FastkitError, TemplateError
from fastkit.making.make import preview
from fastkit.plan import Plan, Recipe
from fastkit.rendering import confined
from fastkit.rendering.stage import staged
from tests.support.command_line import fastkit
from tests.support.folders import read, write, write_template
from tests.support.projects import recipe_for
from tests.support.repositories import git

LONGEST = 60
"""Seconds that a refusal may take on a busy machine; most take none."""

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="bounds of POSIX")


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confined, "SECONDS", 1)
    monkeypatch.setattr(confined, "SECONDS_TO_MATCH", 1)
    monkeypatch.setattr(texts, "SECONDS", 1)
    monkeypatch.setattr(worker, "CLOCK_FACTOR", 60)


def plan_for(root: Path, files: Mapping[str, str | bytes], *, trust: bool = False) -> Plan:
    template, project = write_template(root / "templates/demo", files), root / "out/shop"
    return Plan(recipe_for(template, Answers(), project, trust=trust), project)


def refusal(plan: Plan) -> TemplateError:
    began = time.monotonic()
    with pytest.raises(TemplateError) as error, staged(plan.recipe, plan.destination.parent):
        pytest.fail("it was rendered")
    assert time.monotonic() - began < LONGEST
    assert len(error.value.message.splitlines()) == 1
    assert not plan.destination.parent.exists()
    return error.value


# Time and memory.

TOO_LONG = "takes more than 1 seconds to compute"
TOO_MUCH = "takes too much memory to compute"

LOOPS = "{% for a in range(99999) %}" * 3 + "{% endfor %}" * 3
DOUBLE = "{% set s = namespace(t=()) %}{% for i in range(60) %}{% set s.t = (s.t, s.t) %}{% endfor %}"

ENDLESS = {
    "nested loops": (LOOPS, TOO_LONG),
    "a regular expression that backtracks": (
        "{{ ('a' * 40 + 'b') | regex_replace('(a+)+$', '') }}",
        TOO_LONG,
    ),
    "tuples that take for ever to hash": (DOUBLE + "{{ {s.t: 1} }}", TOO_LONG),
    "text of ten gigabytes": ("{{ 'a' * 10 ** 10 }}", "the result of `*` is too large"),
    "a power of a power": ("{{ 9 ** (9 ** 9) }}", "the result of `**` is too large"),
    "a wide format": ("{{ '%10000000000d' % 1 }}", TOO_MUCH),
    "a list that doubles": (
        "{% set s = namespace(l=[0]) %}{% for i in range(60) %}{% set s.l = s.l + s.l %}{% endfor %}",
        "takes ",  # too much memory, or on a busy machine too long
    ),
    "a long range": ("{{ range(10 ** 9) | list }}", "Range too big"),
    "a macro that calls itself": (
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        "calls itself without end",
    ),
    "much made-up text": ("{{ lipsum(n=10 ** 7) }}", TOO_LONG),
}


@pytest.mark.parametrize("case", ENDLESS)
def test_what_a_file_computes_has_bounds(case: str, tmp_path: Path) -> None:
    text, problem = ENDLESS[case]
    error = refusal(plan_for(tmp_path, {"project/b/a.txt.jinja": f"one\n{text}"}))
    assert problem in error.message


@pytest.mark.parametrize("case", ["nested loops", "text of ten gigabytes"])
def test_what_is_beyond_bounds_is_named_with_file_and_line(case: str, tmp_path: Path) -> None:
    text, problem = ENDLESS[case]
    error = refusal(plan_for(tmp_path, {"project/b/a.txt.jinja": f"one\n{text}"}))
    assert error.message.startswith(f"demo/project/b/a.txt.jinja:2: {problem}")


@pytest.mark.slow
@pytest.mark.parametrize("case", ENDLESS)
def test_what_a_question_computes_has_bounds(case: str, tmp_path: Path) -> None:
    text, problem = ENDLESS[case]
    template = write_template(
        tmp_path / "demo", {"copier.yml": f'a: 1\nb:\n  type: str\n  default: "{text}"\n'}
    )
    asked = Survey(template, {}, template.sandbox(trusted=False))
    with pytest.raises(TemplateError) as error:
        asked.answer(template.questions, Answers(), None)
    assert error.value.message.startswith("demo/copier.yml:4: `default` of `b` cannot be rendered: ")
    assert problem in error.value.message


def test_what_a_name_computes_has_bounds(tmp_path: Path) -> None:
    assert TOO_LONG in refusal(plan_for(tmp_path, {"project/" + LOOPS: ""})).message


def test_all_questions_together_have_bounds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(texts, "SECONDS_IN_ALL", 1)
    loop = "{% for a in range(99999) %}{% for b in range(20) %}{% endfor %}{% endfor %}"
    questions = "".join(f"q{number}: '{loop}'\n" for number in range(500))
    template = write_template(tmp_path / "demo", {"copier.yml": questions})
    asked = Survey(template, {}, template.sandbox(trusted=False))
    with pytest.raises(TemplateError, match=f"{TOO_LONG}, all texts together"):
        asked.answer(template.questions, Answers(), None)


STARS = "*a" * 16 + "*b"


def test_a_pattern_of_a_setting_has_bounds(tmp_path: Path) -> None:
    config = f'_subdirectory: project\n_skip_if_exists: ["{STARS}"]\n'
    plan = plan_for(tmp_path, {"copier.yml": config, f"project/{'a' * 200}": ""})
    with pytest.raises(TemplateError) as error:
        preview(plan)
    assert error.value.message == f"demo: `_skip_if_exists` {TOO_LONG}"


def test_patterns_that_git_ignores_by_have_bounds(tmp_path: Path) -> None:
    files = {f"project/{number}": "" for number in range(300)}
    plan = plan_for(tmp_path, {"project/.gitignore": f"{STARS}\n" * 100_000, **files})
    with pytest.raises(TemplateError) as error:
        preview(plan)
    assert error.value.message == f"demo: its .gitignore {TOO_LONG}"


def test_after_a_computation_that_was_ended_the_next_one_works(tmp_path: Path) -> None:
    refusal(plan_for(tmp_path, {"project/a.jinja": DOUBLE + "{{ {s.t: 1} }}"}))
    write(tmp_path / "templates/demo", {"project/a.jinja": "{{ 6 * 7 }}"})
    with staged(plan_for(tmp_path, {}).recipe, tmp_path) as project:
        assert read(project) == {"a": "42"}


def test_a_bundled_or_trusted_template_is_rendered_without_a_second_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "start", lambda: pytest.fail("there is a second process"))
    with staged(plan_for(tmp_path, {"project/a.jinja": "{{ 1 }}"}, trust=True).recipe, tmp_path) as project:
        assert read(project) == {"a": "1"}


def test_an_error_of_the_process_is_the_same_error_here(tmp_path: Path) -> None:
    files = {"copier.yml": "_envops: {undefined: jinja2.StrictUndefined}", "a.jinja": "\n{{ nothing }}"}
    there = refusal(plan_for(tmp_path / "1", files))
    with (
        pytest.raises(TemplateError) as here,
        staged(plan_for(tmp_path / "2", files, trust=True).recipe, tmp_path),
    ):
        pytest.fail("it was rendered")
    assert {**vars(there)} == {**vars(here.value)}


def test_nobodys_variables_reach_the_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    worker.end()
    monkeypatch.setenv("MY_TOKEN", "secret")
    seen = worker.start().call(os.getenv, "MY_TOKEN", seconds=1)
    assert seen is None
    assert worker.start().call(os.getenv, "HOME", seconds=1) == os.environ["HOME"]


def test_no_module_of_the_folder_one_stands_in_is_imported(tmp_path: Path) -> None:
    write(tmp_path, {"jinja2.py": "raise SystemExit('mine')", "demo/copier.yml": "a: '{{ 1 }}'"})
    words = ["startdemo", "./demo", "--project-name", "shop", "--yes", "--dry-run"]
    assert fastkit(*words, cwd=tmp_path).code == 0


def test_the_process_ends_with_fastkit(tmp_path: Path) -> None:
    one = worker.Worker()
    one.call(os.getpid, seconds=1)
    one.close()
    assert one.process.returncode is not None


# Files.


def test_a_template_of_too_many_files_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST_FILES", 20)
    plan = plan_for(tmp_path, {f"project/{n}": "" for n in range(21)})
    assert refusal(plan).message == "demo: has more than 20 files"


def test_a_template_that_is_too_large_is_refused(tmp_path: Path) -> None:
    plan = plan_for(tmp_path, {"project/a": ""})
    os.truncate(plan.recipe.template.folder / "project/a", limits.MOST_BYTES + 1)
    assert refusal(plan).message == "demo: has more than 268,435,456 bytes"


def test_a_name_that_yields_too_many_files_is_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "MOST_FILES", 20)
    monkeypatch.setattr(confined, "SECONDS", 30)
    name = "{% yield n from range(99999) %}{{ n }}{% endyield %}"
    assert refusal(plan_for(tmp_path, {f"project/{name}": ""})).message == (
        "demo: makes a project that has more than 20 files"
    )


def test_a_path_that_is_too_long_is_refused(tmp_path: Path) -> None:
    error = refusal(plan_for(tmp_path, {"project/" + "{{ 'x' * 200 }}/" * 3 + "a": ""}))
    assert error.message.endswith("…`, which has more than 400 characters")


@pytest.mark.parametrize("kind", ["pipe", "socket", "device"])
def test_what_is_no_file_is_refused(kind: str, tmp_path: Path) -> None:
    plan = plan_for(tmp_path, {"project/a": ""})
    path = plan.recipe.template.folder / "project/odd"
    mode = {"pipe": stat.S_IFIFO, "socket": stat.S_IFSOCK, "device": stat.S_IFCHR}[kind]
    try:
        os.mknod(path, mode | 0o666, os.makedev(1, 3))
    except PermissionError:
        pytest.skip("only root makes devices")
    article = {"pipe": "a named pipe", "socket": "a socket", "device": "a device"}[kind]
    assert refusal(plan).message == f"demo/project/odd: is {article}, which no project can have"


def test_a_link_to_a_folder_above_itself_is_refused(tmp_path: Path) -> None:
    error = refusal(plan_for(tmp_path, {"project/a/b": "", "project/a/up": "-> .."}))
    assert error.message == "demo/project/a/up: is a link to a folder that it lies in"


@pytest.mark.parametrize("target", ["/etc/passwd", "../secret.txt", "/", ".."])
def test_a_link_that_leads_out_of_the_project_is_refused(target: str, tmp_path: Path) -> None:
    config = "_subdirectory: project\n_preserve_symlinks: true\n"
    plan = plan_for(tmp_path, {"copier.yml": config, "project/a": ""})
    (plan.recipe.template.folder / "project/l").symlink_to(target)
    (tmp_path / "templates/demo/secret.txt").write_text("secret")
    message = refusal(plan).message
    assert message.endswith(
        ("`l`, which is a link that leads out of the project", "a folder that it lies in")
    )


@pytest.mark.parametrize(
    "name", [".GIT", ".git.", ".git ", "git~1", ".Git . .", ".g\u200cit", "GIT~1", ".git:x"]
)
@pytest.mark.parametrize("trust", [True, False])
def test_what_is_a_repository_on_another_file_system_is_refused(
    name: str, trust: bool, tmp_path: Path
) -> None:
    error = refusal(plan_for(tmp_path, {f"project/src/{name}/hooks/post-commit": "#!/bin/sh\n"}, trust=trust))
    assert "acts as a git repository on some file systems" in error.message


@pytest.mark.parametrize("name", [".gitignore", ".github", "git", "agit~1", ".gitkeep", "git~10"])
def test_what_only_resembles_a_repository_is_none(name: str) -> None:
    assert not acts_as_git(name)


BARE = {"HEAD": "ref: refs/heads/main\n", "config": "[core]\n", "objects/x": "", "refs/x": ""}


@pytest.mark.parametrize(
    ("below", "what"),
    [("", "makes a project that "), ("fixtures/repo/", "makes `fixtures/repo`, which ")],
)
@pytest.mark.parametrize(
    "files",
    [BARE, {"head": "", "Objects/x": "", "REFS/x": ""}, {"HEAD": "", "commondir": "elsewhere\n"}],
    ids=["bare", "folded", "with a common folder"],
)
@pytest.mark.parametrize("trust", [True, False])
def test_what_git_takes_for_a_bare_repository_is_refused(
    files: dict[str, str], below: str, what: str, trust: bool, tmp_path: Path
) -> None:
    made = {f"project/{below}{path}": text for path, text in files.items()}
    error = refusal(plan_for(tmp_path, made, trust=trust))
    assert error.message == f"demo: {what}acts as a bare git repository"


def test_what_lacks_a_part_of_a_bare_repository_is_none(tmp_path: Path) -> None:
    files = {
        "HEAD": "",
        "config": "",
        "objects/x": "",
        "src/refs/x": "",
        "src/head.py": "",
        "src/objects": "",
    }
    plan = plan_for(tmp_path, {f"project/{path}": text for path, text in files.items()})
    assert {change.path for change in preview(plan)} >= files.keys()


# Links in the place of what a template consists of.

QUESTIONS = "project_name: {type: str}\nfeatures_readme: {type: str, when: false, default: ''}\n"

LINKED: dict[str, tuple[str, dict[str, str]]] = {
    "demo/project": ("_subdirectory: project\n", {"demo/project": "-> HOME"}),
    "demo/a/b": ("_subdirectory: a/b\n", {"demo/a": "-> HOME"}),
    "demo/copier.yml": ("", {"demo/copier.yml": "-> HOME/key"}),
    "demo/../_base": (
        "_subdirectory: project\n_fastkit: {layers: [_base]}\n",
        {"_base": "-> HOME", "demo/project/x": ""},
    ),
    "demo/features/docker/project": (
        "_subdirectory: project\n_fastkit: {features: [docker]}\n",
        {
            "demo/project/x": "",
            "demo/features/docker/feature.yml": "title: D\n",
            "demo/features/docker/project": "-> HOME",
        },
    ),
    "demo/features/docker/README.md.jinja": (
        "_subdirectory: project\n_fastkit: {features: [docker]}\n",
        {
            "demo/project/README.md.jinja": "{{ features_readme }}",
            "demo/features/docker/feature.yml": "title: D\n",
            "demo/features/docker/README.md.jinja": "-> HOME/key",
        },
    ),
    "demo/features/docker/feature.yml": (
        "_subdirectory: project\n_fastkit: {features: [docker]}\n",
        {"demo/project/x": "", "demo/features/docker": "-> HOME"},
    ),
    "demo/../_features/docker/project": (
        "_subdirectory: project\n_fastkit: {features: [docker]}\n",
        {
            "demo/project/x": "",
            "_features/docker/feature.yml": "title: D\n",
            "_features/docker/project": "-> HOME",
        },
    ),
}
"""By the part that is a link: the settings of a template, and its other files."""


@pytest.mark.parametrize("source", ["folder", "trusted folder", "git"])
@pytest.mark.parametrize("part", LINKED)
def test_no_part_of_a_template_is_a_link_to_elsewhere(part: str, source: str, tmp_path: Path) -> None:
    settings, files = LINKED[part]
    home = write(
        tmp_path / "home", {"key": "title: PRIVATE\n", "feature.yml": "title: D\n", "b/x": "PRIVATE"}
    )
    out = "../" * 30 + str(home)  # relative, from wherever the template lies
    templates = write(
        tmp_path / "templates",
        {
            "demo/copier.yml": settings + QUESTIONS,
            **{path: text.replace("HOME", out) for path, text in files.items()},
        },
    )
    address = f"{templates}/demo"
    if source == "git":
        git("init", "--quiet", cwd=templates)
        git("add", "--all", cwd=templates)
        git("commit", "--quiet", "--message=x", cwd=templates)
        address = f"git+{templates}//demo"
    features = ("--with", "docker") if "features" in settings else ()
    trust = ("--trust",) if source == "trusted folder" else ()
    words = ("startdemo", address, "--project-name", "shop", *features, *trust, "--no-install", "--yes")
    run = fastkit(*words, cwd=tmp_path)
    assert (run.code, run.error_lines[-2]) == (1, f"error: {part}: is a link that leads out of the template")
    assert not (tmp_path / "shop").exists()


def test_a_link_to_another_part_of_the_template_is_followed(tmp_path: Path) -> None:
    files = {
        "copier.yml": "-> settings/copier.yml",
        "settings/copier.yml": "_subdirectory: project\n_fastkit: {layers: [_base]}\n",
        "project": "-> files",
        "files/x": "",
        "base/y": "",
    }
    write(tmp_path / "templates/demo", files)
    write(tmp_path / "templates", {"_base": "-> demo/base"})
    template = load_template("demo", tmp_path / "templates/demo", "folder")
    plan = Plan(Recipe(template, Answers(), "shop"), tmp_path / "out/shop")
    assert {change.path for change in preview(plan)} >= {"x", "y"}


# Filters that read the machine.

READERS = {
    "fileglob": "{{ '/etc/*' | fileglob }}",
    "expandvars": "{{ '$HOME' | expandvars }}",
    "expanduser": "{{ '~' | expanduser }}",
    "realpath": "{{ '.' | realpath }}",
    "relpath": "{{ '/' | relpath }}",
}


@pytest.mark.parametrize("name", READERS)
def test_a_filter_that_reads_the_machine_is_off(name: str, tmp_path: Path) -> None:
    files = {"project/a.txt.jinja": f"\n{READERS[name]}"}
    error = refusal(plan_for(tmp_path, files))
    assert error.message == (
        f"demo/project/a.txt.jinja:2: the filter `{name}` reads this machine, which takes --trust"
    )


def test_it_is_off_in_questions_too(tmp_path: Path) -> None:
    template = write_template(
        tmp_path / "demo", {"copier.yml": "a:\n  default: \"{{ '~' | expanduser }}\"\n"}
    )
    asked = Survey(template, {}, template.sandbox(trusted=False))
    with pytest.raises(FastkitError) as error:
        asked.answer(template.questions, Answers(), None)
    assert error.value.message == (
        "demo/copier.yml:2: `default` of `a` cannot be rendered: "
        "the filter `expanduser` reads this machine, which takes --trust"
    )


def test_it_is_off_in_a_section_of_a_feature_whatever_was_computed_before(tmp_path: Path) -> None:
    files = {
        "copier.yml": "_subdirectory: project\n_fastkit: {features: [one]}\n",
        "project/a": "",
        "features/one/feature.yml": "title: One\n",
        "features/one/README.md.jinja": "{{ '/etc/*' | fileglob }}",
    }
    plan = plan_for(tmp_path, files)
    features = chosen(plan.recipe.template, ["one"])
    plan = replace(plan, recipe=replace(plan.recipe, features=features))
    check(plan.recipe.template, {}, trust=False, advance=lambda done, total: None)
    assert "the filter `fileglob` reads this machine, which takes --trust" in refusal(plan).message


def test_with_trust_it_is_on(tmp_path: Path, home: Path) -> None:
    files = {"project/a.jinja": "{{ '~' | expanduser }}"}
    with staged(plan_for(tmp_path, files, trust=True).recipe, tmp_path) as project:
        assert read(project) == {"a": str(home)}


def test_a_path_gives_a_text_no_way_to_modules() -> None:
    """`PurePath.parser` is a module since Python 3.13, and has `os`."""
    assert not environment({}).is_safe_attribute(PurePath(), "parser", os)
    assert environment({}).is_safe_attribute(PurePath(), "name", "")
    sandbox = Sandbox(project=Path("shop"))
    text = "{{ _copier_conf.dst_path.parser.os.getcwd() }}"
    with pytest.raises(RenderError):
        sandbox.render(text, {})


# By the command line.


@pytest.mark.slow
def test_nothing_hangs_and_nothing_is_written(tmp_path: Path) -> None:
    write(tmp_path / "demo", {"copier.yml": "", "a.jinja": DOUBLE + "{{ {s.t: 1} }}"})
    before = read(tmp_path)
    used = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    done = fastkit("startdemo", "./demo", "--project-name", "shop", "--yes", cwd=tmp_path, seconds=300)
    assert (done.code, done.error_lines) == (
        1,
        [
            "error: demo: takes more than 30 seconds to compute",
            "hint: fix the template `demo`, or report this to its author",
        ],
    )
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - used < 40
    assert read(tmp_path) == before
