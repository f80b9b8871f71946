"""Filters by name: what they leave out costs no call and has no row, whichever collector lists it."""

from dataclasses import replace

import pytest

from exporter.clouds.aliyun.retailcloud_models import App, Cluster, Environment
from exporter.clouds.paging import Listing
from exporter.collectors import (
    retailcloud_apps,
    retailcloud_claims,
    retailcloud_clusters,
    retailcloud_deploys,
    retailcloud_instances,
    retailcloud_nodes,
    retailcloud_volumes,
)
from exporter.collectors.filters import Filters, NameFilter
from tests.collectors.order_book import FAILED, HOUR, Booked, Deploys, OrderBook
from tests.collectors.retailcloud_shop import Shop, read
from tests.doubles import PLACE, Bench

ORCHID, MAPLE = {"InstanceId": "c1", "ClusterTitle": "orchid"}, {"InstanceId": "c2", "ClusterTitle": "maple"}
BASKET, SEARCH = {"AppId": 1, "Title": "basket"}, {"AppId": 2, "Title": "search"}
PROD, TEST = {"EnvId": 11, "EnvName": "prod"}, {"EnvId": 12, "EnvName": "test"}
ONLY_ORCHID = Filters(cluster=NameFilter.of(["orchid"], []))
ONLY_BASKET = Filters(app=NameFilter.of(["basket"], []))
NO_TEST = Filters(environment=NameFilter.of([], ["test.*"]))


def place(filters):
    return replace(PLACE, filters=filters)


