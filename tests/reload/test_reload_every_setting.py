"""Every setting there is: what a change of it does to the collections. A new setting has to be entered here."""

from dataclasses import fields, replace
from pathlib import Path
from types import MappingProxyType
from zoneinfo import ZoneInfo

import pytest
from pydantic import SecretStr

from exporter.app import Exporter
from exporter.settings.login import Login, Profile
from exporter.settings.model import Account, Budget, Collector, Http, Listen, Names, Settings
from tests.reloadable import Reloadable

CA = Path(__file__).parent.parent / "fixtures" / "tls" / "ca.pem"
KEPT, LATER, AT_ONCE, GONE = "kept", "new, in its turn", "new, at once", "gone"


def account_of(settings: Settings, number: int, **changed: object) -> Settings:
    accounts = list(settings.accounts)
    accounts[number] = replace(accounts[number], **changed)
    return replace(settings, accounts=tuple(accounts))


def collector_of(settings: Settings, name: str, **changed: object) -> Settings:
    collectors = dict(settings.accounts[0].collectors)
    collectors[name] = replace(collectors[name], **changed)
    return account_of(settings, 0, collectors=MappingProxyType(collectors))


async def after(change) -> tuple[dict[str, str], Exporter]:
    """What became of each collection of an exporter that does not run, by collector and region."""
    exporter = Reloadable().exporter
    before = {each.key: each for each in exporter.collections}
    await exporter.put_in_force(exporter.prepared(change(exporter.settings)))
    at_once = {each for assembly in exporter._assemblies.values() for each in assembly.at_once}
    now = {each.key: each for each in exporter.collections}
    fates = {
        key: GONE if key not in now else KEPT if now[key] is was else AT_ONCE if now[key] in at_once else LATER
        for key, was in before.items()
    }
    await exporter.close()
    return {key.collector: fate for key, fate in fates.items()}, exporter


def only(fates: dict[str, str], fate: str) -> set[str]:
    return {name for name, each in fates.items() if each == fate}


ALIYUN = {
    "retailcloud_clusters",
    "retailcloud_nodes",
    "retailcloud_volumes",
    "retailcloud_claims",
    "retailcloud_apps",
    "retailcloud_deploys",
    "retailcloud_instances",
    "rds_backups",
    "emr_flow_clusters",
    "emr_clusters",
    "ecs_hpc_clusters",
    "batchcompute_clusters",
}
HUAWEI = {"modelarts_clusters", "modelarts_pools"}
RETAILCLOUD = {name for name in ALIYUN if name.startswith("retailcloud")} | {"rds_backups"}
ELSEWHERE = MappingProxyType({"retailcloud": "https://retailcloud.example"})

# The number of the account, the new value, what is new at once, and what in its turn or gone.
OF_ACCOUNTS = {
    "name": (0, "mall", set(), ALIYUN),
    "provider": (1, "aliyun", set(), HUAWEI),
    "regions": (0, ("cn-zhangjiakou", "cn-beijing"), {"rds_backups"}, set()),
    "login": (0, Login(Profile("watcher", CA)), ALIYUN, set()),
    "endpoints": (0, ELSEWHERE, ALIYUN, set()),
    "rds_instances": (0, ("rm-1",), {"rds_backups"}, set()),
    "include": (0, Names(cluster=("a",)), ALIYUN, set()),
    "exclude": (1, Names(cluster=("a",)), HUAWEI, set()),
    "collectors": (0, None, set(), {"retailcloud_nodes"}),
    "budget": (0, MappingProxyType({"retailcloud": Budget(1, 1)}), set(), set()),
    "projects": (1, MappingProxyType({"cn-north-4": "another"}), HUAWEI, set()),
}
OF_COLLECTORS = {
    "enabled": (False, GONE),
    "interval": (7.0, LATER),
    "timeout": (7.0, LATER),
    "max_staleness": (7.0, LATER),
    "max_series": (7, LATER),
    "window": (7.0, AT_ONCE),
    "history": (7.0, AT_ONCE),
}
DECLARED = {"scope", "needs_instances"}  # by the collector itself
OF_HTTP = {
    "proxy": SecretStr("http://proxy:3128"),
    "no_proxy": ("cloud.example",),
    "ca_file": CA,
    "connect_timeout": 7.0,
    "timeout": 7.0,
}
OF_ALL = {"listen", "web", "snapshot_path", "naive_time_zone", "http", "accounts", "collectors"}


def test_every_setting_is_here():
    assert OF_ACCOUNTS.keys() == {each.name for each in fields(Account)}
    assert OF_COLLECTORS.keys() | DECLARED == {each.name for each in fields(Collector)}
    assert OF_HTTP.keys() == {each.name for each in fields(Http)}
    assert {each.name for each in fields(Settings)} == OF_ALL


@pytest.mark.parametrize("name", OF_ACCOUNTS)
async def test_another_value_of_an_account(name):
    number, value, at_once, others = OF_ACCOUNTS[name]

    def change(settings: Settings) -> Settings:
        if name == "collectors":
            return collector_of(settings, "retailcloud_nodes", interval=7.0)
        more = {"collectors": settings.accounts[0].collectors} if name == "provider" else {}
        return account_of(settings, number, **{name: value}, **more)

    fates, exporter = await after(change)
    assert at_once == only(fates, AT_ONCE)
    assert others == only(fates, LATER) | only(fates, GONE)
    assert "budget" != name or 1 == exporter._assemblies["shop"].parts.budgets.of("retailcloud")._spacing


async def test_another_address_of_one_product_has_the_others_read_in_their_turn():
    kept = dict.fromkeys(("emr", "ecs", "rds", "batchcompute"), "http://127.0.0.1:10991")
    fates, _ = await after(lambda settings: account_of(settings, 0, endpoints=MappingProxyType(ELSEWHERE | kept)))
    assert RETAILCLOUD == only(fates, AT_ONCE)
    assert ALIYUN - RETAILCLOUD == only(fates, LATER)


@pytest.mark.parametrize("name", OF_COLLECTORS)
async def test_another_value_of_a_collector(name):
    value, fate = OF_COLLECTORS[name]
    fates, _ = await after(lambda settings: collector_of(settings, "retailcloud_deploys", **{name: value}))
    assert {"retailcloud_deploys"} == only(fates, fate)
    assert ALIYUN | HUAWEI == only(fates, KEPT) | {"retailcloud_deploys"}


@pytest.mark.parametrize("name", OF_HTTP)
async def test_another_value_of_the_way_out(name):
    fates, exporter = await after(
        lambda settings: replace(settings, http=replace(settings.http, **{name: OF_HTTP[name]}))
    )
    assert ALIYUN | HUAWEI == only(fates, LATER if name == "timeout" else KEPT)
    assert OF_HTTP[name] == getattr(exporter.settings.http, name)
    timeout = exporter._network.client.timeout
    expected = {"connect_timeout": (7.0, 20.0), "timeout": (5.0, 7.0)}.get(name, (5.0, 20.0))
    assert expected == (timeout.connect, timeout.read)


async def test_another_zone_has_everything_read_again_at_once():
    fates, _ = await after(lambda settings: replace(settings, naive_time_zone=ZoneInfo("UTC")))
    assert ALIYUN | HUAWEI == only(fates, AT_ONCE)


async def test_where_the_exporter_listens_is_no_matter_of_its_collections():
    fates, _ = await after(lambda settings: replace(settings, listen=Listen("127.0.0.1", 1)))
    assert ALIYUN | HUAWEI == only(fates, KEPT)
