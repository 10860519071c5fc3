"""Content that differs between two renders."""

from fastkit.checking.determinism import check_determinism
from fastkit.checking.finding import Tree
from tests.support.good_template import copied


def tree(**files: str) -> Tree:
    return Tree("defaults", (), {path: copied(path, content) for path, content in files.items()})


def test_the_same_files_are_accepted() -> None:
    assert [*check_determinism(tree(a="x"), tree(a="x"))] == []


def test_other_content_is_reported_with_its_file() -> None:
    (found,) = check_determinism(tree(a="x", b="y"), tree(a="x", b="z"))
    assert (found.file, found.message) == ("b", "two renders differ")


def test_a_file_of_only_one_render_is_reported() -> None:
    (found,) = check_determinism(tree(a="x", b="y"), tree(a="x"))
    assert found.message == "`b` is only in one of two renders"
