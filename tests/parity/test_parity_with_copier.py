"""fastkit makes of any template what copier makes of it, byte for byte; where it refuses, it says why."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from fastkit.errors import FastkitError
from tests.parity.both import Case, both, copiers, entries
from tests.parity.cases import CASES, asked, made
from tests.support.command_line import fastkit
from tests.support.folders import write, write_template


@pytest.mark.parametrize("name", CASES)
def test_both_make_the_same(name: str, tmp_path: Path) -> None:
    mine, theirs = both(CASES[name], tmp_path)
    assert mine == theirs
    assert mine


def test_what_differs_is_seen(tmp_path: Path) -> None:
    """The comparison is one of names, contents, modes and kinds."""
    write(tmp_path, {"a/x": "1", "b/x": "2", "c/x/": "", "d/x": "-> y", "e/y": "1", "f/x": "1"})
    (tmp_path / "f/x").chmod(0o755)
    trees = [entries(tmp_path / name) for name in "abcdef"]
    assert all(one != other for n, one in enumerate(trees) for other in trees[:n])


BY_COMMAND = [
    "files: yield",
    "files: a subdirectory",
    "files: own",
    "type: a secret",
    "files: excluded names",
]


@pytest.mark.parametrize("name", [name for name in CASES if name in BY_COMMAND])
def test_both_make_the_same_by_the_command_line(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    template = write_template(tmp_path / "template", {"copier.yml": "", **case.files})
    (tmp_path / "ours").mkdir()
    words = ["startdemo", str(template.folder), "--project-name", "shop", "--yes", "--no-git"]
    done = fastkit(*words, cwd=tmp_path / "ours")
    assert done.code == 0, done.err
    assert entries(tmp_path / "ours/shop") == copiers(case, template.folder, tmp_path)


# Templates that nobody wrote.

NAMES = st.sampled_from(["a", "b", "c_d", "lambda"])
WORDS = st.text(alphabet="ab é{}%#'\"\\:-\n", max_size=8)
VALUES = st.one_of(
    WORDS, st.integers(-9, 9), st.booleans(), st.none(), st.lists(WORDS | st.integers(0, 9), max_size=3)
)
SETTINGS = st.fixed_dictionaries(
    {},
    optional={
        "_subdirectory": st.just("p"),
        "_templates_suffix": st.sampled_from([".jinja", ".t", ""]),
        "_exclude": st.lists(st.sampled_from(["*.md", "x", "/d", "!d/e", "copier.yml"]), max_size=3),
        "_envops": st.fixed_dictionaries(
            {},
            optional={
                "trim_blocks": st.booleans(),
                "lstrip_blocks": st.booleans(),
                "keep_trailing_newline": st.booleans(),
                "variable_start_string": st.just("[["),
            },
        ),
        "_preserve_symlinks": st.booleans(),
        "_skip_if_exists": st.just(["x"]),
    },
)
TEXTS = st.lists(
    st.sampled_from(
        [
            *("{{ a }}", "{{ b | to_json }}", "{{ c_d | default('z') }}", "{% raw %}{{ a }}{% endraw %}"),
            *("{% if a %}y{% endif %}\n", "{% for i in [1, 2] %}{{ i }}\n{% endfor %}", "{# c #}"),
            *("text\n", "\r\n", "é", "{ {", "  "),
        ]
    ),
    max_size=5,
).map("".join)
PATHS = st.sampled_from(
    [
        *("x", "x.md", "d/e.jinja", "d/f.t", "p/x.jinja", "p/d/y.md", "p/q.t", "p/empty/", "u.jinja/v"),
        *("p/{{ 'n' }}.jinja", "{{ lambda }}/z", "{% if a %}w{% endif %}.t"),
        "{% yield i from [1, 2] %}{{ i }}{% endyield %}.jinja",
    ]
)


@settings(
    max_examples=30,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    questions=st.dictionaries(NAMES, VALUES, max_size=4),
    config=SETTINGS,
    files=st.dictionaries(PATHS, TEXTS, min_size=1, max_size=5),
)
def test_both_make_the_same_of_any_template(
    questions: Mapping[str, Any],
    config: Mapping[str, Any],
    files: Mapping[str, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Or copier cannot, and then fastkit says in one line that it cannot either."""
    import yaml

    root = tmp_path_factory.mktemp("any")
    tree = {"copier.yml": yaml.safe_dump({**config, **questions}, sort_keys=False), "p/always": "", **files}
    tree = {path: "" if path.endswith("/") else text for path, text in tree.items()}
    case = Case(tree)
    template = write_template(root / "template", tree)
    try:
        theirs = copiers(case, template.folder, root)
    except Exception as error:
        event(f"copier cannot: {type(error).__name__}")
        with pytest.raises(FastkitError):
            both(case, root)
        return
    event("both can")
    assert both(case, root)[0] == theirs


