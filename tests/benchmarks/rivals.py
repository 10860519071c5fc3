"""fastkit and its rivals, each in an environment of its own, installed from the registry."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from uv import find_uv_bin

REPOSITORY = Path(__file__).parents[2]


@dataclass(frozen=True)
class Environment:
    folder: Path

    def program(self, name: str) -> str:
        return str(self.folder / ("Scripts" if os.name == "nt" else "bin") / name)


def environment(room: Path, name: str, python: str, *packages: str) -> Environment:
    """A new environment with byte-compiled packages, as pip leaves it."""
    made = Environment(room / name)
    run([find_uv_bin(), "venv", "--quiet", "--clear", "--python", python, str(made.folder)])
    install = [find_uv_bin(), "pip", "install", "--quiet", "--compile-bytecode"]
    run([*install, "--python", made.program("python"), *packages])
    return made


def fastkit_environment(room: Path, python: str = sys.executable) -> Environment:
    """fastkit from the wheel of this working tree."""
    shutil.rmtree(room / "wheel", ignore_errors=True)
    run([find_uv_bin(), "build", "--quiet", "--wheel", "--out-dir", str(room / "wheel"), str(REPOSITORY)])
    return environment(room, "fastkit", python, *map(str, (room / "wheel").glob("*.whl")))


def run(words: list[str], cwd: Path | None = None) -> None:
    subprocess.run(words, cwd=cwd, check=True, stdout=subprocess.DEVNULL, env=clean_environment())


def clean_environment() -> dict[str, str]:
    """Without what would make Python skip its byte code or look elsewhere for packages.

    With uv, which s3rius/FastAPI-template asks for.
    """
    unwanted = {"PYTHONDONTWRITEBYTECODE", "PYTHONPATH", "VIRTUAL_ENV", "FASTKIT_TEMPLATES"}
    kept = {name: value for name, value in os.environ.items() if name not in unwanted}
    return {**kept, "PATH": os.pathsep.join([str(Path(find_uv_bin()).parent), kept["PATH"]])}
