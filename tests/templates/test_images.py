"""The image of each template, really built and run, by Debian's buildah instead of Docker.

Needs root, buildah and debootstrap; no registry of images: the base that each Dockerfile names is a Debian
with its own Python. It takes minutes, so it is a part of `make proof` alone.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from tests.support.command_line import fastkit
from tests.support.demo import WORDS

BASE = "docker.io/library/python:3.13-slim"
PACKAGES = "python3,python3-venv,python3-pip,python-is-python3,ca-certificates"
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")

IMAGES = [
    ("fastapi-async-crud", "pip"),
    ("fastapi-async-crud", "uv"),
    ("fastapi-async-demo", "pip"),
    ("fastapi-async-sqlalchemy", "uv"),
    ("fastapi-async-service", "uv"),
]


def why_not() -> str:
    if "FASTKIT_PROOF" not in os.environ:
        return "it takes minutes: set FASTKIT_PROOF=1"
    missing = [name for name in ("buildah", "debootstrap") if shutil.which(name) is None]
    if missing or sys.platform != "linux" or os.geteuid():
        return f"needs root and {' and '.join(missing) or 'Linux'}"
    return ""


pytestmark = [
    pytest.mark.network,
    pytest.mark.slow,
    pytest.mark.xdist_group("images"),
    pytest.mark.skipif(bool(why_not()), reason=why_not()),
]


class Buildah:
    """With a storage of its own, whose base has what pip and uv need to know of this machine."""

    def __init__(self, room: Path) -> None:
        self.words = ["buildah", "--root", f"{room}/store", "--runroot", f"{room}/run"]
        self.env = {**os.environ, "STORAGE_DRIVER": "vfs", "BUILDAH_ISOLATION": "chroot"}

    def __call__(self, *words: str, cwd: Path | None = None) -> str:
        done = subprocess.run(
            [*self.words, *words], cwd=cwd, env=self.env, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.strip()

    def make_base(self, room: Path) -> None:
        system = room / "system"
        words = ["debootstrap", "--variant=minbase", f"--include={PACKAGES}", "bookworm", str(system)]
        subprocess.run(words, check=True, stdout=subprocess.DEVNULL)
        for mark in system.glob("usr/lib/python3*/EXTERNALLY-MANAGED"):
            mark.unlink()
        if CERTIFICATES.exists():
            shutil.copy(CERTIFICATES, system / CERTIFICATES.relative_to("/"))
        container = self("from", "scratch")
        self("add", "--quiet", container, str(system), "/")
        self("config", "--env", f"SSL_CERT_FILE={CERTIFICATES}", container)
        self("commit", "--quiet", "--rm", container, BASE)
        shutil.rmtree(system)

    def build(self, project: Path) -> str:
        """The id of the image."""
        words = ("--quiet", "--format=docker", "--pull-never", "--layers=false", "--network=host")
        return self("build", *words, ".", cwd=project)

    def config(self, image: str) -> dict[str, Any]:
        config: dict[str, Any] = json.loads(self("inspect", "--type=image", image))["Docker"]["config"]
        return config

    @contextmanager
    def running(self, image: str, port: int) -> Iterator[str]:
        """The address of the image's own command, on another port; it has to end within its grace."""
        container = self("from", "--pull-never", image)
        command = [str(port) if word == "8000" else word for word in self.config(image)["Cmd"]]
        words = [*self.words, "run", "--network=host", container, "--", *command]
        process = subprocess.Popen(words, env=self.env, start_new_session=True)
        try:
            yield container
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(20)
            self("rm", container)


@pytest.fixture(scope="module")
def buildah(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Buildah]:
    room = tmp_path_factory.mktemp("images")
    buildah = Buildah(room)
    buildah.make_base(room)
    yield buildah
    buildah("rmi", "--all", "--force")


@pytest.mark.parametrize(("template", "manager"), IMAGES)
def test_an_image_is_built_and_is_healthy_by_itself(
    template: str, manager: str, buildah: Buildah, tmp_path: Path
) -> None:
    """Without compose.yaml, as by a plain `docker run`."""
    words = (*WORDS, f"--package-manager={manager}", "--with=docker", "--no-git", "--yes")
    made = fastkit("startdemo", template, *words, cwd=tmp_path, seconds=600)
    assert made.code == 0, made
    image = buildah.build(tmp_path / "shop")
    config, port = buildah.config(image), free_port()
    check = [word.replace(":8000", f":{port}") for word in config["Healthcheck"]["Test"][1:]]
    with buildah.running(image, port) as container:
        until_healthy(buildah, container, check)
        with urlopen(f"http://127.0.0.1:{port}/openapi.json") as answer:
            assert "/health" in json.load(answer)["paths"]
    assert config["User"] == "10001:10001"


def until_healthy(buildah: Buildah, container: str, check: list[str]) -> None:
    """The image's own check, run in the container."""
    end = time.monotonic() + 60
    while True:
        words = [*buildah.words, "run", "--network=host", container, "--", *check]
        done = subprocess.run(words, env=buildah.env, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return
        assert time.monotonic() < end, done.stderr
        time.sleep(0.5)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])
