"""Makes the login of an account out of its section: the source that is given, and the role on top."""

from pathlib import Path
from typing import Protocol

from exporter.settings.document import CredentialsSection
from exporter.settings.login import (
    Agency,
    CredentialsUri,
    InstanceRole,
    Key,
    Login,
    Oidc,
    Profile,
    Role,
    Source,
    User,
)
from exporter.settings.mistake import Place
from exporter.settings.origin import Origin

SESSION_NAME = "cloud-cluster-exporter"
ROLE_DURATION = 3600.0  # seconds: the longest that any role allows unless it is told more


class PathOf(Protocol):
    """Makes a path good that stands under a key of the section; None stays None."""

    def __call__(self, given: Path | None, *key: str) -> Path | None:
        """Read it as its writer meant it."""


def resolved_login(place: Place, section: CredentialsSection, origin: Origin) -> Login:
    """Make the login; the rules hold already."""

    def path(given: Path | None, *key: str) -> Path | None:
        return origin.resolved((*place, *key), given) if given is not None else None

    return Login(_source(section, path), _role(section))


def _source(section: CredentialsSection, path: PathOf) -> Source | None:
    return _proved(section, path) or _lent(section) or _key(section, path)


def _proved(section: CredentialsSection, path: PathOf) -> Source | None:
    oidc = section.oidc
    if oidc is not None and oidc.provider_arn and oidc.token_file:
        return Oidc(oidc.provider_arn, path(oidc.token_file, "oidc", "token_file") or oidc.token_file)
    if section.username is not None and section.domain is not None:
        return User(section.username, section.domain, section.password, path(section.password_file, "password_file"))
    if section.profile is not None or section.profile_file is not None:
        return Profile(section.profile, path(section.profile_file, "profile_file"))
    return None


def _lent(section: CredentialsSection) -> Source | None:
    if section.ecs_ram_role is not None:
        return InstanceRole(section.ecs_ram_role or True, section.imds_v1 is not False)
    if section.credentials_uri is not None:
        return CredentialsUri(section.credentials_uri)
    return Agency() if section.ecs_agency else None


def _key(section: CredentialsSection, path: PathOf) -> Key | None:
    key = Key(
        access_key_id=section.access_key_id,
        access_key_id_file=path(section.access_key_id_file, "access_key_id_file"),
        access_key_secret=section.access_key_secret,
        access_key_secret_file=path(section.access_key_secret_file, "access_key_secret_file"),
        security_token=section.security_token,
        security_token_file=path(section.security_token_file, "security_token_file"),
    )
    return key if key.access_key_id or key.access_key_id_file else None


def _role(section: CredentialsSection) -> Role | None:
    if section.role_arn is None:
        return None
    return Role(
        section.role_arn,
        section.role_session_name or SESSION_NAME,
        section.role_duration or ROLE_DURATION,
        section.external_id,
        section.role_policy,
    )
