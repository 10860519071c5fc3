"""Addresses of templates in git repositories, read and compared without asking anybody.

An address is a repository, then `//` and a folder in it, then `@` and a ref; the last two are optional,
as in `gh:owner/repository//folder@v1.2`.
"""

import os
import re
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from fastkit.errors import InvalidAddress
from fastkit.sources import expanded

HOSTS = {"gh:": "https://github.com/", "gl:": "https://gitlab.com/"}

REMOTE = re.compile(
    r"(gh:|gl:"
    r"|(?:git\+)?(?:https?|ssh|git)://(?:[^/@\\]*@)?(?:[\w.-]+|\[[\da-fA-F:]+\])(?::\d+)?/"
    r"|[\w.-]+@[\w.-]+:)([^/].*)",
    re.ASCII,
)
"""What leads to a server, and the path there."""

LOCAL = re.compile(r"((?:git\+)?file://(?=/)|git\+(?=[/.~\\]|[A-Za-z]:[/\\]))(.+)")
"""A repository of this machine, and its path."""

PAGE = re.compile(r"https://github\.com/([^/]+/[^/]+)/(?:tree|blob)/([^/]+)/(.+?)/?")
"""What a browser shows of a folder."""

BARE = re.compile(r"[^/\\]\.git/?(?://|@|$)")
"""In a path, the end of a bare repository's name."""

SCHEME = re.compile(r"(?:git\+)?\w[\w.-]*:(?://|:)")

PASSWORD = re.compile(r"(?<=://)[^/@\s]*@")

MARK = re.compile(r"(?<![/\\])@")
"""What begins a ref; behind a slash it belongs to a name, as in `packages/@scope`."""

NO_REF = re.compile(r"^@?$|^[-/.]|//|\.\.|@\{|[\s~^:?*\[\\]")
"""What git refuses in a name, so that nothing else can be meant by it."""

SAFE_PART = re.compile(r"[\w.~+-]+", re.ASCII)
"""A part of a path that every server reads as it is written."""


@dataclass(frozen=True)
class GitAddress:
    """A template in a git repository.

    Attributes:
        repository: names the repository on any machine, without anybody's password.
        url: what git is asked for; it may hold a password.
        folder: where in the repository the template is, empty at its root.
        ref: a tag, a branch or a commit; empty for the newest release.
        written: the address as a person wrote it, without the ref and anybody's password; of a repository
            of this machine, its name.
    """

    repository: str
    url: str
    folder: str = ""
    ref: str = ""
    written: str = field(default="", compare=False)

    @property
    def text(self) -> str:
        """The address without the ref."""
        return f"{self.repository}//{self.folder}" if self.folder else self.repository

    @property
    def name(self) -> str:
        """What a person calls the template: the last part of its address."""
        path = self.folder or unquote(self.repository).replace(":", "/")
        return PurePosixPath(path.removesuffix("/.git")).name.removesuffix(".git")


def read_address(text: str) -> GitAddress | None:
    """None where the text names no git repository.

    Raises:
        InvalidAddress: it does, but cannot be right.
    """
    if not text.isprintable():
        return None
    if remote := REMOTE.fullmatch(text):
        address = read_remote(remote[1], remote[2])
    elif local := LOCAL.fullmatch(text):
        address = read_local(local[2], is_url="file" in local[1])
    elif SCHEME.match(text):
        raise InvalidAddress(without_password(text), "is no address that git can read here")
    elif BARE.search(text):
        address = read_local(text, is_url=False)
    else:
        return None
    check(address, without_password(text))
    return address


def read_remote(written: str, path: str) -> GitAddress:
    server = written.removeprefix("git+")
    repository, folder, ref = cut(path)
    if page := PAGE.fullmatch(server + path):
        raise InvalidAddress(page[0], "is a page to look at", f"write `gh:{page[1]}//{page[3]}@{page[2]}`")
    if MARK.search(repository):
        raise InvalidAddress(
            without_password(server + path), "has its ref in the middle", "write the ref last"
        )
    shown = re.sub(r":[^/@]*@", "@", server) if server.startswith("ssh") else without_password(server)
    given = written.replace(server, shown) + repository + (f"//{folder}" if folder else "")
    if server in HOSTS:
        repository = repository.removesuffix(".git")
        return GitAddress(server + repository, f"{HOSTS[server]}{repository}.git", folder, ref, given)
    return GitAddress(shown + repository, server + repository, folder, ref, given)


