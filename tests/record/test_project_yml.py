"""The record of a project: readable, the same for the same project, and without secrets."""

import io
import lzma
import subprocess
import tarfile
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fastkit.catalog.questions import Answers
from fastkit.computing.limits import MOST_BYTES
from fastkit.computing.origin import Origin
from fastkit.errors import NotAProject, RecordError
from fastkit.plan import Plan
from fastkit.record.baseline import BASELINE, pack, unpack
from fastkit.record.project_yml import (
    RECORD,
    Record,
    find_project,
    from_text,
    read_record,
    record_of,
    to_text,
)
from fastkit.record.tree import File, read_tree, tracked
from tests.support.folders import read as read_files
from tests.support.folders import write, write_template
from tests.support.living import read_baseline
from tests.support.projects import make_files, recipe_for

QUESTIONS = """\
_subdirectory: project
_fastkit: {version: 1.2.0}
name: {type: str}
port: {type: int, default: 8000}
token: {type: str, secret: true, default: none}
"""

FILES = {
    "copier.yml": QUESTIONS,
    "project/README.md.jinja": "# {{ name }} on {{ port }}\n",
    "project/.gitignore": "*.log\n",
    "project/.env.jinja": "TOKEN={{ token }}\n",
    "project/src/main.py": "app = 1\n",
    "project/debug.log": "",
}


def plan_for(
    root: Path, files: Mapping[str, str | bytes] | None = None, *, word: str = "none", **about: Any
) -> Plan:
    template = replace(write_template(root / "templates/demo", {**FILES, **(files or {})}), **about)
    answers = Answers({"name": "Shop", "port": 80, "token": word}, {}, frozenset({"token"}))
    (root / "work").mkdir(exist_ok=True)
    project = root / "work/shop"
    return Plan(recipe_for(template, answers, project), project)


def made(plan: Plan) -> Path:
    make_files(plan)
    return plan.destination


# The record.


def test_a_project_is_named_by_its_folder_or_else_by_its_answer() -> None:
    record = Record("demo", "user", version="1", project="shop", answers={"project_name": "shop"})
    assert "\nproject: " not in to_text(record)
    for project in ("shop", "other"):
        assert from_text(to_text(replace(record, project=project))).project == project


def test_a_record_is_readable(tmp_path: Path) -> None:
    project = made(plan_for(tmp_path, source="bundled", address="demo"))
    assert (project / RECORD).read_text() == (
        "# How fastkit made this project, for `fastkit update`, which also changes it. Keep it under git.\n"
        "format: 1\n"
        "template: demo\n"
        "source: bundled\n"
        "version: 1.2.0\n"
        "project: shop\n"
        "features: []\n"
        "answers:\n"
        "  name: Shop\n"
        "  port: 80\n"
    )


def test_a_git_template_is_found_again_by_its_address_and_ref(tmp_path: Path) -> None:
    address = "https://git.example.com/demo.git"
    about: dict[str, Any] = {"source": "git", "address": address, "ref": "v1.2.0", "origin": Origin(address)}
    record = read_record(made(plan_for(tmp_path, **about)))
    assert (record.address, record.ref, record.label) == (about["address"], "v1.2.0", "demo v1.2.0")


def test_the_address_of_a_local_repository_is_not_recorded(tmp_path: Path) -> None:
    plan = plan_for(tmp_path, source="git", address=(tmp_path / "demo.git").as_uri(), ref="v1")
    record = from_text(to_text(record_of(plan.recipe)))
    assert (record.source, record.address, record.ref) == ("git", "", "v1")


def test_a_secret_is_in_neither_file(tmp_path: Path) -> None:
    files = {"project/config.py.jinja": "TOKEN = '{{ token }}'\n"}
    project = made(plan_for(tmp_path, files, word="s3cret"))
    assert (project / "config.py").read_text() == "TOKEN = 's3cret'\n"
    assert read_baseline(project)["config.py"].content == b"TOKEN = 'none'\n"
    assert "s3cret" not in (project / RECORD).read_text()


def test_no_path_of_the_machine_is_recorded(tmp_path: Path) -> None:
    project = made(plan_for(tmp_path))
    held = (project / RECORD).read_bytes() + b"".join(
        file.content for file in read_baseline(project).values()
    )
    assert str(tmp_path).encode() not in held


def test_the_same_project_has_the_same_bytes_anywhere(tmp_path: Path) -> None:
    one, two = made(plan_for(tmp_path / "one")), made(plan_for(tmp_path / "two"))
    assert [(one / name).read_bytes() for name in (RECORD, BASELINE)] == [
        (two / name).read_bytes() for name in (RECORD, BASELINE)
    ]


