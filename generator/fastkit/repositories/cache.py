"""Templates of git repositories, as folders of a cache.

The cache holds plain files: for each repository what its refs were when it was last asked, and for each
commit that was used a folder that never changes. A commit arrives in a folder of its own and is then moved
in place, so that neither a kill nor a second run can leave half of one.
"""

import json
import os
import re
import shutil
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from hashlib import sha256
from operator import itemgetter
from pathlib import Path

from fastkit.distributions import read_version
from fastkit.errors import FastkitError, SourceError, UnknownName
from fastkit.machine.disk import temporary_folder
from fastkit.machine.folders import entries, expanded, first_bytes
from fastkit.machine.progress import Progress, Report
from fastkit.repositories.address import GitAddress
from fastkit.repositories.remote import MOST_PRINTED, SHORT, describe, fetch, list_refs

COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
SHORT_COMMIT = re.compile(r"[0-9a-f]{7,64}")

SUBMODULE = re.compile(r"^[ \t]*path[ \t]*=(.+)$", re.MULTILINE)

MOST_READ = 1_000_000
"""Bytes of what a repository says of itself in `.gitmodules` and `.gitattributes`."""

LFS_POINTER = b"version https://git-lfs.github.com/spec/"

REFS_FILE = "refs.json"

LEFT_OVER = 3600.0
"""Seconds after which the folder of a run that was killed is removed."""


@dataclass(frozen=True)
class Clone:
    """One commit of a repository.

    Attributes:
        folder: its files.
        ref: the tag, where it was found by one, else the commit.
        described: how `git describe` calls it.
        note: why this may not be the newest, if it may not.
    """

    folder: Path
    ref: str
    described: str
    note: str = ""

    @property
    def commit(self) -> str:
        return self.folder.name


@dataclass(frozen=True)
class Refs:
    """What a repository said that it has: names, and the commits that they stand for.

    Attributes:
        asked: when, in seconds since 1970.
        head: the commit that it shows first; empty where it has none.
        described: what `git describe` called the commits that were fetched.
    """

    asked: float
    head: str
    tags: Mapping[str, str]
    branches: Mapping[str, str]
    described: Mapping[str, str] = field(default_factory=dict)

    def name_of(self, commit: str) -> str:
        """How copier calls a commit."""
        tags = [tag for tag, tagged in self.tags.items() if tagged == commit]
        return self.described.get(commit) or next(iter(tags), commit[:SHORT])

    @property
    def is_sound(self) -> bool:
        """Whether a file holds what fastkit wrote into it."""
        tables = (self.tags, self.branches, self.described)
        names = [self.head, *(name for table in tables for pair in table.items() for name in pair)]
        return 0 <= self.asked < sys.maxsize and all(isinstance(name, str) for name in names)

    def among(self, commits: set[str]) -> "Refs":
        """Only what stands for one of these commits."""

        def kept(names: Mapping[str, str]) -> dict[str, str]:
            return {name: commit for name, commit in names.items() if commit in commits}

        head = self.head if self.head in commits else ""
        return replace(self, head=head, tags=kept(self.tags), branches=kept(self.branches))


@dataclass(frozen=True)
class Wanted:
    """A commit to fetch, as far as it is known, and the ref that leads to it."""

    commit: str
    source: str
    tag: str = ""


def clone(address: GitAddress, progress: Progress) -> Clone:
    """The commit that the address means, from the cache alone where it holds that for good.

    Raises:
        SourceError: it cannot be fetched and is not in the cache.
        UnknownName: the repository has no such ref.
    """
    room = cache_folder() / sha256(address.repository.encode()).hexdigest()[:16]
    known = read_refs(room)
    if kept := find_kept(address, room, known):
        return kept
    with progress(f"Fetching {address.text}") as report:
        try:
            return fetch_newest(address, room, known, report)
        except SourceError as error:
            if aged := find_aged(address, room, known, error):
                return aged
            raise


