"""Poetry, with the environment in the project."""

from fastkit.package_managers.model import ALONE_BY_VARIABLE, PackageManager, Step, on_path

POETRY = PackageManager(
    name="poetry",
    minimum="2.2.0",
    get_it="uv tool install --upgrade poetry",
    steps=(Step(("poetry", "install")),),
    runs="poetry run",
    lockfile="poetry.lock",
    lock=Step(("poetry", "lock")),
    find=on_path("poetry"),
    obeys=(
        *("POETRY_REPOSITORIES_*", "POETRY_HTTP_BASIC_*", "POETRY_PYPI_TOKEN_*", "POETRY_CERTIFICATES_*"),
        *("POETRY_PYPI_MIRROR_*", "POETRY_KEYRING_ENABLED", "POETRY_REQUESTS_*", "POETRY_SOLVER_*"),
        *("POETRY_CACHE_DIR", "POETRY_CONFIG_DIR", "POETRY_DATA_DIR", "POETRY_HOME"),
        *("POETRY_INSTALLER_PARALLEL", "POETRY_INSTALLER_MAX_WORKERS", "POETRY_SYSTEM_GIT_CLIENT"),
        *("POETRY_INSTALLER_NO_BINARY", "POETRY_INSTALLER_ONLY_BINARY", "POETRY_PYTHON_INSTALLATION_DIR"),
    ),
    shows_settings="`poetry config --list`",
    settings={
        **ALONE_BY_VARIABLE,
        "POETRY_VIRTUALENVS_CREATE": "true",
        "POETRY_VIRTUALENVS_IN_PROJECT": "true",
        "POETRY_VIRTUALENVS_OPTIONS_SYSTEM_SITE_PACKAGES": "false",
        "POETRY_NO_INTERACTION": "1",
    },
)
