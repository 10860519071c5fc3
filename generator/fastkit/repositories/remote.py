"""What is asked of a git repository elsewhere: with no prompt, within a time, and running nothing of it.

Hooks are off, submodules and files of git-lfs are not fetched, and the files of a commit are written
without anybody's git settings, so that no filter can be meant by them.

A repository may hold more than a disk or a memory does, in a few kilobytes. What comes is watched while
it comes, and the files are counted before the first of them is written.
"""

import os
import re
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from threading import Event, Thread
from typing import Any
from urllib.parse import unquote

from fastkit.computing import limits
from fastkit.computing.limits import Tally, growth
from fastkit.errors import SourceError
from fastkit.machine import git
from fastkit.machine.interrupts import undisturbed
from fastkit.machine.progress import Report
from fastkit.repositories.address import GitAddress, without_passwords

TO_ANSWER = 30.0
"""Seconds in which a repository has to say which refs it has."""

TO_FETCH = 600.0
"""Seconds in which the files of one commit have to arrive."""

TO_DESCRIBE = 60.0
"""Seconds in which the commits before one have to arrive."""

ALL_OF_IT = 2**31 - 1
"""The depth by which git means a whole history."""

SHORT = 7
"""Letters of a commit where nothing else names it, as git shows it in most repositories."""

SOON = 0.2
"""Seconds from one look at what arrives to the next."""

SAFELY = (
    *git.SAFELY,
    *("-c", "credential.interactive=false"),
    *("-c", "gc.auto=0"),
    *("-c", "maintenance.auto=false"),
    *("-c", "http.lowSpeedLimit=1"),
    *("-c", "http.lowSpeedTime=30"),
    *("-c", "fetch.unpackLimit=1"),  # what arrives stays packed, and a large file is never in memory
    *("-c", "core.bigFileThreshold=8m"),
    *("-c", "core.deltaBaseCacheLimit=32m"),
    *("-c", "core.packedGitLimit=128m"),
    *("-c", "core.packedGitWindowSize=8m"),
    *("-c", "pack.threads=1"),
)

LARGEST_OBJECT = 256 * 1024 * 1024
"""Bytes that git may take at once for something other than a large file."""

MOST_PRINTED = 32 * 1024 * 1024
"""Bytes that git may print of a repository: its refs, or its files with their sizes."""

NEVER_ASKING = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ASKPASS": "",  # empty, it keeps git from core.askPass and SSH_ASKPASS as well
    "GCM_INTERACTIVE": "never",
    "SSH_ASKPASS_REQUIRE": "never",
    "GIT_ALLOW_PROTOCOL": "file:git:http:https:ssh",
    "GIT_ALLOC_LIMIT": str(LARGEST_OBJECT),
    "LC_ALL": "C",
}

NO_SETTINGS = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_ALLOC_LIMIT": str(LARGEST_OBJECT),
    "HOME": os.devnull,
    "XDG_CONFIG_HOME": os.devnull,
}

WANTS_TO_KNOW_WHO = (
    "could not read (Username|Password)|prompts disabled|Authentication failed|Permission denied"
    "|returned error: 40[13]"
)

HINTS = (
    (
        WANTS_TO_KNOW_WHO,
        "let git log in by itself (a credential helper, an ssh agent), or clone it and name its folder",
    ),
    ("Host key verification failed", "connect to it once with `ssh`, and accept its key"),
    (
        "dubious ownership",
        "run `git config --global --add safe.directory FOLDER` if you trust its owner",
    ),
)
"""Parts of what git says, and what to do then: git's status is the same for all of them."""

ANY_HINT = "check the address and the network"


class Refused(Exception):
    """git ended with an error; the text is what it said."""


def list_refs(address: GitAddress) -> dict[str, str]:
    """The refs of the repository with their commits; `HEAD` is one of them.

    Raises:
        SourceError: it cannot be asked.
    """
    patterns = ("HEAD", "refs/heads/*", "refs/tags/*")
    try:
        printed = talk(address, ["ls-remote", "--quiet", "--", address.url, *patterns], TO_ANSWER)
    except Refused as refusal:
        raise source_error(address, str(refusal)) from None
    pairs = (line.split("\t", 1) for line in printed.splitlines() if "\t" in line)
    # a tag of its own is followed by the commit that it is put on, with `^{}` behind its name
    return {name.removesuffix("^{}"): commit for commit, name in pairs}


def fetch(address: GitAddress, source: str, commit: str, room: Path, report: Report) -> str:
    """Fetch one commit and write its files into the folder `tree` of `room`, which is empty.

    Args:
        source: the ref that leads to the commit, or the commit itself.
        commit: as much of it as is known.

    Returns:
        the commit that came, all of it; empty where the repository has no such commit.

    Raises:
        SourceError: it cannot be fetched.
    """
    repository = room / "repository"
    kind = ["--object-format=sha256"] if len(commit) == 64 else []
    try:
        talk(address, ["init", "--quiet", "--bare", "--template=", *kind, str(repository)], TO_ANSWER)
        found = fetch_one(address, source, repository, report) or fetch_all(
            address, commit, repository, report
        )
    except Refused as refusal:
        raise source_error(address, str(refusal)) from None
    if found:
        write_files(address, found, repository, room / "tree")
    return found


