"""uv: the one on PATH, or else the one that comes with fastkit."""

from fastkit.machine.processes import find_program
from fastkit.package_managers.model import PackageManager, Step


def find() -> str | None:
    if found := find_program("uv"):
        return found
    try:
        from uv import find_uv_bin

        return str(find_uv_bin())
    except (ImportError, FileNotFoundError):
        return None


UV = PackageManager(
    name="uv",
    minimum="0.4.27",
    get_it="pip install --upgrade uv",
    steps=(Step(("uv", "sync")),),
    runs="uv run",
    lockfile="uv.lock",
    lock=Step(("uv", "lock")),
    find=find,
    obeys=(
        *("UV_DEFAULT_INDEX", "UV_INDEX", "UV_INDEX_*", "UV_EXTRA_INDEX_URL", "UV_FIND_LINKS"),
        *("UV_KEYRING_PROVIDER", "UV_CREDENTIALS_DIR", "UV_NO_HF_TOKEN", "UV_*_ENDPOINT_URL"),
        *("UV_INSECURE_HOST", "UV_NATIVE_TLS", "UV_SYSTEM_CERTS", "UV_CONFIG_FILE", "UV_NO_CONFIG"),
        *("UV_OFFLINE", "UV_HTTP_*", "UV_REQUEST_TIMEOUT", "UV_CONCURRENT_*", "UV_GIT_LFS"),
        *("UV_CACHE_DIR", "UV_NO_CACHE", "UV_LINK_MODE", "UV_LOCK_TIMEOUT", "UV_COMPILE_BYTECODE*"),
        *("UV_EXCLUDE_NEWER*", "UV_MALWARE_CHECK", "UV_BUILD_CONSTRAINT", "UV_REQUIRE_HASHES"),
        *("UV_NO_BUILD", "UV_NO_BUILD_PACKAGE", "UV_NO_BINARY", "UV_NO_BINARY_PACKAGE"),
        *("UV_PYTHON", "UV_PYTHON_*", "UV_PYPY_INSTALL_MIRROR", "UV_*MANAGED_PYTHON", "UV_LIBC"),
    ),
    shows_settings="the file `uv.toml` in your configuration folder",
)
