"""A package index on 127.0.0.1 that serves the wheels of a folder (PEP 503, 658 and 691)."""

import hashlib
import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesHeaderParser
from html import escape
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Any, Self

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.support.constraints import OLDEST_PYTHON, held, read_pins

JSON = "application/vnd.pypi.simple.v1+json"
HTML = "text/html; charset=utf-8"
BINARY = "application/octet-stream"
SETTING = re.compile(r"(UV|PIP|PDM|POETRY)_|(VIRTUAL_ENV|CONDA_PREFIX|CONDA_DEFAULT_ENV)$")
METADATA = re.compile(r"[^/]+\.dist-info/METADATA")


class WheelsUnavailable(Exception):
    """The registry that pip is configured to use did not give the wheels."""


def download_wheels(pins: Sequence[Path], cache: Path) -> Path:
    """A folder with the wheels that these files of constraints name, for this system.

    pip gets them from the registry of the user's own configuration, once for each content of the files.
    """
    pythons = sorted({OLDEST_PYTHON, f"{sys.version_info.major}.{sys.version_info.minor}"})
    request = "\n".join([sys.platform, *pythons, *(file.read_text("utf-8") for file in pins)])
    folder = cache / hashlib.sha256(request.encode()).hexdigest()[:16]
    if not folder.is_dir():
        with TemporaryDirectory(dir=cache) as aside:
            for file in pins:
                fill(Path(aside), read_pins(file), pythons)
            with suppress(OSError):  # another run was faster
                Path(aside).rename(folder)
    return folder


def fill(folder: Path, pins: Sequence[Requirement], pythons: Sequence[str]) -> None:
    here: set[str] = set()
    for python in pythons:
        wanted = held(pins, python)
        here |= {pin.name for pin in wanted}
        _pip_download(wanted, folder, "--python-version", python)
    # uv, PDM and Poetry lock for other systems and Pythons, too
    _pip_download([pin for pin in pins if pin.name not in here], folder, "--ignore-requires-python")


def _pip_download(pins: Sequence[Requirement], folder: Path, *options: str) -> None:
    wanted = [f"{pin.name}{pin.specifier}" for pin in pins]
    words = ["--quiet", "--no-input", "--no-deps", "--only-binary", ":all:", "--dest", str(folder), *options]
    command = [sys.executable, "-m", "pip", "download", *words, *wanted]
    run = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    if run.returncode:
        last = (run.stderr.strip().splitlines() or [f"exit code {run.returncode}"])[-1]
        raise WheelsUnavailable(f"pip could not download the wheels: {last}")


@contextmanager
def serve_wheels(folder: Path) -> Iterator[str]:
    """Serve the wheels that `folder` holds now; the value is the index's URL."""
    server = _Server(read_wheels(folder))
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/simple/"
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()


def index_environment(index: str, home: Path) -> dict[str, str]:
    """The current environment, with each manager's package index replaced by `index`.

    The user's settings and caches of the managers are left out: `home` holds others. The Python
    that runs this comes first, as the wheels are for it. Poetry obeys when
    `poetry-plugin-pypi-mirror` is installed beside it.
    """
    kept = {name: value for name, value in os.environ.items() if not SETTING.match(name)}
    return kept | {
        "PATH": os.pathsep.join([f"{sys.base_prefix}/bin", kept["PATH"]]),
        "PYENV_ROOT": str(home / "pyenv"),  # PDM asks pyenv before PATH
        "UV_DEFAULT_INDEX": index,
        "UV_NO_CONFIG": "1",
        "UV_PYTHON_DOWNLOADS": "never",
        "UV_CACHE_DIR": str(home / "uv"),
        "PIP_INDEX_URL": index,
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_CACHE_DIR": str(home / "pip"),
        "PDM_PYPI_URL": index,
        "PDM_CONFIG_FILE": str(home / "pdm.toml"),
        "PDM_CACHE_DIR": str(home / "pdm"),
        "PDM_CHECK_UPDATE": "0",
        "POETRY_PYPI_MIRROR_URL": index,
        "POETRY_CONFIG_DIR": str(home / "poetry-config"),
        "POETRY_CACHE_DIR": str(home / "poetry"),
        "NO_PROXY": "127.0.0.1",
        "no_proxy": "127.0.0.1",
    }


