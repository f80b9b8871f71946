"""Clusters: every series, what is summed, and what stays when a call fails."""

import pytest

from exporter.clouds.errors import PermissionDeniedError, ThrottledError
from exporter.clouds.paging import Listing
from exporter.collectors.retailcloud_clusters import AMOUNTS, COLLECTOR, RATIOS
from tests.collectors.retailcloud_shop import Shop
from tests.doubles import Bench

PREFIX = "aliyun_retailcloud_"
KEY = 'account="shop",cluster_id="c1"'
ORCHID = {
    "InstanceId": "c1",
    "ClusterTitle": "orchid",
    "RegionId": "cn-zhangjiakou",
    "EnvType": 0,
    "BusinessCode": "JST",
    "NetPlug": "Terway",
    "VpcId": "vpc-1",
    "Status": "running",
    "WorkLoadCpu": 0.14,
    "WorkLoadMem": "0.07",
}
WORK_LOAD = {
    "CpuLevel": 0,
    "MemLevel": 0.1,
    "CpuRequestPercent": 0.57,
    "MemRequestPercent": "0.46",
    "CpuUsePercent": "2%",
    "MemUsePercent": 0.3,
    "CpuRequest": 9.06,
    "CpuUse": "0.69",
    "CpuTotal": 15.5,
    "CpuCapacityTotal": 16,
    "MemRequest": 12884901888,
    "MemUse": "12950786048",
    "MemTotal": 28146055168,
    "MemCapacityTotal": 31816071168,
    "AllNodeCount": 4,
    "AllocateAllPodCount": "31",
    "AllocateAppPodCount": 9,
    "allocate_pod_count": 30,
    "app_count": "2",
}


def pods(env_id=11, count=1, cpu="1vcpu", memory="1GB", **more):
    names = {"appId": 1, "appName": "basket", "envId": env_id, "envName": f"env-{env_id}"}
    return {**names, "podCount": count, "cupRequest": cpu, "memRequest": memory, **more}


async def collected(*clusters, **details):
    shop = Shop(clusters=list(clusters), details=details)
    bench = Bench(COLLECTOR, shop)
    await bench.collection.run()
    return bench


def lines(page):
    return sorted(line.removeprefix(PREFIX) for line in page.splitlines())


async def test_every_series_of_a_cluster():
    bench = await collected(ORCHID, c1=WORK_LOAD)
    info = 'cluster_name="orchid",region_id="cn-zhangjiakou",env_type="test",business_code="JST"'
    assert [
        f"cluster_app_pods{{{KEY}}} 9.0",
        f"cluster_apps{{{KEY}}} 2.0",
        f"cluster_cpu_capacity_cores{{{KEY}}} 16.0",
        f"cluster_cpu_level_ratio{{{KEY}}} 0.0",
        f"cluster_cpu_request_ratio{{{KEY}}} 0.57",
        f"cluster_cpu_requested_cores{{{KEY}}} 9.06",
        f"cluster_cpu_total_cores{{{KEY}}} 15.5",
        f"cluster_cpu_usage_ratio{{{KEY}}} 0.02",
        f"cluster_cpu_used_cores{{{KEY}}} 0.69",
        f"cluster_deployed_pods{{{KEY}}} 30.0",
        f'cluster_info{{{KEY},{info},network_plugin="Terway",vpc_id="vpc-1"}} 1',
        f"cluster_memory_capacity_bytes{{{KEY}}} 31816071168.0",
        f"cluster_memory_level_ratio{{{KEY}}} 0.1",
        f"cluster_memory_request_ratio{{{KEY}}} 0.46",
        f"cluster_memory_requested_bytes{{{KEY}}} 12884901888.0",
        f"cluster_memory_total_bytes{{{KEY}}} 28146055168.0",
        f"cluster_memory_usage_ratio{{{KEY}}} 0.3",
        f"cluster_memory_used_bytes{{{KEY}}} 12950786048.0",
        f"cluster_nodes{{{KEY}}} 4.0",
        f"cluster_pods{{{KEY}}} 31.0",
        f'cluster_status{{{KEY},status="running"}} 1',
        f"cluster_workload_cpu_ratio{{{KEY}}} 0.14",
        f"cluster_workload_memory_ratio{{{KEY}}} 0.07",
    ] == lines(await bench.page(PREFIX))


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("running", {"running": 1}),
        ("Running", {"running": 1}),
        ("initial", {"running": 0, "initial": 1}),
        ("Delete failed!", {"running": 0, "delete_failed_": 1}),
        ("x" * 90, {"running": 0, "x" * 40: 1}),
        (7, {"running": 0, "7": 1}),
        (None, {"running": 0, "unknown": 1}),
        ("", {"running": 0, "unknown": 1}),
    ],
)
async def test_the_status_is_running_or_the_vendors_own_word(raw, shown):
    bench = await collected(ORCHID | {"Status": raw})
    expected = [f'cluster_status{{{KEY},status="{word}"}} {value}' for word, value in shown.items()]
    assert sorted(expected) == lines(await bench.page(f"{PREFIX}cluster_status{{"))
    assert 0 == bench.counted("cluster_exporter_unreadable_values_total", {"metric": f"{PREFIX}cluster_status"})


