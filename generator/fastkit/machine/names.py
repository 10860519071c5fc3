"""Names that a folder can have on any system."""

import re
import unicodedata

from fastkit.distributions import DISTRIBUTION_NAME

WINDOWS_DEVICES = {"con", "prn", "aux", "nul"} | {
    f"{port}{number}" for port in ("com", "lpt") for number in range(10)
}


def folder_name(text: str) -> str:
    """The name of a project's folder: the project's own where that is valid, else made of its words.

    Empty where it has none.
    """
    plain = unicodedata.normalize("NFC", text)
    name = text if DISTRIBUTION_NAME.fullmatch(text) else re.sub(r"[^\w.-]+", "-", plain.lower()).strip("-._")
    return "" if is_device(name) else name


def is_device(name: str) -> bool:
    return name.lower().split(".")[0] in WINDOWS_DEVICES
