"""Names and versions of Python distributions, compared by the rules of PEP 503 and PEP 440."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from packaging.version import Version
import re

DISTRIBUTION_NAME = re.compile(r"[a-z0-9]([a-z0-9._-]*[a-z0-9])?", re.IGNORECASE | re.ASCII)
"""https://packaging.python.org/en/latest/specifications/name-normalization/"""


def normalized(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def read_version(text: str) -> "Version | None":
    """The version that a text is; None where it is not one."""
    from packaging.version import Version

    try:
        return Version(text)
    except ValueError:  # of packaging, or of Python for a number of more than 4,300 digits
        return None


def is_older(version: str, than: str) -> bool:
    """Whether one version comes before another; False where either is not a version."""
    one, other = read_version(version), read_version(than)
    return one is not None and other is not None and one < other
