"""A project of a release as its owner left it, in one archive.

    rendered/   the record and the baseline, which holds the files as that release made and committed them
    owner/      the files that the owner then changed or added, and committed
    removed/    an empty file for each that the owner deleted
    ignored/    what git ignores: the database, uploaded files, settings of the machine

It is read with the standard library alone, so that a fault of fastkit cannot hide another one.
"""

import io
import lzma
import subprocess
import tarfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

Files = Mapping[str, bytes]

BASELINE = ".fastkit/baseline.tar.xz"


@dataclass(frozen=True)
class Left:
    """A project as its owner left it: files by path, in the four layers of the archive."""

    rendered: Files
    owner: Files
    removed: Files
    ignored: Files

    def start(self, project: Path) -> Path:
        """Make the repository as the release did, with its first commit."""
        write(project, {**read_tar(self.rendered[BASELINE]), **self.rendered})
        git(project, "init", "--quiet")
        commit(project, "Start the project")
        return project

    def go_on(self, project: Path) -> Path:
        """Make the owner's commit and the files that git ignores."""
        write(project, self.owner)
        for path in self.removed:
            (project / path).unlink()
        commit(project, "Change what the shop needs")
        write(project, self.ignored)
        return project

    def written(self) -> dict[str, Counter[bytes]]:
        """The lines that the owner wrote, by file."""
        made = read_tar(self.rendered[BASELINE])
        return {
            path: Counter(data.splitlines()) - Counter(made.get(path, b"").splitlines())
            for path, data in self.owner.items()
        }


def write(project: Path, files: Files) -> None:
    for path, data in files.items():
        (project / path).parent.mkdir(parents=True, exist_ok=True)
        (project / path).write_bytes(data)


def read_archive(archive: Path) -> Left:
    layers: dict[str, dict[str, bytes]] = {"rendered": {}, "owner": {}, "removed": {}, "ignored": {}}
    for name, data in read_tar(archive.read_bytes()).items():
        layer, _, path = name.partition("/")
        layers[layer][path] = data
    return Left(**layers)


def read_tar(data: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:xz") as tar:
        return dict(contents(tar))


def contents(tar: tarfile.TarFile) -> Iterator[tuple[str, bytes]]:
    for entry in tar:
        file = tar.extractfile(entry)
        assert file, f"`{entry.name}` is not a file"
        yield entry.name, file.read()


def write_archive(archive: Path, left: Left) -> None:
    """The same bytes for the same files: sorted, without times or owners."""
    room = io.BytesIO()
    with tarfile.open(fileobj=room, mode="w") as tar:
        for layer, files in sorted(vars(left).items()):
            for path, data in sorted(files.items()):
                entry = tarfile.TarInfo(f"{layer}/{path}")
                entry.size = len(data)
                tar.addfile(entry, io.BytesIO(data))
    archive.parent.mkdir(exist_ok=True)
    archive.write_bytes(lzma.compress(room.getvalue(), preset=9))


def commit(project: Path, message: str) -> None:
    git(project, "add", "--all")
    git(project, "commit", "--quiet", f"--message={message}")


def git(project: Path, *words: str) -> str:
    done = subprocess.run(
        ["git", *words], cwd=project, capture_output=True, text=True, check=True, timeout=300
    )
    return done.stdout
