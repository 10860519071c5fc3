"""The Jinja environment of a template, imported only once something really is to be rendered."""

from collections.abc import Mapping
from functools import cache
from typing import Any


def environment(envops: Mapping[str, Any]) -> Any:
    """The sandbox that copier renders in, with the settings of the template's `_envops`.

    Source: https://copier.readthedocs.io/en/stable/configuring/#envops
    """
    return cached_environment(tuple(sorted(envops.items())))


@cache
def cached_environment(envops: tuple[tuple[str, Any], ...]) -> Any:
    import jinja2
    from jinja2.sandbox import SandboxedEnvironment

    options = {"keep_trailing_newline": True, **dict(envops)}
    if str(options.pop("undefined", "")).endswith("StrictUndefined"):
        options["undefined"] = jinja2.StrictUndefined
    return SandboxedEnvironment(extensions=["jinja2_ansible_filters.AnsibleCoreFiltersExtension"], **options)


def is_templated(text: str, envops: Mapping[str, Any]) -> bool:
    usual = {"variable_start_string": "{{", "block_start_string": "{%", "comment_start_string": "{#"}
    return any(str(envops.get(name, start)) in text for name, start in usual.items())