def fetch_one(address: GitAddress, source: str, repository: Path, report: Report) -> str:
    """Only that commit; empty where the server does not give it, as some give none without its history."""
    words = ["fetch", "--progress", "--no-tags", "--no-recurse-submodules", "--depth=1"]
    try:
        talk(address, [*words, "--", address.url, source], TO_FETCH, report, repository, repository)
    except Refused:
        return ""
    return commit_of(address, "FETCH_HEAD", repository)


def fetch_all(address: GitAddress, commit: str, repository: Path, report: Report) -> str:
    words = ["fetch", "--progress", "--no-recurse-submodules", "--", address.url]
    everything = ["+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"]
    talk(address, [*words, *everything], TO_FETCH, report, repository, repository)
    return commit_of(address, commit, repository)


def describe(address: GitAddress, source: str, commit: str, tags: Mapping[str, str], room: Path) -> str:
    """How `git describe --tags --always` calls a commit that was fetched, as copier writes it down.

    Its history is asked for only where a tag before it counts, and without a file of it. Where the
    server does not tell, the commit's own first letters have to do.
    """
    here = [tag for tag, tagged in tags.items() if tagged == commit]
    if len(here) == 1 or not tags:
        return here[0] if here else commit[:SHORT]
    depth = ["--depth=1"] if here else [f"--depth={ALL_OF_IT}", "--filter=tree:0"]
    wanted = [f"+refs/tags/{tag}:refs/tags/{tag}" for tag in here] or [source, "+refs/tags/*:refs/tags/*"]
    repository = room / "repository"
    try:
        talk(
            address,
            ["fetch", *depth, "--no-tags", "--", address.url, *wanted],
            TO_DESCRIBE,
            cwd=repository,
            watched=repository,
        )
        return talk(address, ["describe", "--tags", "--always", commit], TO_ANSWER, cwd=repository).strip()
    except (Refused, SourceError):
        return here[0] if here else commit[:SHORT]


def commit_of(address: GitAddress, name: str, repository: Path) -> str:
    try:
        words = ["rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}"]
        return talk(address, words, TO_ANSWER, cwd=repository).strip()
    except Refused:
        return ""


def check_size(address: GitAddress, commit: str, repository: Path) -> None:
    """
    Raises:
        SourceError: the commit has too many files, or too large ones.
    """
    words = ["ls-tree", "-r", "-t", "-l", "-z", "--full-tree", commit]
    printed = talk(address, words, TO_FETCH, cwd=repository, with_settings=False)
    tally = limits.fetched()
    try:
        for line in filter(None, printed.split("\0")):
            size = line.partition("\t")[0].split()[3]
            tally.add(int(size) if size.isdecimal() else 0)
    except limits.BoundsError as error:
        raise too_much(address, error.problem) from error


def too_much(address: GitAddress, problem: str) -> SourceError:
    return SourceError(address.text, f"{problem}, too much to fetch", "clone it, and name a folder of it")


def write_files(address: GitAddress, commit: str, repository: Path, tree: Path) -> None:
    tree.mkdir()
    safe = ("-c", "core.protectHFS=true", "-c", "core.protectNTFS=true", "-c", "core.bare=false")
    where = (f"--git-dir={repository}", f"--work-tree={tree}")
    try:
        check_size(address, commit, repository)
        words = [*safe, *where, "checkout", "--quiet", "--force", "--detach", commit]
        talk(address, words, TO_FETCH, cwd=tree, watched=tree, with_settings=False)
    except Refused as refusal:
        raise source_error(address, str(refusal)) from None


# Running git.


