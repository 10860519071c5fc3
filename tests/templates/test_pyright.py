"""A second opinion on the types of each project; its own mypy is run with its other checks."""

import subprocess
import sys
from pathlib import Path

import pytest

if sys.platform == "win32":
    pytest.skip("the proofs hand an open socket to another process", allow_module_level=True)

from tests.proofs import flagship, gateway, realtime, sql
from tests.proofs.flagship import clean_environment

PYRIGHT = "pyright==1.1.414"

pytestmark = [pytest.mark.network, pytest.mark.slow]


@pytest.mark.parametrize("template", [flagship.TEMPLATE, sql.WHOLE, realtime.WHOLE, gateway.WHOLE])
def test_pyright_finds_nothing(template: str, tmp_path: Path) -> None:
    project = flagship.render(tmp_path, template)
    uv = Path(sys.executable).with_name("uv")
    done = subprocess.run(
        [uv, "tool", "run", PYRIGHT, "--pythonpath", sys.executable, "src", "scripts", "tests"],
        cwd=project,
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    if "0 errors, 0 warnings" not in done.stdout and " error" not in done.stdout:
        pytest.skip(f"the registries do not give pyright: {done.stderr[-200:]}")
    assert done.returncode == 0, done.stdout
