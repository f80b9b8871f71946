"""What must fit together in the credentials of an account: one source, and what goes with it."""

from collections.abc import Collection, Iterator, Mapping

from exporter.settings.document import CredentialsSection
from exporter.settings.duration import render_duration
from exporter.settings.mistake import Finding, Place
from exporter.settings.value import ProviderName

# The keys of each source, the one that names it first; `oidc` has keys of its own below it.
SOURCES: Mapping[str, tuple[str, ...]] = {
    "access_key_id": (
        "access_key_id",
        "access_key_id_file",
        "access_key_secret",
        "access_key_secret_file",
        "security_token",
        "security_token_file",
    ),
    "oidc": ("oidc",),
    "ecs_ram_role": ("ecs_ram_role", "imds_v1"),
    "credentials_uri": ("credentials_uri",),
    "profile": ("profile", "profile_file"),
    "username": ("username", "domain", "password", "password_file"),
    "ecs_agency": ("ecs_agency",),
}
_OF_ROLE = ("role_session_name", "external_id", "role_duration", "role_policy")
_ONLY: Mapping[str, tuple[str, ...]] = {
    "aliyun": ("oidc", "ecs_ram_role", "imds_v1", "credentials_uri", "profile", "profile_file", "role_arn", *_OF_ROLE),
    "huaweicloud": ("username", "domain", "password", "password_file", "ecs_agency"),
}
_SHORTEST, _LONGEST = 900, 43_200  # seconds; a role's own limit may be lower
_PARTS = ("access_key_id", "access_key_secret", "security_token", "password")  # as text or as a file


def credentials_rules(
    place: Place, credentials: CredentialsSection, provider: ProviderName | None
) -> Iterator[Finding]:
    """Find what does not fit together."""
    given = {key for key in CredentialsSection.model_fields if getattr(credentials, key) not in {None, False}}
    other = {"aliyun": "huaweicloud", "huaweicloud": "aliyun"}
    foreign = {key for key in given if provider and key in _ONLY[other[provider]]}
    for key in sorted(foreign):
        yield Finding((*place, key), f"is for {other[provider or 'aliyun']} accounts; leave it out")
    given -= foreign
    for key in _PARTS:
        if {key, f"{key}_file"} <= given:
            yield Finding((*place, key), f"{key}_file stands beside it; leave one of the two out")
    yield from _one_source(place, given)
    yield from _key(place, given)
    yield from _user(place, given)
    yield from _role(place, given, credentials)


def _one_source(place: Place, given: Collection[str]) -> Iterator[Finding]:
    named = [[key for key in keys if key in given] for keys in SOURCES.values()]
    first, *others = [keys[0] for keys in named if keys] or [""]
    for key in others:
        text = f"{first} stands beside it; an account logs in one way: leave one of the two out"
        yield Finding((*place, key), text, inputs=((*place, first),))


def _key(place: Place, given: Collection[str]) -> Iterator[Finding]:
    has_id, has_secret, has_token = (
        bool({key, f"{key}_file"} & set(given)) for key in ("access_key_id", "access_key_secret", "security_token")
    )
    if has_id != has_secret:
        present, missing = ("access_key_id", "access_key_secret") if has_id else ("access_key_secret", "access_key_id")
        text = f"is missing beside {present}; give it or {missing}_file"
        yield Finding((*place, missing), text, inputs=((*place, f"{missing}_file"),))
    if has_token and not has_id and not has_secret:
        text = "is missing beside security_token; a token needs its id and secret"
        others = ("access_key_id_file", "access_key_secret", "access_key_secret_file")
        yield Finding((*place, "access_key_id"), text, inputs=tuple((*place, key) for key in others))


def _user(place: Place, given: Collection[str]) -> Iterator[Finding]:
    present = next((key for key in SOURCES["username"] if key in given), None)
    if present is None:
        return
    for key, hint in (
        ("username", "the name of an IAM user"),
        ("domain", "the name of the account that the user is in"),
        ("password", "give it or password_file"),
    ):
        if key not in given and not (key == "password" and "password_file" in given):
            inputs = ((*place, "password_file"),) if key == "password" else ()
            yield Finding((*place, key), f"is missing beside {present}; {hint}", inputs=inputs)


def _role(place: Place, given: Collection[str], credentials: CredentialsSection) -> Iterator[Finding]:
    if "role_arn" not in given:
        for key in _OF_ROLE:
            if key in given:
                text = "goes with role_arn; give that, or leave it out"
                yield Finding((*place, key), text, inputs=((*place, "role_arn"),))
        if "oidc" in given:
            text = "is missing beside oidc; the role that the token lets into"
            yield Finding((*place, "role_arn"), text)
    if "oidc" in given and "external_id" in given:
        yield Finding((*place, "external_id"), "has no meaning with oidc; leave it out")
    for key in ("provider_arn", "token_file"):
        if credentials.oidc is not None and "oidc" in given and getattr(credentials.oidc, key) is None:
            yield Finding((*place, "oidc", key), "is missing; oidc takes provider_arn and token_file")
    duration = credentials.role_duration
    if duration is not None and "role_duration" in given and not _SHORTEST <= duration <= _LONGEST:
        text = f"is out of range; use {render_duration(_SHORTEST)} to {render_duration(_LONGEST)}"
        yield Finding((*place, "role_duration"), text)
    if credentials.imds_v1 is not None and "ecs_ram_role" not in given:
        yield Finding((*place, "imds_v1"), "goes with ecs_ram_role; give that, or leave it out")
