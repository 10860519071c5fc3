"""Resources come into a project, change and leave it, whatever its owner has made of it."""

import json
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from fastkit.catalog.find import list_templates
from fastkit.catalog.resources import Resource, first
from fastkit.record.project_yml import read_record
from tests.support.command_line import Run, fastkit
from tests.support.folders import tree
from tests.support.living import commit, git

NOTE = ("note", "title:str:max=100:unique", "body:text:optional", "author:ref=users:on-delete=cascade")
BOOK = ("book", "title:str", "price:decimal:min=1", "note:ref=notes:optional")

MIGRATIONS = "src/migrations/versions"

WITH_A_FIRST_RESOURCE = [template for template in list_templates() if first(template)]

ABOUT = (
    *("--project-name", "shop", "--author", "Ada", "--author-email", "ada@example.com"),
    *("--description", "A shop", "--package-manager", "pip"),
)


Made = Callable[[str], Path]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Projects that the tests copy."""

    @cache
    def of(template: str) -> Path:
        room = tmp_path_factory.mktemp("made")
        run = fastkit("startdemo", template, *ABOUT, "--no-install", "--yes", cwd=room)
        assert run.code == 0, run
        return room / "shop"

    return of


def copied(project: Path, folder: Path) -> Path:
    git(project, "clone", "--quiet", str(project), str(folder / "shop"))
    return folder / "shop"


@pytest.fixture
def project(made: Made, tmp_path: Path) -> Path:
    return copied(made("fastapi-async-sqlalchemy"), tmp_path)


@pytest.fixture
def in_a_file(made: Made, tmp_path: Path) -> Path:
    """A project without tables."""
    return copied(made("fastapi-async-crud"), tmp_path)


def added(project: Path) -> list[Resource]:
    """The resources beside the first one."""
    return [resource for resource in read_record(project).resources if resource.name != "item"]


def run(project: Path, *words: str, answers: str | None = None) -> Run:
    return fastkit(*words, cwd=project, answers=answers)


def done(project: Path, *words: str, code: int = 0) -> Run:
    """A command that has to work, and a commit of what it did."""
    ended = run(project, *words, "--yes")
    assert ended.code == code, ended
    commit(project)
    return ended


def code_of(project: Path) -> dict[str, tuple[str, bytes]]:
    """All files but migrations and fastkit's own."""
    found = tree(project)
    return {
        path: content
        for path, content in found.items()
        if not path.startswith((".git/", ".fastkit/", f"{MIGRATIONS}/"))
    }


def migrations(project: Path) -> list[str]:
    return sorted(path.name for path in (project / MIGRATIONS).glob("0*.py"))


def test_a_resource_is_its_files_two_lines_and_a_migration(project: Path) -> None:
    ended = run(project, "resource", "add", *NOTE, "--yes", "--json")
    assert ended.err == ""
    files = {file["path"]: file["status"] for file in ended.answer["files"]}
    assert files == {
        ".fastkit/project.yml": "change",
        "src/api/api.py": "change",
        "src/api/routes/notes.py": "add",
        "src/crud/notes.py": "add",
        f"{MIGRATIONS}/0002_notes.py": "add",
        "src/models/__init__.py": "change",
        "src/models/notes.py": "add",
        "src/schemas/notes.py": "add",
        "tests/test_notes.py": "add",
    }
    assert git(project, "diff", "--cached", "--numstat", "src/api/api.py").split()[:2] == ["2", "0"]
    assert added(project)[0].data["fields"] == [*NOTE[1:]]


def test_adding_and_removing_gives_the_same_bytes(project: Path) -> None:
    before = code_of(project)
    done(project, "resource", "add", *NOTE)
    assert code_of(project) != before
    done(project, "resource", "remove", "note")
    assert code_of(project) == before
    assert migrations(project) == ["0001_users_and_items.py", "0002_notes.py", "0003_without_notes.py"]


def test_dropping_the_table_takes_its_migration_back(project: Path) -> None:
    done(project, "resource", "add", *NOTE)
    done(project, "resource", "remove", "note", "--drop-table")
    text = (project / MIGRATIONS / "0003_drop_notes.py").read_text()
    up, down = text.split("def downgrade")
    assert ('op.drop_table("notes")' in up, "op.create_table" in down) == (True, True)
    assert read_record(project).kept == ()


