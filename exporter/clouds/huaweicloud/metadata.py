"""The metadata service of an ECS instance: temporary keys of the agency that the instance has.

Sources: https://support.huaweicloud.com/usermanual-ecs/ecs_03_0166.html, and the vendor's SDK.
"""

from datetime import UTC

from exporter.clouds.credentials import Credentials
from exporter.clouds.errors import (
    BadResponseError,
    NotOfferedError,
    NotSetUpError,
    RejectedError,
    ServerError,
)
from exporter.clouds.exchange import Request
from exporter.clouds.http import Channel
from exporter.clouds.login import Lease
from exporter.clouds.payload import mapping
from exporter.clouds.secret_text import handed_out
from exporter.clouds.values import Unreadable, instant, text

ENDPOINT = "http://169.254.169.254"
TIMEOUT = 3.0  # seconds
_TOKEN_SECONDS = 21_600


class InstanceAgency:
    """The key of the agency of this instance; asked in the first way where the service does not know the second."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    async def __call__(self) -> Lease[Credentials]:
        """Log in; raises CloudError, or CredentialsError where the instance has no agency."""
        token = await self._token()
        headers = {"x-metadata-token": token} if token else {}
        operation = "GetSecurityKey"
        secrets = (token,) if token else ()
        request = Request(operation, "GET", "/openstack/latest/securitykey", headers, secrets=secrets)
        try:
            answer = await self._channel.send(request)
        except NotOfferedError:
            raise NotSetUpError("the instance has no agency; attach one, or use another source") from None
        return _lent_key(answer.value, operation)

    async def _token(self) -> str:
        headers = {"x-metadata-token-ttl-seconds": str(_TOKEN_SECONDS)}
        request = Request("CreateMetadataToken", "PUT", "/meta-data/latest/api/token", headers, text=True)
        try:
            answer = await self._channel.send(request)
        except (NotOfferedError, RejectedError, ServerError):  # 404, 405 and 503 are documented for it
            return ""
        return handed_out(str(answer.value), "token", request.operation)


def _lent_key(answer: object, operation: str) -> Lease[Credentials]:
    fields = mapping(mapping(answer).get("credential"))
    parts = [handed_out(text(fields.get(name)), name, operation) for name in ("access", "secret", "securitytoken")]
    try:
        ends_at = instant(fields.get("expires_at"), UTC)
    except Unreadable:
        ends_at = None
    if ends_at is None:
        raise BadResponseError(f"{operation}: the answer does not say when the key ends", operation=operation)
    return Lease(Credentials(*parts), ends_at)
