"""Projects as each release of fastkit made them take what this version brings."""

from pathlib import Path

import pytest

from fastkit import catalog
from fastkit.living.baseline import unpack
from fastkit.living.record import read_record
from tests.releases.make import WORDS
from tests.support.command_line import fastkit
from tests.support.living import change, commit, content, git

RELEASES = sorted((Path(__file__).parent / "releases").glob("*.tar.xz"))


@pytest.mark.parametrize("archive", RELEASES, ids=[path.name.removesuffix(".tar.xz") for path in RELEASES])
def test_a_project_of_a_release_updates_to_what_is_made_today(archive: Path, tmp_path: Path) -> None:
    project = tmp_path / "older/async-todo-api"
    for path, file in unpack(archive.read_bytes()).items():
        change(project, {path: file.content})
        (project / path).chmod(int(file.mode[-3:], 8))
    git(project, "init", "--quiet")
    mine = "\n\ndef mine() -> None:\n    pass\n"
    main = (project / "src/main.py").read_text() + mine
    change(project, {"src/main.py": main, "src/mine.py": mine, "README.md": None})
    commit(project)

    run = fastkit("update", "--yes", cwd=project)

    assert run.code == 0, run
    assert fastkit(*WORDS, cwd=tmp_path).code == 0
    today = content(tmp_path / "async-todo-api")
    del today["README.md"], today[".env"]
    today["src/main.py"] += mine.encode()
    today["src/mine.py"] = mine.encode()
    assert content(project) == today
    assert read_record(project).version == catalog.find("fastapi-async-crud").version


def test_there_is_a_release_to_update_from() -> None:
    assert RELEASES