async def test_a_status_that_is_no_word_is_counted():
    bench = await collected(ORCHID | {"Status": {"phase": "running"}})
    assert 1 == bench.counted("cluster_exporter_unreadable_values_total", {"metric": f"{PREFIX}cluster_status"})


@pytest.mark.parametrize("raw", ["运行中", "running 运行中", "--"])
async def test_a_status_that_no_label_can_show_is_unknown_and_counted(raw):
    bench = await collected(ORCHID | {"Status": raw})
    expected = [f'cluster_status{{{KEY},status="running"}} 0', f'cluster_status{{{KEY},status="unknown"}} 1']
    assert expected == lines(await bench.page(f"{PREFIX}cluster_status{{"))
    assert 1 == bench.counted("cluster_exporter_unknown_states_total", {"metric": f"{PREFIX}cluster_status"})


@pytest.mark.parametrize(
    ("raw", "shown"), [(0, "test"), ("1", "prod"), ("TEST", "test"), ("PRO", "prod"), (None, "unknown"), (9, "unknown")]
)
async def test_every_encoding_of_env_type(raw, shown):
    bench = await collected(ORCHID | {"EnvType": raw})
    assert f'env_type="{shown}"' in await bench.page(f"{PREFIX}cluster_info{{")


@pytest.mark.parametrize(("raw", "counted"), [(9, 1), ("staging", 1), (None, None), ("", None), ("PRO", None)])
async def test_an_undocumented_env_type_is_counted(raw, counted):
    bench = await collected(ORCHID | {"EnvType": raw})
    assert counted == bench.counted("cluster_exporter_unknown_states_total", {"metric": f"{PREFIX}cluster_info"})


async def test_pods_and_requests_are_summed_over_the_rows_of_an_environment():
    allocated = [pods(count=2, memory="1500MB"), pods(count=3, cpu="0.5vcpu", memory="512MB"), pods(env_id=12)]
    bench = await collected(ORCHID, c1={"allocated": allocated})
    first = f'{KEY},app_id="1",app_name="basket",env_id="11",env_name="env-11"'
    second = f'{KEY},app_id="1",app_name="basket",env_id="12",env_name="env-12"'
    assert [
        f"environment_pods{{{first}}} 5.0",
        f"environment_pods{{{second}}} 1.0",
        f"environment_requested_bytes{{{first}}} {4536 * 2.0**20}",
        f"environment_requested_bytes{{{second}}} {2.0**30}",
        f"environment_requested_cores{{{first}}} 3.5",
        f"environment_requested_cores{{{second}}} 1.0",
    ] == lines(await bench.page(f"{PREFIX}environment_"))


@pytest.mark.parametrize(
    ("spoiled", "lost"),
    [
        ({"cupRequest": "many"}, {"cores"}),
        ({"cupRequest": None}, {"cores"}),
        ({"memRequest": "1 heap"}, {"bytes"}),
        ({"podCount": -1}, {"pods", "cores", "bytes"}),
        ({"cupRequest": None, "cpuRequest": "2vcpu"}, set()),
        ({"cupRequest": 0}, set()),
    ],
)
async def test_a_sum_that_lacks_a_part_is_left_out(spoiled, lost):
    bench = await collected(ORCHID, c1={"allocated": [pods(), pods() | spoiled]})
    shown = {line.partition("{")[0].rpartition("_")[2] for line in lines(await bench.page(f"{PREFIX}environment_"))}
    assert {"pods", "cores", "bytes"} - lost == shown


async def test_available_pods_are_shown_by_shape_in_shortest_decimals():
    shapes = [("1", "1", 6), ("0.50", "1500MB", "4"), ("2.0", "4", 3)]
    available = [{"cupRequest": cpu, "memRequest": mem, "availablePodCount": number} for cpu, mem, number in shapes]
    bench = await collected(ORCHID, c1={"available": available})
    assert [
        f'cluster_available_pods{{{KEY},cpu_cores="0.5",memory_gib="1.46484375"}} 4.0',
        f'cluster_available_pods{{{KEY},cpu_cores="1",memory_gib="1"}} 6.0',
        f'cluster_available_pods{{{KEY},cpu_cores="2",memory_gib="4"}} 3.0',
    ] == lines(await bench.page(f"{PREFIX}cluster_available_pods"))


