"""Puts the logins of an account together from its settings."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Protocol

from exporter.clouds.account_calls import AccountCalls
from exporter.clouds.aliyun.acs3 import Acs3Auth
from exporter.clouds.aliyun.dialect import AliyunDialect
from exporter.clouds.aliyun.logins import AliyunLogins, Habits
from exporter.clouds.aliyun.roa import RoaAuth
from exporter.clouds.aliyun.standard_chain import default_profile_file, standard_chain
from exporter.clouds.aliyun.sts import Role
from exporter.clouds.budget import Budget
from exporter.clouds.credentials import CredentialsProvider, FileCredentials
from exporter.clouds.desk import Desk
from exporter.clouds.exchange import Dialect
from exporter.clouds.http import Channel, Outlet
from exporter.clouds.huaweicloud.access import ProjectAccess, TokenAccess
from exporter.clouds.huaweicloud.dialect import HuaweiDialect
from exporter.clouds.huaweicloud.iam import User
from exporter.clouds.huaweicloud.logins import HuaweiLogins
from exporter.clouds.login import Clock
from exporter.clouds.secret_text import SecretText
from exporter.clouds.signing import Access, SignedAccess
from exporter.settings import login as settings
from exporter.settings.model import Account

_NEAR = {"metadata", "credentials_uri"}
_NEAR_SLOTS = 4

ProjectId = Callable[[], Awaitable[str]]


class Entrance(Protocol):
    """How the calls of one account prove who makes them."""

    def access(self, product: str, region: str) -> Access:
        """The proof for calls of a product in a region."""

    def project_id(self, region: str) -> ProjectId | None:
        """What gives the project's id in a region (Huawei)."""


def entrance(account: Account, desk: Desk, *, environ: Mapping[str, str], nonce: Callable[[], str]) -> "Entrance":
    """The entrance that the settings describe."""
    if account.provider == "huaweicloud":
        return HuaweiEntrance(account, desk, environ)
    return AliyunEntrance(account, desk, environ, nonce)


class AliyunEntrance:
    """Signatures with one key, wherever it comes from."""

    def __init__(self, account: Account, desk: Desk, environ: Mapping[str, str], nonce: Callable[[], str]) -> None:
        self._setting = f"accounts.{account.name}.credentials"
        self._now, self._nonce = desk.clock.now, nonce
        self._environ = environ
        self._account = account.name
        logins = AliyunLogins(desk, nonce, Habits.of(environ))
        login = account.login
        if login.role is None or isinstance(login.source, settings.Oidc):
            self._key = self._source(logins, login)
        else:
            base = self._source(logins.behind(), login)
            self._key = logins.role(base, _role(login.role), f"{self._setting}.role_arn")

    def access(self, product: str, region: str) -> Access:
        """BatchCompute's gateway has a signature of its own."""
        if product == "batchcompute":
            return SignedAccess(self._key, lambda key: RoaAuth(key, self._now, self._nonce, region))
        return SignedAccess(self._key, lambda key: Acs3Auth(key, self._now, self._nonce))

    def project_id(self, region: str) -> ProjectId | None:  # noqa: ARG002 -- of no region
        """There are no projects."""
        return None

    def _source(self, logins: AliyunLogins, login: settings.Login) -> CredentialsProvider:
        match login.source:
            case settings.Key() as key:
                return _file_credentials(key, self._setting)
            case settings.Oidc() as oidc if login.role is not None:
                token = SecretText("token_file", "", oidc.token_file, file_setting="token_file")
                return logins.oidc_role(_role(login.role), oidc.provider_arn, token, f"{self._setting}.oidc")
            case settings.InstanceRole() as role:
                name = f"{self._setting}.ecs_ram_role"
                role_name = role.ecs_ram_role if isinstance(role.ecs_ram_role, str) else ""
                return logins.instance_role(role_name, name, v1_allowed=role.imds_v1)
            case settings.CredentialsUri() as uri:
                return logins.credentials_uri(
                    uri.credentials_uri.get_secret_value(), f"{self._setting}.credentials_uri"
                )
            case settings.Profile() as profile:
                file = profile.profile_file or default_profile_file(self._environ)
                return logins.profile(file, profile.profile or "", f"{self._setting}.profile")
            case _:
                return standard_chain(logins, self._environ, self._account)


