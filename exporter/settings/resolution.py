"""Makes the settings out of a document without mistakes: every default filled in, every path made good."""

import math
from collections.abc import Mapping
from types import MappingProxyType
from zoneinfo import ZoneInfo

from exporter.settings.collector import laid_over, resolved_collector
from exporter.settings.document import (
    AccountSection,
    BudgetSection,
    CollectorSection,
    CredentialsSection,
    Document,
    HttpSection,
    NamesSection,
)
from exporter.settings.login_resolution import resolved_login
from exporter.settings.model import (
    Account,
    Budget,
    Collector,
    CollectorDefaults,
    Http,
    Listen,
    Names,
    Settings,
    Web,
)
from exporter.settings.origin import Origin

_LISTEN = ("0.0.0.0", 10990)  # noqa: S104 - Prometheus comes from another host
_NAIVE_TIME_ZONE = "Asia/Shanghai"  # the vendors' times without a zone are mostly Beijing's
_CONNECT_TIMEOUT = 5.0
_TIMEOUT = 20.0


def resolved_settings(
    document: Document, collectors: Mapping[str, CollectorDefaults], origin: Origin, web: Web
) -> Settings:
    """Make the settings; the rules hold already, and the web-config file is read."""
    given = document.collectors or {}
    return Settings(
        listen=Listen(*(document.listen or _LISTEN)),
        naive_time_zone=document.naive_time_zone or ZoneInfo(_NAIVE_TIME_ZONE),
        snapshot_path=origin.resolved(("snapshot_path",), document.snapshot_path) if document.snapshot_path else None,
        http=_http(document.http or HttpSection(), origin),
        accounts=tuple(
            _account(number, section, origin, _own_collectors(section, given, collectors))
            for number, section in enumerate(document.accounts or ())
        ),
        collectors=MappingProxyType(
            {
                name: resolved_collector(given.get(name, CollectorSection()), defaults)
                for name, defaults in collectors.items()
            }
        ),
        web=web,
    )


def _own_collectors(
    account: AccountSection, for_all: Mapping[str, CollectorSection], collectors: Mapping[str, CollectorDefaults]
) -> dict[str, Collector]:
    own = account.collectors or {}
    return {
        name: resolved_collector(laid_over(own.get(name), for_all.get(name)), defaults)
        for name, defaults in collectors.items()
        if defaults.provider == account.provider
    }


def _http(section: HttpSection, origin: Origin) -> Http:
    return Http(
        proxy=section.proxy,
        no_proxy=section.no_proxy or (),
        ca_file=origin.resolved(("http", "ca_file"), section.ca_file) if section.ca_file else None,
        connect_timeout=section.connect_timeout or _CONNECT_TIMEOUT,
        timeout=section.timeout or _TIMEOUT,
    )


def _account(number: int, section: AccountSection, origin: Origin, collectors: Mapping[str, Collector]) -> Account:
    if section.name is None or section.provider is None:  # the rules have seen to it; this is for the types
        raise ValueError("an account without name or provider")
    place = ("accounts", str(number))
    regions = section.regions or ()
    given = section.projects or {}
    projects = {region: project for region in regions if (project := given.get(region, section.project_id))}
    endpoints = section.endpoints.model_dump(exclude_none=True) if section.endpoints else {}
    return Account(
        name=section.name,
        provider=section.provider,
        regions=regions,
        login=resolved_login((*place, "credentials"), section.credentials or CredentialsSection(), origin),
        endpoints=MappingProxyType(endpoints),
        rds_instances=section.rds_instances,
        include=_names(section.include),
        exclude=_names(section.exclude),
        collectors=MappingProxyType(collectors),
        budget=MappingProxyType(_budget(section.budget)),
        projects=MappingProxyType(projects),
    )


def _names(section: NamesSection | None) -> Names:
    return Names(**section.model_dump(exclude_none=True)) if section else Names()


def _budget(section: BudgetSection | None) -> dict[str, Budget]:
    budgets: dict[str, Budget] = {}
    for product in BudgetSection.model_fields if section else ():
        given = getattr(section, product)
        if given is not None:
            # Left out, a second's worth of calls may go at once.
            budgets[product] = Budget(given.rate, given.burst or math.ceil(given.rate))
    return budgets
