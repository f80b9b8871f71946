"""BatchCompute's client and collector against the simulated cloud."""

from dataclasses import replace

import pytest

from exporter.clouds.aliyun.batchcompute import BatchCompute
from exporter.clouds.errors import AuthError, NotOfferedError
from exporter.collectors.batchcompute_clusters import COLLECTOR
from exporter.simulator import Sizes
from exporter.simulator.world.batch import BatchGroup, BatchPlan
from tests.clouds.simulated_wire import REGION, SimulatedWire
from tests.doubles import PLACE, Bench


def batchcompute(**options):
    wire = SimulatedWire("batchcompute", **options)
    return BatchCompute(wire.channel), wire


@pytest.mark.parametrize("count", [0, 2, 100, 230])
@pytest.mark.parametrize("quirks", [{}, {"batchcompute_bare_array": True}, {"numbers": "strings"}])
async def test_all_clusters_are_read(count, quirks):
    cloud, wire = batchcompute(sizes=Sizes(batchcompute_clusters=count), **quirks)

    listing = await cloud.list_clusters()

    assert wire.world.truth()["batchcompute_clusters"] == [cluster.id for cluster in listing.items]
    assert listing.complete


@pytest.mark.parametrize("quirk", ["endless_pages", "ignore_page_number"])
async def test_pages_that_do_not_end_are_cut(quirk):
    cloud, wire = batchcompute(sizes=Sizes(batchcompute_clusters=230), **{quirk: True})

    listing = await cloud.list_clusters()

    assert not listing.complete
    assert wire.calls["BatchCompute.ListClusters"] <= 4


async def test_the_page_shows_the_clusters_and_none_of_their_secrets():
    cloud, wire = batchcompute()
    bench = Bench(COLLECTOR, cloud, place=replace(PLACE, region=REGION))

    status = await bench.collection.run()

    assert "success" == status.result
    infos = await bench.page("aliyun_batchcompute_cluster_info")
    assert len(wire.world.batch_clusters) == len(infos.splitlines())
    limits = await bench.page("aliyun_batchcompute_group_spot_price_limit")
    assert sum(len(cluster.plan.groups) for cluster in wire.world.batch_clusters) == len(limits.splitlines())
    assert "canary" not in await bench.page()


async def test_an_empty_region_a_region_without_the_product_and_a_wrong_key():
    assert () == (await batchcompute(region="cn-shenzhen")[0].list_clusters()).items
    with pytest.raises(NotOfferedError):
        await batchcompute(region="xx-nowhere")[0].list_clusters()
    with pytest.raises(AuthError):
        await batchcompute(secret="another-secret")[0].list_clusters()


async def test_a_cluster_created_a_moment_ago_is_on_the_page_with_its_machines():
    cloud, wire = batchcompute(sizes=Sizes(batchcompute_clusters=0))
    group = BatchGroup(name="workers", desired=4, instance_type="ecs.c6.large")
    plan = BatchPlan(name="night-run", image_id="img-1", instance_type="ecs.c6.large", groups=(group,))
    cluster_id = wire.world.batch.create(plan, REGION, wire.world.now)
    bench = Bench(COLLECTOR, cloud, place=replace(PLACE, region=REGION))

    await bench.collection.run()

    key = f'account="shop",region_id="cn-zhangjiakou",cluster_id="{cluster_id}"'
    info = f'aliyun_batchcompute_cluster_info{{{key},cluster_name="night-run",image_id="img-1"'
    assert info in await bench.page("aliyun_batchcompute_cluster_info")
    vms = await bench.page("aliyun_batchcompute_cluster_vms")
    assert f'aliyun_batchcompute_cluster_vms{{{key},phase="starting"}} 4' in vms
    assert f'aliyun_batchcompute_cluster_vms{{{key},phase="running"}} 0' in vms
    assert f'{{{key},group="workers"}} 4' in await bench.page("aliyun_batchcompute_group_desired_vms")
