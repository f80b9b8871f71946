"""Shared inventories: listed once, read by the collectors beside, looked up where nobody lists them."""

import asyncio

import pytest

from exporter.clouds.aliyun.retailcloud_models import Cluster
from exporter.clouds.errors import AuthError
from exporter.clouds.paging import Listing
from exporter.collectors import retailcloud_apps, retailcloud_clusters, retailcloud_nodes, retailcloud_volumes
from exporter.collectors.retailcloud_env_type import env_type
from exporter.collectors.retailcloud_inventory import AppInventory, KnownEnvironment
from tests.collectors.retailcloud_shop import Shop, read
from tests.doubles import Bench

C1, C2 = {"InstanceId": "c1", "ClusterTitle": "orchid"}, {"InstanceId": "c2", "ClusterTitle": "maple"}
OF_CLUSTERS = [
    (retailcloud_nodes.COLLECTOR, "ListClusterNode", "aliyun_retailcloud_node_info"),
    (retailcloud_volumes.COLLECTOR, "ListPersistentVolume", "aliyun_retailcloud_persistentvolume_info"),
]


def two_clusters():
    return Shop(
        [C1, C2],
        nodes={"c1": [{"InstanceId": "i-1"}], "c2": [{"InstanceId": "i-2"}]},
        volumes={"c1": [{"Name": "pv-1"}], "c2": [{"Name": "pv-2"}]},
    )


def beside_clusters(collector, shop):
    """A collection and the one of clusters, which it knows as its sibling."""
    clusters, reader = Bench(retailcloud_clusters.COLLECTOR, shop), Bench(collector, shop)
    reader.collection.siblings = {"retailcloud_clusters": clusters.collection}
    return clusters, reader


@pytest.mark.parametrize(("collector", "operation", "info"), OF_CLUSTERS)
async def test_the_clusters_are_listed_once_for_all(collector, operation, info):
    shop = two_clusters()
    clusters, reader = beside_clusters(collector, shop)
    await asyncio.gather(reader.collection.run(), clusters.collection.run())
    assert (1, 2) == (shop.calls["ListCluster"], shop.calls[operation])
    page = await reader.page(info)
    assert ('cluster_name="orchid"' in page, 'cluster_name="maple"' in page) == (True, True)


@pytest.mark.parametrize(("collector", "operation", "info"), OF_CLUSTERS)
async def test_a_collection_alone_lists_the_clusters_itself(collector, operation, info):
    shop = two_clusters()
    reader = Bench(collector, shop)
    await reader.collection.run()
    assert (1, 2) == (shop.calls["ListCluster"], shop.calls[operation])
    assert 'cluster_name="maple"' in await reader.page(info)


@pytest.mark.parametrize(("collector", "operation", "info"), OF_CLUSTERS)
async def test_what_the_sibling_remembers_from_too_long_ago_is_asked_for_again(collector, operation, info):
    shop = two_clusters()
    clusters, reader = beside_clusters(collector, shop)
    await clusters.collection.run()
    clusters.clock.advance(301)
    await reader.collection.run()
    assert 2 == shop.calls["ListCluster"]


@pytest.mark.parametrize(("complete", "shown"), [(True, 1), (False, 2)])
@pytest.mark.parametrize(("collector", "operation", "info"), OF_CLUSTERS)
async def test_a_cluster_is_gone_only_when_the_siblings_list_was_complete(collector, operation, info, complete, shown):
    shop = two_clusters()
    clusters, reader = beside_clusters(collector, shop)
    await clusters.collection.run()
    await reader.collection.run()
    shop.listings["ListCluster"] = Listing(read(Cluster, [C1]), complete)
    await clusters.collection.run()
    await reader.collection.run()
    assert shown == len((await reader.page(info)).splitlines())


@pytest.mark.parametrize(("collector", "operation", "info"), OF_CLUSTERS)
async def test_the_failure_of_the_list_is_the_readers_own_where_nobody_else_has_one(collector, operation, info):
    shop = two_clusters()
    shop.broken["ListCluster"] = AuthError("wrong key")
    clusters, reader = beside_clusters(collector, shop)
    await clusters.collection.run()
    assert "auth" == (await reader.collection.run()).result


async def test_an_account_without_clusters_is_a_success_without_data():
    shop = Shop()
    clusters, reader = beside_clusters(retailcloud_nodes.COLLECTOR, shop)
    await clusters.collection.run()
    assert "success" == (await reader.collection.run()).result
    assert 0 == reader.collection.record.block.series


async def test_apps_remember_their_environments_for_the_deploys():
    shop = Shop(apps=[{"AppId": 1, "Title": "basket"}], environments={"1": [{"EnvId": 11, "EnvName": "prod"}]})
    bench = Bench(retailcloud_apps.COLLECTOR, shop)
    await bench.collection.run()
    known = KnownEnvironment("1", "basket", "11", "prod")
    assert AppInventory({"1": "basket"}, {"1": (known,)}, complete=True, whole=True) == await bench.collection.memory()


def test_a_complete_list_of_apps_forgets_the_others_and_their_environments():
    old = AppInventory({"1": "a", "2": "b"}, {"1": (), "2": ()}, complete=True)
    assert AppInventory({"1": "a"}, {"1": ()}, complete=True) == old.listed({"1": "a"}, complete=True)
    assert AppInventory({"1": "z", "2": "b"}, {"1": (), "2": ()}) == old.listed({"1": "z"}, complete=False)


@pytest.mark.parametrize("raw", [0, "0", 0.0, "TEST", "test", "Test", "测试"])
def test_test_in_every_encoding(raw):
    assert "test" == env_type(raw)


@pytest.mark.parametrize("raw", [1, "1", 1.0, 2, "2", "PRO", "prod", "online", "ONLINE", "正式"])
def test_production_in_every_encoding(raw):
    assert "prod" == env_type(raw)


@pytest.mark.parametrize("raw", [None, "", 3, -1, True, False, [], {}, "staging", "1.5"])
def test_anything_else_is_unknown(raw):
    assert "unknown" == env_type(raw)
