"""A template as a whole: nothing is found in a good one, and each fault is found at its place."""

import sys
from pathlib import Path

import pytest

from fastkit.checking.check import check
from fastkit.checking.finding import Finding, merged
from fastkit.computing import limits
from fastkit.rendering import confined
from tests.support.folders import write_template
from tests.support.good_template import COPIER_YML, GOOD, findings, only, with_line


def test_nothing_is_found_in_a_good_template(tmp_path: Path) -> None:
    assert findings(tmp_path, {}) == []


@pytest.mark.parametrize(
    ("line", "message", "hint"),
    [
        (
            "_exclud: [x]",
            "`_exclud` is an unknown setting, which is ignored",
            "did you mean `_exclude`?",
        ),
        (
            "port: {type: int, defualt: 8000, default: 1}",
            "`defualt` is an unknown key of the question `port`, which is ignored",
            "did you mean `default`?",
        ),
        (
            'port: {type: int, default: "{{ databse }}"}',
            "in `default` of `port`, `databse` is undeclared",
            "did you mean `database`?",
        ),
        (
            'port: "{{ databse }}"',
            "in `default` of `port`, `databse` is undeclared",
            "did you mean `database`?",
        ),
        (
            'port: {type: int, default: 1, validator: "{{ databse }}"}',
            "in `validator` of `port`, `databse` is undeclared",
            "did you mean `database`?",
        ),
        (
            "_message_after_copy: Hello {{ projet_name }}",
            "in `_message_after_copy`, `projet_name` is undeclared",
            "did you mean `project_name`?",
        ),
        (
            "_tasks: [make]",
            "`_tasks` runs code (tasks)",
            "remove it, or check the template with --trust, which its users will need, too",
        ),
        (
            'port: {type: str, validator: "never"}',
            "`port` has no default, and no sample is a valid answer",
            "add a `default` or a `placeholder`, or check with --set port=VALUE",
        ),
    ],
)
def test_a_fault_of_copier_yml_is_reported_with_its_line(
    line: str, message: str, hint: str, tmp_path: Path
) -> None:
    found = only(findings(tmp_path, with_line(line)))
    assert (found.message, found.hint, found.place) == (message, hint, "copier.yml:11")


def test_a_key_below_fastkit_is_checked_too(tmp_path: Path) -> None:
    found = only(findings(tmp_path, {"copier.yml": COPIER_YML.replace("  title:", "  tagz: [x]\n  title:")}))
    assert (found.hint, found.place) == ("did you mean `tags`?", "copier.yml:4")


def test_content_that_differs_between_two_renders_is_reported(tmp_path: Path) -> None:
    found = findings(
        tmp_path, {"project/x.txt.jinja": "{{ (database ~ 'bcdefghijklm') | list | shuffle | join }}\n"}
    )
    assert "two renders differ" in [f.message for f in found]


def test_the_progress_counts_the_projects(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    template = write_template(tmp_path / "shop", GOOD)
    check(template, {}, trust=False, advance=lambda done, total: seen.append((done, total)))
    assert seen == [(1, 3), (2, 3), (3, 3)]


def test_a_trusted_template_may_run_code(tmp_path: Path) -> None:
    assert findings(tmp_path, with_line("_tasks: [make]"), trust=True) == []


def test_each_rendered_file_is_checked(tmp_path: Path) -> None:
    faults = {"project/a.json": "{\n", "project/b.txt": "a \n{{ database }}\n", "project/aux.txt": "a\n"}
    found = {(finding.check, finding.place) for finding in findings(tmp_path, faults)}
    assert found == {
        ("format", "project/a.json:2"),
        ("whitespace", "project/b.txt:1"),
        ("left-over", "project/b.txt:2"),
        ("file names", "project/aux.txt"),
    }


def test_folders_and_links_of_a_project_are_no_files_to_check(tmp_path: Path) -> None:
    files = {"copier.yml": COPIER_YML + "_preserve_symlinks: true\n", "project/empty/": ""}
    files |= {"project/a.txt": "a\n", "project/link.json": "-> a.txt", "project/nowhere.json": "-> gone"}
    assert findings(tmp_path, files) == []


# Limits.


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux bounds the memory of a process")
def test_a_text_of_gigabytes_is_reported(tmp_path: Path) -> None:
    import resource

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    text = "{{ 'a' | center(1000000000) | length }}{% if 'a' | center(1000000000) %}x{% endif %}\n"
    found = only(findings(tmp_path, {"project/x.txt.jinja": text}))
    assert (found.message, found.place) == ("takes too much memory to compute", "project/x.txt.jinja:1")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 500_000, "it was computed here"


def test_deep_nesting_is_reported(tmp_path: Path) -> None:
    changes = {
        "project/a.txt.jinja": "{{ " + "(" * 3000 + "1" + ")" * 3000 + " }}",
        "project/b.json": "[" * 200_000,
        "project/c.toml": "a = " + "[" * 20_000,
    }
    found = findings(tmp_path, changes)
    assert [(finding.file, "deep" in finding.message) for finding in found if finding.file] == [
        ("project/a.txt.jinja", True)
    ]
    (tmp_path / "shop/project/a.txt.jinja").unlink()
    del changes["project/a.txt.jinja"]
    assert {finding.file for finding in findings(tmp_path, changes)} == {"project/b.json", "project/c.toml"}


def test_files_that_take_too_long_to_check_are_one_finding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(confined, "SECONDS", 1)
    files = {f"project/a{number}.py": f"a{number} = [1, 2, 3]\n" * 40_000 for number in range(40)}
    found = findings(tmp_path, files)
    assert "takes more than 1 seconds to compute" in [finding.message for finding in found]


def test_the_size_of_all_projects_together_is_limited(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "MOST_BYTES_FETCHED", 100_000)
    found = only(findings(tmp_path, {"project/a.txt": "x\n" * 60_000}))
    assert found.message == "makes projects that are together too many or too large"


def test_findings_stand_in_the_order_of_files_and_lines() -> None:
    places = [("a.txt", None), ("a.txt", 2), ("a.txt", 10), ("b.txt", 1)]
    found = [Finding("format", f"{9 - n}", "fix it", *place) for n, place in enumerate(places)]
    assert merged(reversed(found), 0) == found
