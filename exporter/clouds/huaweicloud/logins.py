"""The ways to log in at Huawei Cloud, and how a region's project is found."""

from collections.abc import Mapping

from exporter.clouds.chain import Chain, Member
from exporter.clouds.credentials import Credentials, CredentialsProvider, EnvironmentCredentials
from exporter.clouds.desk import Desk
from exporter.clouds.huaweicloud import metadata
from exporter.clouds.huaweicloud.endpoints import endpoint
from exporter.clouds.huaweicloud.iam import PasswordLogin, ProjectOfRegion, Token, User
from exporter.clouds.huaweicloud.metadata import InstanceAgency
from exporter.clouds.huaweicloud.sdk_hmac import SdkHmacAuth
from exporter.clouds.login import Session
from exporter.clouds.signing import OpenAccess, SignedAccess


class HuaweiLogins:
    """Makes the sources of keys and tokens of one account."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def token(self, user: User, region: str, project_id: str, name: str) -> Session[Token]:
        """A token for the project of a region, for a password."""
        channel = self._desk.ways("iam", endpoint("iam", region), OpenAccess(), region=region)
        return self._desk.session(name, PasswordLogin(channel, user, region, project_id), slot=region)

    def agency(self, name: str) -> Session[Credentials]:
        """The key of the agency of the ECS instance that this runs on."""
        channel = self._desk.plain("metadata", metadata.ENDPOINT, metadata.TIMEOUT)
        return self._desk.session(name, InstanceAgency(channel))

    def project(self, key: CredentialsProvider, region: str, setting: str) -> Session[str]:
        """The project that is called like a region; ``setting`` is where its id can be given instead."""
        now = self._desk.clock.now
        access = SignedAccess(key, lambda credentials: SdkHmacAuth(credentials, now))
        channel = self._desk.ways("iam", endpoint("iam", region), access, region=region)
        return self._desk.behind().session(f"project of {region}", ProjectOfRegion(channel, region, setting))

    def standard_chain(self, environ: Mapping[str, str]) -> Chain:
        """Environment, agency of the instance."""
        members = (
            Member("environment", EnvironmentCredentials(environ, "huaweicloud")),
            Member("ECS agency", self.agency("ECS agency"), may_be_away=True),
        )
        way_out = "set one of them up, or credentials of the account"
        return Chain(members, account=self._desk.account, way_out=way_out)
