"""An HTTP connection that stays open. No more of HTTP than the answers here need: it must cost next to nothing."""

import asyncio


class HttpConnection(asyncio.Protocol):
    """Sends one request at a time."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._received = b""
        self._answer: asyncio.Future[bytes] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, found, body = self._received.partition(b"\r\n\r\n")
        if not found or self._answer is None:
            return
        _, has_length, after = head.lower().partition(b"content-length:")
        assert has_length, "the answer has no length"
        if len(body) >= int(after.partition(b"\r\n")[0]):
            self._received = b""
            self._answer.set_result(head)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(exc or ConnectionResetError("the server closed the connection"))

    async def send(self, request: bytes) -> int:
        """The status of the answer to `request`."""
        assert self._transport is not None
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return int((await self._answer)[9:12])

    def close(self) -> None:
        """Close the connection."""
        assert self._transport is not None
        self._answer = None
        self._transport.close()
