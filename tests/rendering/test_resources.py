"""The files of resources, formatted."""

import sys
from pathlib import Path

import pytest

from fastkit.catalog.find import list_templates
from fastkit.catalog.layers import sources
from fastkit.catalog.resources import are_offered
from fastkit.computing.python_lists import LINE
from fastkit.errors import FastkitError
from fastkit.rendering import resources


def test_a_formatter_that_fails_is_named_with_the_first_line_of_what_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resources, "RUFF", [sys.executable, "-S", "-c"])
    for script, problem in (
        ("import sys; sys.exit('a line\\nmore')", "a line"),
        ("raise SystemExit(2)", "it does not say why"),
    ):
        with pytest.raises(FastkitError, match=f"^ruff cannot format what was made: {problem}$"):
            resources.ruff([script], tmp_path)


def test_lines_are_as_long_as_the_templates_own_ruff_allows() -> None:
    making = [template for template in list_templates() if are_offered(template)]
    for template in making:
        text = sources(template)["pyproject.toml.jinja"].read_text()
        assert f"\nline-length = {LINE}\n" in text
    assert making