@dataclass(frozen=True)
class Wheel:
    path: Path
    sha256: str
    metadata: bytes

    @classmethod
    def read(cls, path: Path) -> Self:
        with zipfile.ZipFile(path) as archive:
            name = next(n for n in archive.namelist() if METADATA.fullmatch(n))
            metadata = archive.read(name)
        return cls(path, hashlib.sha256(path.read_bytes()).hexdigest(), metadata)

    @property
    def filename(self) -> str:
        return self.path.name

    @property
    def project(self) -> str:
        return canonicalize_name(self.filename.split("-")[0])

    @property
    def url(self) -> str:
        return f"/files/{self.filename}"

    @property
    def requires_python(self) -> str:
        return str(self._headers["Requires-Python"] or "")

    @property
    def _headers(self) -> Message:
        return BytesHeaderParser().parsebytes(self.metadata)

    @property
    def metadata_sha256(self) -> str:
        return hashlib.sha256(self.metadata).hexdigest()


def read_wheels(folder: Path) -> list[Wheel]:
    return [Wheel.read(path) for path in sorted(folder.glob("*.whl"))]


@dataclass(frozen=True)
class Page:
    content_type: str
    body: bytes


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, wheels: Iterable[Wheel]) -> None:
        self.wheels = {wheel.url: wheel for wheel in wheels}
        super().__init__(("127.0.0.1", 0), _Handler)

    def find(self, path: str, accept: str) -> Page | None:
        """The page at `path`: a wheel, its metadata, a project's wheels, or all projects."""
        as_json = JSON in accept
        if wheel := self.wheels.get(path):
            return Page(BINARY, wheel.path.read_bytes())
        if wheel := self.wheels.get(path.removesuffix(".metadata")):
            return Page(BINARY, wheel.metadata)
        if path == "/simple/":
            projects = sorted({wheel.project for wheel in self.wheels.values()})
            return _projects_json(projects) if as_json else _projects_html(projects)
        wheels = [w for w in self.wheels.values() if path == f"/simple/{w.project}/"]
        if not wheels:
            return None
        return _wheels_json(wheels) if as_json else _wheels_html(wheels)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else each answer waits 40 ms for an acknowledgement

    def do_GET(self) -> None:
        page = self.server.find(self.path, self.headers.get("Accept", ""))
        if page is None:
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", page.content_type)
        self.send_header("Content-Length", str(len(page.body)))
        self.end_headers()
        self.wfile.write(page.body)

    def log_message(self, *_: Any) -> None:
        """Keep quiet: the manager's own output is what a test shows."""


def _projects_json(projects: Sequence[str]) -> Page:
    return _json({"projects": [{"name": name} for name in projects]})


def _wheels_json(wheels: Sequence[Wheel]) -> Page:
    return _json({"name": wheels[0].project, "files": [_file(wheel) for wheel in wheels]})


def _file(wheel: Wheel) -> dict[str, object]:
    return {
        "filename": wheel.filename,
        "url": wheel.url,
        "hashes": {"sha256": wheel.sha256},
        "requires-python": wheel.requires_python,
        "core-metadata": {"sha256": wheel.metadata_sha256},
        "size": wheel.path.stat().st_size,
    }


def _json(content: Mapping[str, object]) -> Page:
    body = json.dumps({"meta": {"api-version": "1.1"}, "versions": [], **content})
    return Page(JSON, body.encode())


def _projects_html(projects: Sequence[str]) -> Page:
    return _html(f'<a href="{name}/">{name}</a>' for name in projects)


def _wheels_html(wheels: Sequence[Wheel]) -> Page:
    return _html(map(_link, wheels))


def _link(wheel: Wheel) -> str:
    return (
        f'<a href="{wheel.url}#sha256={wheel.sha256}"'
        f' data-requires-python="{escape(wheel.requires_python)}"'
        f' data-core-metadata="sha256={wheel.metadata_sha256}">{wheel.filename}</a>'
    )


def _html(links: Iterable[str]) -> Page:
    body = f"<!DOCTYPE html>\n<html><body>\n{'<br>'.join(links)}\n</body></html>"
    return Page(HTML, body.encode())
