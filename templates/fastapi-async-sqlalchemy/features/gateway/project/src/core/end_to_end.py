"""Headers that are about the message and not about one connection (RFC 9110, section 7.6.1)."""

from collections.abc import Iterable

from httpx2 import AsyncBaseTransport, Headers, Request, Response

Header = tuple[bytes, bytes]

# `Connection` may name more of them.
HOP_BY_HOP = {
    b"connection",
    b"keep-alive",
    b"proxy-authenticate",
    b"proxy-authorization",
    b"proxy-connection",
    b"te",
    b"trailer",
    b"transfer-encoding",
    b"upgrade",
}


def end_to_end(headers: Iterable[Header]) -> list[Header]:
    """With their names in lower case."""
    pairs = [(name.lower(), value) for name, value in headers]
    listed = b",".join(value for name, value in pairs if name == b"connection")
    dropped = HOP_BY_HOP | {name.strip().lower() for name in listed.split(b",")}
    return [pair for pair in pairs if pair[0] not in dropped]


class EndToEnd(AsyncBaseTransport):
    """Takes the other headers from answers, before a cache could keep them."""

    def __init__(self, transport: AsyncBaseTransport) -> None:
        self.transport = transport

    async def handle_async_request(self, request: Request) -> Response:
        response = await self.transport.handle_async_request(request)
        response.headers = Headers(end_to_end(response.headers.raw))
        return response

    async def aclose(self) -> None:
        await self.transport.aclose()
