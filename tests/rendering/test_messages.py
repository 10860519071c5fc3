"""What a template says before and after a project is made."""

from pathlib import Path

import pytest

from fastkit.errors import TemplateError
from fastkit.rendering.messages import AFTER, BEFORE, message
from tests.support.folders import write_template


def test_a_message_is_rendered_with_the_answers(tmp_path: Path) -> None:
    template = write_template(tmp_path / "demo", {"copier.yml": "_message_after_copy: 'Hi {{ name }}'\n"})
    sandbox = template.sandbox(trusted=True)
    assert message(template, AFTER, sandbox, {"name": "Ada"}) == "Hi Ada"
    assert message(template, BEFORE, sandbox, {}) == ""


def test_a_message_that_cannot_be_rendered_is_named_with_its_line(tmp_path: Path) -> None:
    config = "name: Ada\n_message_before_copy: '{{ name | nothing }}'\n"
    template = write_template(tmp_path / "demo", {"copier.yml": config})
    with pytest.raises(TemplateError) as error:
        message(template, BEFORE, template.sandbox(trusted=True), {})
    assert error.value.message.startswith("demo/copier.yml:2: `_message_before_copy` cannot be rendered: ")
