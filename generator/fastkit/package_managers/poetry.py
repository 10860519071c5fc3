"""Poetry, told to keep the environment in the project."""

from fastkit.package_managers.model import PackageManager, Step, on_path

POETRY = PackageManager(
    name="poetry",
    minimum="2.2.0",
    get_it="uv tool install --upgrade poetry",
    steps=(Step(("poetry", "install")),),
    runs="poetry run",
    lockfile="poetry.lock",
    find=on_path("poetry"),
    settings={
        "POETRY_VIRTUALENVS_CREATE": "true",
        "POETRY_VIRTUALENVS_IN_PROJECT": "true",
        "POETRY_NO_INTERACTION": "1",
    },
)
