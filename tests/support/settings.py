"""Variables and files by which a person tells package managers something."""

SOURCES = {
    "uv": (
        *("UV_DEFAULT_INDEX", "UV_INDEX", "UV_INDEX_URL", "UV_EXTRA_INDEX_URL", "UV_FIND_LINKS"),
        *("UV_INDEX_STRATEGY", "UV_INDEX_ACME_USERNAME", "UV_INDEX_ACME_PASSWORD", "UV_KEYRING_PROVIDER"),
        *("UV_INSECURE_HOST", "UV_NATIVE_TLS", "UV_SYSTEM_CERTS", "UV_CACHE_DIR", "UV_NO_CACHE"),
        *("UV_OFFLINE", "UV_HTTP_TIMEOUT", "UV_HTTP_RETRIES", "UV_CONFIG_FILE", "UV_EXCLUDE_NEWER"),
        *("UV_PYTHON", "UV_PYTHON_DOWNLOADS", "UV_PYTHON_INSTALL_MIRROR", "UV_MANAGED_PYTHON"),
    ),
    "pip": (
        *("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_NO_INDEX", "PIP_FIND_LINKS", "PIP_TRUSTED_HOST"),
        *("PIP_CERT", "PIP_CLIENT_CERT", "PIP_PROXY", "PIP_KEYRING_PROVIDER", "PIP_DEFAULT_TIMEOUT"),
        *("PIP_RETRIES", "PIP_CACHE_DIR", "PIP_NO_CACHE_DIR", "PIP_CONFIG_FILE", "PIP_CONSTRAINT"),
        "pip_index_url",
    ),
    "pdm": (
        *("PDM_PYPI_URL", "PDM_PYPI_USERNAME", "PDM_PYPI_PASSWORD", "PDM_PYPI_VERIFY_SSL"),
        *("PDM_IGNORE_STORED_INDEX", "PDM_REQUEST_TIMEOUT", "PDM_CACHE_DIR", "PDM_CONFIG_FILE"),
        *("PDM_USE_UV", "UV_CACHE_DIR"),
    ),
    "poetry": (
        *("POETRY_REPOSITORIES_ACME_URL", "POETRY_HTTP_BASIC_ACME_PASSWORD", "POETRY_PYPI_TOKEN_ACME"),
        *("POETRY_CERTIFICATES_ACME_CERT", "POETRY_KEYRING_ENABLED", "POETRY_REQUESTS_TIMEOUT"),
        *("POETRY_CACHE_DIR", "POETRY_CONFIG_DIR", "POETRY_PYPI_MIRROR_URL"),
    ),
}

MEANT_FOR_OTHERS = {
    "uv": (
        *("UV_FROZEN", "UV_LOCKED", "UV_NO_SYNC", "UV_ISOLATED", "UV_NO_GROUP", "UV_NO_DEFAULT_GROUPS"),
        *("UV_NO_DEV", "UV_DEV", "UV_ONLY_DEV", "UV_NO_EDITABLE", "UV_NO_INSTALL_PROJECT", "UV_NO_SOURCES"),
        *("UV_NO_INSTALL_WORKSPACE", "UV_NO_INSTALL_LOCAL", "UV_PROJECT", "UV_PROJECT_ENVIRONMENT"),
        *("UV_WORKING_DIR", "UV_WORKING_DIRECTORY", "UV_NO_BUILD_ISOLATION", "UV_SYSTEM_PYTHON"),
        *("UV_OVERRIDE", "UV_RESOLUTION", "UV_PRERELEASE", "UV_PREVIEW", "UV_OF_THE_NEXT_RELEASE"),
    ),
    "pip": (
        *("PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_USER", "PIP_PYTHON", "PIP_REQUIRE_VIRTUALENV"),
        *("PIP_DRY_RUN", "PIP_NO_DEPS", "PIP_REPORT", "PIP_NO_BUILD_ISOLATION", "PIP_EDITABLE"),
        *("PIP_REQUIREMENT", "PIP_PLATFORM", "PIP_target", "PIP_OF_THE_NEXT_RELEASE"),
    ),
    "pdm": (
        *("PDM_PYTHON", "PDM_PROJECT", "PDM_PROJECT_ROOT", "PDM_LOCKFILE", "PDM_NO_SELF", "PDM_NO_EDITABLE"),
        *("PDM_FROZEN_LOCKFILE", "PDM_NO_LOCK", "PDM_IN_VENV", "PDM_BUILD_ISOLATION", "PDM_OVERRIDE"),
        "PDM_SKIP_HOOKS",
    ),
    "poetry": (
        *("POETRY_VIRTUALENVS_PATH", "POETRY_VIRTUALENVS_USE_POETRY_PYTHON", "POETRY_NO_ROOT"),
        "POETRY_INSTALLER_BUILD_CONFIG_SETTINGS_SHOP",
    ),
}

ANOTHER_PYTHON = ("VIRTUAL_ENV", "CONDA_PREFIX", "PYTHONHOME", "PYTHONPATH")

FILES = {
    ".config/pip/pip.conf": "[global]\ntarget = /elsewhere\n[install]\nuser = true\nno-deps = true\n",
    ".config/pdm/config.toml": "[python]\nuse_venv = false\n[venv]\nin_project = false\n",
    ".config/pypoetry/config.toml": "[virtualenvs]\ncreate = false\nin-project = false\n",
}
"""Settings in a home by which an install would go elsewhere, or leave out half of it."""
