"""`fastkit startdemo` in a pipe: the transcript, the answers, the flags and what it leaves."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.support.command_line import Run, clean_environment, fastkit
from tests.support.demo import WORDS, make_demo
from tests.support.folders import tree, write

TRANSCRIPT = """\
Enter the project name: async-todo-api
Enter the author name: Developer Kim
Enter the author email: developer@example.com
Enter the project description: Asynchronous todo management API
Deploying FastAPI project using 'fastapi-async-crud' template

           Project Information
┌──────────────┬─────────────────────────────────────────┐
│ Project Name │ async-todo-api                          │
│ Author       │ Developer Kim                           │
│ Author Email │ developer@example.com                   │
│ Description  │ Asynchronous todo management API        │
└──────────────┴─────────────────────────────────────────┘

       Template Dependencies
┌──────────────┬───────────────────┐
│ Dependency 1 │ fastapi           │
│ Dependency 2 │ uvicorn           │
│ Dependency 3 │ pydantic          │
│ Dependency 4 │ pydantic-settings │
│ Dependency 5 │ aiofiles          │
│ Dependency 6 │ pytest-asyncio    │
└──────────────┴───────────────────┘

Select package manager (pip, uv, pdm, poetry) [uv]: uv
Do you want to proceed with project creation? [y/N]: y

✨ FastAPI project 'async-todo-api' from 'fastapi-async-crud' has been created successfully!
"""
"""The tutorial's, to the word; how far a table's title is indented is the table's own."""

ANSWERS = """\
async-todo-api
Developer Kim
developer@example.com
Asynchronous todo management API
uv
y
"""

ABOUT = ("async-todo-api", "Developer Kim", "developer@example.com", "Asynchronous todo management API")

SILENT = ("--no-install", "--no-git", "--yes")


def stripped(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines()]


def make(cwd: Path, env: dict[str, str], *words: str | bytes | Path, answers: str | None = None) -> Run:
    """A project `shop` from the demo, without questions, install and git unless the words say so."""
    return fastkit("startdemo", "demo", *WORDS, *SILENT, *words, cwd=cwd, env=env, answers=answers)


