"""Keeps the templates of git repositories as folders of a cache.

For each repository, the cache holds what its refs were when it was last asked, and for each commit that was
used a folder that never changes. A commit arrives in a temporary folder and is then moved in place, so that
neither a kill nor a second run leaves half of one.
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
"""Bytes of `.gitmodules` and `.gitattributes` that are read."""

LFS_POINTER = b"version https://git-lfs.github.com/spec/"

REFS_FILE = "refs.json"

LEFT_OVER = 3600.0
"""Seconds after which the temporary folder of a killed run is removed."""


@dataclass(frozen=True)
class Clone:
    """One commit of a repository.

    Attributes:
        folder: its files.
        ref: the tag that it was found by, else the commit.
        described: what `git describe` calls it.
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
    """The names that a repository had when it was asked, and the commits that they stand for.

    Attributes:
        asked: when, in seconds since 1970.
        head: the commit of its default branch; empty where it has none.
        described: what `git describe` called the commits that were fetched.
    """

    asked: float = 0.0
    head: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    branches: Mapping[str, str] = field(default_factory=dict)
    described: Mapping[str, str] = field(default_factory=dict)

    def name_of(self, commit: str) -> str:
        """What copier calls a commit."""
        tags = [tag for tag, tagged in self.tags.items() if tagged == commit]
        return self.described.get(commit) or next(iter(tags), commit[:SHORT])

    @property
    def is_sound(self) -> bool:
        """Whether the values are of the types that fastkit writes."""
        tables = (self.tags, self.branches, self.described)
        names = [self.head, *(name for table in tables for pair in table.items() for name in pair)]
        return 0 <= self.asked < sys.maxsize and all(isinstance(name, str) for name in names)

    def among(self, commits: set[str]) -> "Refs":
        """Only what stands for one of these commits."""
        tags, branches = (
            {name: commit for name, commit in names.items() if commit in commits}
            for names in (self.tags, self.branches)
        )
        return replace(self, head=self.head if self.head in commits else "", tags=tags, branches=branches)


@dataclass(frozen=True)
class Wanted:
    """A commit to fetch, or its beginning, and the ref that leads to it."""

    commit: str
    source: str
    tag: str = ""

    @property
    def ref(self) -> str:
        return self.tag or self.commit


def clone(address: GitAddress, progress: Progress) -> Clone:
    """The commit that the address means, from the cache alone where that cannot have changed.

    Raises:
        SourceError: it cannot be fetched and is not in the cache.
        UnknownName: the repository has no such ref.
    """
    folder = cache_folder() / sha256(address.repository.encode()).hexdigest()[:16]
    known = read_refs(folder)
    if cached := find_cached(address, folder, known):
        return cached
    with progress(f"Fetching {address.text}") as report:
        try:
            return fetch_newest(address, folder, known, report)
        except SourceError as error:
            if outdated := find_outdated(address, folder, known, error):
                return outdated
            raise


def cache_folder() -> Path:
    if chosen := os.environ.get("FASTKIT_CACHE"):
        return expanded(chosen) / "git"
    from platformdirs import user_cache_path

    return user_cache_path("fastkit") / "git"


def find_cached(address: GitAddress, folder: Path, known: Refs) -> Clone | None:
    """A tag or a commit that is in the cache: neither ever changes."""
    tagged = known.tags.get(address.ref)
    if tagged and (folder / tagged).is_dir():
        return Clone(folder / tagged, address.ref, known.name_of(tagged))
    if SHORT_COMMIT.fullmatch(address.ref) and address.ref not in known.branches:
        found = [commit for commit in commits_in(folder) if commit.startswith(address.ref)]
        if len(found) == 1:
            return Clone(folder / found[0], found[0], known.name_of(found[0]))
    return None


def fetch_newest(address: GitAddress, folder: Path, known: Refs, report: Report) -> Clone:
    """What the address means by the refs that the repository has now."""
    refs = replace(refs_of(address), described=known.described)
    wanted = choose(address, refs)
    commit = wanted.commit
    try:
        if not (folder / commit).is_dir():
            folder.mkdir(parents=True, exist_ok=True)
            commit, name = bring(address, wanted, refs, folder, report)
            refs = replace(refs, described={**refs.described, commit: name})
    except OSError as error:
        problem = f"cannot be kept in `{folder}`: {error.strerror or error}"
        raise SourceError(address.text, problem, "name another folder in FASTKIT_CACHE") from error
    with suppress(OSError):  # a cache that is full or read-only still has the commit
        write_refs(folder, refs)
    return Clone(folder / commit, wanted.tag or commit, refs.name_of(commit))


