"""A service that answers everything with a small JSON, and `/connections` with how many it got."""

import asyncio

BODY = b'{"id": 1, "name": "Hammer", "price": "12.50"}'
opened = 0


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    global opened
    opened += 1
    try:
        while head := await reader.readuntil(b"\r\n\r\n"):
            body = str(opened).encode() if b"GET /connections " in head else BODY
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n")
            writer.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    writer.close()


async def main() -> None:
    server = await asyncio.start_server(serve, "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
