"""Which files are accepted: by suffix, declared type and first bytes."""

from collections.abc import Mapping
from pathlib import PurePosixPath

from src.core.upload_errors import TypeNotAllowed

# How files of a type begin, where that is certain. (Bytes 4 to 7 of a WEBP file are its length.)
BEGINNINGS = {
    "application/pdf": (b"%PDF-",),
    "application/zip": (b"PK\x03\x04", b"PK\x05\x06"),
    "image/gif": (b"GIF87a", b"GIF89a"),
    "image/jpeg": (b"\xff\xd8\xff",),
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "image/webp": (b"RIFF",),
}

# What programs declare that do not know the type.
ANY = {"", "application/octet-stream"}


def type_of(name: str, declared: str, allowed: Mapping[str, str]) -> str:
    """The type of the suffix. Raises TypeNotAllowed if there is none or another is declared."""
    ending = PurePosixPath(name).suffix.lower()
    if ending not in allowed:
        raise TypeNotAllowed(f"The name must end in one of {', '.join(allowed)}")
    if declared not in ANY | {allowed[ending]}:
        raise TypeNotAllowed(
            f"A file that ends in {ending} must be {allowed[ending]}, not {declared}"
        )
    return allowed[ending]


def check_beginning(file_type: str, beginning: bytes) -> None:
    """Raises TypeNotAllowed for content of another type, and for binary data in a text."""
    known = BEGINNINGS.get(file_type, ())
    if known and not beginning.startswith(known):
        raise TypeNotAllowed(f"The content is not {file_type}")
    if file_type.startswith("text/") and b"\0" in beginning:
        raise TypeNotAllowed(f"The content is not {file_type}")
