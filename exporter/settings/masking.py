"""Shows the settings that are in force, as a file could say them, with every secret masked."""

from collections.abc import Mapping

import yaml

from exporter.settings.address import masked_proxy
from exporter.settings.duration import render_duration, render_rate
from exporter.settings.login_masking import MASK, masked_login
from exporter.settings.model import Account, Collector, Http, Names, Settings, Web


def masked(settings: Settings) -> dict[str, object]:
    """Write the settings as plain values in the shape of the file; defaults included, secrets masked.

    Looks whether the credential files are there.
    """
    return {
        "listen": str(settings.listen),
        "naive_time_zone": settings.naive_time_zone.key,
        **({"snapshot_path": str(settings.snapshot_path)} if settings.snapshot_path else {}),
        "http": _http(settings.http),
        "accounts": [_account(account, settings.collectors) for account in settings.accounts],
        "collectors": {name: _collector(collector) for name, collector in settings.collectors.items()},
        "web": _web(settings.web),
    }


def render_masked(settings: Settings) -> str:
    """Write `masked` as YAML."""
    return yaml.safe_dump(masked(settings), sort_keys=False, allow_unicode=True, width=120)


def _http(http: Http) -> dict[str, object]:
    shown: dict[str, object] = {}
    if http.proxy is not None:
        shown["proxy"] = masked_proxy(http.proxy.get_secret_value(), MASK)
    if http.no_proxy:
        shown["no_proxy"] = list(http.no_proxy)
    if http.ca_file is not None:
        shown["ca_file"] = str(http.ca_file)
    shown["connect_timeout"] = render_duration(http.connect_timeout)
    shown["timeout"] = render_duration(http.timeout)
    return shown


def _web(web: Web) -> dict[str, object]:
    # Of the file's contents nothing is shown: names of users are half of what one needs to get in.
    shown: dict[str, object] = {} if web.config_file is None else {"config_file": str(web.config_file)}
    return {**shown, "enable_actions": web.enable_actions}


def _account(account: Account, for_all: Mapping[str, Collector]) -> dict[str, object]:
    shown: dict[str, object] = {"name": account.name, "provider": account.provider, "regions": list(account.regions)}
    if credentials := masked_login(account.login):
        shown["credentials"] = credentials
    if account.endpoints:
        shown["endpoints"] = dict(account.endpoints)
    if account.rds_instances is not None:
        shown["rds_instances"] = list(account.rds_instances)
    for key, names in (("include", account.include), ("exclude", account.exclude)):
        if names != Names():
            shown[key] = _names(names)
    own = {name: _difference(collector, for_all[name]) for name, collector in account.collectors.items()}
    if any(own.values()):
        shown["collectors"] = {name: different for name, different in own.items() if different}
    if account.budget:
        shown["budget"] = {
            product: {"rate": render_rate(budget.rate), "burst": budget.burst}
            for product, budget in account.budget.items()
        }
    if account.projects:
        shown["projects"] = dict(account.projects)
    return shown


def _names(names: Names) -> dict[str, object]:
    kinds = {"cluster": names.cluster, "app": names.app, "environment": names.environment}
    return {kind: list(expressions) for kind, expressions in kinds.items() if expressions}


def _difference(collector: Collector, for_all: Collector) -> dict[str, object]:
    """What an account sets of a collector, as far as it comes to something else than what holds for all."""
    common = _collector(for_all)
    return {key: value for key, value in _collector(collector).items() if value != common[key]}


def _collector(collector: Collector) -> dict[str, object]:
    shown: dict[str, object] = {
        "enabled": collector.enabled,
        "interval": render_duration(collector.interval),
        "timeout": render_duration(collector.timeout),
        "max_staleness": render_duration(collector.max_staleness),
        "max_series": collector.max_series,
    }
    if collector.window is not None:
        shown["window"] = render_duration(collector.window)
    if collector.history is not None:
        shown["history"] = render_duration(collector.history)
    return shown