class HuaweiEntrance:
    """Signatures with one key for the projects of its regions, or a token for each."""

    def __init__(self, account: Account, desk: Desk, environ: Mapping[str, str]) -> None:
        self._setting = f"accounts.{account.name}"
        self._projects = account.projects
        self._now = desk.clock.now
        self._logins = HuaweiLogins(desk)
        self._user = _user(account.login.source)
        self._key = self._source(account.login, environ)
        self._tokens: dict[str, TokenAccess] = {}
        self._project_ids: dict[str, ProjectId] = {}

    def access(self, product: str, region: str) -> Access:  # noqa: ARG002 -- all products have one signature
        """A token where there is a password, else a signature."""
        if self._user is not None:
            return self._token_access(self._user, region)
        return ProjectAccess(self._key, self._now, self.project_id(region))

    def project_id(self, region: str) -> ProjectId:
        """The given id, else that of the token, else the one that IAM knows by the region's name."""
        if region not in self._project_ids:
            self._project_ids[region] = self._new_project_id(region)
        return self._project_ids[region]

    def _new_project_id(self, region: str) -> ProjectId:
        given = self._projects.get(region, "")
        if given:
            return _always(given)
        if self._user is not None:
            return self._token_access(self._user, region).project_id
        return self._logins.project(self._key, region, f"{self._setting}.projects").get

    def _token_access(self, user: User, region: str) -> TokenAccess:
        if region not in self._tokens:
            name = f"{self._setting}.credentials.username"
            self._tokens[region] = TokenAccess(self._logins.token(user, region, self._projects.get(region, ""), name))
        return self._tokens[region]

    def _source(self, login: settings.Login, environ: Mapping[str, str]) -> CredentialsProvider:
        match login.source:
            case settings.Key() as key:
                return _file_credentials(key, f"{self._setting}.credentials")
            case settings.Agency():
                return self._logins.agency(f"{self._setting}.credentials.ecs_agency")
            case _:
                return self._logins.standard_chain(environ)


def dialect_of(account: Account) -> Dialect:
    """How an account's vendor says no."""
    return AliyunDialect() if account.provider == "aliyun" else HuaweiDialect()


class LoginWays:
    """The ways to the services that log one account in."""

    def __init__(self, account: Account, outlet: Outlet, calls: AccountCalls, budget: Callable[[str], Budget]) -> None:
        self._account = account
        self._outlet = outlet
        self._calls = calls
        # That an address in the own machine answers says nothing about the network, and it is no load on the account.
        self._near_calls = AccountCalls(account.name, account.provider, _NEAR_SLOTS)
        self._budget = budget

    def __call__(
        self,
        product: str,
        endpoint: str,
        access: Access,
        *,
        region: str = "",
        dialect: Dialect | None = None,
        timeout: float | None = None,
    ) -> Channel:
        """A channel to a service at its usual endpoint, or at the one in the settings."""
        return Channel(
            replace(self._outlet, timeout=timeout or self._outlet.timeout),
            self._near_calls if product in _NEAR else self._calls,
            product=product,
            endpoint=self._account.endpoint(product, region) or endpoint,
            access=access,
            dialect=dialect or dialect_of(self._account),
            budget=self._budget(product),
            lane="login",
        )


def desk(account: Account, ways: LoginWays, clock: Clock, told: Callable[[str, str, float | None], None]) -> Desk:
    """What the logins of an account share; ``told`` hears account, slot and end of each token."""
    return Desk(account.name, clock, ways, lambda slot, ends_at: told(account.name, slot, ends_at))


def _always(value: str) -> ProjectId:
    async def give() -> str:
        return value

    return give


def _role(role: settings.Role) -> Role:
    external_id = role.external_id.get_secret_value() if role.external_id else ""
    return Role(role.arn, role.session_name, int(role.duration), external_id, role.policy or "")


def _user(source: settings.Source | None) -> User | None:
    if not isinstance(source, settings.User):
        return None
    given = source.password.get_secret_value() if source.password else ""
    password = SecretText("password", given, source.password_file, password=True)
    return User(source.username, password, source.domain)


def _file_credentials(key: settings.Key, setting: str) -> FileCredentials:
    return FileCredentials(
        access_key_id=key.access_key_id.get_secret_value() if key.access_key_id else "",
        access_key_id_file=key.access_key_id_file,
        access_key_secret=key.access_key_secret.get_secret_value() if key.access_key_secret else "",
        access_key_secret_file=key.access_key_secret_file,
        security_token=key.security_token.get_secret_value() if key.security_token else "",
        security_token_file=key.security_token_file,
        setting=setting,
    )