def test_a_record_survives_writing_and_reading() -> None:
    record = Record(
        "demo",
        "git",
        "gh:owner/demo",
        "v2",
        "2.0",
        "shop",
        ("docker",),
        {"notes": "0001_notes"},
        {"name": "é: #'\"\n", "tags": [1, None]},
    )
    assert from_text(to_text(record)) == record


FEATURES = "`.fastkit/project.yml` has a `features` that must be a list of names"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: !!bool maybe", "`.fastkit/project.yml` holds `maybe`, which is not a valid bool"),
        ("- a list", "`.fastkit/project.yml` is not what fastkit wrote"),
        ("<<<<<<< HEAD\n", "`.fastkit/project.yml` is not what fastkit wrote"),
        ("format: 1\n", "`.fastkit/project.yml` is not what fastkit wrote"),
        ("format: 3\nanswers: {}\n", "`.fastkit/project.yml` has the format 3"),
        ("format: 1\nanswers: []\n", "`.fastkit/project.yml` is not what fastkit wrote"),
        *(
            (f"format: 1\nanswers: {{}}\nfeatures: {features}\n", FEATURES)
            for features in ("5", "docker", "{docker: 1}", "[5]")
        ),
        *(
            (
                f"format: 1\nanswers: {{}}\n{name}: [a]\n",
                f"`.fastkit/project.yml` has a `{name}` that must be text",
            )
            for name in ("template", "source", "address", "ref", "version", "project")
        ),
        *(
            (
                f"format: 1\nanswers: {{}}\n{name}: {resources}\n",
                f"`.fastkit/project.yml` has a `{name}` that {problem}",
            )
            for name in ("resources", "kept")
            for resources, problem in (
                ("note", "must be a list of resources"),
                ("[note]", "must be a list of resources"),
                ("[{name: note}]", "is wrong: a resource is a mapping with `name` and a list of `fields`"),
            )
        ),
    ],
)
def test_an_invalid_record_is_one_error(text: str, message: str) -> None:
    with pytest.raises(RecordError) as error:
        from_text(text)
    assert error.value.message == message


def test_a_project_is_found_from_any_folder_in_it(tmp_path: Path) -> None:
    project = made(plan_for(tmp_path))
    assert find_project(project / "src") == project
    with pytest.raises(NotAProject):
        find_project(tmp_path)


# The baseline.


def test_a_baseline_holds_what_git_tracks(tmp_path: Path) -> None:
    project = made(plan_for(tmp_path))
    subprocess.run(["git", "init", "--quiet"], cwd=project, check=True)
    subprocess.run(["git", "add", "."], cwd=project, check=True)
    listed = subprocess.run(["git", "ls-files"], cwd=project, check=True, capture_output=True, text=True)
    kept = {path for path in listed.stdout.splitlines() if path not in (RECORD, BASELINE)}
    assert read_baseline(project).keys() == kept - {".env"} == {".gitignore", "README.md", "src/main.py"}


def test_an_environment_is_never_in_a_baseline(tmp_path: Path) -> None:
    write(tmp_path, {".env": "KEY=1\n", ".venv/bin/python": "", "a/.env": "", "main.py": ""})
    assert set(tracked(tmp_path)) == {"main.py"}


def test_a_baseline_keeps_links_modes_bytes_and_any_name(tmp_path: Path) -> None:
    write(
        tmp_path,
        {"ü/ß 🦄.txt": "é\r\n", "image.png": b"\x89PNG\x00\xff", "link": "-> ü", "run.sh": "#!/bin/sh\n"},
    )
    (tmp_path / "run.sh").chmod(0o700)
    tree = read_tree(tmp_path, tracked(tmp_path))
    assert tree == {
        "ü/ß 🦄.txt": File("é\r\n".encode()),
        "image.png": File(b"\x89PNG\x00\xff"),
        "link": File("ü".encode(), "120000"),
        "run.sh": File(b"#!/bin/sh\n", "100755"),
    }
    assert unpack(pack(tree)) == tree


def test_a_damaged_baseline_is_one_error(tmp_path: Path) -> None:
    project = made(plan_for(tmp_path))
    whole = (project / BASELINE).read_bytes()
    for data in (b"", whole[:-20], whole.replace(whole[40:50], b"\r\n" * 5)):
        with pytest.raises(RecordError, match=r"^`\.fastkit/baseline\.tar\.xz` is damaged: "):
            unpack(data)


