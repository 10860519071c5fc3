"""Disks that are full or cannot be written, in a mount namespace that ends with the process."""

import subprocess
from functools import cache
from pathlib import Path

import pytest

from tests.support.command_line import FASTKIT, Run, clean_environment

NAMESPACES = (
    ("unshare", "--mount"),
    ("unshare", "--user", "--map-root-user", "--mount"),
)


@cache
def namespace() -> tuple[str, ...]:
    """How this machine lets a process mount for itself; skips the test where it does not."""
    for command in NAMESPACES:
        try:
            done = subprocess.run(
                [*command, "mount", "-t", "tmpfs", "tmpfs", "/mnt"],
                capture_output=True,
                check=False,
                timeout=120,
            )
        except FileNotFoundError:
            continue
        if done.returncode == 0:
            return command
    pytest.skip("this machine lets no process mount a disk for itself (unshare)")


def fastkit_on_disk(script: str, *words: str, cwd: Path, env: dict[str, str]) -> Run:
    """Run a shell script in which `"$@"` is fastkit with these words."""
    done = subprocess.run(
        [*namespace(), "sh", "-c", script, "sh", *FASTKIT, *words],
        cwd=cwd,
        env=clean_environment(**env),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return Run(done.returncode, done.stdout, done.stderr)
