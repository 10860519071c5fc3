"""Nothing leaves the application that a schema does not name."""

from pathlib import Path

from tests.secret_columns import answers_of

REQUESTS = [
    ("POST", "/users/", {"username": "ada", "email": "ada@example.com"}),
    ("PUT", "/users/1", {"username": "grace"}),
    ("PATCH", "/users/1", {"username": "ada"}),
    ("GET", "/users/1", None),
    ("GET", "/users/1", None),  # perhaps from a cache
    ("GET", "/users/?sort=username", None),
    ("GET", "/users/?after=0", None),
]


def test_a_column_that_no_schema_names_is_in_no_answer(tmp_path: Path) -> None:
    answers = answers_of("tests.test_schemas", tmp_path)
    statuses = {line.split()[2] for line in answers.splitlines() if line.startswith(("GET", "P"))}

    assert statuses == {"200", "201"}
    assert "hashed_password" not in answers
    assert "SECRET" not in answers