def packed(*entries: tarfile.TarInfo, form: int = tarfile.PAX_FORMAT) -> bytes:
    room = io.BytesIO()
    with tarfile.open(fileobj=room, mode="w", format=form) as archive:
        for entry in entries:
            archive.addfile(entry, io.BytesIO(b"x" * entry.size))
    return lzma.compress(room.getvalue())


def an(name: str, **settings: Any) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    for setting, value in settings.items():
        setattr(entry, setting, value)
    return entry


def with_size(size: int, kind: bytes = tarfile.REGTYPE) -> bytes:
    """A header that claims a size, without the file."""
    header = an("big", size=size, type=kind).tobuf(tarfile.GNU_FORMAT)
    return lzma.compress(header + bytes(1024))


def header_record(record: bytes) -> bytes:
    header = an("x", size=len(record), type=tarfile.XHDTYPE).tobuf(tarfile.USTAR_FORMAT)
    padded = record.ljust(-(-len(record) // 512) * 512, b"\0")
    return lzma.compress(header + padded + an("a").tobuf(tarfile.USTAR_FORMAT) + bytes(1024))


HOSTILE: Mapping[str, tuple[bytes, str]] = {
    "much of nothing": (lzma.compress(bytes(MOST_BYTES + 1), preset=0), "holds more than 268,435,456 bytes"),
    "a sparse file of a terabyte": (with_size(2**40, tarfile.GNUTYPE_SPARSE), "is damaged: "),
    "a file of a terabyte": (with_size(2**40), "is damaged: "),
    "a negative size": (with_size(-512), "is damaged: "),
    "a sparse file": (packed(an("s", type=tarfile.GNUTYPE_SPARSE)), "holds `s`, which must be a file or a"),
    "a hard link": (packed(an("h", type=tarfile.LNKTYPE, linkname="a")), "holds `h`, which must be a file"),
    "a device": (packed(an("d", type=tarfile.CHRTYPE)), "holds `d`, which must be a file or a link"),
    "a folder": (packed(an("d", type=tarfile.DIRTYPE)), "holds `d`, which must be a file or a link"),
    "an absolute path": (packed(an("/etc/x")), "holds `/etc/x`, which no project can have"),
    "a path that leads out": (packed(an("a/../../x")), "holds `a/../../x`, which no project can have"),
    "a path of git": (packed(an("a/.Git/config")), "holds `a/.Git/config`, which no project can have"),
    "a path twice": (packed(an("a"), an("a")), "holds `a` twice"),
    "a file above a file": (packed(an("a/b"), an("a")), "holds `a` as a file and as a folder"),
    "a path with a zero": (header_record(b"12 path=a\0b\n"), r"holds `a\x00b`, which no project can have"),
    "a header without a length": (header_record(b"0 path=a\n"), "is damaged: "),
    "a header of many records": (header_record(b"5 a=\n" * 100_000), "is damaged: "),
    "a header that is too long": (header_record(b"65537 x=%s\n" % (b"a" * 65528)), "a header is too long"),
    "two archives": (packed(an("a")) * 2, "is damaged: "),
    "another format": (lzma.compress(b"", format=lzma.FORMAT_ALONE), "is damaged: "),
    "names of GNU": (packed(an("a" * 200), form=tarfile.GNU_FORMAT), "which must be a file or a link"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_an_invalid_baseline_is_refused_within_bounds(case: str) -> None:
    data, problem = HOSTILE[case]
    before = time.process_time()
    with pytest.raises(RecordError) as error:
        unpack(data)
    assert problem in error.value.message
    assert "fastkit update --adopt" in error.value.hint
    assert time.process_time() - before < 5


def test_a_record_that_is_not_a_file_is_not_read(tmp_path: Path) -> None:
    project = made(plan_for(tmp_path))
    (project / RECORD).unlink()
    (project / RECORD).symlink_to("/dev/zero")
    with pytest.raises(RecordError, match="cannot be read: is not a file"):
        read_record(project)


def test_a_huge_record_is_not_read(tmp_path: Path) -> None:
    project = made(plan_for(tmp_path))
    with (project / RECORD).open("ab") as file:
        file.truncate(2**36)
    with pytest.raises(RecordError, match="has more than 1,000,000 bytes"):
        read_record(project)


def test_a_record_that_the_template_renders_is_replaced(tmp_path: Path) -> None:
    files = {"project/.fastkit/project.yml": "mine\n", "project/.fastkit/other": ""}
    project = made(plan_for(tmp_path, files))
    assert read_record(project).template == "demo"
    assert ".fastkit/other" not in read_baseline(project)
    assert ".fastkit/other" in read_files(project)