def cache_folder() -> Path:
    if chosen := os.environ.get("FASTKIT_CACHE"):
        return expanded(chosen) / "git"
    from platformdirs import user_cache_path

    return user_cache_path("fastkit") / "git"


def find_kept(address: GitAddress, room: Path, known: Refs | None) -> Clone | None:
    """A tag or a commit that is in the cache: neither becomes another one."""
    tagged = known.tags.get(address.ref) if known else None
    if known and tagged and (room / tagged).is_dir():
        return Clone(room / tagged, address.ref, known.name_of(tagged))
    branches = known.branches if known else {}
    if SHORT_COMMIT.fullmatch(address.ref) and address.ref not in branches:
        found = [commit for commit in commits_in(room) if commit.startswith(address.ref)]
        if len(found) == 1:
            return Clone(room / found[0], found[0], known.name_of(found[0]) if known else found[0][:SHORT])
    return None


def fetch_newest(address: GitAddress, room: Path, known: Refs | None, report: Report) -> Clone:
    """What the address means by what the repository has now."""
    refs = replace(sorted_out(list_refs(address)), described=known.described if known else {})
    wanted = choose(address, refs)
    commit = wanted.commit
    try:
        if not (room / commit).is_dir():
            room.mkdir(parents=True, exist_ok=True)
            commit, name = bring(address, wanted, refs, room, report)
            refs = replace(refs, described={**refs.described, commit: name})
    except OSError as error:
        problem = f"cannot be kept in `{room}`: {error.strerror or error}"
        raise SourceError(address.text, problem, "name another folder by FASTKIT_CACHE") from error
    with suppress(OSError):  # a cache that is full or read-only still has the commit
        write_refs(room, refs)
    return Clone(room / commit, wanted.tag or commit, refs.name_of(commit))


def find_aged(address: GitAddress, room: Path, known: Refs | None, error: SourceError) -> Clone | None:
    """The newest of what the cache has, for a repository that cannot be asked."""
    if known is None:
        return None
    try:
        wanted = choose(address, known.among(commits_in(room)))
    except FastkitError:
        return None
    if not (room / wanted.commit).is_dir():
        return None
    ref = wanted.tag or wanted.commit
    shown = wanted.tag or wanted.commit[:7]
    note = f"{error.message}; using {shown} as it was {ago(time.time() - known.asked)}"
    return Clone(room / wanted.commit, ref, known.name_of(wanted.commit), note)


