"""What can go wrong with the data.

AppError
└── StoreError            503  the data cannot be read or written now
    ├── StoreCorrupt      503  the file is not what we wrote: a person must look at it
    └── StoreFull         507  no room is left, on the disk or for another id
"""

import errno
from pathlib import Path

from src.core.errors import AppError


class StoreError(AppError):
    status = 503

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path.name}: {reason}")
        self.path = path
        self.reason = reason

    def __str__(self) -> str:
        # The log may know where the file is, the client need not.
        return f"{self.path}: {self.reason}"


class StoreCorrupt(StoreError):
    pass


class StoreFull(StoreError):
    status = 507


NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def explained(error: OSError, path: Path) -> StoreError:
    kind = StoreFull if error.errno in NO_ROOM else StoreError
    return kind(path, error.strerror or str(error))
