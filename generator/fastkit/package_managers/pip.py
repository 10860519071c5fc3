"""pip, in an environment made by Python's own venv."""

import sys
from importlib.util import find_spec

from fastkit.package_managers.model import ANY_PYTHON, PackageManager, Step, in_environment

PYTHON = in_environment("python")


def find() -> str | None:
    """This interpreter, unless its distribution has split venv off, as Debian does."""
    return sys.executable if find_spec("venv") and find_spec("ensurepip") else None


PIP = PackageManager(
    name="pip",
    minimum="3.11",  # of Python: the version of pip is seen to by the second step
    get_it="apt install python3-venv",
    steps=(
        Step((ANY_PYTHON, "-m", "venv", ".venv")),
        # 25.1 knows dependency groups, which the pip that venv installs may not
        Step((PYTHON, "-m", "pip", "install", "--upgrade", "pip>=25.1")),
        Step((PYTHON, "-m", "pip", "install", "--editable", ".", "--group", "dev")),
    ),
    runs=f"{PYTHON} -m",
    find=find,
)
