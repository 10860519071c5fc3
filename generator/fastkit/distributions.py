"""Names and versions of Python distributions, compared by the rules of PEP 503 and PEP 440."""

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from packaging.version import Version

DISTRIBUTION_NAME = re.compile(r"[a-z0-9]([a-z0-9._-]*[a-z0-9])?", re.IGNORECASE | re.ASCII)
"""https://packaging.python.org/en/latest/specifications/name-normalization/"""


def normalized(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def distribution_of(requirement: str) -> str:
    """The normalized name in a requirement such as `uvicorn[standard]>=0.54`."""
    return normalized(re.split(r"[^\w.-]", requirement.strip(), maxsplit=1)[0])


def read_version(text: str) -> "Version | None":
    """None if the text is not a version."""
    from packaging.version import Version

    try:
        return Version(text)
    except ValueError:  # packaging's own, or Python's for a number of more than 4,300 digits
        return None


def is_older(version: str, than: str) -> bool:
    """Whether one version comes before another; False if either is not a version."""
    one, other = read_version(version), read_version(than)
    return one is not None and other is not None and one < other