@pytest.fixture
def env(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment in which the template `demo` exists."""
    return make_demo(tmp_path_factory.mktemp("templates"))


# The transcript.


@pytest.fixture(scope="module")
def tutorial(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Run]:
    """The tutorial's call with the tutorial's answers: where it ran, and how it ended."""
    cwd = tmp_path_factory.mktemp("tutorial")
    words = ("startdemo", "fastapi-async-crud", "--no-install", "--no-git")
    return cwd, fastkit(*words, cwd=cwd, answers=ANSWERS)


def test_the_transcript_is_the_tutorials_to_the_word(tutorial: tuple[Path, Run]) -> None:
    _, run = tutorial
    assert (run.code, run.err) == (0, "")
    wanted = stripped(TRANSCRIPT)
    assert stripped(run.out)[: len(wanted)] == wanted


def test_after_the_success_line_come_the_tree_the_steps_and_the_command(tutorial: tuple[Path, Run]) -> None:
    _, run = tutorial
    told = run.out.partition("successfully!\n")[2]
    blocks = [block for block in told.split("\n\n") if block.strip()]
    assert [block.strip().splitlines()[0] for block in blocks] == [
        "async-todo-api/",
        "Next steps:",
        "The same project again, without questions:",
    ]
    for line in ("├── pyproject.toml", "│   ├── main.py", "│   └── mocks/", "└── tests/"):
        assert line.split()[-1] in blocks[0]
    assert blocks[1].split("\n")[1:] == [
        "  cd async-todo-api",
        "  uv sync",
        "  uv run pytest",
        "  fastkit runserver",
    ]


def test_the_tree_shows_every_file_and_nothing_else(tutorial: tuple[Path, Run]) -> None:
    cwd, run = tutorial
    shown = [line for line in run.out.splitlines() if re.match(r"^[│ ]*[├└]── ", line)]
    names = sorted(line.split("── ")[1].rstrip("/") for line in shown)
    assert names == sorted(Path(path).name for path in tree(cwd / "async-todo-api"))


@pytest.mark.parametrize(
    ("name", "about"),
    [
        ("plain", ("Developer Kim", "developer@example.com", "Asynchronous todo management API")),
        ("hostile", ("O'Brien $HOME `id`", "o'brien+x@example.com", '--help "quoted" \\ {{ 1 }} [/bold] 🦄')),
    ],
)
@pytest.mark.skipif(sys.platform == "win32", reason="the command is for this machine's shell")
def test_the_command_that_is_shown_makes_the_same_project_elsewhere(
    name: str, about: tuple[str, ...], tmp_path: Path
) -> None:
    here, elsewhere = write(tmp_path / "here", {}), tmp_path / "elsewhere"
    here.mkdir()
    elsewhere.mkdir()
    answers = "".join(f"{line}\n" for line in (name, *about, "poetry", "y"))
    first = fastkit("startdemo", "fastapi-async-crud", "--no-install", cwd=here, answers=answers)
    command = first.command_after("The same project again, without questions")
    again = subprocess.run(
        ["bash", "-c", command], cwd=elsewhere, env=clean_environment(), stdin=subprocess.DEVNULL, check=False
    )
    assert again.returncode == 0
    assert tree(elsewhere / name) == tree(here / name)
    assert (elsewhere / name / ".git").is_dir()


def test_the_command_repeats_output_answers_and_switches(env: dict[str, str], tmp_path: Path) -> None:
    run = make(tmp_path, env, "--output", "deep er/down", "--set", "tags=cli,web", "--set", "token=secret-1")
    command = run.command_after("The same project again, without questions")
    assert "--output 'deep er/down'" in command
    assert '--set \'tags=["cli", "web"]\'' in command
    assert command.endswith("--no-install --no-git --yes")
    assert "secret-1" not in run.out
    assert "cd 'deep er/down/shop'" in run.out


# Asking.


BAD_ANSWERS = [
    ("", "`project_name` is empty"),
    ("../up", "`project_name` must be ASCII letters, digits, `-`, `_` and `.`"),
    ("fastapi", "`project_name` cannot be `fastapi`: the project depends on a package of that name"),
    ("NUL", "`project_name` cannot be `NUL`: Windows reserves it for a device"),
    ("a" * 65, "`project_name` has 65 characters, 64 at most"),
    ("shop", ""),
    ("  ", "`author` is empty"),
    ("Kim\x1b[31m", "`author` contains the unprintable character U+001B"),
    ("Ada", ""),
    ("", "`author_email` is not an email address like `name@example.com`"),
    ("a@b.com; rm", "`author_email` is not an email address like `name@example.com`"),
    ("ada@example.com", ""),
    ("x" * 1001, "`description` has 1001 characters, 1000 at most"),
    ("A shop", ""),
    ("conda", "`package_manager` cannot be `conda`; choose from `pip`, `uv`, `pdm`, `poetry`"),
    ("uv", ""),
    ("oracle", "`database` cannot be `oracle`; choose from `none`, `sqlite`, `postgres`"),
    ("sqlite", ""),
    ("eighty", "`port` cannot be `eighty`: it takes a whole number"),
    ("80", ""),
    ("api, tui", "`tags` cannot be ` tui`; choose from `api`, `cli`, `web`"),
    ("api, web", ""),
    ("s3cret", ""),
    ("maybe", "answer y or n"),
    ("yes", ""),
]
"""What is typed, and what is wrong with it."""


def test_a_bad_answer_is_asked_again_with_the_reason(env: dict[str, str], tmp_path: Path) -> None:
    lines = "".join(f"{typed}\n" for typed, _ in BAD_ANSWERS)
    run = fastkit("startdemo", "demo", "--no-install", "--no-git", cwd=tmp_path, env=env, answers=lines)
    assert (run.code, run.err) == (0, "")
    reasons = [line for line in run.out.splitlines() if line.startswith("error: ")]
    for reason, (typed, wanted) in zip(reasons, [pair for pair in BAD_ANSWERS if pair[1]], strict=True):
        assert reason.startswith(f"error: {wanted}"), typed
    assert run.out.count("Enter the project name: ") == 6
    assert run.out.count("Select package manager (pip, uv, pdm, poetry) [uv]: ") == 2
    assert "s3cret" not in run.out
    made = tomllib.loads((tmp_path / "shop/pyproject.toml").read_text())["tool"]["demo"]
    assert made == {"author": "Ada", "database": "sqlite", "port": 80, "tags": ["api", "web"]}


def test_no_makes_nothing(env: dict[str, str], tmp_path: Path) -> None:
    words = ("--no-install", "--set", "port=1", "--set", "tags=api", "--set", "database=none")
    run = fastkit("startdemo", "demo", *WORDS, *words, cwd=tmp_path, env=env, answers="uv\nhidden\n\n")
    assert (run.code, run.err) == (1, "")
    assert run.out.endswith("project creation? [y/N]: \nnothing was made\n")
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("answered", "missing", "option"),
    [
        (0, "project_name", "--project-name"),
        (1, "author", "--author"),
        (2, "author_email", "--author-email"),
        (3, "description", "--description"),
        (4, "package_manager", "--package-manager"),
    ],
)
def test_the_end_of_input_names_the_answer_that_is_missing(
    answered: int, missing: str, option: str, tmp_path: Path
) -> None:
    lines = "".join(f"{line}\n" for line in (*ABOUT, "uv")[:answered])
    run = fastkit("startdemo", "fastapi-async-crud", "--no-install", cwd=tmp_path, answers=lines)
    assert run.code == 2
    assert run.error_lines == [f"error: no answer for `{missing}`", f"hint: pass {option}"]
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("demo", *WORDS, "--set", "database=none"), "hint: pass --yes"),
        ((), "hint: pass TEMPLATE"),
    ],
)
def test_the_end_of_input_says_how_to_do_without_it(
    words: tuple[str, ...], hint: str, env: dict[str, str], tmp_path: Path
) -> None:
    run = fastkit("startdemo", *words, cwd=tmp_path, env=env, answers="\n\n\n\n" if words else "")
    assert run.code == 2
    assert run.error_lines[1] == hint
    assert not any(tmp_path.iterdir())


def test_the_last_line_needs_no_end(tmp_path: Path) -> None:
    run = fastkit("startdemo", "fastapi-async-crud", "--dry-run", cwd=tmp_path, answers=ANSWERS.rstrip())
    assert run.code == 0


def test_lines_may_end_as_on_windows(env: dict[str, str], tmp_path: Path) -> None:
    words = ("--no-install", "--no-git", "--set", "port=1", "--set", "tags=api", "--set", "database=none")
    answers = "shop\r\nAda\r\nada@example.com\r\nA shop\r\nuv\r\nhidden\r\ny\r\n"
    assert fastkit("startdemo", "demo", *words, cwd=tmp_path, env=env, answers=answers).code == 0
    assert tomllib.loads((tmp_path / "shop/pyproject.toml").read_text())["project"]["name"] == "shop"


def test_author_and_email_default_to_gits(tmp_path: Path) -> None:
    identity = tmp_path / "gitconfig"
    identity.write_text("[user]\nname = Grace\nemail = grace@example.com\n")
    env = {"GIT_CONFIG_GLOBAL": str(identity)}
    answers = "shop\n\n\nA shop\n\n"
    run = fastkit("startdemo", "fastapi-async-crud", "--dry-run", cwd=tmp_path, env=env, answers=answers)
    assert run.code == 0
    assert "Enter the author name [Grace]: " in run.out
    assert "Enter the author email [grace@example.com]: " in run.out
    assert "│ Author       │ Grace " in run.out


# Flags, --set and --answers.


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--project-name", "../up"], "`project_name` must be ASCII letters"),
        (["--project-name", ""], "`project_name` is empty"),
        (["--author", "a\nb"], "`author` contains the unprintable character U+000A"),
        (["--author-email", "a@b"], "`author_email` is not an email address"),
        (["--description", "tab\there"], "`description` contains the unprintable character U+0009"),
        (["--package-manager", "conda"], "`package_manager` cannot be `conda`"),
        (["--set", "port=eighty"], "`port` cannot be `eighty`: it takes a whole number"),
        (["--set", "database=oracle"], "`database` cannot be `oracle`; choose from"),
        (["--set", "tags=api,x"], "`tags` cannot be `x`; choose from"),
        (["--set", "nonsense"], "`--set nonsense` is not KEY=VALUE"),
        (["--set", "=x"], "`--set =x` is not KEY=VALUE"),
        (["--set", "databse=sqlite"], "there is no question in `demo` called `databse`"),
        (["--answers", "nowhere.yml"], "cannot read `nowhere.yml`"),
        (["--force", "--skip-existing"], "`--force` and `--skip-existing` cannot be combined"),
    ],
)
def test_a_bad_flag_is_refused_before_anything_is_printed_or_written(
    words: list[str], message: str, env: dict[str, str], tmp_path: Path
) -> None:
    run = make(tmp_path, env, *words)
    assert (run.code, run.out) == (2, "")
    assert len(run.error_lines) == 2
    assert run.error_lines[0].startswith(f"error: {message}")
    assert run.error_lines[1].startswith("hint: ")
    assert not any(tmp_path.iterdir())


def test_a_close_name_is_suggested(env: dict[str, str], tmp_path: Path) -> None:
    assert "hint: did you mean `database`?" in make(tmp_path, env, "--set", "databse=sqlite").error_lines
    assert "hint: did you mean `demo`?" in fastkit("startdemo", "demos", cwd=tmp_path, env=env).error_lines


def test_flags_win_over_set_and_set_over_the_file(env: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "answers.yml"
    file.write_text("author: from file\ndatabase: sqlite\nport: 1\ntags: [cli, web]\n")
    words = ("--answers", file, "--set", "author=from set", "--set", "port=2", "--author", "from flag")
    make(tmp_path, env, *words)
    made = tomllib.loads((tmp_path / "shop/pyproject.toml").read_text())["tool"]["demo"]
    assert made == {"author": "from flag", "database": "sqlite", "port": 2, "tags": ["cli", "web"]}


def test_answers_may_be_json(env: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "answers.json").write_text('{"port": 5, "tags": ["web"]}')
    make(tmp_path, env, "--answers", "answers.json")
    made = tomllib.loads((tmp_path / "shop/pyproject.toml").read_text())["tool"]["demo"]
    assert (made["port"], made["tags"]) == (5, ["web"])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- a list\n", "`answers.yml` must be a mapping"),
        ("a: [\n", "`answers.yml`, line 2, is not YAML"),
        ("port: !!int ''\n", "`answers.yml`, line 1, holds ``, which is not a valid int"),
        ("nonsense: 1\n", "there is no question in `demo` called `nonsense`"),
        ("port: eighty\n", "`port` cannot be `eighty`"),
        ("token: {a: b}\n", "`token` cannot be"),
    ],
)
def test_a_bad_file_of_answers_is_refused(
    text: str, message: str, env: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "answers.yml").write_text(text)
    run = make(tmp_path, env, "--answers", "answers.yml")
    assert (run.code, run.out) == (2, "")
    assert run.error_lines[0].startswith(f"error: {message}")
    assert [path.name for path in tmp_path.iterdir()] == ["answers.yml"]


def test_yes_takes_defaults_and_names_what_has_none(env: dict[str, str], tmp_path: Path) -> None:
    run = fastkit("startdemo", "demo", "--project-name", "shop", *SILENT, cwd=tmp_path, env=env)
    assert run.code == 2
    assert run.error_lines == ["error: no answer for `author`", "hint: pass --author"]


# Choosing a template.


@pytest.mark.parametrize("typed", ["1", "demo"])
def test_without_a_name_one_chooses_by_number_or_by_name(
    typed: str, env: dict[str, str], tmp_path: Path
) -> None:
    run = fastkit(
        "startdemo",
        *WORDS,
        "--package-manager",
        "uv",
        "--dry-run",
        cwd=tmp_path,
        env=env,
        answers=f"0\n{typed}\n\n\n\n\n",
    )
    assert run.code == 0, run
    assert "│ 1 │ demo " in run.out
    assert "│ 2 │ fastapi-async-crud " in run.out
    assert "error: `template` cannot be `0`; choose from 1 to" in run.out
    assert "Deploying FastAPI project using 'demo' template" in run.out


def test_without_a_name_and_without_questions_there_is_nothing_to_choose(tmp_path: Path) -> None:
    run = fastkit("startdemo", "--yes", cwd=tmp_path)
    assert (run.code, run.out) == (2, "")
    assert run.error_lines == [
        "error: no TEMPLATE was named",
        "hint: run `fastkit list-templates` to see all templates",
    ]


UNKNOWN = [
    *("nowhere", "../templates", "_base", ".", "", "/"),
    "a\nb",
    "x" * 5000,
]


@pytest.mark.parametrize("name", UNKNOWN)
def test_an_unknown_template_is_refused_in_two_lines(name: str, tmp_path: Path) -> None:
    run = fastkit("startdemo", name, "--yes", cwd=tmp_path)
    assert (run.code, run.out) == (2, "")
    assert len(run.error_lines) == 2


# What is printed.


def test_brackets_survive_in_answers_tables_and_trees(env: dict[str, str], tmp_path: Path) -> None:
    run = make(tmp_path, env, "--author", "[/bold] [red]Ada", "--description", "[/] [link=x]")
    assert run.code == 0, run
    for text in ("│ [/bold] [red]Ada ", "│ [/] [link=x] ", "│ uvicorn[standard] │", "── [id].py"):
        assert text in run.out


def test_a_pipe_gets_no_escape_codes_and_no_width(env: dict[str, str], tmp_path: Path) -> None:
    description = "A very long description of a shop " * 8
    run = make(tmp_path, env, "--description", description)
    assert run.code == 0
    assert "\x1b" not in run.out + run.err
    assert "\r" not in run.out


def test_a_terminal_encoding_without_the_sparkle_is_no_failure(env: dict[str, str], tmp_path: Path) -> None:
    env |= {"PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii", "LC_ALL": "C.UTF-8"}
    run = make(tmp_path, env, "--author", "Zoë 🦄")
    assert (run.code, run.err) == (0, "")
    assert "FastAPI project 'shop' from 'demo' has been created successfully!" in run.out
    assert (
        tomllib.loads((tmp_path / "shop/pyproject.toml").read_text("utf-8"))["tool"]["demo"]["author"]
        == "Zoë 🦄"
    )


# --json.


def test_json_is_one_object_when_a_project_was_made(env: dict[str, str], tmp_path: Path) -> None:
    run = make(tmp_path, env, "--json", "--set", "token=secret-1")
    assert run.code == 0
    assert run.answer["project"] == str(tmp_path / "shop")
    assert run.answer["template"]["name"] == "demo"
    assert run.answer["answers"]["database"] == "none"
    assert {"path": "src/main.py", "size": 11, "status": "create"} in run.answer["files"]
    assert (run.answer["installed"], run.answer["git"]) == (False, False)
    assert run.answer["next"][0] == "cd shop"
    assert run.answer["command"].startswith("fastkit startdemo demo --project-name shop")
    assert "secret-1" not in run.out


def test_json_is_one_object_when_questions_were_asked(env: dict[str, str], tmp_path: Path) -> None:
    answers = "shop\nAda\nada@example.com\nA shop\n\n\n\n\n\ny\n"
    words = ("startdemo", "demo", "--no-install", "--json")
    run = fastkit(*words, cwd=tmp_path, env=env, answers=answers)
    assert run.code == 0, run
    assert run.answer["git"] is True
    assert "Enter the project name: shop" in run.err


def test_json_is_one_object_when_a_template_was_chosen(env: dict[str, str], tmp_path: Path) -> None:
    words = ("startdemo", *WORDS, "--no-install", "--no-git", "--json")
    run = fastkit(*words, cwd=tmp_path, env=env, answers="demo\n\n\n\n\n\ny\n")
    assert run.code == 0, run
    assert run.answer["template"]["name"] == "demo"


def test_json_is_one_object_in_a_dry_run(env: dict[str, str], tmp_path: Path) -> None:
    write(tmp_path / "shop", {".env": "MINE=1\n"})
    run = make(tmp_path, env, "--json", "--dry-run", "--force")
    assert run.code == 0
    changed = [file for file in run.answer["files"] if file["status"] != "create"]
    assert [(file["path"], file["status"]) for file in changed] == [(".env", "overwrite")]
    assert "-MINE=1\n+SECRET=1" in changed[0]["diff"]


def test_json_is_one_object_when_the_install_failed(env: dict[str, str], tmp_path: Path) -> None:
    env |= fake_manager(tmp_path, "pdm", "echo no such package; exit 3")
    words = ("startdemo", "demo", *WORDS, "--package-manager", "pdm", "--yes", "--json")
    run = fastkit(*words, cwd=tmp_path, env=env)
    assert run.code == 1
    assert run.answer["installed"] is False
    assert run.answer["next"][:2] == ["cd shop", "pdm install"]
    assert "no such package" in run.err


@pytest.mark.parametrize("words", [("--author-email", "x"), ("--set", "port=x"), ("--output", "/dev/null")])
def test_json_leaves_stdout_empty_when_nothing_was_made(
    words: tuple[str, str], env: dict[str, str], tmp_path: Path
) -> None:
    run = make(tmp_path, env, "--json", *words)
    assert run.code in (1, 2)
    assert run.out == ""
    assert run.error_lines[0].startswith("error: ")


# The destination.


def test_a_dry_run_shows_sizes_and_writes_nothing_anywhere_near(env: dict[str, str], tmp_path: Path) -> None:
    before = tree(tmp_path), tmp_path.stat().st_mtime_ns
    run = make(tmp_path, env, "--dry-run", "--output", "new/deep")
    assert run.code == 0
    assert re.search(r"│ create │ 11 +│ src/main\.py +│", run.out)
    assert run.out.endswith("dry run: nothing was made\n")
    assert (tree(tmp_path), tmp_path.stat().st_mtime_ns) == before


def test_a_dry_run_shows_the_difference_to_files_that_exist(env: dict[str, str], tmp_path: Path) -> None:
    write(tmp_path / "shop", {".env": "MINE=1\n", "src/main.py": "app = None\n"})
    run = make(tmp_path, env, "--dry-run")
    assert run.code == 0
    assert re.search(r"│ conflict +│ 9 +│ \.env +│", run.out)
    assert re.search(r"│ identical +│ 11 +│ src/main\.py +│", run.out)
    assert "-MINE=1\n+SECRET=1\n" in run.out


def test_files_of_other_content_are_listed_and_nothing_is_written(
    env: dict[str, str], tmp_path: Path
) -> None:
    write(tmp_path / "shop", {".env": "MINE=1\n", "src/main.py": "mine = 1\n", "notes.txt": "mine\n"})
    before = tree(tmp_path)
    run = make(tmp_path, env)
    assert run.code == 1
    assert run.error_lines[0] == f"error: `{tmp_path}/shop` has other content in `.env`, `src/main.py`"
    assert "--force" in run.error_lines[1]
    assert tree(tmp_path) == before


def test_force_overwrites_what_the_project_has_and_keeps_the_rest(
    env: dict[str, str], tmp_path: Path
) -> None:
    write(tmp_path / "shop", {".env": "MINE=1\n", "notes.txt": "mine\n"})
    assert make(tmp_path, env, "--force").code == 0
    assert (tmp_path / "shop/.env").read_text() == "SECRET=1\n"
    assert (tmp_path / "shop/notes.txt").read_text() == "mine\n"


def test_skip_existing_keeps_what_is_there_and_adds_the_rest(env: dict[str, str], tmp_path: Path) -> None:
    write(tmp_path / "shop", {".env": "MINE=1\n"})
    assert make(tmp_path, env, "--skip-existing").code == 0
    assert (tmp_path / "shop/.env").read_text() == "MINE=1\n"
    assert (tmp_path / "shop/src/main.py").exists()


def test_the_same_project_twice_is_no_conflict(env: dict[str, str], tmp_path: Path) -> None:
    make(tmp_path, env)
    before = tree(tmp_path)
    assert make(tmp_path, env).code == 0
    assert tree(tmp_path) == before


def test_an_empty_folder_is_used(env: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    assert make(tmp_path, env).code == 0
    assert (tmp_path / "shop/.env").exists()


@pytest.mark.parametrize("force", [(), ("--force",)])
def test_a_link_that_leads_out_of_the_project_is_not_followed(
    force: tuple[str, ...], env: dict[str, str], tmp_path: Path
) -> None:
    outside = write(tmp_path / "outside", {"main.py": "mine = 1\n"})
    write(tmp_path / "shop", {"notes.txt": ""})
    (tmp_path / "shop/src").symlink_to(outside)
    assert make(tmp_path, env, *force).code == 1
    assert tree(outside) == {"main.py": ("-rw-r--r--", b"mine = 1\n")}
    assert not (tmp_path / "shop/.env").exists()


@pytest.mark.parametrize(
    ("obstacle", "message"),
    [("file", "`{shop}` is a file"), ("broken link", "`{shop}` is a link to nowhere")],
)
def test_what_is_no_folder_is_in_the_way(
    obstacle: str, message: str, env: dict[str, str], tmp_path: Path
) -> None:
    shop = tmp_path / "shop"
    shop.write_text("mine") if obstacle == "file" else shop.symlink_to(tmp_path / "nowhere")
    run = make(tmp_path, env, "--force")
    assert (run.code, run.error_lines[0]) == (1, "error: " + message.format(shop=shop))
    assert [path.name for path in tmp_path.iterdir()] == ["shop"]


def test_parents_of_the_output_are_made(env: dict[str, str], tmp_path: Path) -> None:
    assert make(tmp_path, env, "--output", "new/deep").code == 0
    assert (tmp_path / "new/deep/shop/.env").exists()


# Git.


def git(cwd: Path, *words: str) -> str:
    done = subprocess.run(
        ["git", *words], cwd=cwd, env=clean_environment(), capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


WITH_GIT = ("startdemo", "demo", *WORDS, "--no-install", "--yes")


def test_the_first_commit_holds_the_project_without_its_secrets(env: dict[str, str], tmp_path: Path) -> None:
    run = fastkit(*WITH_GIT, cwd=tmp_path, env=env)
    assert run.code == 0
    assert git(tmp_path / "shop", "log", "--format=%s|%an <%ae>|%cn <%ce>") == (
        "Start shop from demo|Ada <ada@example.com>|Ada <ada@example.com>"
    )
    committed = git(tmp_path / "shop", "ls-files", "-z").split("\0")
    assert ".env" not in committed
    assert {".gitignore", "pyproject.toml", "src/[id].py"} <= set(committed)
    assert git(tmp_path / "shop", "status", "--porcelain") == ""
    assert "note: git does not know you yet, so the first commit is by Ada <ada@example.com>" in run.out


def test_the_commit_is_by_whom_git_knows(env: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "gitconfig").write_text(
        "[user]\nname = Grace\nemail = grace@example.com\n[init]\ndefaultBranch = trunk\n"
    )
    run = fastkit(*WITH_GIT, cwd=tmp_path, env=env | {"GIT_CONFIG_GLOBAL": str(tmp_path / "gitconfig")})
    assert "note:" not in run.out
    assert git(tmp_path / "shop", "log", "--format=%an %D") == "Grace HEAD -> trunk"


def test_no_git_means_no_repository(env: dict[str, str], tmp_path: Path) -> None:
    make(tmp_path, env)
    assert not (tmp_path / "shop/.git").exists()


def test_inside_of_a_repository_no_other_is_begun(env: dict[str, str], tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    run = fastkit(*WITH_GIT, "--json", cwd=tmp_path, env=env)
    assert run.answer["git"] is False
    assert not (tmp_path / "shop/.git").exists()
    assert git(tmp_path, "ls-files") == ""


def test_hooks_signing_and_a_callers_git_dir_are_left_alone(env: dict[str, str], tmp_path: Path) -> None:
    hooks = write(tmp_path / "hooks", {"pre-commit": f"#!/bin/sh\ntouch {tmp_path}/ran\nexit 1\n"})
    (hooks / "pre-commit").chmod(0o755)
    (tmp_path / "gitconfig").write_text(f"[core]\nhooksPath = {hooks}\n[commit]\ngpgSign = true\n")
    git(write(tmp_path / "other", {}).parent, "init", "--quiet", "other")
    work = tmp_path / "work"
    work.mkdir()
    callers = {"GIT_CONFIG_GLOBAL": str(tmp_path / "gitconfig"), "GIT_DIR": str(tmp_path / "other/.git")}
    run = fastkit(*WITH_GIT, cwd=work, env=env | callers)
    assert run.code == 0
    assert git(work / "shop", "rev-list", "--count", "HEAD") == "1"
    assert not (tmp_path / "ran").exists()
    assert git(tmp_path / "other", "ls-files") == ""


def test_a_template_cannot_bring_hooks(tmp_path: Path) -> None:
    hook = "#!/bin/sh\ntouch ../ran\n"
    env = make_demo(tmp_path / "templates", {"project/.git/hooks/pre-commit": hook})
    (tmp_path / "templates/demo/project/.git/hooks/pre-commit").chmod(0o755)
    assert fastkit(*WITH_GIT, cwd=tmp_path, env=env).code == 0
    assert not (tmp_path / "shop/.git/hooks/pre-commit").exists()
    assert not (tmp_path / "ran").exists()


def test_without_git_it_says_so_and_goes_on(env: dict[str, str], tmp_path: Path) -> None:
    run = fastkit(*WITH_GIT, cwd=tmp_path, env=env | {"PATH": str(tmp_path)})
    assert run.code == 0
    assert "note: git is not installed, so the project is in no repository yet" in run.out
    assert (tmp_path / "shop/.env").exists()


# Package managers.


def fake_manager(folder: Path, name: str, script: str) -> dict[str, str]:
    """A package manager that does what the script says, alone on PATH with the system's tools."""
    tools = folder / ".tools"
    tools.mkdir()
    (tools / name).write_text(
        f'#!/bin/sh\n[ "$1" = --version ] && {{ echo "{name} 99.0"; exit; }}\n{script}\n'
    )
    (tools / name).chmod(0o755)
    return {"PATH": f"{tools}:/usr/bin:/bin"}


def test_a_missing_manager_is_refused_before_anything_is_written(env: dict[str, str], tmp_path: Path) -> None:
    words = ("startdemo", "demo", *WORDS, "--package-manager", "poetry", "--yes")
    run = fastkit(*words, cwd=tmp_path, env=env | {"PATH": str(tmp_path)})
    assert (run.code, run.out) == (1, "")
    assert run.error_lines == [
        "error: the package manager `poetry` is not installed",
        "hint: run `uv tool install --upgrade poetry`, or pass another --package-manager",
    ]
    assert not any(tmp_path.iterdir())


def test_a_missing_manager_is_asked_again(env: dict[str, str], tmp_path: Path) -> None:
    answers = "pdm\nuv\n\n\n\n\ny\n"
    words = ("startdemo", "demo", *WORDS, "--no-git")
    run = fastkit(
        *words, "--dry-run", cwd=tmp_path, env=env | {"PATH": f"{tmp_path}:/usr/bin"}, answers=answers
    )
    assert run.code == 0, run
    assert "error: the package manager `pdm` is not installed" in run.out
    assert run.out.count("Select package manager") == 2


def test_without_install_a_missing_manager_is_no_obstacle(env: dict[str, str], tmp_path: Path) -> None:
    run = make(tmp_path, env | {"PATH": str(tmp_path)}, "--package-manager", "pdm")
    assert run.code == 0
    assert "\nNext steps:\n  cd shop\n  pdm install\n  pdm run pytest\n" in run.out


@pytest.mark.parametrize(
    ("version", "message"),
    [("echo poetry 1.8.5", "`poetry` 1.8.5 is too old: "), ("exit 1", "`{path} --version` fails")],
)
def test_a_manager_that_is_old_or_broken_is_refused(
    version: str, message: str, env: dict[str, str], tmp_path: Path
) -> None:
    poetry = write(tmp_path / "tools", {"poetry": f"#!/bin/sh\n{version}\n"}) / "poetry"
    poetry.chmod(0o755)
    words = ("startdemo", "demo", *WORDS, "--package-manager", "poetry", "--yes")
    run = fastkit(*words, cwd=tmp_path, env=env | {"PATH": f"{poetry.parent}:/usr/bin:/bin"})
    assert (run.code, run.out) == (1, "")
    assert run.error_lines[0].startswith("error: " + message.format(path=poetry))
    assert not (tmp_path / "shop").exists()


def test_a_failed_install_leaves_the_project_the_log_and_the_steps(
    env: dict[str, str], tmp_path: Path
) -> None:
    script = "for n in 1 2 3 4 5 6 7 8 9 10; do echo line $n; done; echo no [such] package >&2; exit 3"
    env |= fake_manager(tmp_path, "pdm", script)
    run = fastkit("startdemo", "demo", *WORDS, "--package-manager", "pdm", "--yes", cwd=tmp_path, env=env)
    assert run.code == 1
    assert "successfully" not in run.out
    assert "\nNext steps:\n  cd shop\n  pdm install\n  pdm run pytest\n" in run.out
    assert run.error_lines[:2] == ["Installing with pdm...", "error: `pdm install` failed"]
    assert run.error_lines[-2] == "  | no [such] package"
    log = Path(run.error_lines[-1].split("`")[1])
    assert log.read_text().splitlines()[0] == "line 1"
    log.unlink()
    assert git(tmp_path / "shop", "rev-list", "--count", "HEAD") == "1"


def test_an_install_works_in_the_project_and_not_in_the_active_environment(
    env: dict[str, str], tmp_path: Path
) -> None:
    script = 'mkdir .venv; pwd > .venv/where; echo "[$VIRTUAL_ENV$PYTHONPATH]" >> .venv/where; touch pdm.lock'
    env |= fake_manager(tmp_path, "pdm", script) | {"VIRTUAL_ENV": sys.prefix, "PYTHONPATH": str(tmp_path)}
    run = fastkit("startdemo", "demo", *WORDS, "--package-manager", "pdm", "--yes", cwd=tmp_path, env=env)
    assert run.code == 0, run
    assert (tmp_path / "shop/.venv/where").read_text() == f"{tmp_path}/shop\n[]\n"
    committed = git(tmp_path / "shop", "ls-files").splitlines()
    assert "pdm.lock" in committed
    assert not any(path.startswith(".venv") for path in committed)
    assert run.err == "Installing with pdm...\n"
    assert "\nNext steps:\n  cd shop\n  pdm run pytest\n" in run.out


def test_a_template_of_others_is_not_installed_and_its_manager_need_not_be_there(
    env: dict[str, str], tmp_path: Path
) -> None:
    words = ("startdemo", f"{env['FASTKIT_TEMPLATES']}/demo", *WORDS, "--package-manager", "pdm", "--yes")
    run = fastkit(*words, cwd=tmp_path, env={"PATH": "/usr/bin:/bin"})
    assert (run.code, run.err) == (0, "")
    assert "\nnote: the project is not installed: " in run.out
    assert "\nNext steps:\n  cd shop\n  pdm install\n  pdm run pytest\n" in run.out
    assert "--no-install" not in run.out


def test_json_says_that_a_template_of_others_is_not_installed(env: dict[str, str], tmp_path: Path) -> None:
    words = ("startdemo", f"{env['FASTKIT_TEMPLATES']}/demo", *WORDS, "--yes", "--json")
    run = fastkit(*words, cwd=tmp_path)
    assert (run.code, run.answer["installed"]) == (0, False)
    assert run.answer["notes"][-1].startswith("the project is not installed: ")
    assert run.answer["next"][0] == "cd shop"


@pytest.mark.parametrize("how", ["--trust", "the trust list"])
def test_trust_installs_a_template_of_others(
    how: str, env: dict[str, str], tmp_path: Path, home: Path
) -> None:
    env = {**env, **fake_manager(tmp_path, "pdm", "touch ran"), "XDG_CONFIG_HOME": str(home / ".config")}
    if how != "--trust":
        write(home / ".config/fastkit", {"settings.yml": f"trust: ['{env['FASTKIT_TEMPLATES']}']"})
    template = f"{env.pop('FASTKIT_TEMPLATES')}/demo"
    words = ("startdemo", template, *WORDS, "--package-manager", "pdm", "--yes", "--json")
    run = fastkit(*words, *([how] if how == "--trust" else []), cwd=tmp_path, env=env)
    assert (run.code, run.answer["installed"]) == (0, True)
    assert (tmp_path / "shop/ran").exists()


# Bytes that are no text.


@pytest.mark.skipif(sys.platform == "win32", reason="arguments are text there")
@pytest.mark.parametrize(
    "words",
    [
        (b"--project-name", b"a\xff"),
        (b"--author", b"a\xff"),
        (b"--author-email", b"a\xff@b.cd"),
        (b"--description", b"a\xff"),
        (b"--package-manager", b"uv\xff"),
        (b"--set", b"database=\xff"),
        (b"--set", b"\xff=1"),
        (b"--set", b"\xff"),
        (b"--set", b"token=\xff"),
        (b"--answers", b"\xff"),
        (b"--\xff",),
    ],
)
def test_bytes_that_are_no_text_are_refused_in_two_lines(
    words: tuple[bytes, ...], env: dict[str, str], tmp_path: Path
) -> None:
    run = make(tmp_path, env, *words)
    assert (run.code, run.out) == (2, "")
    assert len(run.error_lines) == 2
    assert not any(tmp_path.iterdir())


@pytest.mark.skipif(sys.platform == "win32", reason="arguments are text there")
def test_a_template_named_in_bytes_that_are_no_text_is_unknown(tmp_path: Path) -> None:
    run = fastkit("startdemo", b"\xff", "--yes", cwd=tmp_path)
    assert (run.code, len(run.error_lines)) == (2, 2)


@pytest.mark.skipif(sys.platform != "linux", reason="only there a folder's name may be any bytes")
@pytest.mark.parametrize("switch", [(), ("--json",), ("--dry-run",)])
def test_a_folder_named_in_bytes_that_are_no_text_can_be_the_output(
    switch: tuple[str, ...], env: dict[str, str], tmp_path: Path
) -> None:
    run = make(tmp_path, env, "--output", b"\xff", *switch)
    assert (run.code, run.err) == (0, "")
    made = Path(str(tmp_path)) / b"\xff".decode(errors="surrogateescape") / "shop/.env"
    assert made.exists() is (switch != ("--dry-run",))


def test_answers_that_are_no_text_are_asked_again(env: dict[str, str], tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "fastkit", "startdemo", "demo", "--dry-run"],
        cwd=tmp_path,
        env=clean_environment(**env),
        input=b"shop\nAda \xff\nAda\nada@example.com\nA shop\n\n\n\n\n\n",
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done
    assert rb"error: `author` cannot be `Ada \udcff`: it takes text" in done.stdout
