"""ModelArts' client and collector against the simulated cloud."""

from dataclasses import replace

import pytest

from exporter.clouds.errors import AuthError, PermissionDeniedError
from exporter.clouds.huaweicloud.modelarts import ModelArts
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
