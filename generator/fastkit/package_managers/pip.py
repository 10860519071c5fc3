"""pip, in an environment made by Python's own venv."""

import ast
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

from fastkit.package_managers.model import ALONE, ANY_PYTHON, PackageManager, Step, in_environment
from fastkit.package_managers.variables import is_named

PYTHON = in_environment("python")


def find() -> str | None:
    """This interpreter, unless its venv is in a separate package, as on Debian."""
    return sys.executable if find_spec("venv") and find_spec("ensurepip") else None


OBEYS = (
    *("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_NO_INDEX", "PIP_FIND_LINKS", "PIP_TRUSTED_HOST"),
    *("PIP_CERT", "PIP_CLIENT_CERT", "PIP_PROXY", "PIP_NO_PROXY_ENV", "PIP_KEYRING_PROVIDER"),
    *("PIP_TIMEOUT", "PIP_DEFAULT_TIMEOUT", "PIP_RETRIES", "PIP_RESUME_RETRIES"),
    *("PIP_CACHE_DIR", "PIP_NO_CACHE_DIR", "PIP_CONFIG_FILE", "PIP_DISABLE_PIP_VERSION_CHECK"),
    *("PIP_CONSTRAINT", "PIP_BUILD_CONSTRAINT", "PIP_UPLOADED_PRIOR_TO", "PIP_REQUIRE_HASHES"),
    *("PIP_ONLY_BINARY", "PIP_NO_BINARY", "PIP_PREFER_BINARY", "PIP_USE_FEATURE", "PIP_USE_DEPRECATED"),
)

SECTIONS = ("global", "install", ":env:")
"""The sections that `pip install` reads; the last one wins."""

ENTRY = re.compile(r"(?P<section>[^.=\s]+)\.(?P<name>[\w-]+)=(?P<value>['\"].*)")


def settings_in(project: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """pip's settings from its files and variables, all as variables, so that the step reads no file.

    If pip cannot read its files, the step itself will say so.
    """
    if not (project / ".venv/pyvenv.cfg").exists():
        return {}
    done = subprocess.run(
        [str(project / PYTHON), ALONE, "-m", "pip", "--python=", "config", "list"],
        cwd=project,
        env={**environment, "PIP_QUIET": "0", "PIP_VERBOSE": "0"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        return {}
    obeyed = {name: value for name, value in entries(done.stdout) if is_named(name, OBEYS)}
    return {**obeyed, "PIP_CONFIG_FILE": os.devnull}


def entries(listed: str) -> list[tuple[str, str]]:
    """The settings that `pip config list` prints, as variables, with those that win last."""
    found = [match for match in map(ENTRY.fullmatch, listed.splitlines()) if match]
    known = sorted(
        (match for match in found if match["section"] in SECTIONS),
        key=lambda match: SECTIONS.index(match["section"]),
    )
    names = ("PIP_" + match["name"].upper().replace("-", "_") for match in known)
    return [(name, str(ast.literal_eval(match["value"]))) for name, match in zip(names, known, strict=True)]


PIP = PackageManager(
    name="pip",
    minimum="3.11",  # of Python; the second step upgrades pip
    get_it="apt install python3-venv",
    steps=(
        Step((ANY_PYTHON, "-m", "venv", ".venv")),
        # the first with dependency groups; the pip that venv installs may be older
        Step((PYTHON, "-m", "pip", "install", "--upgrade", "pip>=25.1")),
        Step((PYTHON, "-m", "pip", "install", "--editable", ".", "--group", "dev")),
    ),
    runs=f"{PYTHON} -m",
    find=find,
    obeys=OBEYS,
    settings_in=settings_in,
    shows_settings="`pip config list`",
)
