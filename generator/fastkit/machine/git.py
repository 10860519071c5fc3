"""Runs git without running any program of a project.

Hooks, filters and file system monitors are off, whoever has set them, and nothing is fetched. A folder is a
repository only if it has a `.git`, not because its files look like one.
"""

import os
import re
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from fastkit.errors import GitError as GitError
from fastkit.machine.processes import OWN_GROUP, find_program, search_path

NEVER_COMMITTED = (".venv", ".env", ".fastkit-*")
"""Patterns of names that are never committed, even if a template's .gitignore forgets them.

The last one is for what a killed run of fastkit leaves.
"""

SAFELY = (
    *("-c", f"core.hooksPath={os.devnull}"),
    *("-c", "core.fsmonitor=false"),
    *("-c", "commit.gpgSign=false"),
    *("-c", "core.safecrlf=false"),
    *("-c", "i18n.commitEncoding=UTF-8"),
)

IN_A_PROJECT = (*SAFELY, "-c", "safe.bareRepository=explicit")

FETCHING_NOTHING = {"GIT_ALLOW_PROTOCOL": "", "GIT_NO_LAZY_FETCH": "1"}
"""Variables that keep git from fetching the objects that a partial clone lacks."""

CONVERTING = {"add", "checkout-index", "commit", "hash-object", "restore", "rm", "status", "update-index"}
"""Commands that read or write files of the working tree, through filters if there are any."""

PROGRAM = re.compile(r"(filter\..+)\.(?:clean|smudge|process|required)|(hook\..+)\.\w+", re.DOTALL)
"""A setting that names a filter or, from git 2.54 on, a hook."""

NOTHING = "FASTKIT_NOTHING"
"""An empty variable: a setting whose name may hold a `=` cannot be given on the command line."""


def is_never_committed(path: str) -> bool:
    return any(fnmatchcase(part, pattern) for part in path.split("/") for pattern in NEVER_COMMITTED)


def available() -> bool:
    return find_program("git") is not None


def config(name: str, folder: Path | None = None) -> str:
    """A setting as it applies in a folder; empty without git or without the setting."""
    found = text_or_empty(["config", "--get", name], folder)
    return found if "\0" not in found else ""


def inside_repository(folder: Path) -> bool:
    return text_or_empty(["rev-parse", "--is-inside-work-tree"], folder) == "true"


def describe(folder: Path) -> str:
    """What git calls the commit of the repository at a folder; empty where there is none."""
    return text_or_empty(["describe", "--tags", "--always"], folder) if (folder / ".git").exists() else ""


def refusal(folder: Path) -> str:
    """Why git cannot use the repository that a folder is in; empty where it can, or where there is none."""
    for above in (folder, *folder.parents):
        if os.path.lexists(above / ".git"):
            try:
                run(["rev-parse", "--git-dir"], above)
            except (GitError, OSError) as error:
                return f"the repository in `{above}`: {getattr(error, 'problem', error)}"
            break
    return ""


def ignored(project: Path, paths: Iterable[str], *, by_user: bool = True) -> frozenset[str]:
    """Those paths that git ignores and that are not in its index.

    Args:
        by_user: count what the user ignores in every repository, too.
    """
    settings = () if by_user else ("-c", f"core.excludesFile={os.devnull}")
    words = [*settings, "check-ignore", "-z", "--stdin"]
    try:
        found = run(words, project, stdin=as_input(paths), accepted=(0, 1))
    except GitError:  # such as for a path beyond a link
        return frozenset()
    return frozenset(filter(None, os.fsdecode(found).split("\0")))


def as_input(paths: Iterable[str]) -> bytes:
    """Paths as git reads them with `-z`."""
    return b"".join(os.fsencode(path) + b"\0" for path in paths)


def without_programs(words: Sequence[str], folder: Path | None) -> list[str]:
    """Options that turn off every filter and hook that settings name for a folder."""
    if words[0] not in CONVERTING:
        return []
    settings = text_or_empty(["config", "--list", "--name-only", "-z"], folder).split("\0")
    found = [match for match in map(PROGRAM.fullmatch, settings) if match]
    filters, hooks = ({match[group] for match in found if match[group]} for group in (1, 2))
    off = [f"{name}.{key}" for name in filters for key in ("clean", "smudge", "process", "required")]
    off += [f"{name}.enabled" for name in hooks]
    return [f"--config-env={name}={NOTHING}" for name in sorted(off)]


