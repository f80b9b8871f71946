"""Puts an account together as the doctor examines it."""

from collections.abc import Callable
from dataclasses import replace

from exporter.clouds.aliyun.sts import ASSUME_ROLE
from exporter.clouds.huaweicloud.iam import LIST_PROJECTS
from exporter.collectors import COLLECTORS
from exporter.collectors.filters import Filters
from exporter.doctor import Login, Patient, Watched
from exporter.doctor.channel import ProbingChannel
from exporter.logins import Entrance
from exporter.settings import login as settings
from exporter.settings.model import Account
from exporter.settings.notices import idle_collectors, odd_regions

_SOURCES: dict[type[settings.Source], str] = {
    settings.Key: "the access key of the settings",
    settings.Oidc: "the OIDC token",
    settings.InstanceRole: "the role of the ECS instance",
    settings.CredentialsUri: "the key of credentials_uri",
    settings.Profile: "a profile of the vendor's command line",
    settings.User: "the password of the settings",
    settings.Agency: "the agency of the ECS instance",
}
_TRY = ", which the calls below try"
_TRUST = "name {} in the trust policy of the role"


def patient_of(
    account: Account,
    entrance: Entrance,
    filters: Filters,
    *,
    channel: Callable[[str, str], ProbingChannel],
    now: Callable[[], float],
    limit: float,
) -> Patient:
    """The account's enabled collectors, how it logs in, and what is to be said of its settings; see `Patient`."""
    idle = idle_collectors(account)
    return Patient(
        name=account.name,
        provider=account.provider,
        regions=account.regions,
        collectors=tuple(
            collector
            for collector in COLLECTORS
            if collector.product.provider == account.provider
            and account.collectors[collector.name].enabled
            and collector.name not in idle
        ),
        login=_login(account, entrance),
        channel=channel,
        now=now,
        limit=limit,
        idle=tuple(f"{name}: {why}" for name, why in idle.items()),
        watched=Watched(filters, account.rds_instances),
        odd_regions=odd_regions(account),
    )


def _login(account: Account, entrance: Entrance) -> Login:
    async def ask(region: str) -> None:
        await entrance.access("", region).proof()
        project_id = entrance.project_id(region)
        if project_id is not None:
            await project_id()

    source, role = account.login.source, account.login.role
    words = "the vendor's standard chain" if source is None else _SOURCES[type(source)]
    if role is not None:
        words = f"role {role.arn}, with {words}"
        if isinstance(source, settings.Oidc):  # nobody needs a permission for it
            return Login(ask, words, way_in=_TRUST.format("the token's provider, its audience and its subject"))
        way_in = f"allow it by the first policy below, and {_TRUST.format('the identity that has it')}"
        return Login(ask, words, behind=replace(ASSUME_ROLE, resource=role.arn), way_in=way_in)
    discovers = (
        account.provider == "huaweicloud"
        and not isinstance(source, settings.User)
        and any(not account.projects.get(region) for region in account.regions)
    )
    if isinstance(source, settings.Key) and not discovers:
        words += _TRY
    return Login(ask, words, regional=account.provider == "huaweicloud", takes=LIST_PROJECTS if discovers else None)
