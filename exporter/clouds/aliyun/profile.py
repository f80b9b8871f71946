"""The profiles of the vendor's command line, ``~/.aliyun/config.json``: read, never written.

Source: https://help.aliyun.com/zh/cli/configure-credentials, and the vendor's SDK.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from exporter import files
from exporter.clouds.credentials import Credentials, CredentialsProvider
from exporter.clouds.errors import CredentialsError, NotSetUpError
from exporter.clouds.payload import mapping
from exporter.clouds.values import count, text

_Stamp = tuple[int, int, int]
_DURATION = 3600  # seconds
MODES = ("AK", "StsToken", "RamRoleArn", "ChainableRamRoleArn", "EcsRamRole", "OIDC")


@dataclass(frozen=True, slots=True)
class Profile:
    """One profile; a field that is not there is ""."""

    name: str
    fields: Mapping[str, object] = field(repr=False)

    def __getitem__(self, key: str) -> str:
        """A field as text."""
        return text(self.fields.get(key))

    def needed(self, key: str) -> str:
        """A field that this mode cannot do without; raises NotSetUpError."""
        value = self[key]
        if not value:
            raise NotSetUpError(f"the profile {self.name!r} has no {key}")
        return value

    @property
    def duration(self) -> int:
        """``expired_seconds``, or an hour."""
        try:
            return int(count(self.fields.get("expired_seconds")) or _DURATION)
        except ValueError:
            return _DURATION


@dataclass(frozen=True, slots=True)
class Profiles:
    """All of a file by name, and the name of the current one."""

    by_name: Mapping[str, Profile]
    current: str

    def named(self, name: str) -> Profile:
        """The profile of this name, or the current one for ""; raises NotSetUpError."""
        wanted = name or self.current or "default"
        if wanted not in self.by_name:
            raise NotSetUpError(f"the file has no profile {wanted!r}")
        return self.by_name[wanted]


class ProfileCredentials:
    """The key of a profile, made anew when the file changes.

    ``source`` is what messages call it, ``build`` makes the source that a profile describes.
    """

    def __init__(
        self, path: Path, name: str, *, source: str, build: Callable[[Profiles, Profile], CredentialsProvider]
    ) -> None:
        self._path = path
        self._name = name
        self._source = source
        self._build = build
        self._stamp: _Stamp | None = None
        self._inner: CredentialsProvider | None = None

    async def get(self) -> Credentials:
        """Give the key as the file describes it now; raises CredentialsError."""
        try:
            return await self._provider().get()
        except CredentialsError as error:
            raise error.told_as(f"{self._source}: {error}") from None

    async def renew(self, used: Credentials) -> bool:
        """Renew it as the profile's mode can."""
        try:
            return await self._provider().renew(used)
        except CredentialsError as error:
            raise error.told_as(f"{self._source}: {error}") from None

    def _provider(self) -> CredentialsProvider:
        # The path is not repeated: people put the secret itself where its file belongs.
        try:
            status = self._path.stat()
            stamp = status.st_mtime_ns, status.st_size, status.st_ino
            if self._inner is None or stamp != self._stamp:
                profiles = read_profiles(files.content(self._path))
                self._inner = self._build(profiles, profiles.named(self._name))
                self._stamp = stamp
        except FileNotFoundError:
            raise NotSetUpError("there is no such file") from None
        except (OSError, ValueError) as error:  # a ValueError of a path that can be none repeats it
            said = error.strerror if isinstance(error, OSError) else None
            raise CredentialsError(f"the file cannot be read: {said or type(error).__name__}") from None
        return self._inner


def read_profiles(content: bytes) -> Profiles:
    """The profiles in a file's content; raises CredentialsError, without a word of it, where there are none."""
    try:
        document = mapping(json.loads(content))
    except (ValueError, RecursionError):
        raise CredentialsError("the file is not JSON") from None
    listed = document.get("profiles")
    found = [
        Profile(text(fields.get("name")), fields) for fields in map(mapping, listed if isinstance(listed, list) else [])
    ]
    return Profiles({profile.name: profile for profile in found if profile.name}, text(document.get("current")))