def start_repository(project: Path) -> None:
    """`git init` with the branch of the user's settings, or else `main`.

    Raises:
        GitError: git refused.
    """
    branch = config("init.defaultBranch") or "main"
    run(["init", "--quiet", f"--initial-branch={branch}"], project)
    exclude = project / ".git" / "info" / "exclude"
    exclude.parent.mkdir(exist_ok=True)
    exclude.write_text("".join(f"{name}\n" for name in NEVER_COMMITTED), "utf-8")


def stage(project: Path, always: Iterable[str] = ()) -> None:
    run(["add", "--all"], project)
    if names := [f":(literal){path}" for path in always if os.path.lexists(project / path)]:
        run(["add", "--force", "--", *names], project)
    anywhere = [f":(glob)**/{name}" for name in NEVER_COMMITTED]
    run(["rm", "-r", "--cached", "--quiet", "--ignore-unmatch", "--", *anywhere], project)


def knows_user(project: Path) -> bool:
    """Whether git's settings or variables name the author of a commit in the project."""
    return all(
        os.environ.get(f"GIT_AUTHOR_{key.upper()}") or config(f"user.{key}", project)
        for key in ("name", "email")
    )


def commit(project: Path, message: str, author: str, email: str, always: Iterable[str] = ()) -> bool:
    """Commit everything; False where git does not know the user, so that `author` is the author.

    Args:
        always: paths that are committed even if they are ignored.

    Raises:
        GitError: git refused.
    """
    stage(project, always)
    known = knows_user(project)
    pairs = [("NAME", in_utf8(author)), ("EMAIL", in_utf8(email))]
    stand_in = {f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER") for key, value in pairs}
    words = ["commit", "--quiet", f"--message={in_utf8(message)}"]
    run(words, project, variables={} if known else stand_in)
    return known


def in_utf8(text: str) -> str:
    """A word or variable that reaches git in UTF-8, whatever the encoding of the locale."""
    return os.fsdecode(text.encode(errors="surrogateescape"))


def run(
    words: Sequence[str],
    folder: Path | None = None,
    *,
    stdin: bytes = b"",
    variables: Mapping[str, str] | None = None,
    accepted: Sequence[int] = (0,),
    own_group: bool = False,
) -> bytes:
    """What git prints.

    Args:
        stdin: what it reads.
        variables: of its environment, besides the usual ones.
        accepted: the statuses that are not a failure.
        own_group: run it in a process group of its own, which Ctrl-C does not reach.

    Raises:
        GitError: git refused.
        OSError: git cannot be started.
    """
    done: subprocess.CompletedProcess[bytes] = subprocess.run(
        ["git", *IN_A_PROJECT, *without_programs(words, folder), *words],
        cwd=folder,
        env={**local_environment(), "LC_ALL": "C", **(variables or {})},
        input=stdin,
        capture_output=True,
        check=False,
        **(OWN_GROUP if own_group else {}),
    )
    if done.returncode not in accepted:
        printed = (done.stderr or done.stdout).decode(errors="replace")
        raise GitError(reason(printed) or f"exit status {done.returncode}")
    return done.stdout


def text_or_empty(words: Sequence[str], folder: Path | None = None) -> str:
    """What git prints, without the space around it; empty where it fails or is not installed."""
    try:
        return run(words, folder).decode(errors="surrogateescape").strip()
    except (GitError, OSError):
        return ""


def reason(printed: str) -> str:
    """The line of an error message that says what is wrong; hints follow it."""
    lines = printed.strip().splitlines()
    serious = [line for line in lines if line.startswith(("fatal:", "error:"))]
    return (serious or lines or [""])[0]


POINTING_ELSEWHERE = {
    f"GIT_{name}"
    for name in (
        *("DIR", "COMMON_DIR", "WORK_TREE", "IMPLICIT_WORK_TREE", "INDEX_FILE", "OBJECT_DIRECTORY"),
        *("ALTERNATE_OBJECT_DIRECTORIES", "GRAFT_FILE", "SHALLOW_FILE", "NAMESPACE", "PREFIX"),
    )
}
"""Variables by which a git hook that calls fastkit would redirect us to its own repository."""


TRACING = ("GIT_TRACE", "GIT_CURL_VERBOSE")
"""Beginnings of variables that make git print or write what it was called with."""


def clean_environment() -> dict[str, str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in POINTING_ELSEWHERE and not name.startswith(TRACING)
    }
    return kept | {"PATH": search_path()}


def local_environment() -> dict[str, str]:
    """For a git that only reads this machine's folders."""
    return clean_environment() | FETCHING_NOTHING | {NOTHING: ""}
