"""The flagship on a disk that says at once that it has everything: what it would do if fsync were free."""

import os

os.fsync = lambda fd: None

from src.main import app  # noqa: E402

__all__ = ["app"]
