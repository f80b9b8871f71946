"""ECS HPC clusters: their number, also where it is 0, and nothing where the service is not offered."""

from dataclasses import replace

import pytest

from exporter.clouds.aliyun.ecs import HpcCluster
from exporter.clouds.errors import NotOfferedError, ServerError
from exporter.clouds.paging import Listing
from exporter.collection import Limits
from exporter.collectors.ecs_hpc_clusters import COLLECTOR
from tests.doubles import PLACE, Bench

KEY = 'account="shop",region_id="cn-hangzhou"'


class Cloud:
    """Answers DescribeHpcClusters with clusters of these ids and a total."""

    def __init__(self, *ids, total=None) -> None:
        self.answer(*ids, total=total)

    def answer(self, *ids, total=None, **listing):
        items = tuple(HpcCluster.read({"HpcClusterId": each, "Name": f"name of {each}"}) for each in ids)
        self.answers = Listing(items, **listing), total

    async def describe_hpc_clusters(self):
        if isinstance(self.answers, Exception):
            raise self.answers
        return self.answers


def bench_of(cloud):
    place = replace(PLACE, region="cn-hangzhou")
    return Bench(COLLECTOR, cloud, place=place, limits=Limits(3600, 120, 10_800, 50_000))


async def test_clusters_and_their_number():
    bench = bench_of(Cloud("hpc-1", "hpc-2", total=2))

    status = await bench.collection.run()

    assert "success" == status.result
    assert (await bench.page("aliyun_")).splitlines() == [
        f'aliyun_ecs_hpc_cluster_info{{{KEY},hpc_cluster_id="hpc-1",hpc_cluster_name="name of hpc-1"}} 1',
        f'aliyun_ecs_hpc_cluster_info{{{KEY},hpc_cluster_id="hpc-2",hpc_cluster_name="name of hpc-2"}} 1',
        f"aliyun_ecs_hpc_clusters{{{KEY}}} 2",
    ]


async def test_an_offered_and_empty_region_has_zero():
    bench = bench_of(Cloud(total=0))

    status = await bench.collection.run()

    assert ("success", True) == (status.result, status.got_data)
    assert f"aliyun_ecs_hpc_clusters{{{KEY}}} 0" == await bench.page("aliyun_")


async def test_a_region_without_the_service_shows_nothing():
    cloud = Cloud()
    cloud.answers = NotOfferedError("InvalidRegionId.NotFound")
    bench = bench_of(cloud)

    status = await bench.collection.run()

    assert ("not_offered", True, None) == (status.result, status.got_data, status.last_success)
    assert "" == await bench.page("aliyun_")


@pytest.mark.parametrize(("total", "shown"), [(0, 2), (1, 2), (2, 2), (7, 7)])
async def test_a_total_below_the_clusters_listed_is_not_believed(total, shown):
    bench = bench_of(Cloud("hpc-1", "hpc-2", total=total))

    await bench.collection.run()

    assert f"aliyun_ecs_hpc_clusters{{{KEY}}} {shown}" == await bench.page("aliyun_ecs_hpc_clusters")


async def test_without_a_total_there_is_no_number():
    bench = bench_of(Cloud("hpc-1"))

    await bench.collection.run()

    assert "" == await bench.page("aliyun_ecs_hpc_clusters")


async def test_a_deleted_cluster_is_gone_and_one_missing_from_a_partial_list_stays():
    cloud = Cloud("hpc-1", "hpc-2", "hpc-3", total=3)
    bench = bench_of(cloud)
    await bench.collection.run()

    cloud.answer("hpc-1", total=3, complete=False, error=ServerError("page 2"))
    status = await bench.collection.run()
    partial = await bench.page("aliyun_ecs_hpc_cluster_info")
    cloud.answer("hpc-1", total=1)
    await bench.collection.run()

    assert "partial" == status.result
    assert 3 == len(partial.splitlines())
    assert 1 == len((await bench.page("aliyun_ecs_hpc_cluster_info")).splitlines())
    assert f"aliyun_ecs_hpc_clusters{{{KEY}}} 1" == await bench.page("aliyun_ecs_hpc_clusters")


async def test_the_objects_on_the_page_are_the_clusters():
    bench = bench_of(Cloud("hpc-1", "hpc-2", total=2))

    await bench.collection.run()

    assert 2 == bench.collection.record.block.objects


def test_the_declaration():
    assert COLLECTOR.enabled
    assert ("regional", 3600) == (COLLECTOR.scope, COLLECTOR.interval)
