"""Reads and compares addresses of templates in git repositories, without any request.

An address is a repository, then `//` and a folder in it, then `@` and a ref, as in
`gh:owner/repository//folder@v1.2`. The folder and the ref are optional.
"""

import os
import re
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from fastkit.errors import InvalidAddress
from fastkit.machine.folders import expanded

HOSTS = {"gh:": "https://github.com/", "gl:": "https://gitlab.com/"}

HOST = r"(?:[\w.-]+|\[[\da-fA-F:]+\])(?::\d+)?"
"""A server and its port, as a URL has them."""

REMOTE = re.compile(
    rf"(gh:|gl:|(?:git\+)?(?:https?|ssh|git)://(?:[^/\\]*@)?{HOST}/|[\w.-]+@[\w.-]+:)([^/].*)", re.ASCII
)
"""The beginning that leads to a server, and the path there."""

LOCAL = re.compile(r"((?:git\+)?file://(?=/)|git\+(?=[/.~\\]|[A-Za-z]:[/\\]))(.+)")
"""The beginning that leads to a repository on this machine, and its path."""

PAGE = re.compile(r"https://github\.com/([^/]+/[^/]+)/(?:tree|blob)/([^/]+)/(.+?)/?")
"""The page of a folder in a browser."""

BARE = re.compile(r"[^/\\]\.git/?(?://|@|$)")
"""The end of a bare repository's name, in a path."""

SCHEME = re.compile(r"(?:git\+)?\w[\w.-]*:(?://|:)")

SSH_LOGIN = re.compile(rf"([\w.-]+)(?::.*)?@({HOST})", re.ASCII)

MARK = re.compile(r"(?<![/\\])@")
"""The beginning of a ref; behind a slash it belongs to a name, as in `packages/@scope`."""

NO_REF = re.compile(r"^@?$|^[-/.]|//|\.\.|@\{|[\s~^:?*\[\\]")
"""What git refuses in the name of a ref, and what it would read as more than a name."""

DRIVE = re.compile(r"[A-Za-z]:[/\\]")

ENCODE = "write `@`, `/`, `?` and `#` of a password as `%40`, `%2F`, `%3F` and `%23`"

LOG_IN = f"let git log in by a credential helper, or {ENCODE}"

SAFE_PART = re.compile(r"[\w.~+-]+", re.ASCII)
"""A part of a path that every server reads literally."""


@dataclass(frozen=True)
class GitAddress:
    """A template in a git repository.

    Attributes:
        repository: names the repository on any machine, without a password.
        url: what git fetches, without a login.
        folder: where in the repository the template is; empty at its root.
        ref: a tag, a branch or a commit; empty for the newest release.
        written: the address as the user wrote it, without ref and password; the name of a repository on
            this machine.
        login: user and password, as in a URL; the whole of it may be a token.
    """

    repository: str
    url: str
    folder: str = ""
    ref: str = ""
    written: str = field(default="", compare=False)
    login: str = field(default="", compare=False, repr=False)

    @property
    def text(self) -> str:
        """The address without the ref."""
        return f"{self.repository}//{self.folder}" if self.folder else self.repository

    @property
    def name(self) -> str:
        """The name of the template: the last part of its address."""
        path = self.folder or unquote(self.repository).replace(":", "/")
        return PurePosixPath(path.removesuffix("/.git")).name.removesuffix(".git")


def read_address(text: str) -> GitAddress | None:
    """None where the text does not name a git repository.

    Raises:
        InvalidAddress: it does, but not in a form that git can use.
    """
    if not text.isprintable():
        return None
    if remote := REMOTE.fullmatch(text):
        address = read_remote(remote[1], remote[2])
    elif local := LOCAL.fullmatch(text):
        address = read_local(local[2], is_url="file" in local[1])
    elif SCHEME.match(text):
        hint = ENCODE if "@" in text else ""
        raise InvalidAddress(without_password(text), "is not an address that git can read here", hint)
    elif BARE.search(text):
        address = read_local(text, is_url=False)
    else:
        return None
    shown = f"{address.text}@{address.ref}".rstrip("@") if address.login else without_password(text)
    check(address, shown)
    return address


def read_remote(written: str, path: str) -> GitAddress:
    server = written.removeprefix("git+")
    repository, folder, ref = split_path(path)
    if page := PAGE.fullmatch(server + path):
        raise InvalidAddress(page[0], "is a page for a browser", f"write `gh:{page[1]}//{page[3]}@{page[2]}`")
    shown = without_password(server + path)
    if MARK.search(repository):
        raise InvalidAddress(shown, "has its ref in the middle", "write the ref last")
    if server.startswith("http") and re.search("[?#]", repository):
        raise InvalidAddress(shown, "has a `?` or `#`, which git cannot send", LOG_IN)
    plain, login = without_login(server)
    if ":" in login and "/" in ref and "//" not in path:
        raise InvalidAddress(
            shown, "can be read in two ways", f"write `//@REF` behind the repository; {ENCODE}"
        )
    given = written.replace(server, plain) + repository + (f"//{folder}" if folder else "")
    if server in HOSTS:
        repository = repository.removesuffix(".git")
        return GitAddress(server + repository, f"{HOSTS[server]}{repository}.git", folder, ref, given)
    return GitAddress(plain + repository, plain + repository, folder, ref, given, login)


def without_login(server: str) -> tuple[str, str]:
    """The server without its login, and the login; an ssh address keeps its user and loses its password."""
    scheme, slashes, rest = server.partition("://")
    login, mark, host = rest.rpartition("@")
    if not slashes or not mark:
        return server, ""
    if scheme == "ssh":
        return f"{scheme}://{login.partition(':')[0]}@{host}", ""
    return f"{scheme}://{host}", login


