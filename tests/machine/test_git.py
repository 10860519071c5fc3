"""How fastkit runs git, in real repositories."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from fastkit.machine import git
from tests.support.folders import write

posix = pytest.mark.skipif(os.name == "nt", reason="the scripts are for a POSIX shell")


def ask(project: Path, *words: str) -> str:
    done = subprocess.run(
        ["git", *words], cwd=project, env=git.clean_environment(), capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def start(project: Path, author: str = "Grace", email: str = "grace@example.com") -> None:
    git.start_repository(project)
    git.commit(project, "Start", author, email)


def committed(project: Path) -> set[str]:
    return set(ask(project, "ls-tree", "-r", "--name-only", "HEAD").splitlines())


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return write(tmp_path / "shop", {"README.md": "# Shop\n", "src/main.py": ""})


def without_git_on_path(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))


# The first commit.


def test_the_first_commit_holds_every_file(project: Path) -> None:
    start(project)
    assert committed(project) == {"README.md", "src/main.py"}
    assert ask(project, "status", "--porcelain") == ""
    assert ask(project, "log", "--format=%s by %an <%ae>, %cn <%ce>") == (
        "Start by Ada Example <ada@example.com>, Ada Example <ada@example.com>"
    )


@pytest.mark.usefixtures("nobody")
def test_without_an_identity_the_commit_is_by_the_author(project: Path) -> None:
    assert not git.knows_user(project)
    start(project, "Zoë O'Brien 🦄", "zoe@example.com")
    assert ask(project, "log", "--format=%an <%ae>, %cn <%ce>") == (
        "Zoë O'Brien 🦄 <zoe@example.com>, Zoë O'Brien 🦄 <zoe@example.com>"
    )
    assert ask(project, "config", "--list", "--local").count("user.") == 0


def test_half_an_identity_is_none(project: Path, home: Path) -> None:
    (home / ".gitconfig").write_text("[user]\n    name = Ada\n")
    assert not git.knows_user(project)
    start(project)
    assert ask(project, "log", "--format=%an <%ae>") == "Grace <grace@example.com>"


ASK_AND_COMMIT = """\
import sys
from pathlib import Path
from fastkit.machine import git
print(ascii([sys.getfilesystemencoding() != "utf-8", git.config("user.name")]))
project = Path(sys.argv[1])
git.start_repository(project)
git.commit(project, "Start Zo\\xeb", "Zo\\xeb", "zoe@example.com")
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has one encoding for all")
def test_git_reads_and_writes_utf8_in_an_ascii_locale(project: Path, home: Path) -> None:
    (home / ".gitconfig").write_text("[user]\n    name = Zoë\n", "utf-8")
    locale = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    words = [sys.executable, "-c", ASK_AND_COMMIT, str(project)]
    done = subprocess.run(words, env=os.environ | locale, capture_output=True, text=True, check=True)
    assert done.stdout == "[True, 'Zo\\xeb']\n"
    said = subprocess.run(
        ["git", "log", "--encoding=UTF-8", "--format=%s by %an"], cwd=project, capture_output=True, check=True
    )
    assert said.stdout == "Start Zoë by Zoë\n".encode()


def test_a_commit_message_is_utf8_whatever_the_settings(project: Path, home: Path) -> None:
    with (home / ".gitconfig").open("a") as config:
        config.write("[i18n]\n    commitEncoding = ISO-8859-1\n    logOutputEncoding = UTF-8\n")
    git.start_repository(project)
    git.commit(project, "Zoë", "Grace", "grace@example.com")
    assert ask(project, "log", "--format=%s") == "Zoë"


