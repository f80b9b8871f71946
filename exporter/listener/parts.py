"""Large answers in parts: a reader that stalls then holds up a part, and not a copy of the whole page."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_PART = 262_144  # bytes


def in_parts(app: ASGIApp) -> ASGIApp:
    """The same application; the next part of a body goes out when the client has taken what was sent before."""

    async def parted(scope: Scope, receive: Receive, send: Send) -> None:
        async def send_parts(message: Message) -> None:
            body = memoryview(message.get("body", b""))
            if len(body) <= _PART:
                await send(message)
                return
            more = message.get("more_body", False)
            for start in range(0, len(body), _PART):
                end = start + _PART
                await send({**message, "body": body[start:end], "more_body": more or end < len(body)})

        await app(scope, receive, send_parts)

    return parted