def read_local(path: str, *, is_url: bool) -> GitAddress:
    repository, folder, ref = split_path(path, is_url=is_url, local=True)
    place = Path(os.path.abspath(on_disk(repository, is_url)))  # noqa: PTH100
    address = GitAddress(place.as_uri(), str(place), folder, ref)
    return replace(address, written=address.name)


def split_path(path: str, *, is_url: bool = False, local: bool = False) -> tuple[str, str, str]:
    """The path of the repository, the folder in it and the ref; the last two may be empty."""
    repository, slashes, rest = path.partition("//")
    if slashes:
        folder, ref = split_ref(rest, first=True)
        return repository.rstrip("/"), folder.strip("/"), ref
    if local and on_disk(path, is_url).exists():
        return path, "", ""  # the name itself may hold an `@`
    repository, ref = split_ref(path, first=not local)
    return repository.rstrip("/"), "", ref


def on_disk(path: str, is_url: bool) -> Path:
    if not is_url:
        return expanded(path)
    return Path(unquote(path).removeprefix("/" if os.name == "nt" else ""))


def split_ref(text: str, *, first: bool) -> tuple[str, str]:
    marks = [mark.start() for mark in MARK.finditer(text)]
    if not marks:
        return text, ""
    mark = marks[0 if first else -1]
    return text[:mark], text[mark + 1 :] or "@"


def check(address: GitAddress, text: str) -> None:
    """
    Raises:
        InvalidAddress: git or a server could read it as something else.
    """
    parts = address.repository.partition("://")[2].split("/")[1:] or re.split("[/:]", address.repository)
    if {".", "..", ""} & {*parts} or {".", "..", ".git"} & {*address.folder.split("/")}:
        raise InvalidAddress(text, "has an empty, `.` or `..` part in its path")
    if "\\" in address.folder or "//" in address.folder:
        raise InvalidAddress(text, "has an invalid folder")
    if not unquote(address.login).isprintable():
        raise InvalidAddress(text, "has an invalid password")
    if address.ref and NO_REF.search(address.ref):
        raise InvalidAddress(text, "has an invalid ref")
    host, colon, path = address.repository.partition(":")
    if host + colon in HOSTS:
        check_owner(host + colon, path, text)


def check_owner(host: str, path: str, text: str) -> None:
    owner, *names = path.split("/")
    if not names:
        raise InvalidAddress(text, "does not name a repository", f"write `{host}{owner}/REPOSITORY`")
    if host == "gh:" and len(names) > 1:
        folder = "/".join(names[1:])
        raise InvalidAddress(text, "has too many parts", f"write `gh:{owner}/{names[0]}//{folder}`")


def without_password(text: str) -> str:
    """An address, valid or not, without what may be a password or a token in it."""
    scheme, slashes, rest = text.partition("://")
    if not slashes:
        is_plain = ":" not in text.partition("@")[0] or text.startswith((*HOSTS, "git+")) or DRIVE.match(text)
        return text if is_plain else text.rpartition("@")[2]
    server = re.split(r"[/?#\\]", rest, maxsplit=1)[0]
    if "ssh" in scheme and (found := SSH_LOGIN.fullmatch(server)):
        rest = f"{found[1]}@{found[2]}{rest[len(server) :]}"
    elif server and not re.fullmatch(HOST, server, re.ASCII):
        rest = rest.rpartition("@")[2] if "@" in rest or ":" not in server else "…"
    return scheme + slashes + (re.split("[?#]", rest, maxsplit=1)[0] if "http" in scheme else rest)


def without_passwords(text: str) -> str:
    """A text without what may be passwords or tokens in its URLs."""
    return re.sub(r"\S+://\S+", lambda url: without_password(url[0]), text)


# Comparing, for what the user trusts.


def comparable_parts(text: str) -> tuple[str, ...]:
    """The parts of an address, or of its beginning, that are compared; empty if it is ambiguous.

    The first is the scheme, the second the server; a folder in a repository follows `//`.
    """
    for host, url in HOSTS.items():
        if text.startswith(host):
            return comparable_parts(url + text.removeprefix(host))
    text = text.removeprefix("git+")
    if scp := re.fullmatch(r"([\w.-]+@[\w.-]+):(?!//)(.*)", text, re.ASCII):
        return comparable_parts(f"ssh://{scp[1]}/{scp[2]}")
    if not SCHEME.match(text) or text.startswith("file://"):
        return local_parts(text)
    return remote_parts(text)


def remote_parts(text: str) -> tuple[str, ...]:
    try:
        url = urlsplit(text)
    except ValueError:  # such as for a `[` that nothing closes
        return ()
    repository, slashes, folder = url.path.strip("/").partition("//")
    parts = repository.removesuffix(".git").split("/") if repository else []
    inside = folder.split("/") if slashes else []
    is_ambiguous = any(p in {".", ".."} or not SAFE_PART.fullmatch(p) for p in (*parts, *inside))
    if is_ambiguous or url.query or url.fragment or not url.hostname:
        return ()
    user = f"{url.username}@" if url.scheme == "ssh" and url.username else ""
    server = f"{user}{url.netloc.rpartition('@')[2].lower()}"
    return (url.scheme, server, *parts, *(["//"] if slashes else []), *inside)


def local_parts(text: str) -> tuple[str, ...]:
    path, _, folder = text.removeprefix("file://").partition("//")
    place = on_disk(path, text.startswith("file://"))
    if not place.is_absolute():
        return ()
    parts = Path(os.path.normcase(place.resolve())).parts
    return ("file", *parts, *(["//", *folder.split("/")] if folder else []))
