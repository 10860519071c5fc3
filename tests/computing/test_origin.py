"""Projects say where their template comes from as copier would, and nothing of the machine that made them."""

import os
from pathlib import Path

import pytest
from plumbum import local

from fastkit.catalog.find import find_template
from fastkit.computing.origin import Origin
from fastkit.plan import Plan, make_recipe
from fastkit.rendering.with_copier import import_copier
from tests.support.command_line import fastkit
from tests.support.folders import read, write
from tests.support.projects import make_files
from tests.support.repositories import Repository, git, make_repository

ANSWERS_FILE = {"{{ _copier_conf.answers_file }}.jinja": "{{ _copier_answers | to_nice_yaml -}}\n"}

TELLING = {
    "copier.yml": "project_name: shop\nb: 1\na: 2\n"
    "said: '{{ _copier_answers._commit }} from {{ _src_path }}'\n",
    "told.txt.jinja": "{{ _copier_answers | to_json }} {{ _commit }} {{ _src_path }} {{ said }}\n"
    "{{ _copier_conf.vcs_ref_hash }}\n",
    **ANSWERS_FILE,
}
"""A template whose projects tell all that copier tells them of it."""


@pytest.fixture
def repository(home: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """A template at `gh:ada/demo`, as far as git on this machine knows."""
    monkeypatch.setenv("COPIER_CACHE_DIR", str(home / "copiers-cache"))
    made = make_repository(home / "hub" / "ada" / "demo.git", TELLING)
    git("config", "uploadpack.allowFilter", "true", cwd=made.bare)
    with (home / ".gitconfig").open("a") as file:
        file.write(f'[url "{(home / "hub").as_uri()}/"]\n    insteadOf = https://github.com/\n')
    return made


def ours(address: str, parent: Path, **answers: str) -> dict[str, str | bytes]:
    template = find_template(address)
    recipe = make_recipe(template, (), answers, None, parent=parent, install=False)
    make_files(Plan(recipe, parent / "shop"))
    return {path: text for path, text in read(parent / "shop").items() if not path.startswith(".fastkit/")}


def copiers(address: str, ref: str, parent: Path, **answers: str) -> dict[str, str | bytes]:
    copier = import_copier()
    with local.env(GIT_CONFIG_GLOBAL=os.environ["GIT_CONFIG_GLOBAL"]):  # of this test, not of the first
        copier.run_copy(
            address,
            parent / "shop",
            data=answers,
            vcs_ref=ref or None,
            defaults=True,
            quiet=True,
            settings=copier.Settings(),
        )
    return read(parent / "shop")


def test_a_release_and_its_address_are_told_as_by_copier(
    repository: Repository, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    repository.commit({}, "v1.0.0")
    assert ours("gh:ada/demo@v1.0.0", tmp_path / "ours") == copiers("gh:ada/demo", "", tmp_path / "copiers")
    told = (tmp_path / "ours/shop/.copier-answers.yml").read_text()
    assert told.startswith("_commit: v1.0.0\n_src_path: gh:ada/demo\n")


@pytest.mark.parametrize(
    "address",
    [
        *("gh:ada/demo", "gh:ada/demo.git", "https://github.com/ada/demo", "https://github.com/ada/demo.git"),
        "git+https://github.com/ada/demo.git",
    ],
)
def test_an_address_is_told_as_it_was_given(address: str, repository: Repository, tmp_path: Path) -> None:
    repository.commit({}, "v1.0.0")
    assert ours(address, tmp_path / "ours") == copiers(address, "", tmp_path / "copiers")


@pytest.mark.parametrize(
    "tags",
    [(), ("v1.0.0",), ("v1", "v1.0.0"), ("v1.0.0", "v1", "latest"), ("zeta", "alpha", "mid")],
    ids=" ".join,
)
@pytest.mark.parametrize("later", [0, 1, 3])
def test_a_commit_is_called_what_git_calls_it(
    tags: tuple[str, ...], later: int, repository: Repository, tmp_path: Path
) -> None:
    repository.commit({}, *tags)
    for _ in range(later):
        repository.commit({})
    assert ours("gh:ada/demo@main", tmp_path / "ours") == copiers("gh:ada/demo", "main", tmp_path / "copiers")


def test_a_commit_is_called_the_same_from_the_cache(repository: Repository, tmp_path: Path) -> None:
    repository.commit({}, "v1.0.0")
    commit = repository.commit({})
    first = ours("gh:ada/demo@main", tmp_path / "a")
    assert ours(f"gh:ada/demo@{commit}", tmp_path / "b") == first
    repository.bare.rename(repository.bare.with_name("gone"))
    assert ours("gh:ada/demo@main", tmp_path / "c") == first


def test_a_server_that_sends_no_history_leaves_the_commits_first_letters(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.commit({}, "v1.0.0")
    commit = repository.commit({})
    monkeypatch.setattr("fastkit.repositories.remote.TO_DESCRIBE", 0.0)
    assert f'"_commit": "{commit[:7]}"' in str(ours("gh:ada/demo@main", tmp_path)["told.txt"])


def test_answers_come_in_copiers_order(repository: Repository, tmp_path: Path) -> None:
    repository.commit({}, "v1.0.0")
    mine = ours("gh:ada/demo", tmp_path / "ours", a="5", project_name="shop")
    assert mine == copiers("gh:ada/demo", "", tmp_path / "copiers", a="5", project_name="shop")
    assert '"a": 5, "project_name": "shop", "b": 1' in str(mine["told.txt"])


def test_a_folder_of_a_repository_has_fastkits_own_address(repository: Repository, tmp_path: Path) -> None:
    repository.commit({f"api/{path}": text for path, text in TELLING.items()}, "v1.0.0")
    told = ours("gh:ada/demo//api", tmp_path)["told.txt"]
    assert '"_src_path": "gh:ada/demo//api"' in str(told)


def test_nobodys_password_is_told(home: Path) -> None:
    from fastkit.repositories.address import read_address

    for text, written in {
        "https://ada:secret@h.example/r.git@v1": "https://h.example/r.git",
        "git+https://token@h.example/r": "git+https://h.example/r",
        "git+ssh://git:pw@h.example/r": "git+ssh://git@h.example/r",
        "git@h.example:o/r.git//a@v1": "git@h.example:o/r.git//a",
        "/srv/ada/templates.git//api@v1": "api",
        "git+file:///home/ada/r": "r",
    }.items():
        address = read_address(text)
        assert address is not None
        assert address.written == written


def test_a_repository_of_this_machine_is_called_by_its_name(tmp_path: Path) -> None:
    repository = make_repository(tmp_path / "demo.git", TELLING, "v1.0.0")
    told = ours(repository.url, tmp_path)
    assert str(told[".copier-answers.yml"]).startswith("_commit: v1.0.0\n_src_path: demo\n")
    assert str(tmp_path) not in str(told)


@pytest.mark.parametrize("given", ["./demo", "demo/../demo/"])
def test_a_folder_is_told_as_it_was_given(given: str, tmp_path: Path) -> None:
    write(tmp_path / "demo", TELLING | {"copier.yml": "project_name: shop\nsaid: '{{ _src_path }}'\n"})
    (tmp_path / "demo/told.txt.jinja").write_text("{{ _copier_answers._src_path }} {{ said }}")
    assert fastkit("startdemo", given, "--yes", "--no-git", cwd=tmp_path).code == 0
    assert read(tmp_path / "shop")["told.txt"] == f"{given} {given}"


def test_a_folder_that_is_a_repository_has_a_commit_too(tmp_path: Path) -> None:
    repository = make_repository(tmp_path / "demo.git", TELLING, "v1.0.0")
    repository.commit({"a": ""})
    told = ours(str(repository.work), tmp_path)
    described = git("describe", "--tags", "--always", cwd=repository.work)
    assert str(told[".copier-answers.yml"]).startswith(f"_commit: {described}\n")


def test_the_folder_of_a_template_is_the_same_at_each_render(tmp_path: Path) -> None:
    write(
        tmp_path / "demo", {"copier.yml": "_exclude: [copier.yml]", "a.jinja": "{{ _copier_conf.src_path }}"}
    )
    for place in ("one", "two"):
        (tmp_path / place).mkdir()
        words = ("startdemo", "../demo", "--project-name", "shop", "--yes", "--no-git")
        assert fastkit(*words, cwd=tmp_path / place).code == 0
        assert read(tmp_path / place / "shop")["a"] == os.path.realpath(tmp_path / "demo")


@pytest.mark.parametrize(
    ("commit", "same"),
    [("v1-2-gabcdef1", True), ("abcdef1", True), ("abcdef12", True), ("v1", False), ("abcdee1", False)],
)
def test_one_commit_has_several_names(commit: str, same: bool) -> None:
    assert Origin("gh:ada/demo", "v1-2-gabcdef1", "abcdef12" + "0" * 32).is_at(commit) is same