def test_the_order_of_adding_does_not_matter(project: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    git(project, "clone", "--quiet", str(project), str(other))
    simple = ("letter", "title:str")
    for words in (("resource", "add", *NOTE), ("add", "cache"), ("resource", "add", *simple)):
        done(project, *words)
    for words in (("resource", "add", *simple), ("resource", "add", *NOTE), ("add", "cache")):
        done(other, *words)
    assert code_of(project) == code_of(other)


def test_adding_twice_is_told_and_changes_nothing(project: Path) -> None:
    done(project, "resource", "add", *NOTE)
    again = run(project, "resource", "add", *NOTE, "--yes")
    assert (again.code, "has the resource `note` already" in again.out) == (0, True)
    assert git(project, "status", "--porcelain") == ""
    other = run(project, "resource", "add", "note", "title:int", "--yes")
    assert (other.code, "fastkit resource change note" in other.err) == (2, True)


def test_undo_gives_back_the_same_bytes(project: Path) -> None:
    before = tree(project / "src")
    run(project, "resource", "add", *NOTE, "--yes")
    assert run(project, "update", "--undo").code == 0
    assert tree(project / "src") == before
    assert git(project, "status", "--porcelain") == ""


def test_a_dry_run_shows_the_difference_and_changes_nothing(project: Path) -> None:
    ended = run(project, "resource", "add", *NOTE, "--dry-run")
    assert (ended.code, "+class Note(Base):" in ended.out) == (0, True)
    assert "the class Note, the table notes, the path /notes/" in ended.out
    assert git(project, "status", "--porcelain") == ""


def test_a_change_keeps_what_the_owner_has_written(project: Path) -> None:
    done(project, "resource", "add", *NOTE)
    routes = project / "src/api/routes/notes.py"
    routes.write_text(
        f'{routes.read_text()}\n\n@router.get("/mine")\nasync def read_mine() -> str:\n    return "mine"\n'
    )
    commit(project)
    done(project, "resource", "change", "note", "+due:date:optional", "-body", "title:max=200")
    assert routes.read_text().endswith('return "mine"\n')
    schemas = (project / "src/schemas/notes.py").read_text()
    assert ("Due" in schemas, "Body" in schemas, "max_length=200" in schemas) == (True, False, True)
    text = (project / MIGRATIONS / "0003_change_notes.py").read_text()
    assert text.startswith('"""notes: +due, -body, title"""')


def test_a_change_of_bounds_alone_needs_no_migration(project: Path) -> None:
    done(project, "resource", "add", *BOOK[:3])
    done(project, "resource", "change", "book", "price:min=2")
    assert migrations(project)[1:] == ["0002_books.py"]
    assert "ge=2" in (project / "src/schemas/books.py").read_text()


def test_a_file_that_its_owner_changed_is_a_conflict_to_settle(project: Path) -> None:
    done(project, "resource", "add", *NOTE)
    crud = project / "src/crud/notes.py"
    crud.write_text(f"{crud.read_text()}\n\nMINE = 1\n")
    commit(project)
    ended = run(project, "resource", "remove", "note", "--yes")
    assert (ended.code, "src/crud/notes.py" in ended.out) == (3, True)
    assert "MINE = 1" in crud.read_text()
    assert run(project, "update", "--undo").code == 0
    assert git(project, "status", "--porcelain") == ""


def test_what_is_ejected_is_the_owners_alone(project: Path) -> None:
    done(project, "resource", "add", *NOTE)
    before = code_of(project)
    done(project, "resource", "eject", "note")
    assert code_of(project) == before
    assert (added(project), read_record(project).kept) == ([], ())
    assert "up to date" in run(project, "update").out
    assert migrations(project)[1:] == ["0002_notes.py"]


def test_a_file_of_the_owner_is_not_taken_for_that_of_a_resource(project: Path) -> None:
    done(project, "resource", "add", *NOTE)
    done(project, "resource", "eject", "note")
    refused = run(project, "resource", "add", *NOTE, "--yes")
    assert (refused.code, "src/api/routes/notes.py" in refused.err) == (2, True)


def test_a_table_that_was_kept_is_taken_again(project: Path) -> None:
    done(project, "resource", "add", *NOTE)
    before = code_of(project)
    done(project, "resource", "remove", "note")
    done(project, "resource", "add", *NOTE)
    assert code_of(project) == before
    assert migrations(project)[2:] == ["0003_without_notes.py"]
    done(project, "resource", "remove", "note")
    refused = run(project, "resource", "add", "note", "title:int", "--yes")
    assert (refused.code, "cannot become `int`" in refused.err) == (2, True)
    done(project, "resource", "add", "note", "title:str:max=100:unique")
    assert migrations(project)[4:] == ["0005_change_notes.py"]
    assert read_record(project).kept == ()


def test_a_resource_that_others_lead_to_stays(project: Path) -> None:
    done(project, "resource", "add", *NOTE)
    done(project, "resource", "add", *BOOK)
    for word in ("remove", "eject"):
        refused = run(project, "resource", word, "note", "--yes")
        assert (refused.code, "`book` leads to notes" in refused.err) == (2, True)
    done(project, "resource", "remove", "book")
    done(project, "resource", "remove", "note")


def test_two_heads_are_refused_by_name(project: Path) -> None:
    done(project, "resource", "add", *NOTE)
    folder = project / MIGRATIONS
    text = (folder / "0002_notes.py").read_text()
    (folder / "0002_mine.py").write_text(
        text.replace('"0002_notes"', '"0002_mine"').replace('"notes"', '"mine"')
    )
    commit(project)
    refused = run(project, "resource", "add", *BOOK, "--yes")
    assert (refused.code, "2 heads: `0002_mine`, `0002_notes`" in refused.err) == (1, True)
    assert "alembic merge heads" in refused.err
    assert git(project, "status", "--porcelain") == ""


def test_required_fields_need_a_value_for_the_records_that_are_there(project: Path) -> None:
    done(project, "resource", "add", *NOTE)
    refused = run(project, "resource", "change", "note", "+rating:int", "--yes")
    assert (refused.code, "+rating" in refused.err or "`rating:int` is required" in refused.err) == (2, True)
    done(project, "resource", "change", "note", "+rating:int:default=3", "-author")
    assert 'server_default=sa.text("3")' in (project / MIGRATIONS / "0003_change_notes.py").read_text()


@pytest.mark.parametrize("way", ["--from", "--json-input", "-"])
def test_a_resource_comes_from_data(way: str, project: Path) -> None:
    data = json.dumps(
        {"name": "person", "plural": "people", "fields": ["name:str", "boss:ref=people:optional"]}
    )
    file = project.parent / "person.json"
    file.write_text(data)
    words = ("--json-input", "-") if way == "-" else (way, str(file))
    ended = run(project, "resource", "add", *words, "--yes", answers=data)
    assert ended.code == 0, ended
    assert added(project)[0].plural == "people"


def test_words_win_over_the_data_of_a_resource(project: Path) -> None:
    (project.parent / "human.json").write_text('{"name": "human", "fields": ["name:str"]}')
    words = ("person", "--plural", "people", "--from", str(project.parent / "human.json"))
    assert run(project, "resource", "add", *words, "--yes").code == 0
    assert [(resource.name, resource.plural) for resource in added(project)] == [("person", "people")]


def test_without_fields_they_are_asked_one_by_one(project: Path) -> None:
    answers = "title:strr\ntitle:str\ntitle:int\nprice:decimal\n\ny\n"
    ended = run(project, "resource", "add", "note", answers=answers)
    assert ended.code == 0, ended
    assert "did you mean `str`?" in ended.out + ended.err
    assert [str(field) for field in added(project)[0].fields] == [
        "title:str",
        "price:decimal",
    ]


def test_a_field_that_the_project_cannot_have_costs_no_answer(in_a_file: Path) -> None:
    answers = "title:str\nauthor:ref=users\ntags:list=str\n\ny\n"
    ended = run(in_a_file, "resource", "add", "note", answers=answers)
    assert ended.code == 0, ended
    assert "cannot be `ref` here" in ended.out + ended.err
    [note] = [each for each in read_record(in_a_file).resources if each.name == "note"]
    assert [str(field) for field in note.fields] == ["title:str", "tags:list=str"]


def test_a_name_that_cannot_be_is_refused_before_anybody_types_fields(in_a_file: Path) -> None:
    refused = run(in_a_file, "resource", "add", "store", answers="title:str\n\ny\n")
    assert (refused.code, "the project's modules need" in refused.err) == (2, True)
    assert "Field 1" not in refused.out


WRONG: list[tuple[tuple[str, ...], str]] = [
    (("add",), "has no name"),
    (("add", "note", "--yes"), "has no fields"),
    (("add", "Note", "a:int"), "small letters"),
    (("add", "job", "a:int"), "the feature `jobs`"),
    (("add", "note", "a:ref=userz"), "users"),
    (("add", "--from", "nothing.yml"), "cannot be read"),
    (("change", "note", "+a:int"), "no resource"),
    (("remove", "note"), "no resource"),
    (("eject", "note"), "no resource"),
]


@pytest.mark.parametrize(
    ("words", "said"), WRONG, ids=lambda each: " ".join(each) if isinstance(each, tuple) else ""
)
def test_wrong_words_get_two_lines(words: tuple[str, ...], said: str, project: Path) -> None:
    refused = run(project, "resource", *words)
    assert refused.code == 2
    assert said in refused.err
    assert len(refused.err.splitlines()) == 2, refused.err
    assert git(project, "status", "--porcelain") == ""


def test_a_list_names_the_files_that_were_edited(project: Path) -> None:
    done(project, "resource", "remove", "item")
    assert "no resources yet" in run(project, "resource", "list").out
    done(project, "resource", "add", *NOTE)
    crud = project / "src/crud/notes.py"
    crud.write_text(f"{crud.read_text()}# mine\n")
    (found,) = run(project, "resource", "list", "--json").answer["resources"]
    assert (found["name"], found["edited"]) == ("note", ["src/crud/notes.py"])
    assert "title:str:max=100:unique" in run(project, "resource", "list").out


def test_addroute_is_the_same(project: Path) -> None:
    done(project, "addroute", *NOTE)
    assert [resource.name for resource in added(project)] == ["note"]


def test_a_template_without_resources_says_so(tmp_path: Path) -> None:
    made = fastkit("startdemo", "fastapi-async-demo", *ABOUT, "--no-install", "--yes", cwd=tmp_path)
    assert made.code == 0, made
    refused = fastkit("resource", "add", *NOTE, "--yes", cwd=tmp_path / "shop")
    assert (refused.code, "have no resources" in refused.err) == (1, True)


def test_an_update_renders_resources_again(project: Path) -> None:
    done(project, "resource", "add", *NOTE)
    assert "up to date" in run(project, "update", "--yes").out
    set_again = run(project, "update", "--set", "description=Another shop", "--yes")
    assert set_again.code == 0, set_again
    assert (project / "src/crud/notes.py").is_file()
    assert migrations(project)[1:] == ["0002_notes.py"]


# Projects without tables.

LETTER = ("letter", "title:str:max=100:unique", "price:decimal:optional")


def test_a_resource_without_a_table_is_its_files_and_two_lines(in_a_file: Path) -> None:
    ended = run(in_a_file, "resource", "add", *LETTER, "--yes", "--json")
    assert {file["path"]: file["status"] for file in ended.answer["files"]} == {
        ".fastkit/project.yml": "change",
        "src/api/api.py": "change",
        "src/api/routes/letters.py": "add",
        "src/crud/__init__.py": "change",
        "src/crud/letters.py": "add",
        "src/schemas/letters.py": "add",
        "tests/test_letters.py": "add",
    }
    assert 'unique = ("title",)' in (in_a_file / "src/crud/letters.py").read_text()


def test_its_file_is_told_of_and_kept(in_a_file: Path) -> None:
    before = code_of(in_a_file)
    told = done(in_a_file, "resource", "add", *LETTER)
    assert "the class Letter, the file letters.json, the path /letters/" in told.out
    refused = run(in_a_file, "resource", "remove", "letter", "--drop-table", "--yes")
    assert (refused.code, "no table to drop" in refused.err) == (2, True)
    done(in_a_file, "resource", "remove", "letter")
    assert code_of(in_a_file) == before
    assert "the records of letters are kept" in run(in_a_file, "resource", "list").out
    refused = run(in_a_file, "resource", "add", "letter", "title:int", "--yes")
    assert (refused.code, "cannot become `int`" in refused.err) == (2, True)
    done(in_a_file, "resource", "add", *LETTER)
    assert read_record(in_a_file).kept == ()


def test_what_its_file_may_still_have_is_known_when_it_comes_again(in_a_file: Path) -> None:
    done(in_a_file, "resource", "add", *LETTER)
    done(in_a_file, "resource", "remove", "letter")
    done(in_a_file, "resource", "add", *LETTER[:2])
    assert "may still have what is gone: price.\n" in (in_a_file / "src/schemas/letters.py").read_text()
    again = run(in_a_file, "resource", "add", *LETTER[:2], "--yes")
    assert (again.code, "has the resource `letter` already" in again.out) == (0, True)


def test_a_change_without_a_migration_keeps_what_the_owner_has_written(in_a_file: Path) -> None:
    done(in_a_file, "resource", "add", *LETTER)
    routes = in_a_file / "src/api/routes/letters.py"
    own = '\n\n@router.get("/mine")\nasync def read_mine() -> str:\n    return "mine"\n'
    routes.write_text(routes.read_text() + own)
    commit(in_a_file)
    done(in_a_file, "resource", "change", "letter", "+due:date:optional", "title:no-unique")
    assert routes.read_text().endswith(own)
    assert "CONFLICT" not in routes.read_text()
    assert "unique" not in (in_a_file / "src/crud/letters.py").read_text()
    refused = run(in_a_file, "resource", "change", "letter", "+rating:int", "--yes")
    assert (refused.code, "`rating:int` is required" in refused.err) == (2, True)


# The first resource.


@pytest.mark.parametrize("name", [template.name for template in WITH_A_FIRST_RESOURCE])
def test_the_first_resource_leaves_and_comes_again(name: str, made: Made, tmp_path: Path) -> None:
    project = copied(made(name), tmp_path)
    before = code_of(project)
    [item] = read_record(project).resources
    done(project, "resource", "remove", "item")
    gone = before.keys() - code_of(project).keys()
    assert gone >= {"src/schemas/items.py", "src/crud/items.py", "tests/test_items.py"}
    assert b"items" not in code_of(project)["src/api/api.py"][1]
    done(project, "resource", "add", "item", *map(str, item.fields))
    assert code_of(project) == before


def test_the_first_resource_changes_like_any_other(in_a_file: Path) -> None:
    done(in_a_file, "resource", "change", "item", "+maker:str:optional", "-tax")
    text = (in_a_file / "src/schemas/items.py").read_text()
    assert ("Maker" in text, "tax: " in text) == (True, False)
    assert "may still have what is gone: tax.\n" in text
    assert (in_a_file / "src/mocks/mock_items.json").exists()
    done(in_a_file, "resource", "eject", "item")
    assert read_record(in_a_file).resources == ()
    assert (in_a_file / "src/schemas/items.py").read_text() == text


# Two branches.


@pytest.fixture
def branches(project: Path) -> Path:
    """A merge that stops at `.fastkit`: a resource on each branch, and a feature on one."""
    git(project, "checkout", "--quiet", "-b", "one")
    done(project, "resource", "add", *NOTE)
    git(project, "checkout", "--quiet", "-b", "two", "HEAD~1")
    done(project, "add", "cache")
    done(project, "resource", "add", "letter", "title:str")
    with pytest.raises(subprocess.CalledProcessError):
        git(project, "merge", "one")
    return project


def test_two_branches_settle_by_one_command(branches: Path, tmp_path: Path) -> None:
    settled = run(branches, "update", "--settle")
    assert (settled.code, "alembic merge heads" in settled.out) == (0, True), settled
    assert git(branches, "ls-files", "--unmerged") == ""
    commit(branches)

    assert [resource.name for resource in added(branches)] == ["letter", "note"]
    assert read_record(branches).features == ("cache",)
    refused = run(branches, "resource", "add", "page_mark", "title:str", "--yes")
    assert "2 heads: `0002_letters`, `0002_notes`" in refused.err

    alone = tmp_path / "alone"
    git(branches, "clone", "--quiet", "--branch", "one", str(branches), str(alone))
    done(alone, "add", "cache")
    done(alone, "resource", "add", "letter", "title:str")
    assert code_of(branches) == code_of(alone)
    assert "up to date" in run(branches, "update").out


def test_one_command_gives_both_branches_one_head(branches: Path) -> None:
    run(branches, "update", "--settle")
    commit(branches)
    alembic = [sys.executable, "-m", "alembic", "merge", "heads", "-m", "both"]
    subprocess.run(alembic, cwd=branches, check=True, capture_output=True)
    (merge,) = set((branches / MIGRATIONS).glob("*.py")) - set((branches / MIGRATIONS).glob("*_*.py"))
    merge.write_text(merge.read_text().replace(merge.stem, "97669ec1b2a4"))
    commit(branches)
    done(branches, "resource", "add", "page_mark", "title:str")
    (added,) = (branches / MIGRATIONS).glob("*_page_marks.py")
    assert added.name == "0003_page_marks.py"
    assert 'down_revision = "97669ec1b2a4"' in added.read_text()


def test_there_is_nothing_to_settle_without_a_conflict(project: Path) -> None:
    refused = run(project, "update", "--settle")
    assert (refused.code, "no conflict" in refused.err) == (1, True)
    assert run(project, "update", "--settle", "--undo").code == 2


def test_branches_that_changed_one_resource_differently_take_one_side(project: Path) -> None:
    done(project, "resource", "add", *NOTE)
    git(project, "checkout", "--quiet", "-b", "one")
    done(project, "resource", "change", "note", "title:max=150")
    git(project, "checkout", "--quiet", "-b", "two", "HEAD~1")
    done(project, "resource", "change", "note", "title:max=170")
    with pytest.raises(subprocess.CalledProcessError):
        git(project, "merge", "one")
    refused = run(project, "update", "--settle")
    assert (refused.code, "both branches changed `note`" in refused.err) == (1, True)
