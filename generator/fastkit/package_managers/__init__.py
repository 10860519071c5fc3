"""The package managers that fastkit supports: a file for each, and a line in this table."""

from fastkit.package_managers.model import PackageManager, Step
from fastkit.package_managers.pdm import PDM
from fastkit.package_managers.pip import PIP
from fastkit.package_managers.poetry import POETRY
from fastkit.package_managers.uv import UV

PACKAGE_MANAGERS = {manager.name: manager for manager in (PIP, UV, PDM, POETRY)}

__all__ = ["PACKAGE_MANAGERS", "PackageManager", "Step"]
