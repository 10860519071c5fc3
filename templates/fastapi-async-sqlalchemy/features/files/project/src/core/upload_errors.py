"""What can go wrong with uploads and downloads.

AppError
├── NotAForm              400  the body is not a form with one file
├── FileTooLarge          413  larger than MAX_UPLOAD_SIZE
├── TypeNotAllowed        415  not one of UPLOAD_TYPES, or content of another type
├── RangeNotSatisfiable   416  the file ends before the requested part
├── FolderUnavailable     503  files cannot be read or written now
└── FolderFull            507  no room is left on the disk
"""

from src.core.errors import AppError

# The rest of the body is not read.
CLOSE = {"Connection": "close"}


class NotAForm(AppError):
    status = 400

    def __init__(self, problem: str) -> None:
        super().__init__(f"The body must be a form with one file: {problem}", headers=CLOSE)


class FileTooLarge(AppError):
    status = 413

    def __init__(self, limit: int) -> None:
        super().__init__(f"File larger than {limit} bytes", headers=CLOSE)


class TypeNotAllowed(AppError):
    status = 415

    def __init__(self, problem: str) -> None:
        super().__init__(problem, headers=CLOSE)


class RangeNotSatisfiable(AppError):
    status = 416

    def __init__(self, size: int) -> None:
        super().__init__(f"The file has {size} bytes", headers={"Content-Range": f"bytes */{size}"})


class FolderUnavailable(AppError):
    status = 503

    def __init__(self, reason: str) -> None:
        detail = "Files cannot be read or written now"
        super().__init__(detail, f"{detail}: {reason}")


class FolderFull(AppError):
    status = 507

    def __init__(self, reason: str) -> None:
        detail = "No room is left for the file"
        super().__init__(detail, f"{detail}: {reason}")
