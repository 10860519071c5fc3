"""PDM, with the environment in the project."""

from fastkit.package_managers.model import ALONE_BY_VARIABLE, PackageManager, Step, on_path
from fastkit.package_managers.uv import UV

PDM = PackageManager(
    name="pdm",
    minimum="2.20.0",
    get_it="uv tool install --upgrade pdm",
    steps=(Step(("pdm", "install")),),
    runs="pdm run",
    lockfile="pdm.lock",
    lock=Step(("pdm", "lock", "--update-reuse")),
    find=on_path("pdm"),
    obeys=(
        *("PDM_PYPI_*", "PDM_IGNORE_STORED_INDEX", "PDM_REQUEST_TIMEOUT", "PDM_CONFIG_FILE"),
        *("PDM_CACHE_DIR", "PDM_NO_CACHE", "PDM_LOG_DIR", "PDM_INSTALL_PARALLEL", "PDM_USE_UV"),
        *("PDM_NO_BINARY", "PDM_ONLY_BINARY", "PDM_PREFER_BINARY", "PDM_PYTHON_VERSION"),
        *("PDM_VENV_BACKEND", "PDM_RESOLVE_MAX_ROUNDS", *UV.obeys),  # it can resolve and install by uv
    ),
    shows_settings="`pdm config`",
    settings={
        **ALONE_BY_VARIABLE,
        "PDM_IGNORE_ACTIVE_VENV": "1",
        "PDM_USE_VENV": "1",
        "PDM_VENV_IN_PROJECT": "1",
        "PDM_CHECK_UPDATE": "0",
        "PDM_NON_INTERACTIVE": "1",
    },
)
