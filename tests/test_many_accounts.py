"""Several accounts of both vendors in one process: each has its own regions, keys, budgets and inventories."""

import asyncio
import json
import re
from collections import Counter
from collections.abc import Mapping
from itertools import count

import httpx
import pytest

from exporter.app import Exporter
from exporter.settings.notices import warnings
from exporter.simulator import Fault, SimulatedClock, World, create_app
from exporter.surroundings import Surroundings
from tests.doubles import FakeClock
from tests.simulated import KEYS, SMALL, settings_of

pytestmark = pytest.mark.whole

PROJECT = "0123456789abcdef0123456789abcdef"


class Clouds(httpx.AsyncBaseTransport):
    """Each account's own world behind hosts of its own; a host in ``down`` gives no answer."""

    def __init__(self, clock: FakeClock) -> None:
        self.worlds = {name: World(seed, SMALL, SimulatedClock(clock.now)) for seed, name in enumerate(("one", "two"))}
        self.apps = {name: create_app(world) for name, world in self.worlds.items()}
        self.down: set[str] = set()
        self.asked: Counter[str] = Counter()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked[request.url.host] += 1
        if request.url.host in self.down:
            raise httpx.ConnectError("connection refused")
        owner = request.url.host.split(".")[-2]
        return await httpx.ASGITransport(self.apps.get(owner, self.apps["one"])).handle_async_request(request)


def document(worlds: Mapping[str, World], two: Mapping[str, object] | None = None) -> dict[str, object]:
    """Three accounts, six regions; ``two`` changes the second."""

    def aliyun(name: str) -> dict[str, object]:
        regional = {product: f"https://{product}.{{region}}.{name}.example" for product in ("emr", "ecs", "rds")}
        return {
            "name": name,
            "provider": "aliyun",
            "credentials": KEYS,
            "rds_instances": worlds[name].rds_instance_ids,
            "endpoints": {"retailcloud": f"https://retailcloud.{name}.example", **regional},
        }

    return {
        "accounts": [
            {**aliyun("one"), "regions": ["cn-zhangjiakou", "cn-beijing", "cn-shanghai"]},
            {**aliyun("two"), "regions": ["cn-zhangjiakou", "cn-hangzhou"], **(two or {})},
            {
                "name": "ml",
                "provider": "huaweicloud",
                "regions": ["cn-north-4"],
                "project_id": PROJECT,
                "credentials": KEYS,
                "endpoints": {"modelarts": "https://modelarts.{region}.two.example"},
            },
        ]
    }


class Bench:
    """An exporter of the three accounts, and how long it was told to wait."""

    def __init__(self, two: Mapping[str, object] | None = None) -> None:
        clock, nonces = FakeClock(), count()
        self.clouds = Clouds(clock)
        self.waits: list[float] = []
        surroundings = Surroundings(
            environ={},
            clock=clock,
            sleep=self._sleep,
            chance=lambda: 0.5,
            nonce=lambda: f"many-{next(nonces)}",
            transport=self.clouds,
        )
        self.exporter = Exporter(settings_of(document(self.clouds.worlds, two)), surroundings)

    async def _sleep(self, seconds: float) -> None:
        self.waits.append(seconds)

    async def run(self) -> dict[tuple[str, str, str], str]:
        """How every collection ended."""
        return {tuple(collection.key): status.result for collection, status in await self.exporter.collect_once()}

    async def page(self) -> str:
        return (await self.exporter.store.page()).plain.decode()


def many(accounts: int, **changes: object) -> dict[str, object]:
    """So many accounts of three regions each."""
    one = json.dumps({**document(Clouds(FakeClock()).worlds)["accounts"][0], **changes})
    numbered = [json.loads(one.replace('one.example"', f'n{n}.example"')) for n in range(accounts)]
    return {"accounts": [{**account, "name": f"n{n}"} for n, account in enumerate(numbered)]}


def ids(page: str, metric: str, account: str, label: str) -> set[str]:
    rows = re.findall(rf'^{metric}{{account="{account}",.*$', page, re.MULTILINE)
    return {re.search(rf'{label}="([^"]*)"', row)[1] for row in rows}


async def test_a_broken_region_says_so_and_takes_nothing_else_along():
    bench = Bench()
    bench.clouds.down = {f"{product}.cn-beijing.one.example" for product in ("emr", "ecs", "rds")}

    results = await bench.run()

    assert {"one", "two", "ml"} == {account for _, account, _ in results}
    assert 6 == len({(account, region) for _, account, region in results if region != "global"})
    broken = {key for key, result in results.items() if result != "success"}
    assert {("one", "cn-beijing")} == {(account, region) for _, account, region in broken}
    assert {"unavailable"} == {results[key] for key in broken}
    page = await bench.page()
    assert (
        'last_result{collector="ecs_hpc_clusters",account="one",region_id="cn-beijing",result="unavailable"} 1' in page
    )
    assert 'aliyun_ecs_hpc_clusters{account="one",region_id="cn-shanghai"} 0' in page
    assert 'aliyun_ecs_hpc_clusters{account="one",region_id="cn-beijing"}' not in page


async def test_each_account_shows_what_is_its_own():
    bench = Bench()

    await bench.run()

    page = await bench.page()
    for name, world in bench.clouds.worlds.items():
        clusters = {cluster.instance_id for cluster in world.clusters}
        assert clusters == ids(page, "aliyun_retailcloud_cluster_info", name, "cluster_id")
        assert clusters == ids(page, "aliyun_retailcloud_node_info", name, "cluster_id")
        names = {cluster.title for cluster in world.clusters}
        assert names == ids(page, "aliyun_retailcloud_node_info", name, "cluster_name")
    one, two = ({cluster.instance_id for cluster in world.clusters} for world in bench.clouds.worlds.values())
    assert one.isdisjoint(two)


