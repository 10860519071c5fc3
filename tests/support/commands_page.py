"""docs/reference/commands.md: every command with its arguments and options, read from the commands."""

from collections.abc import Iterator
from typing import Any

import typer
from typer.main import get_command

from fastkit import cli
from tests.support.constraints import ROOT

PAGE = ROOT / "docs/reference/commands.md"

BEGIN = """\
# Command line

<!-- Written by `make docs` from the commands themselves. -->

Every command also shows this with `--help`. `fastkit --version` shows the version.
`fastkit --install-completion` completes commands and options in your shell, and `fastkit --show-completion`
prints what it would install.
"""

HELP = "--help"


def page() -> str:
    return "\n".join([BEGIN, *(section(name) for name in cli.COMMANDS)]).rstrip("\n") + "\n"


def section(name: str) -> str:
    if name in cli.SAME:
        return f"## fastkit {name}\n\n{cli.COMMANDS[name]}\n"
    params = [param for param in command_of(name).params if HELP not in param.opts]
    lines = [
        f"## fastkit {name}",
        "",
        cli.COMMANDS[name],
        "",
        "```text",
        usage(name, params),
        "```",
        "",
        *(table("Argument", [param for param in params if is_argument(param)])),
        *(table("Option", [param for param in params if not is_argument(param)])),
    ]
    return "\n".join(lines)


def command_of(name: str) -> Any:
    app = typer.Typer(add_completion=False)
    app.command(name, context_settings=cli.SETTINGS.get(name))(cli.imported(name))
    return get_command(app)


def usage(name: str, params: list[Any]) -> str:
    arguments = [param for param in params if is_argument(param)]
    return " ".join(["fastkit", name, "[OPTIONS]", *(in_usage(param) for param in arguments)])


def in_usage(argument: Any) -> str:
    several = "..." if argument.nargs == -1 else ""
    name = value_of(argument)
    return f"{name}{several}" if argument.required else f"[{name}]{several}"


def is_argument(param: Any) -> bool:
    return bool(param.param_type_name == "argument")


def table(title: str, params: list[Any]) -> Iterator[str]:
    if not params:
        return
    yield f"| {title} | What it does |"
    yield "|---|---|"
    for param in params:
        yield f"| {written(param)} | {cell(param.help)}{default(param)} |"
    yield ""


def written(param: Any) -> str:
    if is_argument(param):
        return f"`{value_of(param)}`"
    value = "" if param.is_flag else f" {value_of(param)}"
    longest_first = sorted(param.opts, key=len, reverse=True)
    return ", ".join(f"`{name}{value}`" for name in [*longest_first, *param.secondary_opts])


def value_of(param: Any) -> str:
    return str(param.metavar or param.name.strip("_").upper()).strip("[].")


def default(param: Any) -> str:
    value = param.default
    if param.required or value in (None, "", ()) or isinstance(value, bool) or callable(value):
        return ""
    return f" Default: `{value}`."


def cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
