"""uv, which comes with fastkit; one on PATH wins."""

import shutil

from fastkit.package_managers.model import PackageManager, Step


def find() -> str | None:
    if found := shutil.which("uv"):
        return found
    try:
        from uv import find_uv_bin

        return str(find_uv_bin())
    except (ImportError, FileNotFoundError):
        return None


UV = PackageManager(
    name="uv",
    minimum="0.4.27",
    get_it="pip install --upgrade uv",
    steps=(Step(("uv", "sync")),),
    runs="uv run",
    lockfile="uv.lock",
    find=find,
)
