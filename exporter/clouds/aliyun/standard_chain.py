"""Alibaba Cloud's standard chain: where its SDKs look for a key when nothing is said."""

import os
from collections.abc import Mapping
from pathlib import Path

from exporter.clouds.aliyun.credentials_uri import is_safe
from exporter.clouds.aliyun.logins import SESSION_NAME, AliyunLogins, is_set
from exporter.clouds.aliyun.sts import Role
from exporter.clouds.chain import Absent, Chain, Member
from exporter.clouds.credentials import CredentialsProvider, EnvironmentCredentials, missing_variables
from exporter.clouds.secret_text import SecretText

_ROLE, _SESSION = "ALIBABA_CLOUD_ROLE_ARN", "ALIBABA_CLOUD_ROLE_SESSION_NAME"
_OIDC = (_ROLE, "ALIBABA_CLOUD_OIDC_PROVIDER_ARN", "ALIBABA_CLOUD_OIDC_TOKEN_FILE")
_URI = "ALIBABA_CLOUD_CREDENTIALS_URI"
_METADATA = "ALIBABA_CLOUD_ECS_METADATA"
_NO_PROFILE = "ALIBABA_CLOUD_CLI_PROFILE_DISABLED"
_ROLE_SECONDS = 3600
_WAY_OUT = "set one of them up, or credentials of the account"


def standard_chain(logins: AliyunLogins, environ: Mapping[str, str], account: str) -> Chain:
    """Environment, OIDC, profile of the command line, role of the instance, credentials URI."""
    members = (
        Member("environment", _environment(logins, environ)),
        Member("OIDC", _oidc(logins, environ)),
        Member("profile", _profile(logins, environ)),
        Member("instance role", _instance_role(logins, environ), may_be_away=True),
        Member("credentials URI", _credentials_uri(logins, environ)),
    )
    return Chain(members, account=account, way_out=_WAY_OUT)


def suggests_a_source(environ: Mapping[str, str]) -> bool:
    """Whether anything in the environment points to a source; the role of an instance needs no pointer."""
    return bool(
        not missing_variables(environ, "aliyun")
        or all(_given(environ, name) for name in _OIDC)
        or _given(environ, _METADATA)
        or _given(environ, _URI)
        or (not is_set(environ, _NO_PROFILE) and _is_file(default_profile_file(environ)))
    )


def default_profile_file(environ: Mapping[str, str]) -> Path:
    """Where the command line keeps its profiles, from the home folder on."""
    return Path(_given(environ, "HOME") or "/") / ".aliyun" / "config.json"


def _environment(logins: AliyunLogins, environ: Mapping[str, str]) -> CredentialsProvider:
    key = EnvironmentCredentials(environ, "aliyun")
    # Beside the variables of OIDC the role is that of OIDC.
    if missing_variables(environ, "aliyun") or not _given(environ, _ROLE) or any(_given(environ, n) for n in _OIDC[1:]):
        return key
    return logins.role(key, _role(environ), f"environment: {_ROLE}")


def _oidc(logins: AliyunLogins, environ: Mapping[str, str]) -> CredentialsProvider:
    missing = [name for name in _OIDC if not _given(environ, name)]
    if missing:
        return Absent(f"OIDC: {' and '.join(missing)} not set")
    _, provider_arn, file = (_given(environ, name) for name in _OIDC)
    token = SecretText(_OIDC[2], "", Path(file), file_setting=_OIDC[2])
    return logins.oidc_role(_role(environ), provider_arn, token, "OIDC")


def _profile(logins: AliyunLogins, environ: Mapping[str, str]) -> CredentialsProvider:
    if is_set(environ, _NO_PROFILE):
        return Absent(f"profile: {_NO_PROFILE} is set")
    return logins.profile(
        default_profile_file(environ), _given(environ, "ALIBABA_CLOUD_PROFILE"), "profile of ~/.aliyun/config.json"
    )


def _instance_role(logins: AliyunLogins, environ: Mapping[str, str]) -> CredentialsProvider:
    if is_set(environ, "ALIBABA_CLOUD_ECS_METADATA_DISABLED"):
        return Absent("instance role: disabled")
    return logins.instance_role(_given(environ, _METADATA), "instance role")


def _credentials_uri(logins: AliyunLogins, environ: Mapping[str, str]) -> CredentialsProvider:
    uri = _given(environ, _URI)
    if not uri:
        return Absent(f"credentials URI: {_URI} not set")
    if not is_safe(uri):
        return Absent(f"credentials URI: {_URI} is not https, nor plain http on this machine")
    return logins.credentials_uri(uri, "credentials URI")


def _role(environ: Mapping[str, str]) -> Role:
    return Role(_given(environ, _ROLE), _given(environ, _SESSION) or SESSION_NAME, _ROLE_SECONDS)


def _given(environ: Mapping[str, str], name: str) -> str:
    return environ.get(name, "").strip()


def _is_file(path: Path) -> bool:
    return os.path.isfile(path)  # noqa: PTH113 -- Path.is_file raises for a name that is too long
