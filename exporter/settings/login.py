"""How an account logs in, as the settings have it: one source of keys or tokens, and perhaps a role on top.

The fields of a source are called like its settings.
"""

from dataclasses import dataclass, field
from pathlib import Path

from pydantic import SecretStr


@dataclass(frozen=True, slots=True)
class Key:
    """An access key, each part as text or as a file, never both; id and secret always, the token may be absent.

    Paths are left out of the repr: people put the secret itself where its file belongs.
    """

    access_key_id: SecretStr | None
    access_key_id_file: Path | None = field(repr=False)
    access_key_secret: SecretStr | None
    access_key_secret_file: Path | None = field(repr=False)
    security_token: SecretStr | None
    security_token_file: Path | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Oidc:
    """The identity provider whose token lets into a role (Alibaba Cloud), and the file of the token."""

    provider_arn: str
    token_file: Path = field(repr=False)


@dataclass(frozen=True, slots=True)
class InstanceRole:
    """The role of the ECS instance (Alibaba Cloud), by its name or, where that is true, whichever it has."""

    ecs_ram_role: str | bool
    imds_v1: bool


@dataclass(frozen=True, slots=True)
class CredentialsUri:
    """A program that hands out keys (Alibaba Cloud); the path may hold a secret of its own."""

    credentials_uri: SecretStr


@dataclass(frozen=True, slots=True)
class Profile:
    """A profile of the vendor's command line (Alibaba Cloud); None for the current one, and for the usual file."""

    profile: str | None
    profile_file: Path | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class User:
    """An IAM user with a password (Huawei Cloud); the password as text or as a file."""

    username: str
    domain: str
    password: SecretStr | None
    password_file: Path | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Agency:
    """The agency of the ECS instance (Huawei Cloud)."""

    ecs_agency: bool = True


@dataclass(frozen=True, slots=True)
class Role:
    """A role to assume (Alibaba Cloud); `duration` in seconds."""

    arn: str
    session_name: str
    duration: float
    external_id: SecretStr | None
    policy: str | None


Source = Key | Oidc | InstanceRole | CredentialsUri | Profile | User | Agency


@dataclass(frozen=True, slots=True)
class Login:
    """`source` None is the vendor's standard chain; `role` is assumed with what the source gives."""

    source: Source | None = None
    role: Role | None = None
