"""An error while rendering names the file and line of the template at fault."""

import errno
from pathlib import Path

import pytest

from fastkit.errors import DestinationError, TemplateError
from fastkit.rendering.faults import errors_of
from tests.support.folders import write
from tests.support.rendering import STRICT, recipe_in, refusal


def test_an_undefined_variable_is_named_with_file_and_line(source: str, tmp_path: Path) -> None:
    files = {"copier.yml": STRICT, "project/src/main.py.jinja": "a = 1\n\nb = {{ nothing }}\n"}
    error = refusal(recipe_in(tmp_path, files, source=source))
    assert error.message.startswith("demo/project/src/main.py.jinja:3: ")
    assert (error.file, error.line) == ("project/src/main.py.jinja", 3)
    assert error.hint == "fix the template `demo`, or report this to its author"


def test_a_file_of_a_layer_is_named_too(tmp_path: Path) -> None:
    write(tmp_path / "templates/_base", {"a.txt.jinja": "\n{{ nothing }}"})
    error = refusal(recipe_in(tmp_path, {"copier.yml": STRICT + "_fastkit: {layers: [_base]}\n"}))
    assert error.message.startswith("demo/project/a.txt.jinja:2: ")


def test_a_syntax_error_is_named_with_file_and_line(source: str, tmp_path: Path) -> None:
    files = {"copier.yml": STRICT, "project/a.jinja": "one\n{% if %}\n"}
    assert refusal(recipe_in(tmp_path, files, source=source)).message.startswith("demo/project/a.jinja:2: ")


def test_an_unclosed_block_is_named_with_file_and_line(source: str, tmp_path: Path) -> None:
    files = {"copier.yml": STRICT, "project/a.jinja": "{% if true %}\n"}
    assert refusal(recipe_in(tmp_path, files, source=source)).message.startswith("demo/project/a.jinja:")


def test_an_undefined_variable_in_a_name_is_the_templates_fault(tmp_path: Path) -> None:
    error = refusal(recipe_in(tmp_path, {"copier.yml": STRICT, "project/{{ nothing }}.py": ""}))
    assert error.message.startswith("demo/project/{{ nothing }}.py: the name cannot be rendered: ")


def test_an_error_while_rendering_is_named_with_file_and_line(source: str, tmp_path: Path) -> None:
    files = {"copier.yml": STRICT, "project/a.jinja": "\n{{ 1 // 0 }}"}
    assert refusal(recipe_in(tmp_path, files, source=source)).message.startswith("demo/project/a.jinja:2: ")


def test_a_template_file_that_is_not_text_is_refused(source: str, tmp_path: Path) -> None:
    error = refusal(
        recipe_in(tmp_path, {"copier.yml": STRICT, "project/a.jinja": b"\xff\xfe\x00"}, source=source)
    )
    assert error.message.startswith("demo/project/a.jinja: is not UTF-8 text: ")
    assert len(error.message.splitlines()) == 1


def test_an_answer_that_copier_refuses_is_refused(tmp_path: Path) -> None:
    config = f"{STRICT}port: {{type: int, validator: '{{% if port < 9 %}}too small{{% endif %}}'}}\n"
    error = refusal(recipe_in(tmp_path, {"copier.yml": config, "project/a": ""}, {"port": 1}))
    assert error.message.startswith("demo: ")
    assert "port" in error.message
    assert "too small" in error.message


def test_a_file_of_the_template_that_the_system_does_not_read_is_the_templates_fault(tmp_path: Path) -> None:
    recipe = recipe_in(tmp_path, {"project/a": ""})
    unread = OSError(errno.EIO, "Input/output error", str(recipe.template.folder / "project/a"))
    with pytest.raises(TemplateError) as error, errors_of(recipe, tmp_path, tmp_path / "copy"):
        raise unread
    assert error.value.message == "demo/project/a: cannot be read: Input/output error"


@pytest.mark.parametrize(
    ("number", "is_in_template", "kind"),
    [
        (errno.EINVAL, False, TemplateError),
        (errno.EACCES, True, TemplateError),
        (errno.ENOSPC, False, DestinationError),
    ],
)
def test_an_error_of_the_system_is_the_templates_fault_unless_the_disk_refuses_the_project(
    number: int, is_in_template: bool, kind: type[Exception], tmp_path: Path
) -> None:
    recipe = recipe_in(tmp_path, {"project/a": ""})
    file = (recipe.template.folder if is_in_template else tmp_path / "shop") / "project/a"
    with pytest.raises(kind), errors_of(recipe, tmp_path, tmp_path / "copy"):
        raise OSError(number, "refused", str(file))
