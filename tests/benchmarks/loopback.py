"""
The smallest server that answers: the same bytes to every request, as fast as asyncio goes. Prints its port.
"""

from __future__ import annotations

import asyncio
import sys
from typing import cast

BODY = (
    '{"user_id":"0198c8a1-0000-7000-8000-000000000001","email":"minsu.kim@example.com",'
    '"business_registration_number":"124-81-00998","business_name":"이지스식당","phone_number":"010-1234-5678",'
    '"business_type":"개인사업자","industry_code":"56111","region":"11","status":"active","business_status":"active",'
    '"email_verified":true,"phone_verified":false,"created_at":"2026-11-01T09:00:00Z",'
    '"updated_at":"2026-11-02T09:00:00Z"}'
).encode()
ANSWER = (
    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n"
    b"x-request-id: 0198c8a1\r\ndate: Sun, 22 Nov 2026 15:00:00 GMT\r\n\r\n" % len(BODY)
) + BODY


class Answerer(asyncio.Protocol):
    """
    Answers each request that has no body.
    """

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._pending = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are asyncio's in all but name.
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        *requests, self._pending = (self._pending + data).split(b"\r\n\r\n")
        if self._transport is not None:
            self._transport.write(ANSWER * len(requests))


async def main() -> None:
    """
    Serve until killed.
    """
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Answerer, "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    try:
        import uvloop
    except ImportError:
        asyncio.run(main())
    else:
        uvloop.run(main())
