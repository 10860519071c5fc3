"""The flagship with none of its middlewares."""

from src.core import middleware

middleware.chosen = lambda settings: []

from src.main import app  # noqa: E402

__all__ = ["app"]
