"""PDM, told to keep the environment in the project."""

from fastkit.package_managers.model import PackageManager, Step, on_path

PDM = PackageManager(
    name="pdm",
    minimum="2.20.0",
    get_it="uv tool install --upgrade pdm",
    steps=(Step(("pdm", "install")),),
    runs="pdm run",
    lockfile="pdm.lock",
    find=on_path("pdm"),
    settings={
        "PDM_IGNORE_ACTIVE_VENV": "1",
        "PDM_USE_VENV": "1",
        "PDM_VENV_IN_PROJECT": "1",
        "PDM_CHECK_UPDATE": "0",
        "PDM_NON_INTERACTIVE": "1",
    },
)
