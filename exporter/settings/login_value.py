"""The kinds of values under `credentials`; no text repeats one, as it may be a secret in a wrong place."""

import json
import re
from collections.abc import Callable
from typing import Annotated

from pydantic import BeforeValidator, SecretStr

from exporter.clouds.aliyun.credentials_uri import is_safe
from exporter.settings import value as kinds
from exporter.settings.duration import parse_duration

_LONGEST_POLICY = 2048  # bytes, as STS has it
INSTANCE_OWN = ""  # the role of an instance that is not named


def _matching(pattern: str, rule: str) -> Callable[[object], str]:
    compiled = re.compile(pattern, re.ASCII)

    def check(value: object) -> str:
        word = kinds.text(value)
        if not compiled.fullmatch(word):
            raise ValueError(rule)
        return word

    return check


def _flag(value: object) -> bool:
    try:
        return kinds.flag(value)
    except ValueError:
        pass
    raise ValueError("is not a flag; write true or false")


def _duration(value: object) -> float:
    try:
        return parse_duration(value)
    except ValueError:
        pass
    raise ValueError("is not a duration; write 15m, 1h or 12h")


def _instance_role(value: object) -> str | None:
    """Read a role's name, or true for the instance's own; false is none."""
    if value is True or (isinstance(value, str) and value.lower() == "true"):
        return INSTANCE_OWN
    if value is False or (isinstance(value, str) and value.lower() == "false"):
        return None
    return _role_name(value)


def _uri(value: object) -> str:
    uri = kinds.text(value)
    if not is_safe(uri):
        raise ValueError(
            "must be a URL without user; https, or plain http on loopback and the metadata services' addresses only"
        )
    return uri


def _password(value: object) -> str:
    word = kinds.text(value)
    if not word.isprintable():
        raise ValueError("holds a line break or another character that cannot be printed")
    return word


def _policy(value: object) -> str:
    word = kinds.text(value)
    if len(word.encode(errors="replace")) > _LONGEST_POLICY:
        raise ValueError(f"is longer than the {_LONGEST_POLICY} bytes that a policy may have")
    try:
        is_policy = isinstance(json.loads(word), dict)
    except (ValueError, RecursionError):
        is_policy = False
    if not is_policy:
        raise ValueError("is not a policy; write it as a JSON object, in quotes")
    return word


_role_name = _matching(
    r"[A-Za-z0-9._-]{1,64}", "is not a role's name; write the name alone, or true for the instance's own"
)

Flag = Annotated[bool, BeforeValidator(_flag)]
RoleDuration = Annotated[float, BeforeValidator(_duration)]
RoleArn = Annotated[
    str,
    BeforeValidator(
        _matching(
            r"acs:ram::[0-9]{1,32}:role/[\w./@-]{1,128}", "is not a role's ARN; write acs:ram::123456789:role/name"
        )
    ),
]
ProviderArn = Annotated[
    str,
    BeforeValidator(
        _matching(
            r"acs:ram::[0-9]{1,32}:oidc-provider/[\w./@-]{1,128}",
            "is not a provider's ARN; write acs:ram::123456789:oidc-provider/name",
        )
    ),
]
SessionName = Annotated[
    str,
    BeforeValidator(_matching(r"[A-Za-z0-9.@_-]{2,64}", "is not a session name; use 2 to 64 of A-Z a-z 0-9 . @ _ -")),
]
InstanceRole = Annotated[str | None, BeforeValidator(_instance_role)]
Policy = Annotated[str, BeforeValidator(_policy)]
Uri = Annotated[SecretStr, BeforeValidator(_uri)]
Password = Annotated[SecretStr, BeforeValidator(_password)]
Name = Annotated[
    str, BeforeValidator(_matching(r"[\w.@-]{1,128}", "is not a name; use 1 to 128 of A-Z a-z 0-9 _ . @ -"))
]
