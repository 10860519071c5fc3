"""Keeps what this version of fastkit makes, so that later ones are held to update it.

    python -m tests.releases.make [NAME]

Run it once for each release; the name is fastkit's version where none is given.
"""

import sys
import tempfile
from pathlib import Path

from fastkit import __version__
from fastkit.living.baseline import pack
from fastkit.living.tree import read_tree
from tests.support.command_line import fastkit

FOLDER = Path(__file__).parent

WORDS = (
    *("startdemo", "fastapi-async-crud", "--project-name", "async-todo-api", "--package-manager", "uv"),
    *("--author", "Developer Kim", "--author-email", "developer@example.com"),
    *("--description", "Asynchronous todo management API", "--with", "docker", "--with", "makefile"),
    *("--yes", "--no-install", "--no-git"),
)


def main() -> None:
    name = sys.argv[1] if len(sys.argv) > 1 else __version__
    with tempfile.TemporaryDirectory() as room:
        run = fastkit(*WORDS, cwd=Path(room))
        if run.code:
            sys.exit(run.err)
        archive = FOLDER / f"{name}.tar.xz"
        archive.write_bytes(pack(read_tree(Path(room) / "async-todo-api")))
    print(f"{archive.name}: {archive.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
