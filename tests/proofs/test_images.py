"""The image of each template, built by buildah and run in a chroot: no Docker, no registry of images.

The base that the Dockerfile names is a Debian whose own Python has the same version. It gets the package
index and the certificates of the machine that runs this, and nothing else. It takes minutes, so only
`make proof` runs it.
"""

import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from fastkit.package_managers.pip import entries
from tests.proofs.sql_services import wait_for
from tests.support.command_line import fastkit
from tests.support.demo import WORDS

VERSION = "3.13"
BASE = f"docker.io/library/python:{VERSION}-slim"
DEBIAN = "trixie"  # whose Python has that version
PACKAGES = "ca-certificates,python-is-python3,python3-pip,python3-venv"

CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")

INDEXES = (
    *("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_TRUSTED_HOST"),
    *("UV_DEFAULT_INDEX", "UV_INDEX", "UV_INDEX_URL", "UV_EXTRA_INDEX_URL", "UV_INSECURE_HOST"),
)

PATIENCE = 900.0

DOCKER_STOP_S = 10
"""What Docker and Compose leave a container between SIGTERM and SIGKILL."""

WITH_SHARED_MEMORY = 'mount -t tmpfs tmpfs "$0/dev/shm"; exec "$@"'
"""A shell's script. The mount, which engines have too, ends with the container."""


@dataclass(frozen=True)
class Case:
    """
    Attributes:
        route: answers a GET with 200.
        create: takes a POST with a body.
    """

    template: str
    manager: str
    route: str = "/items/"
    create: str = "/items/"

    def __str__(self) -> str:
        return f"{self.template}-{self.manager}"


CASES = [
    Case("fastapi-async-crud", "pip"),
    Case("fastapi-async-crud", "uv"),
    Case("fastapi-async-demo", "pip", route="/demo/cases", create="/users/"),
    Case("fastapi-async-sqlalchemy", "uv"),
    Case("fastapi-async-service", "uv"),
]


def why_not() -> str:
    if "FASTKIT_PROOF" not in os.environ:
        return "it takes minutes: set FASTKIT_PROOF=1"
    if sys.platform != "linux" or os.geteuid():
        return "only root on Linux can build and run an image without Docker"
    missing = [name for name in ("buildah", "debootstrap", "unshare") if shutil.which(name) is None]
    return f"{' and '.join(missing)} must be installed" if missing else ""


pytestmark = [
    pytest.mark.network,
    pytest.mark.slow,
    pytest.mark.xdist_group("images"),
    pytest.mark.skipif(bool(why_not()), reason=why_not()),
]


@dataclass(frozen=True)
class Container:
    """The files of a container, and what its image says about running them."""

    root: str
    config: dict[str, Any]

    def inside(self, *command: str) -> list[str]:
        """The words that run a command as the image's user, in its folder and with its variables alone."""
        user = ["chroot", f"--userspec={self.config['User']}", self.root]
        # HOME is what Docker gives a user who is not in /etc/passwd
        env = ["env", "-i", f"--chdir={self.config['WorkingDir']}", "HOME=/", *self.config["Env"]]
        return [*user, *env, *command]

    @contextmanager
    def running(self, port: int) -> Iterator["Running"]:
        """The image's own command, on another port, as process 1 of the container."""
        here = {"8000": str(port), "0.0.0.0": "127.0.0.1"}  # noqa: S104
        command = [here.get(word, word) for word in self.config["Cmd"]]
        isolation = ["unshare", "--pid", "--kill-child", f"--mount-proc={self.root}/proc"]
        words = [*isolation, "sh", "-ec", WITH_SHARED_MEMORY, self.root, *self.inside(*command)]
        process = subprocess.Popen(words)
        try:
            yield Running(self, process, f"http://127.0.0.1:{port}")
        finally:
            process.kill()  # and with it all processes of the container
            process.wait(timeout=30)


@dataclass(frozen=True)
class Running:
    container: Container
    process: subprocess.Popen[bytes]
    address: str

    def is_healthy(self) -> bool:
        """What the image's HEALTHCHECK says."""
        assert self.process.poll() is None, "the command has ended"
        kind, *check = self.container.config["Healthcheck"]["Test"]
        assert kind == "CMD"
        words = [word.replace("http://127.0.0.1:8000", self.address) for word in check]
        done = subprocess.run(self.container.inside(*words), capture_output=True, timeout=30, check=False)
        return done.returncode == 0

    def answers(self, route: str) -> bool:
        with suppress(OSError, HTTPException), urlopen(self.address + route, timeout=5) as response:
            return bool(response.status == 200)
        return False

    @contextmanager
    def unfinished_request(self, route: str) -> Iterator[None]:
        """A request under way whose body does not come to an end."""
        lines = (
            f"POST {route} HTTP/1.1",
            "Host: shop",
            "Content-Type: application/json",
            "Content-Length: 9",
        )
        port = int(self.address.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port)) as client:
            client.sendall("\r\n".join([*lines, "", "{"]).encode())
            yield

    def stop(self) -> int:
        """Tell process 1 to stop, as an engine does, and return its status.

        Raises:
            subprocess.TimeoutExpired: an engine would have killed it.
        """
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        os.kill(int(children.read_text()), signal.SIGTERM)
        return self.process.wait(timeout=DOCKER_STOP_S)