@pytest.mark.usefixtures("nobody")
def test_the_identity_of_the_current_repository_is_not_used(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = write(tmp_path / "other", {"x": ""})
    ask(other, "init", "--quiet")
    ask(other, "config", "user.name", "Other")
    ask(other, "config", "user.email", "other@example.com")
    monkeypatch.chdir(other)
    start(project)
    assert ask(project, "log", "--format=%an") == "Grace"


@pytest.mark.usefixtures("nobody")
def test_a_name_that_git_cannot_take_is_refused(project: Path) -> None:
    with pytest.raises(git.GitError):
        start(project, "<>", "x@example.com")


@pytest.mark.parametrize("ignored", ["", "*.pyc\n"])
def test_neither_the_environment_nor_its_secrets_are_committed(ignored: str, project: Path) -> None:
    secrets = {".env": "KEY=1", "deep/.env": "KEY=2", ".venv/bin/python": "", "deep/.venv/x": ""}
    write(project, {".gitignore": ignored, ".env.example": "", **secrets})
    start(project)
    assert committed(project) == {".env.example", ".gitignore", "README.md", "src/main.py"}


def test_secrets_are_not_committed_even_if_a_template_asks_for_it(project: Path) -> None:
    write(project, {".gitignore": "!.env\n", ".env": "KEY=1"})
    start(project)
    assert ".env" not in committed(project)


def test_files_that_came_after_git_init_are_committed_too(project: Path) -> None:
    git.start_repository(project)
    write(project, {"uv.lock": "version = 1\n"})
    git.commit(project, "Start", "Grace", "grace@example.com")
    assert "uv.lock" in committed(project)


def test_contents_are_committed_unchanged(project: Path, home: Path) -> None:
    with (home / ".gitconfig").open("a") as config:
        config.write("[core]\n    autocrlf = input\n    safecrlf = true\n")
    write(project, {"dos.txt": b"a\r\nb\r\n"})
    start(project)
    assert "dos.txt" in committed(project)


# The branch.


def test_the_branch_is_the_one_of_the_settings(project: Path, home: Path) -> None:
    (home / ".gitconfig").write_text("[init]\n    defaultBranch = trunk\n")
    start(project)
    assert ask(project, "branch", "--show-current") == "trunk"


@pytest.mark.usefixtures("nobody")
def test_the_branch_is_main_without_a_setting(project: Path) -> None:
    start(project)
    assert ask(project, "branch", "--show-current") == "main"


def test_a_branch_that_git_cannot_take_is_refused(project: Path, home: Path) -> None:
    (home / ".gitconfig").write_text("[init]\n    defaultBranch = 'a b..c'\n")
    with pytest.raises(git.GitError, match=r"a b\.\.c"):
        git.start_repository(project)


# Programs and repositories of others.


@pytest.mark.parametrize("where", ["core.hooksPath", "init.templateDir"])
def test_no_hook_runs(where: str, project: Path, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    names = ("pre-commit", "commit-msg", "prepare-commit-msg", "post-commit", "reference-transaction")
    below = "hooks" if where == "init.templateDir" else "."
    for name in names:
        write(tmp_path / "template", {f"{below}/{name}": f"#!/bin/sh\ntouch {ran}\nexit 1\n"})
        (tmp_path / "template" / below / name).chmod(0o755)
    ask(tmp_path, "config", "--global", where, str(tmp_path / "template"))
    start(project)
    assert committed(project)
    assert not ran.exists()


EVIL = """\
[core]
    fsmonitor = "{ran}"
    hooksPath = "{hooks}"
[filter "a=b"]
    clean = "{ran}"
    smudge = "{ran}"
    required = true
[filter "line"]
    process = "{ran}"
    required = true
[hook "mine"]
    event = pre-commit
    event = post-index-change
    command = "{ran}"
"""
"""Every setting that makes git run a program."""


def evil_settings(folder: Path) -> tuple[str, Path]:
    """The settings, and the file that exists once one of their programs has run."""
    script = f"#!/bin/sh\ntouch {folder}/ran\nexit 1\n"
    hooks = ("pre-commit", "post-index-change", "post-checkout", "reference-transaction")
    write(folder, {"evil": script, **{f"hooks/{name}": script for name in hooks}})
    for path in (folder / "evil", *(folder / "hooks").iterdir()):
        path.chmod(0o755)
    return EVIL.format(ran=folder / "evil", hooks=folder / "hooks"), folder / "ran"


ATTRIBUTES = "README.md filter=a=b\n*.py filter=line\n"


@posix
def test_the_first_commit_runs_no_filter(project: Path, tmp_path: Path, home: Path) -> None:
    settings, ran = evil_settings(tmp_path / "evil")
    with (home / ".gitconfig").open("a") as config:
        config.write(settings)
    write(project, {".gitattributes": ATTRIBUTES, ".gitmodules": '[submodule "x"]\n\tupdate = !false\n'})
    start(project)
    assert committed(project) >= {".gitattributes", "README.md", "src/main.py"}
    assert not ran.exists()


@posix
@pytest.mark.parametrize(
    "words",
    [
        ("status", "--porcelain"),
        ("update-index", "-q", "--really-refresh"),
        ("restore", "--source=HEAD", "--staged", "--worktree", "--", "."),
        ("checkout-index", "--all", "--force"),
        ("rev-parse", "--show-prefix"),
    ],
)
def test_no_program_in_the_settings_of_a_repository_runs(
    words: tuple[str, ...], project: Path, tmp_path: Path
) -> None:
    write(project, {".gitattributes": ATTRIBUTES})
    start(project)
    settings, ran = evil_settings(tmp_path / "evil")
    with (project / ".git/config").open("a") as config:
        config.write(f"[include]\n\tpath = {write(tmp_path, {'included': settings})}/included\n")
    write(project, {"README.md": "# Mine\n", "src/main.py": "x = 1\n"})
    git.run(words, project)
    assert not ran.exists()
    assert git.config("core.fsmonitor", project) == "false"


@posix
def test_a_program_in_the_current_folder_is_not_taken_for_git(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(project, {"git": f"#!/bin/sh\ntouch {tmp_path}/ran\n"}).joinpath("git").chmod(0o755)
    monkeypatch.setenv("PATH", f".:{os.environ['PATH']}")
    monkeypatch.chdir(project)
    start(project)
    assert not (tmp_path / "ran").exists()
    monkeypatch.setenv("PATH", ".")
    assert not git.available()


def test_a_folder_that_only_looks_like_a_repository_is_not_one(project: Path) -> None:
    write(project, {"HEAD": "ref: refs/heads/main\n", "objects/x": "", "refs/x": ""})
    write(project, {"config": "[core]\n\trepositoryformatversion = 0\n\tbare = false\n\tworktree = .\n"})
    assert not git.inside_repository(project)


def test_missing_objects_of_a_partial_clone_are_not_fetched(project: Path, tmp_path: Path) -> None:
    start(project)
    ran = tmp_path / "ran"
    ask(project, "config", "remote.origin.url", f"ext::touch {ran}")
    ask(project, "config", "remote.origin.promisor", "true")
    ask(project, "config", "extensions.partialClone", "origin")
    ask(project, "config", "protocol.ext.allow", "always")
    with pytest.raises(git.GitError):
        git.run(["cat-file", "-p", "1" * 40], project)
    assert not ran.exists()


def test_commits_are_not_signed(project: Path, home: Path) -> None:
    with (home / ".gitconfig").open("a") as config:
        config.write("[commit]\n    gpgSign = true\n[gpg]\n    program = false\n")
    start(project)
    assert committed(project)


@pytest.mark.parametrize(
    "names",
    [
        ("GIT_DIR",),
        ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"),
        ("GIT_INDEX_FILE",),
        ("GIT_OBJECT_DIRECTORY",),
        ("GIT_COMMON_DIR",),
    ],
)
def test_a_hook_that_calls_fastkit_does_not_redirect_git(
    names: tuple[str, ...], project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = write(tmp_path / "other", {"x": ""})
    ask(other, "init", "--quiet")
    before = {path for path in other.rglob("*") if path.is_file()}
    values = {"GIT_WORK_TREE": str(other), "GIT_INDEX_FILE": str(other / ".git/index"), "GIT_PREFIX": "x/"}
    for name in names:
        monkeypatch.setenv(name, values.get(name, str(other / ".git")))
    assert not git.inside_repository(project)
    start(project)
    assert (project / ".git/index").is_file()
    assert {path for path in other.rglob("*") if path.is_file()} == before
    for name in names:
        monkeypatch.delenv(name)
    assert committed(project) == {"README.md", "src/main.py"}


def test_a_folder_in_a_repository_is_recognized(project: Path) -> None:
    assert not git.inside_repository(project)
    start(project)
    assert git.inside_repository(project)
    assert git.inside_repository(project / "src")
    assert not git.inside_repository(project / ".git")


# Without git, or with errors.


def test_without_git_nothing_is_known(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert git.available()
    without_git_on_path(tmp_path / "empty", monkeypatch)
    assert not git.available()
    assert git.config("user.name") == ""
    assert not git.knows_user(project)
    assert not git.inside_repository(project)


def test_a_setting_is_read(home: Path) -> None:
    assert git.config("user.name") == "Ada Example"
    assert git.config("user.nothing") == ""
    (home / ".gitconfig").write_text("[user\n")
    assert git.config("user.name") == ""


def test_an_error_is_a_line_that_git_printed(project: Path) -> None:
    with pytest.raises(git.GitError, match="frobnicate"):
        git.run(["frobnicate"], project)


def test_a_commit_of_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(git.GitError):
        start(tmp_path)


def test_a_file_in_the_way_of_the_repository_is_refused(project: Path) -> None:
    write(project, {".git": "not a repository"})
    with pytest.raises(git.GitError):
        git.start_repository(project)
