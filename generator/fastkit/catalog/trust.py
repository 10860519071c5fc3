"""Whether a template may run code: with `--trust`, or by `trust` in the user's settings.

    trust:
      - gh:my-company/
      - ~/templates

A template is trusted where its address, or its folder, is one of these or lies below one.
"""

from collections.abc import Collection
from pathlib import Path
from typing import Any

from fastkit.catalog.template import Template
from fastkit.computing.safe_yaml import LARGEST, DocumentError, parse
from fastkit.errors import SettingsError, UntrustedTemplate
from fastkit.machine.folders import first_bytes

HINT = "write it like `trust: [gh:my-company, ~/templates]`"


TO_RENDER = frozenset({"Jinja extensions"})

TO_MAKE = TO_RENDER | {"tasks"}
"""The kinds of code that run when a project is made; migrations run only at an update."""


def settle_trust(template: Template, asked: bool, needed: Collection[str] = TO_MAKE) -> bool:
    """Whether the template is trusted.

    Args:
        asked: `--trust` was passed.
        needed: the kinds of code that cannot be left out.

    Raises:
        UntrustedTemplate: it is not trusted, and would run such code.
        SettingsError: the settings cannot be read.
    """
    if is_trusted(template, asked):
        return True
    if kinds := [kind for kind in template.runs_code if kind in needed]:
        code = [str(code) for code in template.code if f"{code.kind}s" in kinds]
        raise UntrustedTemplate(template.name, kinds, code, settings_file())
    return False


def may_install(template: Template, trusted: bool) -> bool:
    """Whether its projects may be installed: a build backend, a `setup.py` or a `uv.toml` is code, too.

    The user has put what lies in their own template folder or in an installed package there.
    """
    return trusted or template.source in ("bundled", "user", "installed")


def settings_file() -> Path:
    from platformdirs import user_config_path

    return user_config_path("fastkit") / "settings.yml"


def is_trusted(template: Template, asked: bool = False) -> bool:
    """
    Raises:
        SettingsError: the settings cannot be read.
    """
    if asked or (template.source == "bundled" and not template.runs_code):
        return asked
    from fastkit.repositories.address import comparable_parts  # whose patterns take time

    file = settings_file()
    place = comparable_parts(
        template.address if template.source == "git" else str(template.folder.absolute())
    )
    trusted = [trusted_place(file, entry) for entry in entries_of(file, read(file))]
    return any(place[: len(parts)] == parts for parts in trusted)


def read(file: Path) -> Any:
    try:
        return parse(first_bytes(file, LARGEST + 1)) or {}
    except DocumentError as error:
        raise SettingsError(file, error.problem, HINT, line=error.line) from None
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise SettingsError(file, f"cannot be read: {error.strerror}", "make it readable") from None


def entries_of(file: Path, settings: Any) -> list[Any]:
    if not isinstance(settings, dict):
        raise SettingsError(file, "must be a mapping", HINT)
    if unknown := [name for name in settings if name != "trust"]:
        raise SettingsError(file, f"has the unknown setting `{unknown[0]}`", HINT)
    entries = settings.get("trust") or []
    if not isinstance(entries, list):
        raise SettingsError(file, "must have a list in `trust`", HINT)
    return entries


def trusted_place(file: Path, entry: Any) -> tuple[str, ...]:
    from fastkit.repositories.address import comparable_parts, without_password

    place = comparable_parts(entry) if isinstance(entry, str) else ()
    if not place:
        shown = without_password(str(entry))
        problem = f"trusts `{shown}`, which is neither an address without a ref nor an absolute folder"
        raise SettingsError(file, problem, HINT)
    return place
