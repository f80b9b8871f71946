"""ECS' client and collector against the simulated cloud."""

from dataclasses import replace

import pytest

from exporter.clouds.aliyun.ecs import Ecs
from exporter.clouds.errors import AuthError
from exporter.collectors.ecs_hpc_clusters import COLLECTOR
from exporter.simulator import Sizes
from tests.clouds.simulated_wire import REGION, SimulatedWire
from tests.doubles import PLACE, Bench


def ecs(**options):
    wire = SimulatedWire("ecs", **options)
    return Ecs(wire.channel), wire


@pytest.mark.parametrize("count", [0, 2, 100, 230])
@pytest.mark.parametrize("quirks", [{}, {"total_count": "zero"}, {"total_count": "too_small"}, {"numbers": "strings"}])
async def test_all_clusters_are_read(count, quirks):
    cloud, wire = ecs(sizes=Sizes(hpc_clusters=count), **quirks)

    listing, _ = await cloud.describe_hpc_clusters()

    assert wire.world.truth()["hpc_clusters"] == [cluster.hpc_cluster_id for cluster in listing.items]
    assert listing.complete


@pytest.mark.parametrize(
    ("region", "result", "shown"),
    [(REGION, "success", "2"), ("cn-shenzhen", "success", "0"), ("xx-nowhere", "not_offered", None)],
)
async def test_the_number_of_clusters_on_the_page(region, result, shown):
    cloud, _ = ecs(region=region)
    bench = Bench(COLLECTOR, cloud, place=replace(PLACE, region=region))

    status = await bench.collection.run()

    assert (result, True) == (status.result, status.got_data)
    lines = [] if shown is None else [f'aliyun_ecs_hpc_clusters{{account="shop",region_id="{region}"}} {shown}']
    assert lines == (await bench.page("aliyun_ecs_hpc_clusters")).splitlines()


async def test_a_wrong_key():
    with pytest.raises(AuthError):
        await ecs(secret="another-secret")[0].describe_hpc_clusters()
