"""Which files are taken: by the end of the name, the declared type and the first bytes."""

from collections.abc import Mapping
from pathlib import PurePosixPath

from src.core.upload_errors import TypeNotAllowed

# How files of a type begin, where that is certain. (Bytes 4 to 7 of a WEBP are its length.)
BEGINNINGS = {
    "application/pdf": (b"%PDF-",),
    "application/zip": (b"PK\x03\x04", b"PK\x05\x06"),
    "image/gif": (b"GIF87a", b"GIF89a"),
    "image/jpeg": (b"\xff\xd8\xff",),
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "image/webp": (b"RIFF",),
}

# What a program says that does not know.
ANY = {"", "application/octet-stream"}


def type_of(name: str, declared: str, allowed: Mapping[str, str]) -> str:
    """The type by the name's end. Raises TypeNotAllowed if there is none, or another declared."""
    ending = PurePosixPath(name).suffix.lower()
    if ending not in allowed:
        raise TypeNotAllowed(f"Allowed are files that end in {', '.join(allowed)}")
    if declared not in ANY | {allowed[ending]}:
        raise TypeNotAllowed(f"A file that ends in {ending} is {allowed[ending]}, not {declared}")
    return allowed[ending]


def check_beginning(file_type: str, beginning: bytes) -> None:
    """Raises TypeNotAllowed if the content shows another type, or binary data is called text."""
    known = BEGINNINGS.get(file_type, ())
    if known and not beginning.startswith(known):
        raise TypeNotAllowed(f"The content is not {file_type}")
    if file_type.startswith("text/") and b"\0" in beginning:
        raise TypeNotAllowed(f"The content is not {file_type}")
