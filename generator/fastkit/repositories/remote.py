"""Asks git for repositories elsewhere: without prompts, within bounds, and without running their code.

Hooks are off, submodules and files of git-lfs are not fetched, and the files of a commit are written
without any git settings, so that no filter applies to them.

A repository of a few kilobytes can hold more than fits on a disk or in memory. Whatever arrives is watched
while it arrives, and the files are counted before the first of them is written.
"""

import os
import re
import subprocess
import sys
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import unquote

from fastkit.computing import limits
from fastkit.computing.limits import Tally, growth
from fastkit.errors import SourceError
from fastkit.machine import git
from fastkit.machine.interrupts import undisturbed
from fastkit.machine.processes import TOO_LATE, Process, kill, watched
from fastkit.machine.progress import Report
from fastkit.repositories.address import GitAddress, without_passwords

TO_ANSWER = 30.0
"""Seconds in which a repository has to list its refs."""

TO_FETCH = 600.0
"""Seconds in which the files of one commit have to arrive."""

TO_DESCRIBE = 60.0
"""Seconds in which the commits before one have to arrive."""

WHOLE_HISTORY = 2**31 - 1
"""The depth that git takes as unlimited."""

SHORT = 7
"""Digits of a commit that nothing else names, as git shows it in most repositories."""

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
"""Bytes that git may allocate at once for anything but a large file."""

MOST_PRINTED = 32 * 1024 * 1024
"""Bytes that git may print about a repository: its refs, or its files with their sizes."""