# Where fastkit is stricter, as docs/reference/templates.md says.

MADE_FOR_US = "_fastkit: {title: A template of fastkit's}\n"

STRICTER: Mapping[str, tuple[Case, str]] = {
    "an answer to a question that is not asked": (
        asked("w: false\none: {type: int, default: 1, when: '{{ w }}'}", "{{ one }}", one=2),
        "`one` is not asked, given the other answers",
    ),
    "an answer to a computed value": (
        asked("one: {type: int, default: 1, when: false}", "{{ one }}", one=2),
        "there is no question in `template` called `one`",
    ),
    "an answer to no question": (
        asked("one: 1", "{{ one }}", onne=2),
        "there is no question in `template` called `onne`",
    ),
    "yes or no in other words": (
        asked("one: {type: bool}", "{{ one }}", one="perhaps"),
        "`one` cannot be `perhaps`: it takes yes or no",
    ),
    "the default of a secret breaks its validator": (
        asked("one: {type: str, secret: true, default: x, validator: bad}", "{{ one }}"),
        "`one` is not valid: bad",
    ),
    "an included file that is missing": (
        made("!include missing.yml", {"a": ""}),
        "template/copier.yml:1: includes `missing.yml`, which does not exist",
    ),
    "excluded names that are no list": (
        made("_exclude: '*.md'", {"a": ""}),
        "template/copier.yml:1: `_exclude` must be a list",
    ),
    "a project name that cannot be installed": (
        asked(f"{MADE_FOR_US}project_name: {{type: str}}", "{{ project_name }}", project_name="x" * 65),
        "`project_name` has 65 characters, 64 at most",
    ),
    "an email that is none": (
        asked(f"{MADE_FOR_US}author_email: {{type: str}}", "{{ author_email }}", author_email="me"),
        "`author_email` is not an email address like `name@example.com`",
    ),
    "a filter that reads this machine": (
        asked("one: 1", "{{ '~' | expanduser }}"),
        "template/seen.txt.jinja:1: the filter `expanduser` reads this machine, which takes --trust",
    ),
    "a link that leads out of the project": (
        made("_preserve_symlinks: true", {"a": "", "l": "-> /etc"}),
        "template: makes `l`, which is a link that leads out of the project",
    ),
    "what may act as a repository": (
        made("", {".GIT/config": ""}),
        "template: makes `.GIT`, which acts as a git repository on some file systems",
    ),
}


@pytest.mark.parametrize("name", STRICTER)
def test_fastkit_refuses_what_copier_takes(name: str, tmp_path: Path) -> None:
    case, message = STRICTER[name]
    root = write(tmp_path / "template", {"copier.yml": "", **case.files})
    assert copiers(case, root, tmp_path) is not None
    with pytest.raises(FastkitError) as error:
        both(case, tmp_path / "again")
    assert error.value.message == message


LITTER = [
    ".git/config",
    ".venv/a",
    ".pytest_cache/a",
    ".mypy_cache/a",
    ".ruff_cache/a",
    "a.pyc",
    "__pycache__/a",
]


def test_what_tools_leave_behind_is_not_rendered(tmp_path: Path) -> None:
    files = {f"p/{path}": "" for path in LITTER}
    mine, theirs = both(made("_subdirectory: p", {**files, "p/kept": ""}), tmp_path)
    assert [*mine] == ["kept"]
    assert {*LITTER} <= {*theirs}
