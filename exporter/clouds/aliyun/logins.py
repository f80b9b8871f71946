"""The ways to log in at Alibaba Cloud."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from exporter.clouds.aliyun import metadata
from exporter.clouds.aliyun.acs3 import Acs3Auth
from exporter.clouds.aliyun.credentials_uri import CredentialsUri, split_uri
from exporter.clouds.aliyun.profile import MODES, Profile, ProfileCredentials, Profiles
from exporter.clouds.aliyun.sts import AssumedRole, OidcRole, Role
from exporter.clouds.credentials import Credentials, CredentialsProvider, StaticCredentials
from exporter.clouds.desk import Desk
from exporter.clouds.errors import CredentialsError
from exporter.clouds.login import Lease, Session
from exporter.clouds.secret_text import SecretText
from exporter.clouds.signing import OpenAccess, SignedAccess

SESSION_NAME = "cloud-cluster-exporter"
_REGION = re.compile(r"[a-z0-9-]{1,64}")
_MOST_CHAINED = 5  # roles of profiles, each assumed with the one before


@dataclass(frozen=True, slots=True)
class Habits:
    """What the vendor's variables say of all logins: which STS is asked, and whether the first metadata service is."""

    sts_region: str = ""
    in_vpc: bool = False
    v1_allowed: bool = True

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> "Habits":
        """The habits in these variables."""
        return cls(
            sts_region=environ.get("ALIBABA_CLOUD_STS_REGION", "").strip(),
            in_vpc=is_set(environ, "ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED"),
            v1_allowed=not is_set(environ, "ALIBABA_CLOUD_IMDSV1_DISABLED"),
        )


def is_set(environ: Mapping[str, str], name: str) -> bool:
    """Whether a variable says yes."""
    return environ.get(name, "").strip().lower() == "true"


class AliyunLogins:
    """Makes the sources of access keys of one account."""

    def __init__(self, desk: Desk, nonce: Callable[[], str], habits: Habits = Habits()) -> None:
        self._desk = desk
        self._nonce = nonce
        self._habits = habits

    def behind(self) -> "AliyunLogins":
        """Makes logins that a role is assumed with, whose end is not that of the account's token."""
        return AliyunLogins(self._desk.behind(), self._nonce, self._habits)

    def role(self, base: CredentialsProvider, role: Role, name: str) -> Session[Credentials]:
        """The key of a role that is assumed with another key."""
        now = self._desk.clock.now
        access = SignedAccess(base, lambda key: Acs3Auth(key, now, self._nonce))
        sts = self._sts()
        return self._desk.session(name, AssumedRole(self._desk.ways("sts", sts, access), role) if sts else _nowhere)

    def oidc_role(self, role: Role, provider_arn: str, token: SecretText, name: str) -> Session[Credentials]:
        """The key of a role that is assumed with an OIDC provider's token."""
        sts = self._sts()
        if not sts:
            return self._desk.session(name, _nowhere)
        channel = self._desk.ways("sts", sts, OpenAccess())
        return self._desk.session(name, OidcRole(channel, role, provider_arn, token, self._desk.clock.now))

    def instance_role(self, role_name: str, name: str, *, v1_allowed: bool = True) -> Session[Credentials]:
        """The key of the role of the ECS instance that this runs on; "" for whichever it has."""
        v1_allowed = v1_allowed and self._habits.v1_allowed
        channel = self._desk.plain("metadata", metadata.ENDPOINT, metadata.TIMEOUT)
        return self._desk.session(name, metadata.InstanceRole(channel, role_name, v1_allowed=v1_allowed))

    def credentials_uri(self, uri: str, name: str) -> Session[Credentials]:
        """The key that a program beside this one hands out."""
        endpoint, target = split_uri(uri)
        return self._desk.session(name, CredentialsUri(self._desk.plain("credentials_uri", endpoint), target))

    def profile(self, path: Path, profile_name: str, name: str) -> ProfileCredentials:
        """The key of a profile of the vendor's command line; "" for the current one."""
        return ProfileCredentials(path, profile_name, source=name, build=self.of_profile)

    def of_profile(self, profiles: Profiles, profile: Profile, depth: int = 0) -> CredentialsProvider:
        """The key that a profile describes, which may be one of ``depth`` that stand on each other."""
        mode = profile["mode"] or "AK"
        own = replace(
            self._habits,
            sts_region=profile["sts_region"] or self._habits.sts_region,
            in_vpc=self._habits.in_vpc or profile["enable_vpc"] == "true",
        )
        at = AliyunLogins(self._desk, self._nonce, own)
        if mode in {"AK", "StsToken", "RamRoleArn"}:
            token = profile.needed("sts_token") if mode == "StsToken" else profile["sts_token"] if mode != "AK" else ""
            key = StaticCredentials(profile.needed("access_key_id"), profile.needed("access_key_secret"), token)
            if mode == "RamRoleArn":
                return at.role(key, _role_of(profile), "RamRoleArn")
            self._desk.told("", None)  # what the file described before may have had an end
            return key
        if mode == "ChainableRamRoleArn":
            if depth == _MOST_CHAINED:
                raise CredentialsError("its profiles stand on each other in a circle (source_profile)")
            source = profiles.named(profile.needed("source_profile"))
            base = self.behind().of_profile(profiles, source, depth + 1)
            return at.role(base, _role_of(profile), f"ChainableRamRoleArn {profile.name!r}")
        if mode == "EcsRamRole":
            return at.instance_role(profile["ram_role_name"], "EcsRamRole")
        if mode == "OIDC":
            token_file = Path(profile.needed("oidc_token_file"))
            token_text = SecretText("oidc_token_file", "", token_file, file_setting="oidc_token_file")
            return at.oidc_role(_role_of(profile), profile.needed("oidc_provider_arn"), token_text, "OIDC")
        raise CredentialsError(f"the mode of the profile {profile.name!r} is none of {', '.join(MODES)}")

    def _sts(self) -> str:
        """Where STS is, "" for a region that can be none: a host must not be made of it, which tokens are sent to."""
        region = self._habits.sts_region
        if region and not _REGION.fullmatch(region):
            return ""
        if not region:
            return "https://sts.aliyuncs.com"
        return f"https://sts{'-vpc' if self._habits.in_vpc else ''}.{region}.aliyuncs.com"


async def _nowhere() -> Lease[Credentials]:
    text = "the region of STS is no region's id, such as cn-beijing; correct ALIBABA_CLOUD_STS_REGION, or the profile's"
    raise CredentialsError(f"{text} sts_region")


def _role_of(profile: Profile) -> Role:
    return Role(
        profile.needed("ram_role_arn"),
        profile["ram_session_name"] or profile["role_session_name"] or SESSION_NAME,
        profile.duration,
        profile["external_id"],
        profile["policy"],
    )
