"""Every test of the repository is one that `make check` runs."""

from fnmatch import fnmatch

import pytest

from tests.support.constraints import ROOT

NOT_OURS = ("golden",)
"""Folders with the tests of projects that fastkit has made."""


def test_no_folder_with_tests_is_left_out(pytestconfig: pytest.Config) -> None:
    left_out = [name for name in pytestconfig.getini("norecursedirs") if name not in NOT_OURS]
    files = (file.relative_to(ROOT / "tests") for file in (ROOT / "tests").rglob("test_*.py"))
    folders = {part for file in files if not set(NOT_OURS) & set(file.parts) for part in file.parts[:-1]}
    assert [name for name in folders if any(fnmatch(name, pattern) for pattern in left_out)] == []
