"""Where a template computes."""

import os
from dataclasses import replace
from pathlib import Path

from fastkit.rendering.confined import computed, matched
from tests.support.folders import write_template


def test_only_a_template_that_nobody_trusts_computes_in_another_process(tmp_path: Path) -> None:
    template = write_template(tmp_path / "demo", {})
    assert computed(template, os.getpid, trusted=False) != os.getpid()
    assert computed(template, os.getpid, trusted=True) == os.getpid()
    assert computed(replace(template, source="bundled"), os.getpid, trusted=False) == os.getpid()


def process() -> list[str]:
    return [str(os.getpid())]


def test_only_the_patterns_of_a_template_that_nobody_trusts_are_tried_in_another_process(
    tmp_path: Path,
) -> None:
    template = write_template(tmp_path / "demo", {})
    assert matched(template, "`_exclude`", sorted, ["b", "a"], trusted=False) == ["a", "b"]
    assert matched(template, "`_exclude`", process, trusted=True) == process()
