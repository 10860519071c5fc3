"""`startdemo` and `show` with templates of git repositories, from the command line."""

import base64
import os
import shlex
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar
from urllib.parse import unquote

import copier
import pytest

from fastkit.catalog.trust import settings_file
from tests.support.command_line import FASTKIT, Run, clean_environment, fastkit
from tests.support.folders import read, write
from tests.support.interrupts import stop_at
from tests.support.repositories import PLAIN, Repository, git, make_repository

MOMENTS = 1000 if os.environ.get("FASTKIT_PROOF") else 3
"""How many moments of a fetch are tried with each signal; it has some twenty."""

QUICK = ("--yes", "--no-git")


SECRET = "SECRET"  # noqa: S105


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """A template with the releases v1 and v2, whose projects name their release."""
    made = make_repository(tmp_path / "demo.git", PLAIN, "v1")
    made.commit(
        {"project/version.txt": "two\n", "project/{{ project_name }}.txt.jinja": "{{ project_name }}\n"}, "v2"
    )
    return made


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """The folder that fastkit runs in."""
    (tmp_path / "here").mkdir()
    return tmp_path / "here"


@pytest.fixture
def server() -> Iterator[Callable[..., str]]:
    """Serves HTTP on this machine and returns the address."""
    servers: list[ThreadingHTTPServer] = []

    def serve(handler: Callable[..., BaseHTTPRequestHandler]) -> str:
        made = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        servers.append(made)
        threading.Thread(target=made.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{made.server_port}"

    yield serve
    for made in servers:
        made.shutdown()
        made.server_close()


class AsksForAPassword(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(401)
        self.send_header("WWW-Authenticate", 'Basic realm="private"')
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *words: object) -> None:
        pass


class Files(SimpleHTTPRequestHandler):
    def log_message(self, *words: object) -> None:
        pass


class Private(Files):
    """Serves files after a login, and meanwhile reads the command lines of all processes."""

    login = "ada:s%40cret/SECRET"
    seen: ClassVar[set[bytes]] = set()

    def do_GET(self) -> None:
        for file in Path("/proc").glob("[0-9]*/cmdline"):
            with suppress(OSError):
                self.seen.add(file.read_bytes())
        wanted = base64.b64encode(unquote(self.login).encode()).decode()
        if self.headers["Authorization"] == f"Basic {wanted}":
            super().do_GET()
        else:
            AsksForAPassword.do_GET(self)  # type: ignore[arg-type]


def error_of(run: Run) -> list[str]:
    """The two lines of the error, after the line of progress."""
    assert run.out == ""
    return [line for line in run.error_lines if not line.startswith("Fetching ")]


def files_of(project: Path) -> dict[str, str | bytes]:
    """All files of a project but its record and baseline."""
    return {path: text for path, text in read(project).items() if not path.startswith(".fastkit/")}


# Making a project.


def test_the_newest_release_is_used_and_named_by_the_repeating_command(
    repository: Repository, here: Path
) -> None:
    run = fastkit("startdemo", repository.url, *QUICK, cwd=here, env={"COLUMNS": "300"})
    assert (run.code, run.err) == (0, f"Fetching {repository.url}...\n")
    assert files_of(here / "shop") == {"version.txt": "two\n", "shop.txt": "shop\n"}
    assert "Deploying project using 'demo' template" in run.out
    assert f"│ {repository.url}@v2 " in run.out
    command = run.command_after("The same project again, without questions")
    assert shlex.split(command)[:3] == ["fastkit", "startdemo", f"{repository.url}@v2"]

    repository.commit({"project/version.txt": "three\n"}, "v3")
    (here / "again").mkdir()
    assert fastkit(*shlex.split(command)[1:], cwd=here / "again").code == 0
    assert files_of(here / "again/shop") == files_of(here / "shop")
    assert fastkit("startdemo", repository.url, *QUICK, "--output", "new", cwd=here).code == 0
    assert (here / "new/shop/version.txt").read_text() == "three\n"


def test_the_files_are_those_that_copier_makes(repository: Repository, here: Path) -> None:
    assert fastkit("startdemo", repository.url, *QUICK, cwd=here).code == 0
    theirs = here / "theirs"
    copier.run_copy(f"git+{repository.url}", theirs, defaults=True, quiet=True)
    assert files_of(here / "shop") == read(theirs)


def test_json_has_the_address_and_the_ref(repository: Repository, here: Path) -> None:
    shown = fastkit("show", repository.url, "--json", cwd=here).answer
    assert (shown["name"], shown["source"]) == ("demo", "git")
    assert (shown["address"], shown["ref"]) == (repository.url, "v2")
    made = fastkit("startdemo", f"{repository.url}@v1", *QUICK, "--json", cwd=here).answer
    assert (made["template"]["address"], made["template"]["ref"]) == (repository.url, "v1")
    assert f"{repository.url}@v1" in made["command"]


def test_a_relative_repository_and_a_folder_in_it(repository: Repository, here: Path) -> None:
    repository.commit({"web/copier.yml": "_fastkit: {title: The web}", "web/page.txt": ""}, "v4")
    run = fastkit("show", "../demo.git//web", cwd=here, env={"COLUMNS": "300"})
    assert run.code == 0
    assert "│ The web " in run.out
    assert f"│ git: {repository.url}//web@v4 " in run.out


def test_offline_the_cached_version_is_used_and_its_age_shown(repository: Repository, here: Path) -> None:
    fastkit("show", repository.url, cwd=here)
    repository.bare.rename(repository.bare.with_name("gone"))
    run = fastkit("startdemo", repository.url, *QUICK, "--json", cwd=here)
    assert run.code == 0
    assert is_told_of(repository, run.error_lines[-1])
    assert run.answer["template"]["ref"] == "v2"
    assert (here / "shop/version.txt").read_text() == "two\n"


def test_a_project_of_a_repository_is_updated_to_its_newest_release(
    repository: Repository, here: Path
) -> None:
    fastkit("startdemo", f"{repository.url}@v1", "--yes", cwd=here)
    project = here / "shop"
    there = ("--template", repository.url)
    assert fastkit("update", *there, "--check", cwd=project).code == 1
    assert fastkit("update", *there, "--yes", cwd=project).code == 0
    assert (project / "version.txt").read_text() == "two\n"
    git("commit", "--quiet", "--message=v2", cwd=project)

    repository.bare.rename(repository.bare.with_name("gone"))
    run = fastkit("update", *there, "--check", cwd=project)
    *note, last = run.out.splitlines()
    assert (run.code, last) == (0, "up to date: the project has demo v2")
    assert is_told_of(repository, "".join(note))


def is_told_of(repository: Repository, note: str) -> bool:
    """Whether the note says that the repository is unreachable, and how old the copy is."""
    begin, end = f"note: `{repository.url}` cannot be read: ", "; using v2 as it was less than a minute ago"
    return note.startswith(begin) and note.endswith(end)


# Errors.


@pytest.mark.parametrize(
    ("words", "code", "error", "hint"),
    [
        ("{}@v9", 2, "there is no tag, branch or commit in `{}` called `v9`", "it has `v1`, `v2`, `main`"),
        ("{}//web", 1, "`{}//web@v2` does not have such a folder", "name a repository with a copier.yml"),
        (
            "{}//project",
            1,
            "`{}//project@v2` does not have a copier.yml there",
            "name a repository with a copier.yml",
        ),
        ("{}x", 1, "`{}x` cannot be read: ", "check the address"),
        (
            "http://127.0.0.1:9/r",
            1,
            "`http://127.0.0.1:9/r` cannot be read: ",
            "check the address and the network",
        ),
        ("gh:owner", 2, "`gh:owner` does not name a repository", "write `gh:owner/REPOSITORY`"),
        (
            "ftp://127.0.0.1/r",
            2,
            "`ftp://127.0.0.1/r` is not an address that git can read here",
            "write it like",
        ),
    ],
)
@pytest.mark.parametrize("command", ["show", "startdemo"])
def test_an_error_is_one_line_and_a_hint(
    command: str, words: str, code: int, error: str, hint: str, repository: Repository, here: Path
) -> None:
    run = fastkit(command, words.format(repository.url), cwd=here, env={"no_proxy": "127.0.0.1"})
    lines = error_of(run)
    assert (run.code, len(lines)) == (code, 2)
    assert lines[0].startswith(f"error: {error.format(repository.url)}")
    assert lines[1].startswith(f"hint: {hint}")
    assert list(here.iterdir()) == []


def test_a_repository_that_needs_a_password_fails_at_once(
    server: Callable[..., str], here: Path, tmp_path: Path
) -> None:
    address = f"{server(AsksForAPassword)}/owner/private"
    window = tmp_path / "window.sh"
    window.write_text(f"#!/bin/sh\ntouch {tmp_path}/opened\n")
    window.chmod(0o755)
    own = {"SSH_ASKPASS": str(window), "GIT_ASKPASS": str(window), "no_proxy": "127.0.0.1"}
    run = fastkit("startdemo", address, cwd=here, env=own)
    assert run.code == 1
    assert not (tmp_path / "opened").exists()
    error, hint = error_of(run)
    assert error.startswith(f"error: `{address}` cannot be read: ")
    assert hint.startswith("hint: ")


@pytest.mark.skipif(os.name == "nt", reason="needs a pseudo-terminal")
def test_it_fails_at_once_on_a_terminal_too(server: Callable[..., str], here: Path) -> None:
    import pexpect

    address = f"{server(AsksForAPassword)}/owner/private"
    env = clean_environment(no_proxy="127.0.0.1", TERM="xterm")
    child = pexpect.spawn(FASTKIT[0], ["show", address], cwd=str(here), env=env, encoding="utf-8", timeout=30)
    child.expect("Fetching")
    child.expect("cannot be read")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 1


def test_a_server_of_plain_files_is_read(
    repository: Repository, server: Callable[..., str], here: Path
) -> None:
    git("update-server-info", cwd=repository.bare)
    address = f"{server(partial(Files, directory=str(repository.bare.parent)))}/demo.git"
    run = fastkit("startdemo", address, *QUICK, cwd=here, env={"no_proxy": "127.0.0.1"})
    assert run.code == 0, run.err
    assert (here / "shop/version.txt").read_text() == "two\n"


# Passwords.


PLACES = (
    ("show", "ADDRESS"),
    ("show", "ADDRESS", "--json"),
    ("startdemo", "ADDRESS", "--yes", "--no-install"),
    ("startdemo", "ADDRESS", "--yes", "--no-install", "--json", "--output", "json"),
    ("template", "check", "ADDRESS"),
    ("template", "check", "ADDRESS", "--json"),
)


def private(server: Callable[..., str], repository: Repository, login: str) -> str:
    git("update-server-info", cwd=repository.bare)
    Private.login, Private.seen = login, set()
    served = server(partial(Private, directory=str(repository.bare.parent)))
    return f"{served.replace('://', f'://{login}@')}/demo.git"


@pytest.mark.parametrize(
    "login",
    ["ada:SECRET", "ada:p%40ss%2F%3F%23SECRET", "x-access-token:SECRET", "SECRET:", "a:b@SECRET"],
)
def test_a_password_logs_in_and_is_shown_nowhere(
    login: str, server: Callable[..., str], repository: Repository, here: Path, home: Path
) -> None:
    address = private(server, repository, login)
    traced = {"GIT_TRACE": "1", "GIT_TRACE_CURL": "1", "GIT_CURL_VERBOSE": "1", "GIT_CONFIG_COUNT": "1"}
    own = {"GIT_CONFIG_KEY_0": "user.name", "GIT_CONFIG_VALUE_0": "Ada"}
    for words in PLACES:
        called = [address if word == "ADDRESS" else word for word in words]
        run = fastkit(*called, cwd=here, env={**traced, **own, "no_proxy": "127.0.0.1"})
        assert (words, run.code, SECRET in run.out + run.err) == (words, 0, False), run
    kept = [path for root in (here, home) for path in root.rglob("*") if path.is_file()]
    assert [path for path in kept if SECRET.encode() in path.read_bytes()] == []
    assert [words for words in Private.seen if SECRET.encode() in words and b"fastkit" not in words] == []


WRONG = [
    *("https://u:p@SECRET@127.0.0.1:1/r", "https://u:SECRET@127.0.0.1:1/r", "https://SECRET@127.0.0.1:1/r"),
    *("https://u:pa/SECRET@127.0.0.1/r", "https://u:p@ss/SECRET@127.0.0.1/r", "htps:/u:SECRET@h/r"),
    *("https://127.0.0.1:1/r?private_token=SECRET", "https://127.0.0.1:1/r#SECRET", "u:SECRET@h:r"),
    *("ssh://git:SECRET@127.0.0.1:1/r", "git://u:SECRET@127.0.0.1:1/r", "ftp://u:SECRET@127.0.0.1/r"),
]


@pytest.mark.parametrize(
    ("command", "addresses"),
    [
        (["show"], WRONG),
        (["startdemo"], WRONG[1:4:2]),
        (["template", "check"], WRONG[1:4:2]),
        (["show", "x"], WRONG[3:4]),
        ([], WRONG[3:6:2]),
    ],
    ids=lambda value: " ".join(value) if len(value) < 3 else "all",
)
def test_a_password_is_in_no_error(command: list[str], addresses: list[str], here: Path) -> None:
    for address in addresses:
        run = fastkit(*command, address, cwd=here, env={"no_proxy": "127.0.0.1"})
        assert (address, run.code in (1, 2), SECRET in run.out + run.err) == (address, True, False)


def test_a_project_keeps_the_template_without_its_password(
    server: Callable[..., str], repository: Repository, here: Path
) -> None:
    address = private(server, repository, "ada:SECRET")
    env = {"no_proxy": "127.0.0.1"}
    assert fastkit("startdemo", address, *QUICK[:1], cwd=here, env=env).code == 0
    shop = here / "shop"
    repository.commit({"project/version.txt": "three\n"}, "v3")
    git("update-server-info", cwd=repository.bare)
    for words in (["--check"], ["--dry-run"], ["--yes"], ["--json", "--yes"]):
        run = fastkit("update", "--template", address, *words, cwd=shop, env=env)
        assert (words, run.code, SECRET in run.out + run.err) == (words, int("--check" in words), False)
        git("commit", "--quiet", "--allow-empty", "--all", "--message=x", cwd=shop)
    (shop / ".fastkit/project.yml").unlink()
    git("commit", "--quiet", "--all", "--message=x", cwd=shop)
    run = fastkit("update", "--adopt", address, "--yes", cwd=shop, env=env)
    assert (run.code, SECRET in run.out + run.err) == (0, False), run
    assert [path for path in shop.rglob("*") if path.is_file() and SECRET.encode() in path.read_bytes()] == []


# Runs that end in the middle.


@pytest.fixture
def slow(tmp_path: Path) -> dict[str, str]:
    """An ssh to this machine that hangs at the request for files, as long as `hang` exists."""
    ssh = tmp_path / "ssh.sh"
    asked, hang = tmp_path / "asked", tmp_path / "hang"
    hang.touch()
    wait = f"if [ -e {hang} ] && [ $(wc -l < {asked}) -ge 2 ]; then sleep 600; fi"
    ssh.write_text(f'#!/bin/sh\necho $$ >> {asked}\n{wait}\neval "$2"\n')
    ssh.chmod(0o755)
    return {"GIT_SSH_COMMAND": str(ssh), "GIT_SSH_VARIANT": "simple"}


@pytest.mark.skipif(os.name == "nt", reason="needs signals")
@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 130), (signal.SIGKILL, -9)]
)
def test_a_run_that_is_ended_in_the_middle_leaves_no_commit(
    number: signal.Signals,
    code: int,
    repository: Repository,
    here: Path,
    slow: dict[str, str],
    tmp_path: Path,
) -> None:
    address = f"ssh://git@127.0.0.1{repository.bare}"
    cache = tmp_path / "cache"
    env = clean_environment(**slow, FASTKIT_CACHE=str(cache))
    process = subprocess.Popen(
        [*FASTKIT, "startdemo", address, *QUICK], cwd=here, env=env, stderr=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + 30
    while not (tmp_path / "asked").is_file() or (tmp_path / "asked").read_text().count("\n") < 2:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    process.send_signal(number)
    _, complaint = process.communicate(timeout=30)
    if number == signal.SIGKILL:  # nobody was left to end git and what it has started
        os.killpg(os.getpgid(int((tmp_path / "asked").read_text().split()[1])), signal.SIGKILL)
    assert (process.returncode, "Traceback" in complaint) == (code, False)
    assert list(here.iterdir()) == []
    kept = [path for path in cache.glob("git/*/*") if not path.name.startswith(".fastkit-")]
    left = [path for path in cache.glob("git/*/*") if path.name.startswith(".fastkit-")]
    assert (kept, len(left)) == ([], 1 if number == signal.SIGKILL else 0)

    (tmp_path / "hang").unlink()
    run = fastkit("startdemo", address, *QUICK, cwd=here, env={**slow, "FASTKIT_CACHE": str(cache)})
    assert run.code == 0, run.err
    assert (here / "shop/version.txt").read_text() == "two\n"


@pytest.mark.skipif(os.name == "nt", reason="needs signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_signal_at_any_moment_leaves_a_usable_cache(
    number: signal.Signals, repository: Repository, tmp_path: Path
) -> None:
    call = ("show", repository.url, "--json")

    def run(moment: int | str, name: str) -> tuple[Run, int]:
        (tmp_path / name).mkdir(exist_ok=True)
        return stop_at(moment, number, call, tmp_path / name, {"FASTKIT_CACHE": str(tmp_path / name)})

    whole, changes = run("never", "whole")
    assert whole.code == 0
    for moment in range(1, changes + 1, max(1, changes // MOMENTS)):
        ended, _ = run(moment, str(moment))
        assert ended.code in (130, -number)
        assert number == signal.SIGKILL or not list((tmp_path / str(moment)).glob("git/*/.fastkit-*"))
        again, _ = run("never", str(moment))
        assert again.code == 0, f"{moment}: {again.err}"
        assert again.answer == whole.answer | {"folder": again.answer["folder"]}
        assert read(Path(again.answer["folder"])) == read(Path(whole.answer["folder"]))


# Trust.


@pytest.fixture
def with_tasks(tmp_path: Path) -> Repository:
    config = "project_name: {type: str, default: shop}\n_tasks: [echo done > made.txt, [touch, more.txt]]\n"
    return make_repository(tmp_path / "good" / "demo.git", {"copier.yml": config, "a.txt": "a"}, "v1")


def test_code_of_a_template_is_listed_and_refused(with_tasks: Repository, here: Path) -> None:
    run = fastkit("startdemo", with_tasks.url, *QUICK, cwd=here)
    assert (run.code, list(here.iterdir())) == (1, [])
    assert [line for line in run.error_lines if not line.startswith("Fetching ")][:3] == [
        "error: demo/copier.yml: would run code on this machine (tasks)",
        "  | task: echo done > made.txt",
        "  | task: touch more.txt",
    ]
    assert "--trust" in run.error_lines[-1]
    assert run.out == ""
    shown = fastkit("show", with_tasks.url, cwd=here).out
    assert "│ task: echo done > made.txt " in shown
    assert fastkit("show", with_tasks.url, "--json", cwd=here).answer["runs_code"] == [
        {"kind": "task", "command": "echo done > made.txt"},
        {"kind": "task", "command": "touch more.txt"},
    ]


@pytest.mark.parametrize("by", ["--trust", "settings"])
def test_code_of_a_trusted_template_runs(by: str, with_tasks: Repository, here: Path, home: Path) -> None:
    words = ("--trust",) if by == "--trust" else ()
    env = {"XDG_CONFIG_HOME": str(home / ".config")}
    if by == "settings":
        write(settings_file().parent, {"settings.yml": f"trust: [{with_tasks.bare.parent}]\n"})
    run = fastkit("startdemo", with_tasks.url, *QUICK, *words, cwd=here, env=env)
    assert run.code == 0, run.err
    assert files_of(here / "shop") == {"a.txt": "a", "made.txt": "done\n", "more.txt": ""}
    assert "--trust" in run.command_after("The same project again, without questions")


def test_invalid_settings_are_two_lines(with_tasks: Repository, here: Path, home: Path) -> None:
    write(settings_file().parent, {"settings.yml": "trust: [demo]\n"})
    run = fastkit(
        "startdemo", with_tasks.url, *QUICK, cwd=here, env={"XDG_CONFIG_HOME": str(home / ".config")}
    )
    lines = error_of(run)[-2:]
    assert run.code == 1
    assert lines[0].endswith(
        "trusts `demo`, which is neither an address without a ref nor an absolute folder"
    )
    assert lines[1] == "hint: write it like `trust: [gh:my-company, ~/templates]`"
