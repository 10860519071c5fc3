"""What a template says before and after a project is made."""

from collections.abc import Mapping

from fastkit.catalog.questions import Value
from fastkit.catalog.template import Template
from fastkit.computing.texts import RenderError, Sandbox, Unset
from fastkit.errors import TemplateError

BEFORE = "_message_before_copy"
AFTER = "_message_after_copy"


def message(template: Template, setting: str, sandbox: Sandbox, context: Mapping[str, Value]) -> str:
    """
    Raises:
        TemplateError: it cannot be rendered.
    """
    text = template.config.get(setting)
    try:
        return sandbox.render(text, context, "undefined") if text else ""
    except (RenderError, Unset) as error:
        file, line = template.place(setting)
        problem = f"`{setting}` cannot be rendered: {error}"
        raise TemplateError(template.name, problem, file=file, line=line) from error
