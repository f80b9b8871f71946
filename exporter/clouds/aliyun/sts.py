"""STS (2015-04-01): temporary keys of a role, for one who has a key or a token of an OIDC provider (RRSA)."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from exporter.clouds.aliyun.lent_keys import lent_key
from exporter.clouds.aliyun.rpc import Parameters, RpcProduct
from exporter.clouds.credentials import Credentials
from exporter.clouds.encoding import encode_form, encode_query
from exporter.clouds.exchange import Request
from exporter.clouds.http import Channel
from exporter.clouds.login import Lease
from exporter.clouds.operation import Operation
from exporter.clouds.payload import field as field_of
from exporter.clouds.payload import mapping
from exporter.clouds.secret_text import SecretText

VERSION = "2015-04-01"
ASSUME_ROLE = Operation("sts", "AssumeRole", "sts:AssumeRole", documented=True)
# The trust policy of the role lets the provider's tokens in: no permission is granted to anybody.
ASSUME_ROLE_WITH_OIDC = Operation("sts", "AssumeRoleWithOIDC", "", documented=True)


@dataclass(frozen=True, slots=True)
class Role:
    """A role to assume, for ``duration`` seconds; ``external_id`` and ``policy`` are "" where there is none."""

    arn: str
    session_name: str
    duration: int
    external_id: str = field(default="", repr=False)
    policy: str = field(default="", repr=False)

    def parameters(self) -> dict[str, str]:
        """How the operations call it."""
        parameters = {
            "RoleArn": self.arn,
            "RoleSessionName": self.session_name,
            "DurationSeconds": str(self.duration),
            "ExternalId": self.external_id,
            "Policy": self.policy,
        }
        return {name: value for name, value in parameters.items() if value}


class AssumedRole:
    """AssumeRole: a role on top of the key that signs the channel's calls.

    Its parameters go into the body, as the vendor's newer SDKs have it: what is in a URL ends up in logs on the way.
    """

    def __init__(self, channel: Channel, role: Role) -> None:
        self._sts = RpcProduct(channel, VERSION)
        self._role = role

    async def __call__(self) -> Lease[Credentials]:
        """Log in; raises CloudError."""
        form: Parameters = self._role.parameters()
        secrets = (self._role.external_id,)
        answer = await self._sts.call(ASSUME_ROLE.name, form=form, secrets=secrets)
        return lent_key(field_of(answer, "Credentials"), ASSUME_ROLE.name)


class OidcRole:
    """AssumeRoleWithOIDC: a role for whoever has a token of the provider, in a file that is read again every time.

    The call is not signed, so that operation and version stand in the query; the token stands in the body only.
    """

    def __init__(
        self, channel: Channel, role: Role, provider_arn: str, token: SecretText, now: Callable[[], float]
    ) -> None:
        """``channel`` proves nothing by itself; ``now`` gives epoch seconds."""
        self._channel = channel
        self._role = role
        self._provider_arn = provider_arn
        self._token = token
        self._now = now

    async def __call__(self) -> Lease[Credentials]:
        """Log in; raises CloudError, or CredentialsError where the file cannot be read."""
        token = self._token.read()
        operation = ASSUME_ROLE_WITH_OIDC.name
        query = {
            "Action": operation,
            "Format": "JSON",
            "Timestamp": datetime.fromtimestamp(self._now(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "Version": VERSION,
        }
        form = self._role.parameters() | {"OIDCProviderArn": self._provider_arn, "OIDCToken": token}
        headers = {"accept": "application/json", "content-type": "application/x-www-form-urlencoded"}
        target = f"/?{encode_query(query.items())}"
        request = Request(operation, "POST", target, headers, encode_form(form.items()), secrets=(token,))
        answer = await self._channel.send(request)
        return lent_key(field_of(mapping(answer.value), "Credentials"), operation)
