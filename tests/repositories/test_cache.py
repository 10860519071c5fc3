"""Templates of git repositories, in the cache."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fastkit.catalog.find import find_template
from fastkit.catalog.layers import project_paths
from fastkit.catalog.template import Template
from fastkit.computing import limits
from fastkit.errors import SourceError, UnknownName
from fastkit.repositories import cache as clones
from fastkit.repositories import remote
from fastkit.repositories.address import GitAddress, read_address
from fastkit.repositories.cache import cache_folder, newest_release
from tests.support.folders import read, write
from tests.support.repositories import PLAIN, Repository, git, make_repository

ADDRESS = GitAddress("https://h.example/r", "https://h.example/r")


@pytest.fixture(scope="module")
def three_versions(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    made = make_repository(tmp_path_factory.mktemp("made") / "demo.git", PLAIN, "v1.2")
    made.commit({"project/version.txt": "two\n", "web/copier.yml": "{}", "web/page.txt": "web\n"}, "v1.10")
    made.commit({"project/version.txt": "three\n"}, "v2.0rc1", "nightly")
    return made


@pytest.fixture
def repository(three_versions: Repository, tmp_path: Path) -> Repository:
    """A template in three versions: v1.2, v1.10 and one more commit, and one in a folder."""
    return three_versions.copied_to(tmp_path / "demo.git")


def version(template: Template) -> str:
    return (template.folder / "project" / "version.txt").read_text().strip()


def away(repository: Repository) -> None:
    """Simulate a missing network."""
    repository.bare.rename(repository.bare.with_name("gone.git"))


def trees() -> list[Path]:
    return [path for path in cache_folder().glob("*/*") if path.is_dir()]


# Which commit.


def test_without_a_ref_it_is_the_newest_release(repository: Repository) -> None:
    template = find_template(repository.url)
    assert (version(template), template.ref, template.source) == ("two", "v1.10", "git")
    assert (template.name, template.address) == ("demo", repository.url)
    assert template.pinned == f"{repository.url}@v1.10"


def test_the_next_run_finds_a_newer_release(repository: Repository) -> None:
    find_template(repository.url)
    repository.commit({"project/version.txt": "four\n"}, "v1.11")
    assert (version(find_template(repository.url)), find_template(repository.url).ref) == ("four", "v1.11")


def test_without_a_release_it_is_the_default_branch(tmp_path: Path) -> None:
    repository = make_repository(tmp_path / "demo.git")
    commit = repository.commit({"project/version.txt": "new\n"}, "nightly")
    repository.commit({"project/version.txt": "other\n"}, branch="other")
    assert (version(find_template(repository.url)), find_template(repository.url).ref) == ("new", commit)


@pytest.mark.parametrize("ref", ["v1.2", "v1.10", "v2.0rc1", "nightly"])
def test_a_tag_is_its_own_ref(ref: str, repository: Repository) -> None:
    assert find_template(f"{repository.url}@{ref}").ref == ref


def test_a_branch_is_pinned_to_its_commit_and_followed(repository: Repository) -> None:
    first = repository.commit({"project/version.txt": "wip\n"}, branch="feature/x")
    assert find_template(f"{repository.url}@feature/x").ref == first
    second = repository.commit({"project/version.txt": "more\n"}, branch="feature/x")
    assert find_template(f"{repository.url}@feature/x").ref == second
    assert version(find_template(f"{repository.url}@{first}")) == "wip"


def test_a_commit_is_found_by_all_of_it_and_by_its_beginning(repository: Repository) -> None:
    commit = git("rev-parse", "v1.2^{commit}", cwd=repository.work)
    for words in (commit[:7], commit, commit[:12]):
        shutil.rmtree(cache_folder(), ignore_errors=True)
        template = find_template(f"{repository.url}@{words}")
        assert (version(template), template.ref) == ("one", commit)


@pytest.mark.skipif(os.name == "nt", reason="needs a shell")
def test_an_old_commit_is_found_on_a_server_that_sends_only_tips(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It does not matter how git refuses the first way to fetch it: this one prints nothing."""
    mute = write(tmp_path / "bin", {"git": f'#!/bin/sh\nexec {shutil.which("git")} "$@" 2>&-\n'}) / "git"
    mute.chmod(0o755)
    old = git("rev-parse", "v1.2^{commit}", cwd=repository.work)
    for tag in ("v1.2", "v1.10"):
        git("tag", "--delete", tag, cwd=repository.bare)
    git("config", "protocol.version", "0", cwd=repository.bare)
    monkeypatch.setenv("PATH", f"{mute.parent}{os.pathsep}{os.environ['PATH']}")
    assert version(find_template(f"{repository.url}@{old}")) == "one"


