"""Access keys: where they come from, and how they stay out of everything that is printed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from exporter.clouds.errors import NotSetUpError
from exporter.clouds.secret_text import SecretText, Stamp, checked


@dataclass(frozen=True, slots=True)
class Credentials:
    """One access key; `security_token` is empty for a key that does not expire."""

    access_key_id: str
    access_key_secret: str = field(repr=False)
    security_token: str = field(default="", repr=False)

    def __repr__(self) -> str:
        """Show just enough of the id to tell two keys apart."""
        shown = self.access_key_id[: min(4, len(self.access_key_id) // 2)]
        return f"Credentials(access_key_id='{shown}…')"

    def secrets(self) -> tuple[str, ...]:
        """Give the values that must be struck from logs and messages."""
        values = (self.access_key_id, self.access_key_secret, self.security_token)
        return tuple(value for value in values if value)


class CredentialsProvider(Protocol):
    """A source of access keys, asked before each request, so that it may change them at any time."""

    async def get(self) -> Credentials:
        """Give the key that is valid now; raises CredentialsError when there is none."""
        ...

    async def renew(self, used: Credentials) -> bool:
        """Look for another key than ``used``, whose token the vendor refused; True where `get` gives another one now.

        Raises CredentialsError where a new one is to be had and cannot be.
        """
        ...


class StaticCredentials:
    """A key that never changes."""

    def __init__(self, access_key_id: str, access_key_secret: str, security_token: str = "") -> None:
        self._credentials = Credentials(
            checked(access_key_id, "access_key_id"),
            checked(access_key_secret, "access_key_secret"),
            checked(security_token, "security_token") if security_token else "",
        )

    async def get(self) -> Credentials:
        """Give the key."""
        return self._credentials

    async def renew(self, used: Credentials) -> bool:
        """There is no other key."""
        return self._credentials != used


class FileCredentials:
    """A key of which each part is a value or a file; files are read again when they change.

    `setting` is the name under which the parts stand in the settings; messages begin with it. Both or neither of a
    value and its file raise CredentialsError at once (the token may be left out); a bad file raises it from `get`.
    """

    def __init__(
        self,
        *,
        access_key_id: str = "",
        access_key_id_file: Path | None = None,
        access_key_secret: str = "",
        access_key_secret_file: Path | None = None,
        security_token: str = "",
        security_token_file: Path | None = None,
        setting: str = "credentials",
    ) -> None:
        self._id = SecretText(f"{setting}.access_key_id", access_key_id, access_key_id_file)
        self._secret = SecretText(f"{setting}.access_key_secret", access_key_secret, access_key_secret_file)
        self._token = (
            SecretText(f"{setting}.security_token", security_token, security_token_file)
            if security_token or security_token_file
            else None
        )
        self._stamps: tuple[Stamp, ...] | None = None
        self._credentials: Credentials | None = None

    async def get(self) -> Credentials:
        """Give the key as the files hold it now; raises CredentialsError naming the setting."""
        parts = (self._id, self._secret, self._token) if self._token else (self._id, self._secret)
        # Stamps are taken before reading: files swapped in between are seen by the next call.
        stamps = tuple(part.stamp() for part in parts)
        if self._credentials is None or stamps != self._stamps:
            self._credentials = Credentials(*(part.read() for part in parts))
            self._stamps = stamps
        return self._credentials

    async def renew(self, used: Credentials) -> bool:
        """Tell whether the files hold another key by now."""
        return await self.get() != used


# The vendors' names for the id, the secret and the token.
_VARIABLES = {
    "aliyun": ("ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET", "ALIBABA_CLOUD_SECURITY_TOKEN"),
    "huaweicloud": ("HUAWEICLOUD_SDK_AK", "HUAWEICLOUD_SDK_SK", "HUAWEICLOUD_SDK_SECURITY_TOKEN"),
}


def missing_variables(environ: Mapping[str, str], provider: Literal["aliyun", "huaweicloud"]) -> list[str]:
    """Name those of the vendor's variables for id and secret that are empty or not set."""
    return [name for name in _VARIABLES[provider][:2] if not environ.get(name, "").strip()]


class EnvironmentCredentials:
    """The key in the variables that the vendor's own SDKs read, looked up in the given mapping at each call."""

    def __init__(self, environ: Mapping[str, str], provider: Literal["aliyun", "huaweicloud"]) -> None:
        self._environ = environ
        self._provider = provider
        self._names = _VARIABLES[provider]

    async def get(self) -> Credentials:
        """Give the key; raises CredentialsError naming the missing variables."""
        missing = missing_variables(self._environ, self._provider)
        if missing:
            raise NotSetUpError(f"environment: {' and '.join(missing)} not set")
        values = [self._environ.get(name, "").strip() for name in self._names]
        access_key_id, access_key_secret, security_token = (
            checked(value, f"environment variable {name}") if value else ""
            for name, value in zip(self._names, values, strict=True)
        )
        return Credentials(access_key_id, access_key_secret, security_token)

    async def renew(self, used: Credentials) -> bool:
        """Tell whether the variables hold another key by now."""
        return await self.get() != used
