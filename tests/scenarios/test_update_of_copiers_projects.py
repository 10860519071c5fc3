"""Projects that copier made or updated are updated by fastkit, and the other way round."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from fastkit.record.project_yml import read_record
from tests.support.command_line import Run, clean_environment, fastkit
from tests.support.folders import read, write
from tests.support.living import commit, git
from tests.support.repositories import Repository, make_repository
from tests.support.repositories import git as git_in

ANSWERS_FILE = {"{{ _copier_conf.answers_file }}.jinja": "{{ _copier_answers | to_nice_yaml -}}\n"}

LINES = "".join(f"line {number}\n" for number in range(20))

TEMPLATE = {
    "copier.yml": "project_name: {type: str}\nowner: {type: str}\nmail: a@default.example\n"
    "token: {type: str, secret: true, default: none}\n",
    "a.txt.jinja": LINES + "{{ owner }} <{{ mail }}>\n",
    **ANSWERS_FILE,
}

ANSWERS = {"project_name": "shop", "owner": "Bea", "mail": "me@mine.example"}


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return make_repository(tmp_path / "demo.git", TEMPLATE, "v1.0.0")


def copier(*words: str, cwd: Path, **env: str) -> None:
    program = Path(sys.executable).with_name("copier")
    own = {"HOME": str(cwd), "GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "ada@example.com", **env}
    done = subprocess.run(
        [program, *words, "--defaults", "--quiet"],
        cwd=cwd,
        env=clean_environment(**own),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr


def by_copier(repository: Repository, folder: str = "shop", ref: str = "v1.0.0") -> Path:
    """A project that copier made of a release, with an edit of its owner, committed."""
    project = repository.bare.parent / folder
    data = [word for name, value in ANSWERS.items() for word in ("-d", f"{name}={value}")]
    copier("copy", "-r", ref, *data, str(repository.work), str(project), cwd=repository.bare.parent)
    edit(project, "line 2\n", "mine\n")
    for words in (["init", "-q"], ["config", "user.name", "Ada"], ["config", "user.email", "a@b.example"]):
        git(project, *words)
    commit(project)
    return project


def edit(project: Path, old: str, new: str) -> None:
    text = (project / "a.txt").read_text()
    assert old in text
    (project / "a.txt").write_text(text.replace(old, new))


def go_on(repository: Repository, version: str = "v2.0.0") -> None:
    text = TEMPLATE["a.txt.jinja"].replace("line 15\n", f"theirs {version}\n")
    repository.commit({"a.txt.jinja": text, "CONTACT.jinja": "write to {{ mail }}\n"}, version)


def files(project: Path) -> dict[str, str | bytes]:
    return {path: text for path, text in read(project).items() if not path.startswith((".git/", ".fastkit/"))}


def update(project: Path, *words: str) -> Run:
    return fastkit("update", *words, cwd=project)


def test_a_project_of_copier_is_updated_from_the_version_and_answers_in_its_file(
    repository: Repository,
) -> None:
    project = by_copier(repository)
    go_on(repository)
    run = update(project, "--yes")
    assert run.code == 0, run
    assert "note: adopted demo.git-work v1.0.0 with the answers in `.copier-answers.yml`" in run.out
    text = (project / "a.txt").read_text()
    assert "mine\n" in text
    assert "theirs v2.0.0\n" in text
    assert read(project)["CONTACT"] == "write to me@mine.example\n"
    record = read_record(project)
    assert (record.ref, dict(record.answers)) == ("v2.0.0", {**ANSWERS})
    assert git(project, "diff", "--name-only") == ""
    commit(project)
    assert update(project, "--check").code == 0


def test_a_project_of_copier_in_a_folder_of_a_repository_is_updated(repository: Repository) -> None:
    project = by_copier(repository)
    nested = project.with_name("monorepo") / "services" / "shop"
    nested.parent.mkdir(parents=True)
    shutil.rmtree(project / ".git")
    project.rename(nested)
    git(nested.parents[1], "init", "-q")
    commit(nested.parents[1])
    go_on(repository)
    run = update(nested, "--yes")
    assert run.code == 0, run
    assert "theirs v2.0.0\n" in (nested / "a.txt").read_text()
    assert read_record(nested).ref == "v2.0.0"


def test_a_project_that_is_up_to_date_only_gets_its_record(repository: Repository) -> None:
    project = by_copier(repository)
    before = files(project)
    assert update(project, "--check").code == 1
    assert update(project, "--yes").code == 0
    after = {
        path: text for path, text in read(project).items() if not path.startswith((".git/", ".fastkit/"))
    }
    assert after == before
    assert read_record(project).ref == "v1.0.0"


def test_answers_in_the_file_are_not_asked_for(repository: Repository) -> None:
    project = by_copier(repository)
    go_on(repository)
    run = fastkit("update", cwd=project, answers="y\n")
    assert run.code == 0, run
    assert "owner" not in run.out.split("Do you want")[0].split("note:")[0]


def test_new_questions_are_asked_or_given(repository: Repository) -> None:
    project = by_copier(repository)
    repository.commit({"copier.yml": TEMPLATE["copier.yml"] + "port: {type: int}\n"}, "v2.0.0")
    run = update(project, "--yes")
    assert (run.code, run.error_lines[-1]) == (2, "hint: pass --set port=VALUE")
    assert update(project, "--yes", "--set", "port=80").code == 0
    assert read_record(project).answers["port"] == 80


def test_a_commit_between_two_releases_is_found(repository: Repository) -> None:
    commit_id = repository.commit({"a.txt.jinja": LINES + "between {{ owner }} <{{ mail }}>\n"})
    project = by_copier(repository, ref="main")
    assert yaml.safe_load((project / ".copier-answers.yml").read_text())["_commit"].startswith("v1.0.0-1-g")
    go_on(repository)
    run = update(project, "--yes")
    assert run.code == 0, run
    assert commit_id[:7] in run.out
    assert "theirs v2.0.0\n" in (project / "a.txt").read_text()


def test_an_explicit_adoption_reads_the_file_as_well(repository: Repository) -> None:
    project = by_copier(repository)
    go_on(repository)
    run = update(project, "--adopt", repository.url, "--yes")
    assert run.code == 0, run
    assert (read_record(project).ref, dict(read_record(project).answers)) == ("v1.0.0", ANSWERS)
    assert "CONTACT" not in read(project)


def test_several_answers_files_are_refused_by_name(repository: Repository) -> None:
    project = by_copier(repository)
    shutil.copy(project / ".copier-answers.yml", project / ".copier-answers.ci.yml")
    commit(project)
    run = update(project, "--yes")
    assert run.code == 1
    assert run.error_lines[0] == (
        "error: copier applied several templates to the project: "
        "`.copier-answers.ci.yml`, `.copier-answers.yml`"
    )


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: [", "is not YAML: "),
        ("[]", "does not name the template"),
        ("_commit: v1\n", "does not name the template"),
        ("_src_path: [x]\n", "does not name the template"),
        ("<<<<<<< ours\na: 1\n", "is not YAML: "),
    ],
)
def test_an_invalid_answers_file_is_one_error(text: str, problem: str, tmp_path: Path) -> None:
    project = write(tmp_path / "shop", {".copier-answers.yml": text})
    git(project, "init", "-q")
    commit(project)
    run = update(project, "--yes")
    assert run.code == 1
    assert run.error_lines[0].startswith(f"error: `.copier-answers.yml` {problem}")


def test_an_unknown_version_is_one_error(repository: Repository) -> None:
    project = by_copier(repository)
    file = project / ".copier-answers.yml"
    file.write_text(file.read_text().replace("v1.0.0", "v0.9.0"))
    commit(project)
    run = update(project, "--yes")
    assert (run.code, len([line for line in run.error_lines if line.startswith("error: ")])) == (2, 1)
    assert "v0.9.0" in run.err


def test_private_keys_of_the_answers_file_are_not_recorded(repository: Repository) -> None:
    project = by_copier(repository)
    with (project / ".copier-answers.yml").open("a") as file:
        file.write("_private: x\ntoken: s3cret\n")
    commit(project)
    assert update(project, "--yes").code == 0
    assert "s3cret" not in (project / ".fastkit/project.yml").read_text()
    assert "_private" not in (project / ".fastkit/project.yml").read_text()


def test_the_answers_file_may_be_in_a_folder_of_its_own(tmp_path: Path) -> None:
    files = {
        **TEMPLATE,
        "copier.yml": TEMPLATE["copier.yml"] + "_answers_file: .config/.copier-answers.yml\n",
    }
    project = by_copier(make_repository(tmp_path / "demo.git", files, "v1.0.0"))
    run = update(project, "--yes")
    assert run.code == 0, run
    assert read_record(project).answers["owner"] == "Bea"


# Back and forth.


def test_copier_and_fastkit_update_the_same_project_in_turn(repository: Repository, home: Path) -> None:
    """The address is one that both read."""
    (home / "hub" / "ada").mkdir(parents=True)
    shutil.copytree(repository.bare, home / "hub" / "ada" / "demo.git")
    with (home / ".gitconfig").open("a") as file:
        file.write(f'[url "{(home / "hub").as_uri()}/"]\n    insteadOf = https://github.com/\n')
    env = {"GIT_CONFIG_GLOBAL": str(home / ".gitconfig"), "COPIER_CACHE_DIR": str(home / "copiers")}
    parent = repository.bare.parent
    words = [
        word
        for name, value in ANSWERS.items()
        for word in ("--set", f"{name}={value}")
        if name != "project_name"
    ]
    made = fastkit("startdemo", "gh:ada/demo", "--project-name", "shop", *words, "--yes", cwd=parent, env=env)
    assert made.code == 0, made
    project = parent / "shop"
    edit(project, "line 2\n", "mine\n")
    commit(project)

    for version in ("v2.0.0", "v3.0.0"):
        go_on(repository, version)
        git_in("push", "-q", "--tags", str(home / "hub" / "ada" / "demo.git"), "main", cwd=repository.work)
        if version == "v2.0.0":
            copier("update", cwd=project, **env)
            commit(project)
            assert read_record(project).ref == "v1.0.0"
    run = fastkit("update", "--yes", cwd=project, env=env)
    assert run.code == 0, run
    assert "note: adopted demo v2.0.0 with the answers in `.copier-answers.yml`" in run.out
    text = (project / "a.txt").read_text()
    assert ("mine\n" in text, "theirs v3.0.0\n" in text, "<<<<" in text) == (True, True, False)
    assert read_record(project).ref == "v3.0.0"
    told = yaml.safe_load((project / ".copier-answers.yml").read_text())
    assert (told["_commit"], told["_src_path"]) == ("v3.0.0", "gh:ada/demo")


# Local templates.


@pytest.mark.parametrize("kind", ["folder", "git"])
def test_only_this_clone_remembers_the_address_of_a_local_template(kind: str, repository: Repository) -> None:
    parent = repository.bare.parent
    address = str(repository.work) if kind == "folder" else repository.url
    words = ("--project-name", "shop", "--set", "owner=Bea", "--yes")
    assert fastkit("startdemo", address, *words, cwd=parent).code == 0
    project = parent / "shop"
    go_on(repository)
    assert update(project, "--yes").code == 0
    assert "theirs v2.0.0" in (project / "a.txt").read_text()
    assert str(parent) not in (project / ".fastkit/project.yml").read_text()
    commit(project)
    git(parent, "clone", "-q", str(project), "clone")
    run = update(parent / "clone", "--yes")
    assert (run.code, run.error_lines[-1].startswith("hint: pass it: `--template ")) == (1, True)
    assert update(parent / "clone", "--yes", "--template", address).code == 0


def test_two_people_with_local_templates_do_not_change_the_file(repository: Repository) -> None:
    parent = repository.bare.parent
    words = ("--project-name", "shop", "--set", "owner=Bea", "--yes")
    assert fastkit("startdemo", str(repository.work), *words, cwd=parent).code == 0
    project = parent / "shop"
    told = (project / ".copier-answers.yml").read_text()
    shutil.copytree(repository.work, parent / "elsewhere")
    write(parent / "elsewhere", {"b.txt": "new\n"})
    assert update(project, "--yes", "--template", "../elsewhere").code == 0
    assert read(project)["b.txt"] == "new\n"
    assert (project / ".copier-answers.yml").read_text() == told


def test_a_local_template_that_has_moved_is_named(repository: Repository) -> None:
    parent = repository.bare.parent
    words = ("--project-name", "shop", "--set", "owner=Bea", "--yes")
    assert fastkit("startdemo", str(repository.work), *words, cwd=parent).code == 0
    repository.work.rename(parent / "moved")
    run = update(parent / "shop", "--yes")
    assert run.code == 1
    assert "is not where this clone last found it" in run.err
    assert run.error_lines[-1] == "hint: pass it: `--template PATH`"


def test_a_remembered_address_grants_no_trust(repository: Repository) -> None:
    parent = repository.bare.parent
    words = ("--project-name", "shop", "--set", "owner=Bea", "--yes", "--trust")
    assert fastkit("startdemo", str(repository.work), *words, cwd=parent).code == 0
    config = TEMPLATE["copier.yml"] + "_tasks: [touch ran]\n"
    write(repository.work, {"copier.yml": config, "b.txt": ""})
    run = update(parent / "shop", "--yes")
    assert run.code == 0, run
    assert "left out, as it needs --trust: task `touch ran`" in run.out
    assert "ran" not in read(parent / "shop")


def test_each_project_of_a_repository_has_its_own_address(repository: Repository, tmp_path: Path) -> None:
    parent = tmp_path / "mono"
    parent.mkdir()
    git(parent, "init", "-q")
    for name in ("one", "two"):
        shutil.copytree(repository.work, tmp_path / f"template-{name}")
        words = ("--project-name", name, "--set", "owner=Bea", "--yes")
        assert fastkit("startdemo", str(tmp_path / f"template-{name}"), *words, cwd=parent).code == 0
    for name in ("one", "two"):
        assert read_record(parent / name).address == str(tmp_path / f"template-{name}")
