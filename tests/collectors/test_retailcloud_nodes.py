"""Nodes: every series, when one expires, and which stay when a list fails or is cut."""

from datetime import UTC, datetime

import pytest

from exporter.clouds.aliyun.retailcloud_models import Node
from exporter.clouds.errors import ServerError, ThrottledError
from exporter.clouds.paging import Listing
from exporter.collectors.retailcloud_nodes import COLLECTOR
from tests.collectors.retailcloud_shop import Shop, read
from tests.doubles import Bench

PREFIX = "aliyun_retailcloud_node_"
KEY = 'account="shop",cluster_id="c1",node_id="i-1"'
NODE = {
    "InstanceId": "i-1",
    "InstanceName": "orchid-worker-1",
    "InstanceType": "ecs.c6.xlarge",
    "EcsZone": "cn-zhangjiakou-a",
    "RegionId": "cn-zhangjiakou",
    "EcsOsType": "linux",
    "EcsPrivateIp": "10.20.0.11",
    "EcsCpu": "4",
    "EcsMemory": "8192",
    "EcsExpiredTime": "2026-12-31",
    "InternetMaxBandwidthIn": "1500",
    "InternetMaxBandwidthOut": 1,
}


def shop_of(**nodes):
    """A shop of clusters c1, c2 … and their nodes."""
    clusters = [{"InstanceId": cluster_id, "ClusterTitle": f"title-{cluster_id}"} for cluster_id in nodes]
    return Shop(clusters=clusters, nodes=nodes)


async def collected(*nodes):
    bench = Bench(COLLECTOR, shop_of(c1=list(nodes)))
    await bench.collection.run()
    return bench


async def shown(bench, name):
    """The rows of one metric as (labels, value)."""
    page = await bench.page(f"{PREFIX}{name}{{")
    return [line.removeprefix(f"{PREFIX}{name}") for line in page.splitlines()]


async def node_ids(bench):
    return sorted(row.partition('node_id="')[2].partition('"')[0] for row in await shown(bench, "info"))


async def test_every_series_of_a_node():
    bench = await collected(NODE)
    info = 'node_name="orchid-worker-1",instance_type="ecs.c6.xlarge",zone_id="cn-zhangjiakou-a"'
    place = 'region_id="cn-zhangjiakou",os_type="linux",private_ip="10.20.0.11"'
    bandwidth = f"{PREFIX}internet_bandwidth_limit_bytes_per_second"
    assert [
        f'{PREFIX}info{{{KEY},cluster_name="title-c1",{info},{place}}} 1',
        f"{PREFIX}cpu_cores{{{KEY}}} 4.0",
        f"{PREFIX}memory_bytes{{{KEY}}} {8 * 2.0**30}",
        # A date is its 00:00 in the zone of the settings, eight hours before UTC.
        f"{PREFIX}expiry_timestamp_seconds{{{KEY}}} {datetime(2026, 12, 30, 16, tzinfo=UTC).timestamp()}",
        f'{bandwidth}{{{KEY},direction="in"}} 187500000.0',
        f'{bandwidth}{{{KEY},direction="out"}} 125000.0',
    ] == (await bench.page(PREFIX)).splitlines()


@pytest.mark.parametrize("raw", [None, "", "2099-12-31", "2099-01-01", "2100-06-30T00:00Z", "1970-01-01T00:00:00Z"])
async def test_what_never_expires_has_no_expiry_and_is_nothing_odd(raw):
    bench = await collected(NODE | {"EcsExpiredTime": raw})
    assert [] == await shown(bench, "expiry_timestamp_seconds")
    assert 0 == unreadable(bench, "expiry_timestamp_seconds")


@pytest.mark.parametrize("raw", ["2020-02-29", "2020-02-29T00:00+08:00", "2020-02-28T16:00Z"])
async def test_an_expiry_in_the_past_is_shown(raw):
    bench = await collected(NODE | {"EcsExpiredTime": raw})
    moment = datetime(2020, 2, 28, 16, tzinfo=UTC).timestamp()
    assert [f"{{{KEY}}} {moment}"] == await shown(bench, "expiry_timestamp_seconds")


