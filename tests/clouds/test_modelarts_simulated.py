"""ModelArts' client and collector against the simulated cloud."""

from dataclasses import replace

import pytest

from exporter.clouds.errors import AuthError, PermissionDeniedError
from exporter.clouds.huaweicloud.modelarts import ModelArts
from exporter.collectors import modelarts_pools
from exporter.collectors.modelarts_clusters import COLLECTOR
from exporter.simulator import Sizes
from exporter.simulator.faults import Fault
from tests.clouds.simulated_wire import PROJECT, SimulatedWire
from tests.doubles import PLACE, Bench


def modelarts(*, project=PROJECT, **options):
    wire = SimulatedWire("modelarts", provider="huaweicloud", region="cn-north-4", project=project, **options)
    return ModelArts(wire.channel), wire


@pytest.mark.parametrize("count", [0, 3, 100, 250])
@pytest.mark.parametrize("offset", ["rows", "pages"])
@pytest.mark.parametrize("total", ["true", "zero", "too_small"])
async def test_all_clusters_are_read_by_either_meaning_of_the_offset(count, offset, total):
    cloud, wire = modelarts(sizes=Sizes(modelarts_clusters=count), modelarts_offset=offset, total_count=total)

    listing = await cloud.list_clusters()

    truth = wire.world.truth()["modelarts_clusters"]
    assert set(truth) == {cluster.cluster_id for cluster in listing.items}
    assert len(truth) == len(listing.items)
    assert listing.complete


@pytest.mark.parametrize("quirk", ["endless_pages", "ignore_page_number"])
async def test_pages_that_do_not_end_are_cut(quirk):
    cloud, wire = modelarts(sizes=Sizes(modelarts_clusters=250), **{quirk: True})

    await cloud.list_clusters()

    assert wire.calls["ModelArts.ListClusters"] <= 6


async def test_the_page_shows_every_cluster():
    cloud, wire = modelarts()
    bench = Bench(COLLECTOR, cloud, place=replace(PLACE, account="ml", region="cn-north-4"))

    status = await bench.collection.run()

    assert "success" == status.result
    for cluster in wire.world.modelarts_clusters:
        key = f'{{account="ml",region_id="cn-north-4",cluster_id="{cluster.id}"'
        page = await bench.page("huaweicloud_modelarts_cluster_")
        assert f'huaweicloud_modelarts_cluster_status{key},status="{cluster.status}"}} 1' in page
        assert f"huaweicloud_modelarts_cluster_nodes{key}}} {float(cluster.nodes)}" in page
        memory = float(cluster.memory_mib * 2**20)
        assert f"huaweicloud_modelarts_cluster_allocatable_memory_bytes{key}}} {memory}" in page
    assert "canary" not in await bench.page()


async def test_another_project_and_a_wrong_key():
    with pytest.raises(PermissionDeniedError):
        await modelarts(project="f" * 32)[0].list_clusters()
    with pytest.raises(AuthError):
        await modelarts(secret="another-secret")[0].list_clusters()


@pytest.mark.parametrize(
    ("fault", "result"),
    [
        ("throttled", "throttled"),
        ("not_offered", "not_offered"),
        ("not_found_api", "not_offered"),
        ("forbidden", "permission"),
        ("invalid_key", "auth"),
        ("expired_token", "auth"),
        ("clock_skew", "auth"),
        ("unavailable", "unavailable"),
        ("internal_error", "unavailable"),
        ("html", "unavailable"),
        ("truncated_json", "bad_response"),
        ("empty_object", "bad_response"),
    ],
)
async def test_what_a_run_with_a_fault_is_called(fault, result):
    cloud, wire = modelarts()
    wire.faults.add(Fault(fault=fault))
    bench = Bench(COLLECTOR, cloud)

    status = await bench.collection.run()

    assert result == status.result
    assert "" == await bench.page("huaweicloud_")


@pytest.mark.parametrize("count", [0, 6, 60])
async def test_the_two_lists_of_pools_are_all_pools(count):
    cloud, wire = modelarts(sizes=Sizes(modelarts_pools=count))

    default, failed = await cloud.list_pools(), await cloud.list_pools(status="failed")

    phases = {each["pool_id"]: each["phase"] for each in wire.world.truth()["modelarts_pools"]}
    assert {pool for pool, phase in phases.items() if phase == "Error"} == {p.metadata.name for p in failed.items}
    assert {pool for pool, phase in phases.items() if phase != "Error"} == {p.metadata.name for p in default.items}
    assert default.complete
    assert failed.complete


async def test_the_page_shows_every_pool_and_its_nodes():
    cloud, wire = modelarts()
    bench = Bench(modelarts_pools.COLLECTOR, cloud, place=replace(PLACE, account="ml", region="cn-north-4"))

    status = await bench.collection.run()

    assert "success" == status.result
    page = await bench.page("huaweicloud_modelarts_pool_")
    truth = wire.world.truth()["modelarts_pools"]
    assert len(truth) == page.count("huaweicloud_modelarts_pool_info{")
    for pool in truth:
        key = f'{{account="ml",region_id="cn-north-4",pool_id="{pool["pool_id"]}"'
        assert f'huaweicloud_modelarts_pool_info{key},pool_name="{pool["pool_name"]}"' in page
        assert f'huaweicloud_modelarts_pool_phase{key},phase="{pool["phase"].lower()}"}} 1' in page
        for flavor, states in pool["nodes"].items():
            for state, nodes in states.items():
                row = f'huaweicloud_modelarts_pool_nodes{key},flavor="{flavor}",state="{state}"}} {float(nodes)}'
                assert row in page.splitlines()
    assert "canary" not in await bench.page()


async def test_of_pools_whose_nodes_stand_in_one_object_no_number_is_made_up():
    cloud, wire = modelarts(pool_resources="object")
    bench = Bench(modelarts_pools.COLLECTOR, cloud, place=replace(PLACE, account="ml", region="cn-north-4"))

    await bench.collection.run()

    shown = {
        tuple(line.split('"')[5:10:2]): float(line.split()[-1])
        for line in (await bench.page("huaweicloud_modelarts_pool_nodes{")).splitlines()
    }
    true = {
        (pool["pool_id"], flavor, state): float(nodes)
        for pool in wire.world.truth()["modelarts_pools"]
        for flavor, states in pool["nodes"].items()
        for state, nodes in states.items()
    }
    assert shown.items() <= true.items()
    assert len(true) // 2 < len(shown) < len(true)


async def test_pools_of_another_project_and_with_a_wrong_key():
    with pytest.raises(PermissionDeniedError):
        await modelarts(project="f" * 32)[0].list_pools()
    with pytest.raises(AuthError):
        await modelarts(secret="another-secret")[0].list_pools()