NO_PROMPTS = {
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

NEEDS_LOGIN = (
    "could not read (Username|Password)|prompts disabled|Authentication failed|Permission denied"
    "|returned error: 40[13]"
)

HINTS = (
    (
        NEEDS_LOGIN,
        "let git log in by itself (a credential helper, an ssh agent), or clone it and name its folder",
    ),
    ("Host key verification failed", "connect to it once with `ssh`, and accept its key"),
    (
        "dubious ownership",
        "run `git config --global --add safe.directory FOLDER` if you trust its owner",
    ),
)
"""Parts of git's messages, and what to do about them: git's status is the same for all."""

FETCH = ("fetch", "--progress", "--no-recurse-submodules")

ANY_HINT = "check the address and the network"


class Refused(Exception):
    """git ended with an error; the text is its message."""


def list_refs(address: GitAddress) -> dict[str, str]:
    """The refs of the repository with their commits; `HEAD` is one of them.

    Raises:
        SourceError: git cannot read it.
    """
    patterns = ("HEAD", "refs/heads/*", "refs/tags/*")
    try:
        printed = run_bounded(address, ["ls-remote", "--quiet", "--", address.url, *patterns], TO_ANSWER)
    except Refused as refusal:
        raise source_error(address, str(refusal)) from None
    pairs = (line.split("\t", 1) for line in printed.splitlines() if "\t" in line)
    # an annotated tag is followed by the commit that it points at, with `^{}` behind its name
    return {name.removesuffix("^{}"): commit for commit, name in pairs}


def fetch(address: GitAddress, source: str, commit: str, folder: Path, report: Report) -> str:
    """Fetch one commit and write its files into the new folder `tree` of `folder`.

    Args:
        source: the ref that leads to the commit, or the commit itself.
        commit: all of it, or its beginning.

    Returns:
        the whole commit; empty where the repository does not have it.

    Raises:
        SourceError: it cannot be fetched.
    """
    repository = folder / "repository"
    kind = ["--object-format=sha256"] if len(commit) == 64 else []
    try:
        run_bounded(address, ["init", "--quiet", "--bare", "--template=", *kind, str(repository)], TO_ANSWER)
        found = fetch_one(address, source, repository, report) or fetch_all(
            address, commit, repository, report
        )
        if found:
            write_files(address, found, repository, folder / "tree")
    except Refused as refusal:
        raise source_error(address, str(refusal)) from None
    return found


def fetch_one(address: GitAddress, source: str, repository: Path, report: Report) -> str:
    """That commit alone; empty where the server refuses, as some send no commit without its history."""
    words = [*FETCH, "--no-tags", "--depth=1", "--", address.url, source]
    try:
        run_bounded(address, words, TO_FETCH, report, repository, repository)
    except Refused:
        return ""
    return commit_of(address, "FETCH_HEAD", repository)


def fetch_all(address: GitAddress, commit: str, repository: Path, report: Report) -> str:
    everything = ["+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"]
    words = [*FETCH, "--", address.url, *everything]
    run_bounded(address, words, TO_FETCH, report, repository, repository)
    return commit_of(address, commit, repository)


def describe(address: GitAddress, source: str, commit: str, tags: Mapping[str, str], folder: Path) -> str:
    """What `git describe --tags --always` says of a fetched commit, which is what copier records.

    Its history is fetched only where an earlier tag matters, and without files. Where the server does not
    send it, the first digits of the commit have to do.
    """
    here = [tag for tag, tagged in tags.items() if tagged == commit]
    if len(here) == 1 or not tags:
        return here[0] if here else commit[:SHORT]
    depth = ["--depth=1"] if here else [f"--depth={WHOLE_HISTORY}", "--filter=tree:0"]
    wanted = [f"+refs/tags/{tag}:refs/tags/{tag}" for tag in here] or [source, "+refs/tags/*:refs/tags/*"]
    words = ["fetch", *depth, "--no-tags", "--", address.url, *wanted]
    repository = folder / "repository"
    try:
        run_bounded(address, words, TO_DESCRIBE, folder=repository, watch=repository)
        words = ["describe", "--tags", "--always", commit]
        return run_bounded(address, words, TO_ANSWER, folder=repository).strip()
    except (Refused, SourceError):
        return here[0] if here else commit[:SHORT]


def commit_of(address: GitAddress, name: str, repository: Path) -> str:
    words = ["rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}"]
    try:
        return run_bounded(address, words, TO_ANSWER, folder=repository).strip()
    except Refused:
        return ""


def check_size(address: GitAddress, commit: str, repository: Path) -> None:
    """
    Raises:
        SourceError: the commit has too many files, or too large ones.
    """
    words = ["ls-tree", "-r", "-t", "-l", "-z", "--full-tree", commit]
    printed = run_bounded(address, words, TO_FETCH, folder=repository, with_settings=False)
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
    check_size(address, commit, repository)
    safe = ("-c", "core.protectHFS=true", "-c", "core.protectNTFS=true", "-c", "core.bare=false")
    where = (f"--git-dir={repository}", f"--work-tree={tree}")
    words = [*safe, *where, "checkout", "--quiet", "--force", "--detach", commit]
    run_bounded(address, words, TO_FETCH, folder=tree, watch=tree, with_settings=False)


# Running git.


def run_bounded(
    address: GitAddress,
    words: Sequence[str],
    seconds: float,
    report: Report = lambda line: None,
    folder: Path | None = None,
    watch: Path | None = None,
    *,
    with_settings: bool = True,
) -> str:
    """What git prints, where it needs no more than its share of time, memory and disk.

    It leads a session of its own, so that neither it nor its ssh has a terminal to ask at.

    Args:
        watch: the folder that it fills.

    Raises:
        SourceError: git is missing, took longer than `seconds`, or wrote or printed too much.
        Refused: it ended with an error.
    """
    if not git.available():
        raise SourceError(address.text, "needs git, which is not installed", "install git")
    messages: deque[str] = deque(maxlen=20)
    with ExitStack() as stack:
        with undisturbed():  # until somebody will end it
            process = subprocess.Popen(
                ["git", *SAFELY, *words],
                cwd=folder,
                env=environment(address) if with_settings else without_settings(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
            stack.enter_context(process)
            stack.enter_context(listening(process, messages, report))
            reasons = stack.enter_context(
                watched(process, seconds, partial(is_full, watch) if watch else None)
            )
        printed = process.stdout.read(MOST_PRINTED + 1) if process.stdout else b""
        if len(printed) > MOST_PRINTED:
            reasons.append("has too many refs or files")
            kill(process)
        process.wait()
    if TOO_LATE in reasons:
        raise SourceError(
            address.text, f"took longer than {seconds:g} seconds", "check the network, and try again"
        )
    if reasons:
        raise too_much(address, reasons[0])
    if process.returncode:
        raise Refused("\n".join(messages).strip() or f"exit status {process.returncode}")
    return printed.decode(errors="replace")


def is_full(folder: Path) -> str:
    return growth(folder, Tally(sys.maxsize, limits.MOST_BYTES_FETCHED))


@contextmanager
def listening(process: Process, messages: deque[str], report: Report) -> Iterator[None]:
    """Report the progress of git, and keep the last of its messages."""
    listener = Thread(target=listen, args=(process.stderr, messages, report), daemon=True)
    listener.start()
    try:
        yield
    finally:
        listener.join(1)  # an ssh that stays, to share its connection, holds on to the stream


LONGEST_LINE = 4096


def listen(stream: Any, messages: deque[str], report: Report) -> None:
    """Split at carriage returns, too, with which git overwrites its percentages."""
    rest = b""
    with suppress(ValueError):  # the stream was closed
        while chunk := stream.read1(4096):
            *lines, rest = re.split(rb"[\r\n]+", rest[-LONGEST_LINE:] + chunk)
            for line in lines:
                messages.append(line.decode(errors="replace").strip())
                report(messages[-1])
    messages.append(rest.decode(errors="replace").strip())


def environment(address: GitAddress) -> dict[str, str]:
    """The user's own, whose credentials and proxies are needed, without anything that prompts."""
    own = git.clean_environment() | NO_PROMPTS
    by_ssh = address.url.startswith("ssh://") or ("://" not in address.url and ":" in address.url)
    if by_ssh and not {"GIT_SSH", "GIT_SSH_COMMAND"} & own.keys() and not git.config("core.sshCommand"):
        own["GIT_SSH_COMMAND"] = "ssh -oBatchMode=yes -oConnectTimeout=20"
    return own | login(address, own)


LOGIN_FROM_VARIABLES = (
    '!f() { printf "username=%s\\npassword=%s\\n" "$FASTKIT_LOGIN_USER" "$FASTKIT_LOGIN_PASSWORD"; }; f'
)
"""A credential helper, which git runs in a shell."""


def login(address: GitAddress, own: Mapping[str, str]) -> dict[str, str]:
    """Variables by which git logs in, as other users of this machine can see its command line."""
    if not (address.login and address.url.startswith("http")):
        return {}
    user, colon, password = map(unquote, address.login.partition(":"))
    settings = [("username", user)] if user else []
    settings += [("helper", ""), ("helper", LOGIN_FROM_VARIABLES)] if colon else []
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


def source_error(address: GitAddress, message: str) -> SourceError:
    reason = without_passwords(git.reason(message)).removeprefix("fatal: ")
    for secret in filter(None, (address.login, *address.login.split(":")[1:])):
        reason = reason.replace(secret, "…").replace(unquote(secret), "…")
    hint = next((hint for pattern, hint in HINTS if re.search(pattern, message)), ANY_HINT)
    return SourceError(address.text, f"cannot be read: {reason}", hint)
