"""The metadata service of an ECS instance: temporary keys of the role that the instance has.

Source: https://help.aliyun.com/zh/ecs/user-guide/view-instance-metadata, and the vendor's SDK.
"""

import re

from exporter.clouds.aliyun.lent_keys import checked_code, lent_key
from exporter.clouds.credentials import Credentials
from exporter.clouds.encoding import percent_encode
from exporter.clouds.errors import BadResponseError, CloudError, NotOfferedError, NotSetUpError
from exporter.clouds.exchange import Answer, Request
from exporter.clouds.http import Channel
from exporter.clouds.login import Lease
from exporter.clouds.secret_text import handed_out

ENDPOINT = "http://100.100.100.200"
TIMEOUT = 1.0  # seconds: it is in the same machine, or it is not there
_TOKEN_SECONDS = 21_600
_NO_ROLE = "the instance has no role; attach one, or use another source"
_ROLES = "/latest/meta-data/ram/security-credentials/"
_ROLE_NAME = re.compile(r"[\w.@-]{1,64}", re.ASCII)


class InstanceRole:
    """The key of the role of this instance, the one called ``name`` or (with "") the instance's own.

    Asked in the second way (with a session token of the service), and in the first where that fails and
    ``v1_allowed``: as the vendor's SDK does, because some networks drop the PUT or its answer without a word.
    """

    def __init__(self, channel: Channel, name: str, *, v1_allowed: bool) -> None:
        self._channel = channel
        self._name = name
        self._v1_allowed = v1_allowed

    async def __call__(self) -> Lease[Credentials]:
        """Log in; raises CloudError, or CredentialsError where the instance has no role."""
        token = await self._token()
        name = self._name or await self._own_role(token)
        operation = "GetInstanceRoleKey"
        answer = await self._get(operation, _ROLES + percent_encode(name), token)
        checked_code(answer.value, operation)
        return lent_key(answer.value, operation)

    async def _token(self) -> str:
        headers = {"x-aliyun-ecs-metadata-token-ttl-seconds": str(_TOKEN_SECONDS)}
        request = Request("CreateMetadataToken", "PUT", "/latest/api/token", headers, text=True)
        try:
            answer = await self._channel.send(request)
            return handed_out(str(answer.value), "token", request.operation)
        except CloudError:
            if not self._v1_allowed:
                raise
            return ""

    async def _own_role(self, token: str) -> str:
        try:
            answer = await self._get("GetInstanceRole", _ROLES, token, text=True)
        except NotOfferedError:
            raise NotSetUpError(_NO_ROLE) from None
        name, *_ = str(answer.value).split() or [""]
        if not name:
            raise NotSetUpError(_NO_ROLE)
        if not _ROLE_NAME.fullmatch(name):
            raise BadResponseError("GetInstanceRole: the answer is no role's name", operation="GetInstanceRole")
        return name

    async def _get(self, operation: str, path: str, token: str, *, text: bool = False) -> Answer:
        headers = {"x-aliyun-ecs-metadata-token": token} if token else {}
        secrets = (token,) if token else ()
        return await self._channel.send(Request(operation, "GET", path, headers, secrets=secrets, text=text))