async def test_of_one_shape_twice_the_last_is_kept_and_counted():
    shapes = [{"cpuRequest": cpu, "memRequest": "1", "availablePodCount": pods} for cpu, pods in (("1", 6), ("1.0", 5))]
    bench = await collected(ORCHID, c1={"available": shapes})
    assert [f'cluster_available_pods{{{KEY},cpu_cores="1",memory_gib="1"}} 5.0'] == lines(
        await bench.page(f"{PREFIX}cluster_available_pods")
    )
    labels = {"collector": "retailcloud_clusters", "account": "shop"}
    assert 1 == bench.counted("cluster_exporter_duplicate_rows_total", labels)


@pytest.mark.parametrize("raw", ["?", True, -1, [], "NaN"])
async def test_an_unreadable_value_is_left_out_and_counted_and_never_0(raw):
    fields = dict.fromkeys(WORK_LOAD, raw)
    bench = await collected(ORCHID | {"WorkLoadCpu": raw, "WorkLoadMem": raw}, c1=fields)
    assert ["cluster_info", "cluster_status"] == [line.partition("{")[0] for line in lines(await bench.page(PREFIX))]
    for metric in (*RATIOS.values(), *AMOUNTS.values()):
        assert 1 == bench.counted("cluster_exporter_unreadable_values_total", {"metric": metric.name})


@pytest.mark.parametrize("absent", [None, "", "  "])
async def test_an_absent_value_is_left_out_and_not_counted(absent):
    bench = await collected(
        ORCHID | {"WorkLoadCpu": absent, "WorkLoadMem": absent}, c1=dict.fromkeys(WORK_LOAD, absent)
    )
    assert 2 == len(lines(await bench.page(PREFIX)))
    for metric in COLLECTOR.metrics:
        assert 0 == bench.counted("cluster_exporter_unreadable_values_total", {"metric": metric.name})


async def test_items_of_pod_lists_that_mean_nothing_are_counted_by_their_metric():
    bench = await collected(ORCHID, c1={"unreadable_allocated": 2, "unreadable_available": 1})
    counted = [
        bench.counted("cluster_exporter_unreadable_values_total", {"metric": f"{PREFIX}{name}"})
        for name in ("environment_pods", "cluster_available_pods")
    ]
    assert [2, 1] == counted


async def test_a_cluster_whose_detail_fails_keeps_its_rows_and_the_others_are_fresh():
    shop = Shop([ORCHID, {"InstanceId": "c2"}], {"c1": {"AllNodeCount": 4}, "c2": {"AllNodeCount": 1}})
    bench = Bench(COLLECTOR, shop)
    await bench.collection.run()
    shop.broken[("QueryClusterDetail", "c1")] = ThrottledError("slow down")
    shop.clusters[0] = ORCHID | {"WorkLoadCpu": 0.9}
    shop.details = {"c1": {"AllNodeCount": 40}, "c2": {"AllNodeCount": 10}}
    status = await bench.collection.run()
    assert ("partial", (("c1", "throttled"),)) == (status.result, status.failed)
    assert [f"cluster_nodes{{{KEY}}} 4.0", 'cluster_nodes{account="shop",cluster_id="c2"} 10.0'] == lines(
        await bench.page(f"{PREFIX}cluster_nodes")
    )
    assert [f"cluster_workload_cpu_ratio{{{KEY}}} 0.9"] == lines(await bench.page(f"{PREFIX}cluster_workload_cpu"))
    bench.clock.advance(301)
    assert "c1" not in await bench.page(f"{PREFIX}cluster_nodes")


async def test_what_the_list_says_is_shown_although_no_detail_may_be_read():
    shop = Shop([ORCHID], broken={"QueryClusterDetail": PermissionDeniedError("no")})
    bench = Bench(COLLECTOR, shop)
    assert "partial" == (await bench.collection.run()).result
    assert f"cluster_workload_cpu_ratio{{{KEY}}} 0.14" in lines(await bench.page(PREFIX))


async def test_a_deleted_cluster_goes_with_the_next_complete_list_and_not_with_a_partial_one():
    shop = Shop([ORCHID, {"InstanceId": "c2"}])
    bench = Bench(COLLECTOR, shop)
    await bench.collection.run()
    left = await shop.list_clusters()
    shop.listings["ListCluster"] = Listing(left.items[1:], complete=False)
    await bench.collection.run()
    assert KEY in await bench.page(PREFIX)
    shop.listings["ListCluster"] = Listing(left.items[1:])
    await bench.collection.run()
    assert KEY not in await bench.page(PREFIX)


async def test_duplicate_and_unreadable_rows_of_the_list_are_counted():
    shop = Shop([ORCHID])
    shop.listings["ListCluster"] = Listing((await shop.list_clusters()).items, False, None, duplicates=1, unreadable=2)
    bench = Bench(COLLECTOR, shop)
    await bench.collection.run()
    labels = {"collector": "retailcloud_clusters", "account": "shop"}
    assert 1 == bench.counted("cluster_exporter_duplicate_rows_total", labels)
    assert 2 == bench.counted("cluster_exporter_unreadable_values_total", {"metric": f"{PREFIX}cluster_info"})