def test_a_repository_with_sha256_is_read(tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    git("init", "--quiet", "--object-format=sha256", cwd=tmp_path / "work")
    write(tmp_path / "work", PLAIN)
    git("add", "--all", cwd=tmp_path / "work")
    git("commit", "--quiet", "--message=one", cwd=tmp_path / "work")
    template = find_template(f"git+{tmp_path}/work")
    assert (version(template), len(template.ref)) == ("one", 64)


@pytest.mark.parametrize(
    ("tags", "newest"),
    [
        (("v1.9", "v1.10"), "v1.10"),
        (("1.0", "v2.0", "v3.0b1", "v3.0.dev1"), "v2.0"),
        (("1.0", "1.0.post1"), "1.0.post1"),
        (("release-7", "nightly"), ""),
        (("v1.0rc1",), ""),
        ((), ""),
    ],
)
def test_releases_are_ordered_as_versions(tags: tuple[str, ...], newest: str) -> None:
    assert newest_release(dict.fromkeys(tags, "")) == newest


def test_an_unknown_ref_is_reported_with_the_existing_ones(repository: Repository) -> None:
    with pytest.raises(UnknownName) as error:
        find_template(f"{repository.url}@v9")
    assert error.value.message == f"there is no tag, branch or commit in `{repository.url}` called `v9`"
    assert error.value.hint == "it has `nightly`, `v1.10`, `v1.2`, `v2.0rc1`, `main`"
    with pytest.raises(UnknownName) as error:
        find_template(f"{repository.url}@v1.11")
    assert error.value.hint == "did you mean `v1.10`?"
    with pytest.raises(UnknownName):
        find_template(f"{repository.url}@{'0' * 40}")


def test_an_empty_repository_is_reported(tmp_path: Path) -> None:
    git("init", "--quiet", "--bare", str(tmp_path / "demo.git"), cwd=tmp_path)
    with pytest.raises(SourceError, match="is an empty repository"):
        find_template(str(tmp_path / "demo.git"))


# Which folder.


def test_a_folder_of_a_repository_is_a_template(repository: Repository) -> None:
    template = find_template(f"{repository.url}//web@v1.10")
    assert (template.name, template.address) == ("web", f"{repository.url}//web")
    assert (template.folder / "page.txt").read_text() == "web\n"


def test_a_layer_beside_the_folder_is_found(tmp_path: Path) -> None:
    files = {"_base/x.txt": "", "web/copier.yml": "_fastkit: {layers: [_base]}"}
    template = find_template(f"{make_repository(tmp_path / 'r.git', files).url}//web")
    assert [layer.name for layer in template.layers] == ["_base"]


@pytest.mark.parametrize("ref", ["", "@v1.10"])
def test_an_unknown_folder_is_reported_with_the_existing_ones(ref: str, repository: Repository) -> None:
    with pytest.raises(SourceError) as error:
        find_template(f"{repository.url}//wob{ref}")
    assert error.value.message == f"`{repository.url}//wob@v1.10` does not have such a folder"
    assert error.value.hint == "it has templates in `//web`"


def test_no_more_than_ten_folders_with_templates_are_named(tmp_path: Path) -> None:
    folders = [f"t{number:02}" for number in range(11)]
    made = make_repository(tmp_path / "r.git", {f"{folder}/copier.yml": "{}" for folder in folders})
    with pytest.raises(SourceError) as error:
        find_template(f"{made.url}//wob")
    assert error.value.hint == f"it has templates in {', '.join(f'`//{name}`' for name in folders[:10])}"


def test_a_repository_without_a_template_is_reported(tmp_path: Path) -> None:
    repository = make_repository(tmp_path / "demo.git", {"README.md": ""}, "v1")
    with pytest.raises(SourceError) as error:
        find_template(repository.url)
    assert error.value.message == f"`{repository.url}@v1` does not have a copier.yml there"


def test_a_link_out_of_the_repository_is_not_a_folder_of_it(tmp_path: Path) -> None:
    write(tmp_path, {"secret/copier.yml": ""})
    repository = make_repository(
        tmp_path / "demo.git", {"copier.yml": "", "out": f"-> {tmp_path / 'secret'}"}
    )
    with pytest.raises(SourceError, match="does not have"):
        find_template(f"{repository.url}//out")


# Without the network.


def test_offline_the_cached_copy_is_used_and_its_age_shown(repository: Repository) -> None:
    first = find_template(repository.url)
    room = first.folder.parent
    known = json.loads((room / clones.REFS_FILE).read_text())
    (room / clones.REFS_FILE).write_text(json.dumps(known | {"asked": known["asked"] - 3 * 86400}))
    away(repository)
    offline = find_template(repository.url)
    assert (offline, version(offline)) == (first, "two")
    assert offline.caveat.startswith(f"`{repository.url}` cannot be read: ")
    assert offline.caveat.endswith("; using v1.10 as it was 3 days ago")


def test_a_cached_tag_needs_no_network(repository: Repository) -> None:
    find_template(f"{repository.url}@v1.2")
    away(repository)
    template = find_template(f"{repository.url}@v1.2")
    assert (version(template), template.caveat) == ("one", "")


def test_a_cached_commit_needs_no_network(repository: Repository) -> None:
    ref = find_template(f"{repository.url}@main").ref
    away(repository)
    assert find_template(f"{repository.url}@{ref}").caveat == ""
    assert find_template(f"{repository.url}@{ref[:8]}").ref == ref


def test_offline_the_newest_cached_release_is_used(repository: Repository) -> None:
    find_template(f"{repository.url}@v1.2")
    away(repository)
    template = find_template(repository.url)
    assert (template.ref, version(template)) == ("v1.2", "one")
    assert "using v1.2" in template.caveat


def test_offline_a_ref_that_was_never_fetched_is_an_error(repository: Repository) -> None:
    find_template(f"{repository.url}@v1.2")
    away(repository)
    with pytest.raises(SourceError, match="cannot be read: "):
        find_template(f"{repository.url}@v1.10")
    with pytest.raises(SourceError):
        find_template(f"{repository.url}//web@main")


def test_without_git_the_cached_copy_is_used(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    find_template(repository.url)
    monkeypatch.setenv("PATH", "")
    assert find_template(f"{repository.url}@v1.10").caveat == ""
    assert find_template(repository.url).caveat.startswith(
        f"`{repository.url}` needs git, which is not installed; using"
    )


def test_without_git_and_without_a_cache_the_error_asks_for_git(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(SourceError) as error:
        find_template(repository.url)
    assert (error.value.message, error.value.hint) == (
        f"`{repository.url}` needs git, which is not installed",
        "install git",
    )


ODD_REFS = [
    *("", "{", "[]", '{"asked": 1}', "[" * 100_000),
    *(
        f'{{"asked": {asked}, "head": "", "tags": {{}}, "branches": {{}}}}'
        for asked in ("NaN", '""', "1e999")
    ),
    *(f'{{"asked": 1, "head": "", "branches": {{}}, "tags": {tags}}}' for tags in ("[]", "null", '{"v": 1}')),
]


@pytest.mark.parametrize("text", ODD_REFS, ids=lambda text: text[:60])
def test_a_damaged_cache_is_fetched_again(text: str, repository: Repository) -> None:
    room = find_template(repository.url).folder.parent
    (room / clones.REFS_FILE).write_text(text)
    assert find_template(repository.url).ref == "v1.10"
    assert json.loads((room / clones.REFS_FILE).read_text())["tags"]["v1.2"]


def test_a_cache_that_cannot_be_written_is_reported(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("FASTKIT_CACHE", str(tmp_path / "file"))
    with pytest.raises(SourceError) as error:
        find_template(repository.url)
    assert "cannot be kept in" in error.value.message
    assert error.value.message.endswith(": Not a directory")
    assert error.value.hint == "name another folder in FASTKIT_CACHE"


def test_a_read_only_cache_is_still_used(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(room: Path, refs: clones.Refs) -> None:
        raise OSError(28, "No space left on device")

    find_template(repository.url)
    monkeypatch.setattr(clones, "write_refs", full)
    assert find_template(repository.url).ref == "v1.10"


def test_two_repositories_of_one_name_are_kept_apart(tmp_path: Path) -> None:
    for owner in ("ada", "eve"):
        files = {"copier.yml": "", "project/version.txt": owner}
        make_repository(tmp_path / owner / "demo.git", files, "v1")
    assert [version(find_template(str(tmp_path / owner / "demo.git"))) for owner in ("ada", "eve")] == [
        "ada",
        "eve",
    ]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(5, "less than a minute ago"), (60, "1 minute ago"), (7300, "2 hours ago"), (86400 * 40, "40 days ago")],
)
def test_an_age_is_shown_in_words(seconds: float, words: str) -> None:
    assert clones.ago(seconds) == words


# No half-made folder, and no code of others.


def test_the_cache_holds_nothing_but_commits_and_refs(repository: Repository) -> None:
    folder = find_template(repository.url).folder
    assert {path.name for path in folder.parent.iterdir()} == {folder.name, clones.REFS_FILE}
    assert read(folder).keys() == {"copier.yml", "project/version.txt", "web/copier.yml", "web/page.txt"}


def test_runs_at_once_share_one_folder(repository: Repository) -> None:
    find_it = [
        sys.executable,
        "-c",
        "import sys; from fastkit.catalog import find; print(find.find_template(sys.argv[1]).folder)",
    ]
    runs = [
        subprocess.Popen(
            [*find_it, repository.url], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    ends = [run.communicate(timeout=60) for run in runs]
    assert [run.returncode for run in runs] == [0] * 4, ends
    assert len({out for out, _ in ends}) == 1
    assert len(trees()) == 1


def test_the_folder_of_a_faster_run_is_used(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    real = remote.fetch

    def overtaken(*words: object) -> str:
        commit: str = real(*words)  # type: ignore[arg-type]
        (cache_folder() / Path(str(words[3])).parent.name / commit).mkdir()
        write(cache_folder() / Path(str(words[3])).parent.name / commit, {"copier.yml": "", "theirs": ""})
        return commit

    monkeypatch.setattr(clones, "fetch", overtaken)
    folder = find_template(repository.url).folder
    assert (folder / "theirs").exists()
    assert len(list(folder.parent.iterdir())) == 2


def test_left_overs_of_a_killed_run_are_removed_after_an_hour(repository: Repository) -> None:
    room = find_template(f"{repository.url}@v1.2").folder.parent
    for name, age in {".fastkit-old": 2 * clones.LEFT_OVER, ".fastkit-new": 0}.items():
        (room / name / "deep").mkdir(parents=True)
        os.utime(room / name, (time.time() - age,) * 2)
    find_template(repository.url)
    assert not (room / ".fastkit-old").exists()
    assert (room / ".fastkit-new").exists()


def test_no_hook_or_filter_runs(repository: Repository, home: Path, tmp_path: Path) -> None:
    hooks = write(tmp_path / "hooks", {"hooks/post-checkout": f"#!/bin/sh\ntouch {tmp_path}/hook\n"})
    (hooks / "hooks/post-checkout").chmod(0o755)
    with (home / ".gitconfig").open("a") as settings:
        settings.write(f"[init]\n    templateDir = {hooks}\n[core]\n    hooksPath = {hooks}/hooks\n")
        settings.write(f'[filter "mine"]\n    smudge = touch {tmp_path}/filter; cat\n')
    repository.commit({".gitattributes": "*.txt filter=mine\n"}, "v3")
    assert find_template(repository.url).ref == "v3"
    assert not (tmp_path / "hook").exists()
    assert not (tmp_path / "filter").exists()


def test_git_settings_do_not_change_the_files(repository: Repository, home: Path) -> None:
    with (home / ".gitconfig").open("a") as settings:
        settings.write("[core]\n    autocrlf = true\n    eol = crlf\n")
    folder = find_template(repository.url).folder
    assert (folder / "project/version.txt").read_bytes() == b"two\n"


def test_a_git_hook_that_calls_fastkit_does_not_lead_it_astray(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE"):
        monkeypatch.setenv(name, str(repository.work / "nowhere"))
    assert version(find_template(repository.url)) == "two"


def test_a_template_with_a_submodule_is_refused_and_one_beside_it_is_not(tmp_path: Path) -> None:
    files = {
        ".gitmodules": '[submodule "x"]\n\tpath = web/vendor\n\turl = ../x\n',
        "web/copier.yml": "",
        "api/copier.yml": "",
    }
    repository = make_repository(tmp_path / "demo.git", files, "v1")
    with pytest.raises(SourceError) as error:
        find_template(f"{repository.url}//web")
    assert error.value.message == (
        f"`{repository.url}//web@v1` needs the submodule `web/vendor`, which fastkit does not fetch"
    )
    assert find_template(f"{repository.url}//api").name == "api"


def test_a_template_with_a_file_of_git_lfs_is_refused(tmp_path: Path) -> None:
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 7\n"
    files = {
        **PLAIN,
        ".gitattributes": "*.png filter=lfs diff=lfs merge=lfs -text\n",
        "project/a.png": pointer,
    }
    repository = make_repository(tmp_path / "demo.git", files)
    with pytest.raises(SourceError, match=r"needs the git-lfs file `project/a\.png`, which fastkit does not"):
        find_template(repository.url)


# Bounds.


def make_bomb(bare: Path, levels: int) -> None:
    """A repository whose only commit has ten files in each of ten folders, and so on: a few kilobytes."""
    git("init", "--quiet", "--bare", "--initial-branch=main", str(bare), cwd=bare.parent)
    (bare / "x").write_text("x")
    blob = git("hash-object", "-w", "x", cwd=bare)
    lines = [f"100644 blob {blob}\tf{number}" for number in range(10)]
    for _ in range(levels):
        tree = git("mktree", cwd=bare, given="\n".join(lines))
        lines = [f"040000 tree {tree}\td{number}" for number in range(10)]
    git("update-ref", "refs/heads/main", git("commit-tree", "-m", "x", tree, cwd=bare), cwd=bare)


@pytest.mark.parametrize(
    ("levels", "problem"), [(5, "more than 50,000 files"), (9, "too many refs or files")]
)
def test_files_are_counted_before_they_are_written(levels: int, problem: str, tmp_path: Path) -> None:
    make_bomb(tmp_path / "demo.git", levels)
    with pytest.raises(SourceError, match=problem):
        find_template(f"{tmp_path}/demo.git")
    assert trees() == []


def test_a_repository_of_large_files_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST_BYTES_FETCHED", 1_000_000)
    repository = make_repository(tmp_path / "demo.git", {**PLAIN, "large": b"0" * 1_000_001})
    with pytest.raises(SourceError, match="has more than 1,000,000 bytes, too much to fetch"):
        find_template(repository.url)
    assert trees() == []


def test_what_arrives_is_watched_while_it_arrives(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "MOST_BYTES_FETCHED", 1_000_000)
    program = tmp_path / "bin/git"
    write(tmp_path, {"bin/git": '#!/bin/sh\nhead -c 2000000 /dev/zero > "$PWD/pack"; sleep 600\n'})
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    address = read_address(repository.url)
    assert address
    with pytest.raises(SourceError, match="has more than 1,000,000 bytes"):
        remote.run_bounded(address, ["fetch"], 60, folder=tmp_path, watch=tmp_path)


def test_too_many_refs_are_refused(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "MOST_PRINTED", 100)
    with pytest.raises(SourceError, match="has too many refs"):
        find_template(repository.url)


@pytest.mark.parametrize(
    "files",
    [
        {".gitmodules": "\n" * 400_000},
        {".gitmodules": "# " + "path = " * 50_000},
        {".gitattributes": "-> /dev/zero"},
        {f"l{number}": "-> ." for number in range(400)},
        {"a/" * 300 + "b": ""},
    ],
    ids=["empty lines", "one long line", "a device", "links", "depth"],
)
def test_a_repository_is_searched_within_bounds(files: dict[str, str], tmp_path: Path) -> None:
    repository = make_repository(tmp_path / "demo.git", {**PLAIN, **files})
    before = time.process_time()
    assert project_paths(find_template(repository.url)) == ("version.txt",)
    with pytest.raises(SourceError, match="does not have such a folder"):
        find_template(f"{repository.url}//nowhere")
    assert time.process_time() - before < 3


# Messages of git.


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("warning: x\nfatal: bad thing\nhint: y", "bad thing"),
        ("odd words\nmore", "odd words"),
        ("fatal: bad 'https://ada:pw@h/' thing", "bad 'https://h/' thing"),
    ],
)
def test_messages_of_git_are_shown_without_a_password(said: str, shown: str) -> None:
    error = remote.source_error(ADDRESS, said)
    assert error.message == f"`https://h.example/r` cannot be read: {shown}"
    assert error.hint == "check the address and the network"


@pytest.mark.parametrize("said", ["ada:s3%20cret is wrong", "`s3%20cret` is wrong", "`s3 cret` is wrong"])
def test_no_message_of_git_names_the_password_of_an_address(said: str) -> None:
    address = replace(ADDRESS, login="ada:s3%20cret")
    error = remote.source_error(address, f"fatal: {said}")
    assert "cret" not in error.message
    assert error.message.endswith("is wrong")


def test_a_repository_that_has_lost_a_file_is_one_error(tmp_path: Path) -> None:
    repository = make_repository(tmp_path / "demo.git")
    blob = git("rev-parse", "main:copier.yml", cwd=repository.bare)
    (repository.bare / "objects" / blob[:2] / blob[2:]).unlink()
    with pytest.raises(SourceError, match="cannot be read: "):
        find_template(repository.url)


@pytest.mark.parametrize(
    ("said", "hint"),
    [
        ("fatal: could not read Username for 'https://h': terminal prompts disabled", "let git log in"),
        ("git@h: Permission denied (publickey).\nfatal: Could not read from remote", "let git log in"),
        ("fatal: unable to access 'https://h/': The requested URL returned error: 403", "let git log in"),
        (
            "Host key verification failed.\nfatal: Could not read from remote repository.",
            "connect to it once",
        ),
        ("fatal: detected dubious ownership in repository at '/x'", "run `git config --global"),
    ],
)
def test_the_hint_fits_the_message_of_git(said: str, hint: str) -> None:
    assert remote.source_error(ADDRESS, said).hint.startswith(hint)


def test_git_that_fails_without_a_message_is_shown_with_its_status(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git = write(tmp_path, {"git": "#!/bin/sh\nexit 3\n"}) / "git"
    git.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SourceError) as error:
        find_template("https://h.example/r")
    assert error.value.message == "`https://h.example/r` cannot be read: exit status 3"


def test_a_password_in_an_address_is_written_nowhere(
    repository: Repository, home: Path, tmp_path: Path
) -> None:
    with (home / ".gitconfig").open("a") as settings:
        settings.write(f'[url "{repository.bare}"]\n    insteadOf = https://h.example/r\n')
    template = find_template("https://ada:secret@h.example/r@v1.2")
    assert (template.address, version(template)) == ("https://h.example/r", "one")
    kept = b"".join(path.read_bytes() for path in cache_folder().rglob("*") if path.is_file())
    assert b"secret" not in kept


@pytest.fixture
def hanging(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository behind an ssh that never answers; the file exists once it was started."""
    started = tmp_path / "started"
    ssh = tmp_path / "ssh.sh"
    ssh.write_text(f"#!/bin/sh\necho $$ > {started}\nsleep 600\n")
    ssh.chmod(0o755)
    monkeypatch.setenv("GIT_SSH_COMMAND", str(ssh))
    return started


def test_a_server_that_never_answers_times_out(
    hanging: Path, until: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote, "TO_ANSWER", 3)
    with pytest.raises(SourceError) as error:
        find_template("git@h.example:o/r")
    assert error.value.message == "`git@h.example:o/r` took longer than 3 seconds"
    until(lambda: has_ended(int(hanging.read_text())))


def test_an_interrupt_ends_git_and_all_that_it_started(hanging: Path, until: Callable[..., None]) -> None:
    def interrupt() -> None:
        until(lambda: hanging.is_file() and hanging.read_text().endswith("\n"))
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        find_template("git@h.example:o/r")
    thread.join()
    until(lambda: has_ended(int(hanging.read_text())))


@pytest.mark.skipif(os.name == "nt", reason="needs signals")
def test_an_interrupt_at_the_start_of_git_ends_it(
    hanging: Path, until: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    started = []

    class Interrupted(subprocess.Popen[bytes]):
        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **options)
            started.append(self.pid)
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(subprocess, "Popen", Interrupted)
    with pytest.raises(KeyboardInterrupt):
        find_template("git@h.example:o/r")
    assert len(started) == 1
    until(lambda: has_ended(started[0]))


@pytest.fixture
def until() -> Callable[..., None]:
    """Waits until something is true, for 20 seconds at most."""

    def wait(condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 20
        while not condition():
            assert time.monotonic() < deadline
            time.sleep(0.01)

    return wait


def has_ended(number: int) -> bool:
    """Whether a process has ended, even if its parent has not waited for it yet."""
    status = Path(f"/proc/{number}/stat")
    try:
        return status.read_text().split()[2] == "Z"
    except OSError:
        return True


@pytest.fixture
def ssh_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file in which an ssh that refuses everything notes its arguments."""
    ssh = write(tmp_path, {"ssh": f'#!/bin/sh\necho "$@" > {tmp_path}/words\nexit 255\n'}) / "ssh"
    ssh.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    return tmp_path / "words"


@pytest.mark.parametrize("address", ["ssh://git@h.example/o/r", "git@h.example:o/r"])
def test_ssh_never_prompts(address: str, ssh_words: Path) -> None:
    with pytest.raises(SourceError):
        find_template(address)
    assert "-oBatchMode=yes" in ssh_words.read_text()


@pytest.mark.parametrize("setting", ["GIT_SSH", "GIT_SSH_COMMAND", "core.sshCommand"])
def test_the_users_own_ssh_is_called_as_it_is(
    setting: str, ssh_words: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = str(ssh_words.with_name("ssh"))
    if setting.startswith("GIT"):
        monkeypatch.setenv(setting, own)
    else:
        (home / ".gitconfig").write_text(f"[core]\n    sshCommand = {own}\n")
    with pytest.raises(SourceError):
        find_template("git@h.example:o/r")
    assert "-oBatchMode" not in ssh_words.read_text()


def test_a_commit_is_named_as_git_describes_it_or_else_by_its_tag_or_its_beginning() -> None:
    refs = clones.Refs(tags={"v1": "a" * 40, "v2": "b" * 40}, described={"b" * 40: "v1-3-gbbbbbbb"})
    assert refs.name_of("b" * 40) == "v1-3-gbbbbbbb"
    assert refs.name_of("a" * 40) == "v1"
    assert refs.name_of("c" * 40) == "ccccccc"


def test_a_file_where_a_commit_has_to_lie_is_no_commit(repository: Repository, tmp_path: Path) -> None:
    address, commit = read_address(repository.url), git("rev-parse", "HEAD", cwd=repository.work)
    assert address
    folder = write(tmp_path / "folder", {commit: ""})
    with pytest.raises(NotADirectoryError):
        clones.bring(address, clones.Wanted(commit, commit), clones.Refs(), folder, lambda line: None)
