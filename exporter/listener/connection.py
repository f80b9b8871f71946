"""One connection: TLS where it is wanted, then uvicorn's HTTP/1.1, with an eye on how long everything takes."""

import asyncio
import sys
from collections.abc import Callable
from typing import Any

import h11
import structlog
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from exporter.access import Access, ServerTls
from exporter.access.headers import with_security
from exporter.listener.crowd import Crowd, Phase, Seat

_TLS_SHUTDOWN = 1.0  # seconds for a client to say goodbye
# What h11 says is wrong with a request, where it is not 400.
_REASONS = {431: b"Request Header Fields Too Large", 501: b"Not Implemented"}

log = structlog.get_logger("exporter")


class Connection(H11Protocol):
    """Made by uvicorn for each connection that comes in; it takes this class in place of its own."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        crowd: Crowd,
        access: Callable[[], Access],
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.since = 0.0
        self._crowd = crowd
        self._access = access
        self._tls: ServerTls | None = None
        self._raw: asyncio.Transport | None = None
        self._handshake: asyncio.Task[None] | None = None
        self._open = False
        self._early = b""
        self._reading = True

    @property
    def phase(self) -> Phase:
        """What it is at."""
        if not self._open:
            return Phase.opening
        if self._busy:
            return Phase.sending if self.flow.write_paused else Phase.answering
        # With TLS, too: what waits to be encrypted waits only while this buffer is full.
        if self._raw is not None and self._raw.get_write_buffer_size():
            return Phase.sending
        return Phase.opening if self._reading else Phase.idle

    @property
    def outdated(self) -> bool:
        """Whether it was made under rules that hold no more: a certificate that was good then may be withdrawn."""
        return self._access().tls is not self._tls

    @property
    def _busy(self) -> bool:
        """Whether a request is being answered."""
        return self.cycle is not None and not self.cycle.response_complete

    def abort(self) -> None:
        """End it at once."""
        if self._raw is not None:
            self._raw.abort()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        """Take a seat, then a handshake or a request."""
        self._raw = transport
        self.since = self._crowd.now()
        seat = self._crowd.admit(self)
        if seat is Seat.none:
            transport.abort()
            return
        if seat is Seat.standing:
            self.app = _full
        self._tls = self._access().tls
        if self._tls is None:
            self._opened(transport)
        else:
            self._handshake = asyncio.get_running_loop().create_task(self._shake_hands(transport, self._tls))

    async def _shake_hands(self, transport: asyncio.Transport, tls: ServerTls) -> None:
        try:
            secured = await asyncio.get_running_loop().start_tls(
                transport,
                self,
                tls.context,
                server_side=True,
                ssl_handshake_timeout=self._crowd.limits.handshake,
                ssl_shutdown_timeout=_TLS_SHUTDOWN,
            )
        except OSError as error:  # ssl's errors are among them, and that it took too long
            self._refuse(transport, getattr(error, "reason", None) or type(error).__name__)
            return
        connection = secured.get_extra_info("ssl_object") if secured is not None else None
        if connection is None or secured is None or secured.is_closing():
            self._refuse(transport, "the client left")
        elif not tls.admits(connection):
            self._refuse(transport, "client_allowed_sans has none of the certificate's names")
        else:
            self.app_state = {**self.app_state, "verified_client": tls.verified(connection)}
            self._opened(secured)

    def _refuse(self, transport: asyncio.Transport, reason: str) -> None:
        # Not above debug: whoever reaches the port could fill the disk.
        log.debug("no TLS with a client", client=(transport.get_extra_info("peername") or ("?",))[0], reason=reason)
        self._crowd.leave(self)
        transport.abort()

    def _opened(self, transport: asyncio.Transport) -> None:
        self._open = True
        self.since = self._crowd.now()
        super().connection_made(transport)
        if self._early:
            early, self._early = self._early, b""
            self.data_received(early)

    def connection_lost(self, exc: Exception | None) -> None:
        """Leave."""
        self._crowd.leave(self)
        if self._open:
            super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Part of a request, or several."""
        if not self._open:
            self._early += data  # it came with the end of the handshake
            return
        was_busy = self._busy
        if not was_busy and self.outdated:
            self.transport.close()
            return
        if not was_busy and not self._reading:
            self._reading, self.since = True, self._crowd.now()
        super().data_received(data)
        if not was_busy and self._busy:
            self._reading, self.since = False, self._crowd.now()

    def on_response_complete(self) -> None:
        """Idle from here on, or at the next request that has come already."""
        self._reading, self.since = False, self._crowd.now()
        if self.outdated:
            self.transport.close()  # its answer still goes out
        super().on_response_complete()

    def send_400_response(self, msg: str) -> None:
        """What is no request gets an answer of the same form as everything else."""
        error = sys.exception()
        status = error.error_status_hint if isinstance(error, h11.RemoteProtocolError) else 400
        if self._busy:
            self.transport.close()  # it came in the middle of an answer
            return
        given = [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close")]
        response = h11.Response(
            status_code=status,
            headers=with_security(given, self._access().headers),
            reason=_REASONS.get(status, b"Bad Request"),
        )
        for event in (response, h11.Data(data=msg.encode("ascii") + b"\n"), h11.EndOfMessage()):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()


async def _full(scope: Scope, receive: Receive, send: Send) -> None:
    """The answer where there is no room."""
    headers = with_security([(b"retry-after", b"1"), (b"connection", b"close")], {})
    told = {name.decode(): value.decode() for name, value in headers}
    await PlainTextResponse("too many connections at this time\n", 503, headers=told)(scope, receive, send)