def shop():
    pods = {"podCount": 1, "cupRequest": "1vcpu", "memRequest": "1GB"}
    allocated = [
        {"appId": 1, "appName": "basket", "envId": 11, "envName": "prod", **pods},
        {"appId": 1, "appName": "basket", "envId": 12, "envName": "test", **pods},
        {"appId": 2, "appName": "search", "envId": 21, "envName": "prod", **pods},
    ]
    return Shop(
        clusters=[ORCHID, MAPLE],
        details={"c1": {"allocated": allocated}},
        nodes={"c1": [{"InstanceId": "i-1"}], "c2": [{"InstanceId": "i-2"}]},
        volumes={"c1": [{"Name": "pv-1"}], "c2": [{"Name": "pv-2"}]},
        apps=[BASKET, SEARCH],
        environments={"1": [PROD, TEST], "2": [{"EnvId": 21, "EnvName": "prod"}]},
        allocations=[{"AppEnvId": env, "AppId": env // 10, "ClusterId": "c1"} for env in (11, 12, 21)],
        instances={env_id: [{"AppInstanceId": "a"}] for env_id in ("11", "12", "21")},
        claims={env_id: [{"Name": "data"}] for env_id in ("11", "12", "21")},
    )


async def shown(bench, label):
    """The values of a label on the page."""
    lines = (await bench.page("aliyun_")).splitlines()
    return sorted({line.partition(f',{label}="')[2].partition('"')[0] for line in lines} - {""})


def benches(collector, sibling, cloud, filters, *, alone):
    """A collection, and the one that lists for it where it is not alone."""
    reader = Bench(collector, cloud, place=place(filters))
    lister = Bench(sibling, cloud, place=place(filters))
    if not alone:
        reader.collection.siblings = {sibling.name: lister.collection}
    return lister, reader


async def test_a_cluster_that_is_left_out_is_not_asked_for_its_detail():
    cloud = shop()
    bench = Bench(retailcloud_clusters.COLLECTOR, cloud, place=place(ONLY_ORCHID))
    await bench.collection.run()
    assert ({"ListCluster": 1, "QueryClusterDetail": 1}, ["c1"]) == (cloud.calls, await shown(bench, "cluster_id"))


@pytest.mark.parametrize("alone", [True, False])
@pytest.mark.parametrize(
    ("collector", "operation"),
    [(retailcloud_nodes.COLLECTOR, "ListClusterNode"), (retailcloud_volumes.COLLECTOR, "ListPersistentVolume")],
)
async def test_nodes_and_volumes_of_a_cluster_that_is_left_out_are_not_asked_for(collector, operation, alone):
    cloud = shop()
    lister, reader = benches(collector, retailcloud_clusters.COLLECTOR, cloud, ONLY_ORCHID, alone=alone)
    await lister.collection.run()
    await reader.collection.run()
    assert (1, ["c1"]) == (cloud.calls[operation], await shown(reader, "cluster_id"))


@pytest.mark.parametrize(
    ("filters", "left"), [(ONLY_BASKET, ["11", "12"]), (NO_TEST, ["11", "21"]), (Filters(), ["11", "12", "21"])]
)
async def test_pods_of_what_is_left_out_are_not_shown(filters, left):
    bench = Bench(retailcloud_clusters.COLLECTOR, shop(), place=place(filters))
    await bench.collection.run()
    assert left == await shown(bench, "env_id")


@pytest.mark.parametrize(
    ("filters", "calls", "apps", "environments"),
    [
        (ONLY_BASKET, 1, ["1"], ["11", "12"]),
        (NO_TEST, 2, ["1", "2"], ["11", "21"]),
        (Filters(app=ONLY_BASKET.app, environment=NO_TEST.environment), 1, ["1"], ["11"]),
    ],
)
async def test_apps_and_environments_that_are_left_out_have_no_row(filters, calls, apps, environments):
    cloud = shop()
    bench = Bench(retailcloud_apps.COLLECTOR, cloud, place=place(filters))
    await bench.collection.run()
    assert (calls, apps, environments) == (
        cloud.calls["ListAppEnvironment"],
        await shown(bench, "app_id"),
        await shown(bench, "env_id"),
    )


@pytest.mark.parametrize("alone", [True, False])
@pytest.mark.parametrize(("filters", "left"), [(ONLY_BASKET, ["11", "12"]), (NO_TEST, ["11", "21"])])
@pytest.mark.parametrize(
    ("collector", "operation"),
    [
        (retailcloud_instances.COLLECTOR, "ListAppInstance"),
        (retailcloud_claims.COLLECTOR, "ListPersistentVolumeClaim"),
    ],
)
async def test_instances_and_claims_of_what_is_left_out_are_not_asked_for(collector, operation, filters, left, alone):
    cloud = shop()
    lister, reader = benches(collector, retailcloud_apps.COLLECTOR, cloud, filters, alone=alone)
    await lister.collection.run()
    await reader.collection.run()
    assert (len(left), left) == (cloud.calls[operation], await shown(reader, "env_id"))


@pytest.mark.parametrize(
    ("collector", "listing", "renamed", "label", "left"),
    [
        (retailcloud_clusters.COLLECTOR, "ListCluster", [Cluster, [ORCHID, MAPLE]], "cluster_id", ["c2"]),
        (retailcloud_apps.COLLECTOR, "ListApp", [App, [BASKET, SEARCH]], "app_id", ["2"]),
        (
            retailcloud_apps.COLLECTOR,
            ("ListAppEnvironment", "1"),
            [Environment, [PROD, TEST]],
            "env_id",
            ["12", "21"],
        ),
    ],
)
async def test_what_was_renamed_and_is_left_out_now_is_gone_with_the_next_complete_list(
    collector, listing, renamed, label, left
):
    cloud = shop()
    no_old = NameFilter.of([], ["old"])
    bench = Bench(collector, cloud, place=place(Filters(no_old, no_old, no_old)))
    await bench.collection.run()
    before = await shown(bench, label)
    model, (first, *others) = renamed
    name = next(key for key, value in first.items() if isinstance(value, str) and key != "InstanceId")
    for complete, expected in ((False, before), (True, left)):
        cloud.listings[listing] = Listing(read(model, [first | {name: "old"}, *others]), complete)
        await bench.collection.run()
        assert expected == await shown(bench, label)


async def test_filters_that_leave_nothing_are_a_success_without_data():
    nothing = NameFilter.of([], [".*"])
    for collector in (retailcloud_clusters.COLLECTOR, retailcloud_apps.COLLECTOR, retailcloud_instances.COLLECTOR):
        bench = Bench(collector, shop(), place=place(Filters(nothing, nothing, nothing)))
        assert ("success", 0) == ((await bench.collection.run()).result, bench.collection.record.block.series)


def deploys_of(*orders, filters, environments=None):
    return Deploys(
        OrderBook(list(orders), environments=environments or {"1": ["11", "12"], "2": ["21"]}), place(filters)
    )


async def test_orders_of_an_app_that_is_left_out_are_not_asked_for():
    deploys = deploys_of(Booked(1), Booked(2, "21"), filters=Filters(app=NameFilter.of(["app-1"], [])))
    await deploys.poll()
    deploys.book.calls.clear()
    await deploys.poll(60)
    assert {"ListDeployOrders": 1} == deploys.book.calls
    assert ("success", None) == (
        await deploys.state("latest_result", "result", "11"),
        await deploys.state("latest_result", "result", "21"),
    )


async def test_orders_of_an_app_of_whose_environments_none_is_left_are_not_asked_for():
    deploys = deploys_of(Booked(1), Booked(2, "21"), filters=Filters(environment=NameFilter.of(["env-21"], [])))
    for seconds in (0, 60):
        deploys.book.calls.clear()
        await deploys.poll(seconds)
    assert {"ListDeployOrders": 1} == deploys.book.calls
    assert "success" == await deploys.state("latest_result", "result", "21")


async def test_a_failing_environment_that_is_left_out_has_no_row_and_is_not_searched_for_with_every_poll():
    filters = Filters(environment=NameFilter.of([], ["env-12"]))
    deploys = deploys_of(Booked(1), Booked(2, "12", result=FAILED), filters=filters)
    await deploys.poll()
    deploys.book.calls.clear()
    await deploys.poll(599)
    assert {"ListDeployOrders": 2} == deploys.book.calls
    assert None is await deploys.state("latest_result", "result", "12")
    assert "success" == await deploys.state("latest_result", "result", "11")


async def test_a_new_environment_met_in_an_order_is_left_out_too():
    filters = Filters(environment=NameFilter.of([], ["env-13"]))
    deploys = deploys_of(Booked(1), filters=filters)
    await deploys.poll()
    for env_id in ("13", "14"):
        deploys.book.environments["1"].append(env_id)
        deploys.book.orders.append(Booked(int(env_id), env_id, start=-30, result=FAILED))
    await deploys.poll(60)
    assert (None, "failed") == (
        await deploys.state("latest_result", "result", "13"),
        await deploys.state("latest_result", "result", "14"),
    )
    asked = deploys.book.calls["ListAppEnvironment"]
    await deploys.poll(60)
    assert asked == deploys.book.calls["ListAppEnvironment"]


async def test_pods_of_an_environment_that_is_left_out_are_not_asked_for():
    filters = Filters(environment=NameFilter.of([], ["env-12"]))
    deploys = deploys_of(Booked(1, "12", start=HOUR, result=FAILED), filters=filters)
    await deploys.poll()
    assert 0 == deploys.book.calls["ListPods"]
    assert "" == await deploys.bench.page("aliyun_retailcloud_deploy_latest")


async def test_the_deploys_go_by_what_the_apps_collector_leaves():
    cloud = shop()
    book = OrderBook([Booked(1), Booked(2, "12"), Booked(3, "21")], environments={"1": ["11", "12"], "2": ["21"]})
    apps, deploys = (
        Bench(retailcloud_apps.COLLECTOR, cloud, place=place(NO_TEST)),
        Bench(retailcloud_deploys.COLLECTOR, book, place=place(NO_TEST)),
    )
    deploys.collection.siblings = {"retailcloud_apps": apps.collection}
    await apps.collection.run()
    await deploys.collection.run()
    assert ["11", "21"] == await shown(deploys, "env_id")
    assert 0 == book.calls["ListAppEnvironment"]
