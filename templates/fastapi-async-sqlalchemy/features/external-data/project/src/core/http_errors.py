"""What can go wrong with other services.

AppError
└── SourceError           a source gave nothing to use
    ├── SourceFailed      its own  it answered with an error: 404 stays 404, 500 stays 500
    ├── SourceUnreadable  502      its answer is not JSON, too large or a redirection
    ├── SourceUnreachable 503      it cannot be reached
    ├── NoSourceAnswered  503      every source failed
    └── SourceTimedOut    504      it took too long
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from httpx2 import PoolTimeout, RemoteProtocolError, RequestError, TimeoutException

from src.core.errors import AppError


class SourceError(AppError):
    def __init__(self, problem: str) -> None:
        super().__init__(f"External API error: {problem}")


class SourceFailed(SourceError):
    def __init__(self, source: str, status: int) -> None:
        super().__init__(f"{source} answered {status}")
        self.status = status


class SourceUnreadable(SourceError):
    status = 502

    def __init__(self, source: str) -> None:
        super().__init__(f"{source} answered with something that cannot be read")


class SourceUnreachable(SourceError):
    status = 503

    def __init__(self, source: str) -> None:
        super().__init__(f"{source} cannot be reached")


class NoSourceAnswered(SourceError):
    status = 503

    def __init__(self, sources: Iterable[str]) -> None:
        super().__init__(f"none of {', '.join(sources)} gave anything")


class SourceTimedOut(SourceError):
    status = 504

    def __init__(self, source: str) -> None:
        super().__init__(f"{source} took too long")


@contextmanager
def source_errors(source: str) -> Iterator[None]:
    """Turns what the HTTP client raises into these errors."""
    try:
        yield
    except PoolTimeout as error:  # no connection of ours is free, whatever the source does
        raise SourceUnreachable(source) from error
    except (TimeoutError, TimeoutException):
        raise SourceTimedOut(source) from None
    except RemoteProtocolError as error:
        raise SourceUnreadable(source) from error
    except RequestError as error:
        raise SourceUnreachable(source) from error