async def test_an_account_with_a_wrong_key_fails_alone():
    bench = Bench({"credentials": {**KEYS, "access_key_secret": "wrong"}})

    results = await bench.run()

    assert {"auth"} == {result for (_, account, _), result in results.items() if account == "two"}
    assert {"success"} == {result for (_, account, _), result in results.items() if account != "two"}


async def test_an_account_that_is_throttled_slows_down_alone():
    bench = Bench()
    bench.clouds.apps["one"].state.clouds.faults.add(
        Fault(fault="throttled", operation="ListCluster", retry_after=30_000)
    )
    await bench.run()
    bench.waits.clear()

    others = [each for each in bench.exporter.collections if each.key.account != "one"]
    assert {"success"} == {(await each.run()).result for each in others}
    assert not [seconds for seconds in bench.waits if seconds > 20]

    throttled = next(each for each in bench.exporter.collections if each.key == ("retailcloud_nodes", "one", "global"))
    await throttled.run()
    assert [seconds for seconds in bench.waits if seconds > 20]


async def test_an_account_has_collectors_and_filters_of_its_own():
    bench = Bench(
        {
            "collectors": {"retailcloud_nodes": {"enabled": False}, "retailcloud_clusters": {"interval": "7m"}},
            "exclude": {"app": "a.*"},
            "rds_instances": [],
        }
    )
    found = {tuple(each.key): each for each in bench.exporter.collections}

    assert ("retailcloud_nodes", "one", "global") in found
    assert ("retailcloud_nodes", "two", "global") not in found
    assert ("rds_backups", "one", "global") in found
    assert ("rds_backups", "two", "global") not in found
    clusters = {name: found["retailcloud_clusters", name, "global"] for name in ("one", "two")}
    assert {"one": 60, "two": 420} == {name: each.limits.interval for name, each in clusters.items()}
    assert {"one": True, "two": False} == {name: each.place.filters.app("abc") for name, each in clusters.items()}


async def test_what_one_account_leaves_out_another_shows():
    left_out = Clouds(FakeClock()).worlds["two"].clusters[0]
    bench = Bench({"exclude": {"cluster": re.escape(left_out.title), "environment": ".*"}})

    await bench.run()

    page = await bench.page()
    for metric in ("aliyun_retailcloud_cluster_info", "aliyun_retailcloud_node_info"):
        shown = {name: ids(page, metric, name, "cluster_id") for name in bench.clouds.worlds}
        assert {cluster.instance_id for cluster in bench.clouds.worlds["one"].clusters} == shown["one"]
        assert {cluster.instance_id for cluster in bench.clouds.worlds["two"].clusters[1:]} == shown["two"]
    environments = {name: ids(page, "aliyun_retailcloud_environment_info", name, "env_id") for name in ("one", "two")}
    assert environments["one"]
    assert set() == environments["two"]


async def test_the_region_of_an_address_is_the_one_that_is_asked():
    bench = Bench()

    await bench.run()

    regions = ("cn-zhangjiakou", "cn-beijing", "cn-shanghai")
    assert {f"emr.{region}.one.example" for region in regions} <= bench.clouds.asked.keys()
    assert "modelarts.cn-north-4.two.example" in bench.clouds.asked


def test_an_account_without_regions_is_told_of_every_collector_that_needs_them():
    (line, rds) = warnings(settings_of({"accounts": [{"name": "a", "provider": "aliyun", "credentials": KEYS}]}), {})

    assert line.startswith("account a: emr_flow_clusters, emr_clusters, ecs_hpc_clusters off for this account")
    assert rds.startswith("account a: rds_backups is off for this account until its instances are listed")


def test_collections_of_many_accounts_know_their_own_account_and_region_only():
    exporter = Exporter(settings_of(many(50)), Surroundings(environ={}, clock=FakeClock()))

    assert 150 == len([each for each in exporter.collections if each.key.collector == "ecs_hpc_clusters"])
    for each in exporter.collections:
        for name, other in each.siblings.items():
            assert (name, each.key.account) == (other.key.collector, other.key.account)
            assert other.key.region_id in {each.key.region_id, "global"}
            assert other is not each


async def test_at_the_start_no_account_goes_beyond_its_budgets():
    clock = FakeClock()
    clouds, waiting, nonces = Clouds(clock), Counter(), count()

    async def sleep(seconds: float) -> None:
        waiting[seconds] += 1
        await asyncio.Event().wait()

    surroundings = Surroundings(
        environ={}, clock=clock, sleep=sleep, nonce=lambda: f"start-{next(nonces)}", transport=clouds
    )
    exporter = Exporter(settings_of(many(20, budget={"retailcloud": {"rate": "1/s", "burst": 3}})), surroundings)

    def asked() -> dict[str, int]:
        return {host: calls for host, calls in clouds.asked.items() if host.startswith("retailcloud.")}

    starting = asyncio.create_task(exporter.collect_once())
    async with asyncio.timeout(30):
        while waiting.total() < 20 or sum(asked().values()) < 60:  # noqa: ASYNC110 -- there is nothing to be told by
            await asyncio.sleep(0)
    starting.cancel()
    await asyncio.gather(starting, return_exceptions=True)

    assert {f"retailcloud.n{number}.example": 3 for number in range(20)} == asked()
    assert Counter({1.0: 20}) == waiting
