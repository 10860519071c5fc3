"""`fastkit runserver`: hand over to uvicorn in the project's own environment."""

import os
import subprocess
import sys
from typing import Annotated

import typer

from fastkit import console
from fastkit.errors import UsageError
from fastkit.machine.disk import current_folder
from fastkit.serving.server import USUAL_HOST, Server, check_port, find_server, not_startable

GRACE_S = "8"
"""Seconds for running requests to finish when the server stops, unless the environment says otherwise."""


def runserver(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = USUAL_HOST,
    port: Annotated[int, typer.Option(help="The port to listen on.", min=1, max=65535)] = 8000,
    reload: Annotated[
        bool | None, typer.Option("--reload/--no-reload", help="Start again when a source file changes.")
    ] = None,
    workers: Annotated[
        int | None, typer.Option(help="How many processes serve, without reload.", min=1)
    ] = None,
) -> None:
    if workers and reload:
        raise UsageError("`--workers` and `--reload` cannot be combined", "leave one of them out")
    host = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    reloads = not workers and reload is not False
    if "%" in host and (reloads or workers):
        raise UsageError(
            f"uvicorn accepts an address with a zone, such as `{host}`, only for one process without reload",
            "pass `--no-reload`, and no `--workers`",
        )
    server = find_server(current_folder())
    check_port(host, port)
    console.say(f"Starting FastAPI server at {f'[{host}]' if ':' in host else host}:{port}...\n")
    if workers and reload is None:
        console.say(f"note: {workers} workers serve, so a changed source file does not reload\n")
    hand_over(server, uvicorn_words(server, host, port, reload=reloads, workers=workers))


def uvicorn_words(server: Server, host: str, port: int, *, reload: bool, workers: int | None) -> list[str]:
    words = [str(server.python), "-m", "uvicorn", server.entrypoint, "--host", host, "--port", str(port)]
    if reload:
        words += ["--reload", "--reload-dir", str(server.source)]
    return words + (["--workers", str(workers)] if workers else [])


def hand_over(server: Server, words: list[str]) -> None:
    """Replace this process with uvicorn, which then gets every signal; on Windows, wait for it."""
    os.chdir(server.project)
    sys.stdout.flush()
    # Not an option: uvicorn before 0.22 does not know it
    os.environ.setdefault("UVICORN_TIMEOUT_GRACEFUL_SHUTDOWN", GRACE_S)
    try:
        if os.name == "nt":
            raise typer.Exit(subprocess.call(words))
        os.execv(words[0], words)
    except OSError as error:
        raise not_startable(server, error) from error
