"""What can go wrong, as types: each error knows its status and what to tell the client."""

from collections.abc import Mapping


class AppError(Exception):
    """`detail` and `headers` are for the client; the log gets `str(error)`, which may say more."""

    status = 500

    def __init__(
        self, detail: str, more: str = "", headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(more or detail)
        self.detail = detail
        self.headers = headers


class NotFound(AppError):
    status = 404

    def __init__(self, kind: str, record_id: object) -> None:
        super().__init__(f"{kind} with id {record_id} not found")
