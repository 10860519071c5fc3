"""fastkit makes complete FastAPI projects from templates."""

__version__ = "0.1.0"
