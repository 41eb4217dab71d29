"""
The sending half of a connection: replies leave in the order of their requests, each as it is to be played.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import struct
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing
from typing import TYPE_CHECKING

from aegis_mockserver.adapters.socket import _wire
from aegis_mockserver.world._messages import Reply, Stream
from aegis_mockserver.world._steps import Begin, Break, Follow, Send, Step, Wait, play, play_on

if TYPE_CHECKING:
    from aegis_mockserver.adapters.socket._serving import Serving

log = logging.getLogger("aegis_mockserver")
STREAM_SECONDS = 0.25
STREAM_BEHIND = 262_144
MOST = 64  # replies that wait for their turn; then no more requests are read


class Outgoing:
    """
    Replies on their way out.

    Args:
        drained: called when there is room for more again.
    """

    __slots__ = ("_drained", "_server", "_steps", "_timer", "_transport", "_waiter", "closed", "paused", "queue")

    def __init__(self, server: Serving, transport: asyncio.Transport, drained: Callable[[], None]) -> None:
        self._server = server
        self._transport = transport
        self._drained = drained
        self.queue: deque[tuple[Reply, bytes]] = deque()
        self._steps: Iterator[Step] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._waiter: asyncio.Future[None] | None = None
        self.paused = False  # the peer reads slower than we write
        self.closed = False  # nothing may be sent any more

    def __bool__(self) -> bool:
        return bool(self.queue)

    @property
    def full(self) -> bool:
        """
        Say whether no more requests should be read for now.
        """
        return self.paused or len(self.queue) >= MOST

    @property
    def streaming(self) -> bool:
        """
        Say whether the reply being sent has no end of its own.
        """
        how = self.queue[0][0].disturbance if self.queue else None
        return how is not None and how.stream is not None

    def send(self, reply: Reply, line: bytes = b"") -> None:
        """
        Send a reply after those before it.

        Args:
            line: what the last headers say of the connection.
        """
        if self.queue:
            self.queue.append((reply, line))
        elif reply.disturbance is not None:
            self.queue.append((reply, line))
            self._go_on()
        elif reply.lines and not line:
            # As _write() does it, but this is on the way of every request.
            if not self.closed and not self._transport.is_closing():
                first = _wire.STATUS_LINES.get(reply.status) or _wire.status_line(reply.status)
                self._transport.write(b"".join((first, reply.lines, self._server.date, reply.body)))
        else:
            self._write(reply, line)

    def resume(self) -> None:
        """
        The peer has read what was written.
        """
        self.paused = False
        self._free()

    async def stream(self, reply: Reply, rest: AsyncGenerator[bytes, None], line: bytes, *, chunked: bool) -> None:
        """
        Send a reply whose body comes piece by piece, after those before it, no faster than the peer reads.

        Args:
            chunked: where no length is known, the peer understands chunks; else the connection's end is the body's.
        """
        try:
            while self.queue:
                await self._room()
            known = any(name == b"content-length" for name, _ in reply.headers)
            if not known and not chunked:
                line = _wire.CLOSE
            in_chunks = not known and chunked
            if in_chunks:
                reply.headers.append((b"transfer-encoding", b"chunked"))
            async with aclosing(rest), aclosing(play_on(reply, rest)) as steps:
                async for step in steps:
                    match step:
                        case Begin():
                            self._put(_wire.head(reply) + line + self._server.date)
                        case Send(content):
                            while self.paused:
                                await self._room()
                            self._put(_wire.chunk(content) if in_chunks else content)
                        case Wait(seconds):
                            await asyncio.sleep(seconds)
                        case Break(how):
                            self._reset() if how == "reset" else self._end()
                            return
                        case Follow():
                            pass  # what comes from elsewhere is no stream of our own
            if in_chunks:
                self._put(_wire.LAST_CHUNK)
            if line is _wire.CLOSE:
                self._end()
        except Exception as error:  # noqa: BLE001 - whatever ends the provider's body, the client must see that it is no end
            log.warning("the provider's answer ended too early: %s", type(error).__name__)
            self.closed = True
            self._transport.abort()

    def _put(self, content: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(content)

    async def _room(self) -> None:
        self._waiter = self._server.loop.create_future()
        await self._waiter

    def _free(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def close(self) -> None:
        """
        Forget what was not sent; the peer has gone.
        """
        self.closed = True
        if self._timer is not None:
            self._timer.cancel()
        for reply, _ in self.queue:
            if reply.disturbance is not None and reply.disturbance.stream is not None:
                reply.disturbance.stream.close()
        self.queue.clear()

    def _write(self, reply: Reply, line: bytes) -> None:
        if self.closed or self._transport.is_closing():
            return
        self._transport.write(b"".join((_wire.head(reply), line, self._server.date, reply.body)))
        if line is _wire.CLOSE:
            self._end()

    def _end(self) -> None:
        self.closed = True
        self._transport.close()

    def _go_on(self) -> None:
        """
        Play one reply after the other, until one of them waits or the connection ends.
        """
        self._timer = None
        while self.queue and not self._transport.is_closing():
            reply, line = self.queue[0]
            if reply.disturbance is None:
                self._write(reply, line)
            elif not self._play(reply, line):
                return
            self._steps = None
            self.queue.popleft()
        self._free()
        self._drained()

    def _play(self, reply: Reply, line: bytes) -> bool:
        """
        Play a reply as far as it goes; true when it is over and the next one may follow.
        """
        if self._steps is None:
            self._steps = play(reply)
        pending: list[bytes] = []
        for step in self._steps:
            match step:
                case Begin():
                    # What has no end of its own ends with the connection (RFC 9112 §6.3).
                    pending += (_wire.head(reply), _wire.CLOSE if self.streaming else line, self._server.date)
                case Send(content):
                    pending.append(content)
                case Wait(seconds):
                    self._flush(pending)
                    self._timer = self._server.loop.call_later(seconds, self._go_on)
                    return False
                case Follow(stream):
                    self._flush(pending)
                    self._follow(stream)
                    return False
                case Break(how):
                    self._flush(pending)
                    self._reset() if how == "reset" else self._end()
                    return False
        self._flush(pending)
        if line is _wire.CLOSE:
            self._end()
        return True

    def _flush(self, pending: list[bytes]) -> None:
        if pending:
            self._transport.write(b"".join(pending))

    def _follow(self, stream: Stream) -> None:
        """
        Send what is new, as often as somebody could see it; a reader that is slow misses some, and costs no memory.
        """
        if self._transport.is_closing():
            return
        if self._server.stopping:
            self._transport.close()
            return
        if self._transport.get_write_buffer_size() < STREAM_BEHIND and (content := stream.poll()):
            self._transport.write(content)
        self._timer = self._server.loop.call_later(STREAM_SECONDS, self._follow, stream)

    def _reset(self) -> None:
        raw = self._transport.get_extra_info("socket")
        if raw is not None:
            try:
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            except OSError:
                log.debug("no linger on this socket")
        self.closed = True
        self._transport.abort()