def read_local(path: str, *, is_url: bool) -> GitAddress:
    repository, folder, ref = cut(path, is_url=is_url, local=True)
    place = Path(os.path.abspath(on_disk(repository, is_url)))  # noqa: PTH100
    address = GitAddress(place.as_uri(), str(place), folder, ref)
    return replace(address, written=address.name)


def cut(path: str, *, is_url: bool = False, local: bool = False) -> tuple[str, str, str]:
    """The path of the repository, the folder in it and the ref, which the text may lack."""
    repository, slashes, rest = path.partition("//")
    if slashes:
        folder, ref = at_the_mark(rest, first=True)
        return repository.rstrip("/"), folder.strip("/"), ref
    if local and on_disk(path, is_url).exists():
        return path, "", ""  # its own name may hold the mark
    repository, ref = at_the_mark(path, first=not local)
    return repository.rstrip("/"), "", ref


def on_disk(path: str, is_url: bool) -> Path:
    if not is_url:
        return expanded(path)
    return Path(unquote(path).removeprefix("/" if os.name == "nt" else ""))


def at_the_mark(text: str, *, first: bool) -> tuple[str, str]:
    marks = [mark.start() for mark in MARK.finditer(text)]
    if not marks:
        return text, ""
    mark = marks[0 if first else -1]
    return text[:mark], text[mark + 1 :] or "@"


def check(address: GitAddress, text: str) -> None:
    """
    Raises:
        InvalidAddress: git or a server could take it for something else than it looks like.
    """
    parts = address.repository.partition("://")[2].split("/")[1:] or re.split("[/:]", address.repository)
    if {".", "..", ""} & {*parts} or {".", "..", ".git"} & {*address.folder.split("/")}:
        raise InvalidAddress(text, "has a part in its path that cannot be")
    if "\\" in address.folder or "//" in address.folder:
        raise InvalidAddress(text, "has a folder that cannot be")
    if address.ref and NO_REF.search(address.ref):
        raise InvalidAddress(text, "has a ref that cannot be")
    for host in HOSTS:
        if address.repository.startswith(host):
            check_owner(address, host, text)


def check_owner(address: GitAddress, host: str, text: str) -> None:
    owner, *names = address.repository.removeprefix(host).split("/")
    if not names:
        raise InvalidAddress(text, "names no repository", f"write `{host}{owner}/REPOSITORY`")
    if host == "gh:" and len(names) > 1:
        folder = "/".join(names[1:])
        raise InvalidAddress(text, "has too many parts", f"write `gh:{owner}/{names[0]}//{folder}`")


def without_password(text: str) -> str:
    """The text with the user of each URL in it left out, as that may be a token."""
    return PASSWORD.sub("", text)


# What is trusted.


def place_of(text: str) -> tuple[str, ...]:
    """The parts by which a template's address, or a beginning of one, is compared; empty if doubtful.

    The first is the scheme, the second the server; a folder inside of a repository follows behind `//`.
    """
    for host, url in HOSTS.items():
        if text.startswith(host):
            return place_of(url + text.removeprefix(host))
    text = text.removeprefix("git+")
    if scp := re.fullmatch(r"([\w.-]+@[\w.-]+):(?!//)(.*)", text, re.ASCII):
        return place_of(f"ssh://{scp[1]}/{scp[2]}")
    if not SCHEME.match(text) or text.startswith("file://"):
        return local_place(text)
    return remote_place(text)


def remote_place(text: str) -> tuple[str, ...]:
    url = urlsplit(text)
    repository, slashes, folder = url.path.strip("/").partition("//")
    parts = repository.removesuffix(".git").split("/") if repository else []
    inside = folder.split("/") if slashes else []
    doubtful = [p for p in (*parts, *inside) if p in {".", ".."} or not SAFE_PART.fullmatch(p)]
    if doubtful or url.query or url.fragment or not url.hostname:
        return ()
    user = f"{url.username}@" if url.scheme == "ssh" and url.username else ""
    server = f"{user}{url.netloc.rpartition('@')[2].lower()}"
    return (url.scheme, server, *parts, *(["//"] if slashes else []), *inside)


def local_place(text: str) -> tuple[str, ...]:
    path, _, folder = text.removeprefix("file://").partition("//")
    is_url = text.startswith("file://")
    place = on_disk(path, is_url)
    if not place.is_absolute():
        return ()
    parts = Path(os.path.normcase(place.resolve())).parts
    return ("file", *parts, *(["//", *folder.split("/")] if folder else []))