def ago(seconds: float) -> str:
    for unit, size in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if count := int(seconds // size):
            return f"{count} {unit}{'s' * (count > 1)} ago"
    return "less than a minute ago"


def check_complete(address: GitAddress, found: Clone) -> None:
    """
    Raises:
        SourceError: the template has a submodule, or a file that git-lfs keeps elsewhere.
    """
    folder = found.folder / address.folder
    for what in (*submodules(found.folder, folder), *lfs_files(found.folder, folder)):
        raise SourceError(
            f"{address.text}@{found.ref}",
            f"needs {what}, which fastkit does not fetch",
            "clone it with all that belongs to it, and name that folder",
        )


def submodules(root: Path, folder: Path) -> Iterator[str]:
    for path in SUBMODULE.findall(content_of(root / ".gitmodules").decode(errors="replace")):
        place = root / path.strip().strip('"')
        if place.is_relative_to(folder) or folder.is_relative_to(place):
            yield f"the submodule `{path.strip()}`"


def lfs_files(root: Path, folder: Path) -> Iterator[str]:
    if not any(b"filter=lfs" in content_of(place / ".gitattributes") for place in {root, folder}):
        return
    for path, entry in sorted(entries(folder), key=itemgetter(0)):
        if (
            entry.is_file(follow_symlinks=False)
            and content_of(folder / path, len(LFS_POINTER)) == LFS_POINTER
        ):
            yield f"the git-lfs file `{(folder / path).relative_to(root).as_posix()}`"


def content_of(file: Path, most: int = MOST_READ) -> bytes:
    try:
        return first_bytes(file, most)
    except OSError:
        return b""


# Which commit.


def sorted_out(commits: Mapping[str, str]) -> Refs:
    def below(prefix: str) -> dict[str, str]:
        return {
            name.removeprefix(prefix): commit for name, commit in commits.items() if name.startswith(prefix)
        }

    return Refs(time.time(), commits.get("HEAD", ""), below("refs/tags/"), below("refs/heads/"))


def choose(address: GitAddress, refs: Refs) -> Wanted:
    """
    Raises:
        UnknownName: no tag, branch or commit can be meant.
        SourceError: the repository is empty.
    """
    ref = address.ref or newest_release(refs.tags) or "HEAD"
    if ref in refs.tags:
        return Wanted(refs.tags[ref], f"refs/tags/{ref}", ref)
    if ref in refs.branches:
        return Wanted(refs.branches[ref], f"refs/heads/{ref}")
    if ref == "HEAD" and refs.head:
        return Wanted(refs.head, "HEAD")
    if SHORT_COMMIT.fullmatch(ref):
        return Wanted(ref, ref)
    if not address.ref:
        raise SourceError(address.text, "is an empty repository", "commit the template to it first")
    raise unknown_ref(address, refs)


def unknown_ref(address: GitAddress, refs: Refs) -> UnknownName:
    names = [*refs.tags, *refs.branches]
    some = ", ".join(f"`{name}`" for name in names[:10])
    kind = f"tag, branch or commit in `{address.repository}` called"
    return UnknownName(kind, address.ref, names, f"it has {some}" if some else "it has none yet")


def list_releases(address: GitAddress) -> list[str]:
    """The tags of its releases, newest first.

    Raises:
        SourceError: the repository cannot be asked.
    """
    return releases(sorted_out(list_refs(address)).tags)


def newest_release(tags: Mapping[str, str]) -> str:
    """What copier would take."""
    return next(iter(releases(tags)), "")


def releases(tags: Mapping[str, str]) -> list[str]:
    """By the order of PEP 440, newest first, and no pre-release."""
    if not tags:
        return []
    found = [(version, tag) for tag in tags if (version := read_version(tag)) and not version.is_prerelease]
    return [tag for _, tag in sorted(found, reverse=True)]


# The cache.


def bring(address: GitAddress, wanted: Wanted, refs: Refs, room: Path, report: Report) -> tuple[str, str]:
    """Fetch a commit aside and move it in place; where another run was faster, its folder is as good.

    Returns:
        the commit, all of it, and how `git describe` calls it.

    Raises:
        UnknownName: the repository has no such commit.
        SourceError: it cannot be fetched.
    """
    remove_left_overs(room)
    with temporary_folder(room) as aside:
        commit = fetch(address, wanted.source, wanted.commit, aside, report)
        if not commit:
            raise unknown_ref(address, refs)
        try:
            (aside / "tree").rename(room / commit)
        except OSError:
            if not (room / commit).is_dir():
                raise
        return commit, describe(address, wanted.source, commit, refs.tags, aside)


def remove_left_overs(room: Path) -> None:
    for folder in room.glob(".fastkit-*"):
        with suppress(FileNotFoundError):  # another run removed it
            if time.time() - folder.lstat().st_mtime > LEFT_OVER:
                shutil.rmtree(folder, ignore_errors=True)


def commits_in(room: Path) -> set[str]:
    return {path.name for path in room.iterdir() if COMMIT.fullmatch(path.name)} if room.is_dir() else set()


def read_refs(room: Path) -> Refs | None:
    """None where the repository was never asked, or something else wrote the file."""
    try:
        refs = Refs(**json.loads(first_bytes(room / REFS_FILE, MOST_PRINTED)))
        return refs if refs.is_sound else None
    except (OSError, ValueError, TypeError, AttributeError, RecursionError):
        return None


def write_refs(room: Path, refs: Refs) -> None:
    with temporary_folder(room) as aside:
        (aside / REFS_FILE).write_text(json.dumps(asdict(refs)), "utf-8")
        (aside / REFS_FILE).replace(room / REFS_FILE)