def find_outdated(address: GitAddress, folder: Path, known: Refs, error: SourceError) -> Clone | None:
    """The newest that the cache has, for a repository that does not answer."""
    try:
        wanted = choose(address, known.among(commits_in(folder)))
    except FastkitError:
        return None
    if not (folder / wanted.commit).is_dir():
        return None
    used = f"{wanted.tag or wanted.commit[:7]} as it was {ago(time.time() - known.asked)}"
    note = f"{error.message}; using {used}"
    return Clone(folder / wanted.commit, wanted.ref, known.name_of(wanted.commit), note)


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
            "clone it with its submodules and large files, and name that folder",
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
        file = folder / path
        if entry.is_file(follow_symlinks=False) and content_of(file, len(LFS_POINTER)) == LFS_POINTER:
            yield f"the git-lfs file `{file.relative_to(root).as_posix()}`"


def content_of(file: Path, most: int = MOST_READ) -> bytes:
    try:
        return first_bytes(file, most)
    except OSError:
        return b""


# Which commit.


def refs_of(address: GitAddress) -> Refs:
    """
    Raises:
        SourceError: git cannot read the repository.
    """
    found = list_refs(address)
    tags, branches = (
        {name.removeprefix(prefix): commit for name, commit in found.items() if name.startswith(prefix)}
        for prefix in ("refs/tags/", "refs/heads/")
    )
    return Refs(time.time(), found.get("HEAD", ""), tags, branches)


def choose(address: GitAddress, refs: Refs) -> Wanted:
    """
    Raises:
        UnknownName: the ref is no tag, branch or commit of the repository.
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
        SourceError: git cannot read the repository.
    """
    return releases(refs_of(address).tags)


def newest_release(tags: Mapping[str, str]) -> str:
    """The tag that copier would take."""
    return next(iter(releases(tags)), "")


def releases(tags: Mapping[str, str]) -> list[str]:
    """The tags that are versions by PEP 440 but not pre-releases, newest first."""
    if not tags:
        return []
    found = [(version, tag) for tag in tags if (version := read_version(tag)) and not version.is_prerelease]
    return [tag for _, tag in sorted(found, reverse=True)]


# The cache.


def bring(address: GitAddress, wanted: Wanted, refs: Refs, folder: Path, report: Report) -> tuple[str, str]:
    """Fetch a commit and move it in place; where another run was faster, its folder is as good.

    Returns:
        the whole commit, and what `git describe` calls it.

    Raises:
        UnknownName: the repository has no such commit.
        SourceError: it cannot be fetched.
    """
    remove_left_overs(folder)
    with temporary_folder(folder) as aside:
        commit = fetch(address, wanted.source, wanted.commit, aside, report)
        if not commit:
            raise unknown_ref(address, refs)
        try:
            (aside / "tree").rename(folder / commit)
        except OSError:
            if not (folder / commit).is_dir():
                raise
        return commit, describe(address, wanted.source, commit, refs.tags, aside)


def remove_left_overs(folder: Path) -> None:
    for left in folder.glob(".fastkit-*"):
        with suppress(FileNotFoundError):  # another run removed it
            if time.time() - left.lstat().st_mtime > LEFT_OVER:
                shutil.rmtree(left, ignore_errors=True)


def commits_in(folder: Path) -> set[str]:
    paths = folder.iterdir() if folder.is_dir() else ()
    return {path.name for path in paths if COMMIT.fullmatch(path.name)}


def read_refs(folder: Path) -> Refs:
    """Empty where the repository was never asked, or another program wrote the file."""
    try:
        refs = Refs(**json.loads(first_bytes(folder / REFS_FILE, MOST_PRINTED)))
        return refs if refs.is_sound else Refs()
    except (OSError, ValueError, TypeError, AttributeError, RecursionError):
        return Refs()


def write_refs(folder: Path, refs: Refs) -> None:
    with temporary_folder(folder) as aside:
        (aside / REFS_FILE).write_text(json.dumps(asdict(refs)), "utf-8")
        (aside / REFS_FILE).replace(folder / REFS_FILE)