def talk(
    address: GitAddress,
    words: Sequence[str],
    seconds: float,
    report: Report = lambda line: None,
    cwd: Path | None = None,
    watched: Path | None = None,
    *,
    with_settings: bool = True,
) -> str:
    """Run git and return what it prints.

    It leads a session of its own, so that neither it nor its ssh has a terminal to ask at.

    Args:
        watched: a folder that it fills.

    Raises:
        SourceError: git is missing, or took longer than `seconds`, or made or said too much.
        Refused: it ended with an error.
    """
    if not git.available():
        raise SourceError(address.text, "needs git, which is not installed", "install git")
    said: deque[str] = deque(maxlen=20)
    with ExitStack() as stack:
        with undisturbed():  # until somebody will end it
            process = subprocess.Popen(
                ["git", *SAFELY, *words],
                cwd=cwd,
                env=environment(address) if with_settings else without_settings(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
            stack.enter_context(process)
            stack.enter_context(listening(process, said, report))
            verdict = stack.enter_context(guarded(process, seconds, watched))
        printed = process.stdout.read(MOST_PRINTED + 1) if process.stdout else b""
        if len(printed) > MOST_PRINTED:
            verdict.append("has too many refs or files")
            end(process)
        process.wait()
    if TOO_LATE in verdict:
        raise SourceError(
            address.text, f"took longer than {seconds:g} seconds", "check the network, and try again"
        )
    if verdict:
        raise too_much(address, verdict[0])
    if process.returncode:
        raise Refused("\n".join(said).strip() or f"exit status {process.returncode}")
    return printed.decode(errors="replace")


TOO_LATE = "takes too long"


@contextmanager
def guarded(process: "subprocess.Popen[bytes]", seconds: float, watched: Path | None) -> Iterator[list[str]]:
    """End the process when the time is up, the folder is full, or the block is left by an error.

    What the process was ended for is in the list.
    """
    verdict: list[str] = []
    done = Event()

    def look() -> None:
        until, pause = time.monotonic() + seconds, SOON if watched else seconds
        while not done.wait(min(pause, max(0, until - time.monotonic()))):
            began = time.monotonic()
            full = growth(watched, Tally(sys.maxsize, limits.MOST_BYTES_FETCHED)) if watched else ""
            if full or began >= until:
                verdict.append(full or TOO_LATE)
                end(process)
                return
            pause = max(SOON, 5 * (time.monotonic() - began))  # most of the time is for git

    guard = Thread(target=look, daemon=True)
    guard.start()
    try:
        yield verdict
    except BaseException:
        end(process)
        raise
    finally:
        done.set()
        guard.join()


def end(process: "subprocess.Popen[bytes]") -> None:
    """Kill git and all that it started: what it was about to write is in a folder that goes away."""
    if os.name == "posix":
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()


@contextmanager
def listening(process: "subprocess.Popen[bytes]", said: deque[str], report: Report) -> Iterator[None]:
    """Report what git tells of its progress, and keep the rest of what it says."""
    ear = Thread(target=listen, args=(process.stderr, said, report), daemon=True)
    ear.start()
    try:
        yield
    finally:
        ear.join(1)  # an ssh that stays, to share its connection, holds on to the stream


LONGEST_LINE = 4096


def listen(stream: Any, said: deque[str], report: Report) -> None:
    """Split at carriage returns too, by which git writes its percentages over each other."""
    rest = b""
    with suppress(ValueError):  # the stream was closed
        while chunk := stream.read1(4096):
            *lines, rest = re.split(rb"[\r\n]+", rest[-LONGEST_LINE:] + chunk)
            for line in lines:
                said.append(line.decode(errors="replace").strip())
                report(said[-1])
    said.append(rest.decode(errors="replace").strip())


def environment(address: GitAddress) -> dict[str, str]:
    """The person's own, as their credentials and proxies are needed, but with nothing that asks."""
    own = git.clean_environment() | NEVER_ASKING
    by_ssh = address.url.startswith("ssh://") or ("://" not in address.url and ":" in address.url)
    if by_ssh and not {"GIT_SSH", "GIT_SSH_COMMAND"} & own.keys() and not git.config("core.sshCommand"):
        own["GIT_SSH_COMMAND"] = "ssh -oBatchMode=yes -oConnectTimeout=20"
    return own | login(address, own)


BY_VARIABLES = (
    '!f() { printf "username=%s\\npassword=%s\\n" "$FASTKIT_LOGIN_USER" "$FASTKIT_LOGIN_PASSWORD"; }; f'
)
"""A credential helper, which git gives to a shell."""


def login(address: GitAddress, own: Mapping[str, str]) -> dict[str, str]:
    """Variables by which git logs in: other people of this machine can see the words that it is called by."""
    if not (address.login and address.url.startswith("http")):
        return {}
    user, colon, password = map(unquote, address.login.partition(":"))
    settings = [("username", user)] if user else []
    settings += [("helper", ""), ("helper", BY_VARIABLES)] if colon else []
    server = "/".join(address.url.split("/")[:3])
    first = int(own["GIT_CONFIG_COUNT"]) if own.get("GIT_CONFIG_COUNT", "").isdecimal() else 0
    names = {
        f"GIT_CONFIG_{what}_{number}": text
        for number, (name, value) in enumerate(settings, first)
        for what, text in (("KEY", f"credential.{server}.{name}"), ("VALUE", value))
    }
    count = {"GIT_CONFIG_COUNT": str(first + len(settings))}
    return names | count | {"FASTKIT_LOGIN_USER": user, "FASTKIT_LOGIN_PASSWORD": password}


def without_settings() -> dict[str, str]:
    own = {
        name: value for name, value in git.clean_environment().items() if not name.startswith("GIT_CONFIG")
    }
    return own | NO_SETTINGS


def source_error(address: GitAddress, said: str) -> SourceError:
    reason = without_passwords(git.reason(said)).removeprefix("fatal: ")
    for secret in filter(None, (address.login, *address.login.split(":")[1:])):
        reason = reason.replace(secret, "…").replace(unquote(secret), "…")
    hint = next((hint for words, hint in HINTS if re.search(words, said)), ANY_HINT)
    return SourceError(address.text, f"cannot be read: {reason}", hint)
