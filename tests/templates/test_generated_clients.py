"""Clients that others generate from the description of each project's API are typed and call every route."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

if sys.platform == "win32":
    pytest.skip("the proofs hand an open socket to another process", allow_module_level=True)

from tests.proofs import flagship, realtime, sql
from tests.proofs.flagship import Server, clean_environment
from tests.support.folders import write

pytestmark = [pytest.mark.network, pytest.mark.slow]

PYTHON_CLIENT = "openapi-python-client==0.29.1"
NEEDED_BY_IT = ("httpx==0.28.1", "attrs==25.4.0", "python-dateutil==2.9.0", "mypy==1.19.0")

TYPESCRIPT_CLIENT = ("openapi-typescript@7.13.0", "openapi-fetch@0.17.0", "typescript@5.9.3")

CALLS = Path(__file__).parent / "clients"
"""What each client calls: a script in either language for each template."""


@pytest.fixture(params=[flagship.TEMPLATE, sql.WHOLE, realtime.WHOLE])
def template(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def server(template: str, tmp_path: Path) -> Iterator[Server]:
    project = flagship.render(tmp_path, template)
    if template == flagship.TEMPLATE:
        with flagship.serve(project, tmp_path / "items.json") as server:
            yield server
    else:
        with sql.new_database("sqlite", project) as database, database.serve() as server:
            yield server


@pytest.fixture
def clients(server: Server, tmp_path: Path) -> Path:
    """A folder with the description."""
    folder = tmp_path / "clients"
    with server.client() as client:
        write(folder, {"openapi.json": client.get("/openapi.json").text})
    return folder


def test_a_client_in_python(template: str, server: Server, clients: Path) -> None:
    uv = Path(sys.executable).with_name("uv")
    words = ("generate", "--path", "openapi.json", "--output-path", "client", "--meta", "none")
    calls, all_calls = calls_of(template, "py.txt")
    assert {name for name in operations(clients) if f"{name}.sync" not in all_calls} == set()
    said = run(clients, str(uv), "tool", "run", PYTHON_CLIENT, *words, "--fail-on-warning")
    assert "WARNING" not in said
    write(clients, {"calls.py": calls})
    python = str(clients / ".venv/bin/python")
    run(clients, str(uv), "venv", "--quiet", "--python", sys.executable)
    run(clients, str(uv), "pip", "install", "--quiet", "--python", python, *NEEDED_BY_IT)
    run(clients, python, "-m", "mypy", "--strict", "--follow-imports=silent", "calls.py")
    run(clients, python, "calls.py", server.url)


def test_a_client_in_typescript(template: str, server: Server, clients: Path) -> None:
    npm, npx = shutil.which("npm"), shutil.which("npx")
    if not (npm and npx):
        pytest.skip("npm is not installed")
    calls, all_calls = calls_of(template, "ts")
    assert {call for call in operations(clients).values() if call not in all_calls} == set()
    options = {"strict": True, "target": "es2022", "module": "nodenext", "skipLibCheck": True}
    settings = {"compilerOptions": options, "files": ["calls.ts"]}
    write(
        clients,
        {
            "package.json": '{"type": "module"}',
            "tsconfig.json": json.dumps(settings),
            "calls.ts": calls,
        },
    )
    run(clients, npm, "install", "--no-audit", "--no-fund", *TYPESCRIPT_CLIENT)
    run(clients, npx, "openapi-typescript", "openapi.json", "--output", "schema.ts")
    run(clients, npx, "tsc")
    run(clients, "node", "calls.js", server.url)


def calls_of(template: str, language: str) -> tuple[str, str]:
    """A script for a template, and what it and that of the preset with most of the routes call."""
    own, others = ((CALLS / f"{name}.{language}").read_text("utf-8") for name in (template, sql.WHOLE))
    return own, own if template == flagship.TEMPLATE else own + others


def operations(clients: Path) -> dict[str, str]:
    """The start of the call of each operation in TypeScript, by its name."""
    paths = json.loads((clients / "openapi.json").read_text("utf-8"))["paths"]
    return {
        operation["operationId"]: f'{method.upper()}("{path}"'
        for path, methods in paths.items()
        for method, operation in methods.items()
    }


NO_REGISTRY = ("error sending request", "dns error", "ENOTFOUND", "ECONNREFUSED", "ETIMEDOUT", "E404")


def run(folder: Path, *words: str) -> str:
    done = subprocess.run(
        words, cwd=folder, env=clean_environment(), capture_output=True, text=True, check=False
    )
    said = done.stdout + done.stderr
    if done.returncode and any(sign in said for sign in NO_REGISTRY):
        pytest.skip(f"the registry does not answer: {said.strip().splitlines()[-1]}")
    assert done.returncode == 0, said
    return said