class Buildah:
    """buildah with a storage and caches of its own, all below one folder."""

    def __init__(self, room: Path) -> None:
        self.room = room
        storage = ["--storage-driver=vfs", f"--root={room}/store", f"--runroot={room}/run"]
        self.words = ["buildah", *storage]
        self.env = {**os.environ, "BUILDAH_ISOLATION": "chroot", "TMPDIR": f"{room}/caches"}
        (room / "caches").mkdir()

    def __call__(self, *words: str, cwd: Path | None = None) -> str:
        done = subprocess.run(
            [*self.words, *words],
            cwd=cwd,
            env=self.env,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.strip()

    def make_base(self) -> None:
        system = make_debian(self.room / "debian")
        container = self("from", "scratch")
        self("add", "--quiet", container, str(system), "/")
        for name, value in settings().items():
            self("config", "--env", f"{name}={value}", container)
        self("commit", "--quiet", "--rm", container, BASE)
        shutil.rmtree(system)

    @contextmanager
    def container(self, project: Path) -> Iterator[Container]:
        """A container of the image that the project's Dockerfile makes; both are removed at the end."""
        words = ("--quiet", "--format=docker", "--pull-never", "--layers=false", "--network=host")
        image = self("build", *words, ".", cwd=project)
        config = json.loads(self("inspect", "--type=image", image))["Docker"]["config"]
        container = self("from", "--pull-never", image)
        try:
            yield Container(self("mount", container), config)
        finally:
            self("umount", container)
            self("rm", container)
            self("rmi", image)

    def remove(self) -> None:
        """Remove everything, and go through nothing that is still mounted."""
        self("rm", "--all")
        self("rmi", "--all", "--force")
        for folder in reversed(mounted_below(self.room)):
            subprocess.run(["umount", folder], check=True, timeout=60)
        shutil.rmtree(self.room)


def make_debian(system: Path) -> Path:
    words = ["debootstrap", "--variant=minbase", f"--include={PACKAGES}", DEBIAN, str(system)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=PATIENCE, check=False)
    if done.returncode:
        pytest.skip(f"debootstrap cannot make a Debian: {(done.stdout + done.stderr).splitlines()[-1:]}")
    library = system / f"usr/lib/python{VERSION}"
    (library / "EXTERNALLY-MANAGED").unlink()
    if trusted := ssl.get_default_verify_paths().cafile:
        shutil.copy(trusted, system / CERTIFICATES.relative_to("/"))
    return system


def settings() -> dict[str, str]:
    """Variables that say where packages come from, as far as a container can reach that."""
    words = [sys.executable, "-m", "pip", "config", "list"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=True)
    known = {**os.environ, **dict(entries(done.stdout))}
    reached = {name: without_folders(known.get(name, "")) for name in INDEXES}
    given = {name: value for name, value in reached.items() if value}
    return {"SSL_CERT_FILE": str(CERTIFICATES), **given}


def without_folders(places: str) -> str:
    return " ".join(place for place in places.split() if not place.startswith(("file:", "/")))


def mounted_below(folder: Path) -> list[str]:
    """In the order in which they were mounted."""
    lines = Path("/proc/self/mounts").read_text("utf-8").splitlines()
    return [line.split()[1] for line in lines if line.split()[1].startswith(f"{folder}/")]


@pytest.fixture(scope="module")
def buildah(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Buildah]:
    buildah = Buildah(tmp_path_factory.mktemp("images"))
    try:
        buildah.make_base()
        yield buildah
    finally:
        buildah.remove()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_an_image_is_healthy_by_itself_and_stops_before_docker_kills_it(
    case: Case, buildah: Buildah, tmp_path: Path
) -> None:
    """Without compose.yaml, as by a plain `docker run`."""
    with buildah.container(make_project(case, tmp_path)) as container:
        assert container.config["User"] == "10001:10001"
        with container.running(free_port()) as server:
            wait_for(server.is_healthy, "the image is not healthy")
            wait_for(lambda: server.answers(case.route), f"{case.route} does not answer")
            with server.unfinished_request(case.create):
                assert server.stop() == 0


def make_project(case: Case, parent: Path) -> Path:
    """Made as a person makes it; without a lockfile there is no need to install it."""
    install = ["--no-install"] if case.manager == "pip" else []
    words = (*WORDS, f"--package-manager={case.manager}", "--with=docker", "--no-git", "--yes", *install)
    made = fastkit("startdemo", case.template, *words, cwd=parent, seconds=PATIENCE)
    assert made.code == 0, made
    return parent / "shop"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])