@pytest.mark.parametrize(
    ("field", "metric"),
    [
        ("EcsCpu", "cpu_cores"),
        ("EcsMemory", "memory_bytes"),
        ("EcsExpiredTime", "expiry_timestamp_seconds"),
        ("InternetMaxBandwidthIn", "internet_bandwidth_limit_bytes_per_second"),
    ],
)
@pytest.mark.parametrize("raw", ["four", -1, [4], True])
async def test_an_unreadable_value_is_left_out_and_counted(field, metric, raw):
    bench = await collected(NODE | {field: raw})
    assert 1 == unreadable(bench, metric)
    assert [] == [row for row in await shown(bench, metric) if 'direction="out"' not in row]


def unreadable(bench, name):
    return bench.counted("cluster_exporter_unreadable_values_total", {"metric": f"{PREFIX}{name}"})


async def test_one_cluster_that_fails_keeps_its_nodes_until_they_are_too_old():
    shop = shop_of(c1=[NODE], c2=[NODE | {"InstanceId": "i-2"}])
    bench = Bench(COLLECTOR, shop)
    await bench.collection.run()
    shop.broken[("ListClusterNode", "c1")] = ThrottledError("slow down")
    bench.clock.advance(200)
    status = await bench.collection.run()
    assert ("partial", (("c1", "throttled"),)) == (status.result, status.failed)
    assert ["i-1", "i-2"] == await node_ids(bench)
    bench.clock.advance(101)
    assert ["i-2"] == await node_ids(bench)


async def test_a_list_that_is_cut_keeps_the_nodes_it_did_not_reach():
    shop = shop_of(c1=[NODE, NODE | {"InstanceId": "i-2"}])
    bench = Bench(COLLECTOR, shop)
    await bench.collection.run()
    shop.listings[("ListClusterNode", "c1")] = Listing(read(Node, [NODE | {"EcsCpu": 8}]), False, ServerError("500"))
    status = await bench.collection.run()
    assert ("partial", (("c1", "unavailable"),)) == (status.result, status.failed)
    assert ["i-1", "i-2"] == await node_ids(bench)
    assert [f"{{{KEY}}} 8.0"] == [row for row in await shown(bench, "cpu_cores") if "i-1" in row]


async def test_a_node_missing_from_a_complete_list_is_gone():
    shop = shop_of(c1=[NODE, NODE | {"InstanceId": "i-2"}])
    bench = Bench(COLLECTOR, shop)
    await bench.collection.run()
    shop.nodes["c1"].pop()
    await bench.collection.run()
    assert ["i-1"] == await node_ids(bench)


async def test_a_cluster_without_nodes_is_no_failure_and_drops_those_it_had():
    shop = shop_of(c1=[NODE])
    bench = Bench(COLLECTOR, shop)
    await bench.collection.run()
    shop.nodes["c1"] = []
    assert "success" == (await bench.collection.run()).result
    assert [] == await node_ids(bench)


async def test_the_nodes_of_a_deleted_cluster_go_with_the_next_complete_list():
    shop = shop_of(c1=[NODE], c2=[NODE | {"InstanceId": "i-2"}])
    bench = Bench(COLLECTOR, shop)
    await bench.collection.run()
    shop.clusters.pop()
    await bench.collection.run()
    assert ["i-1"] == await node_ids(bench)


async def test_duplicate_and_unreadable_rows_are_counted():
    shop = shop_of(c1=[NODE])
    shop.listings[("ListClusterNode", "c1")] = Listing(read(Node, [NODE]), False, None, duplicates=1, unreadable=2)
    bench = Bench(COLLECTOR, shop)
    await bench.collection.run()
    assert 2 == unreadable(bench, "info")
    labels = {"collector": "retailcloud_nodes", "account": "shop"}
    assert 1 == bench.counted("cluster_exporter_duplicate_rows_total", labels)
