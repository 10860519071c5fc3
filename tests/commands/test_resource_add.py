"""`fastkit resource add`: what it reads from a file."""

from pathlib import Path

import pytest

from fastkit.commands.resource_add import read_data
from fastkit.errors import UsageError
from tests.support.folders import write


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("name: [", "is not YAML", "pass YAML or JSON"),
        ("- name", "is no mapping", "write it like {name: note, fields: ['title:str']}"),
    ],
)
def test_a_file_that_describes_no_resource_is_refused_by_its_name(
    text: str, message: str, hint: str, tmp_path: Path
) -> None:
    file = write(tmp_path, {"note.yml": text}) / "note.yml"
    with pytest.raises(UsageError) as error:
        read_data(file)
    assert error.value.message.startswith(f"{file} {message}")
    assert error.value.hint == hint
