"""ModelArts clusters: states, nodes, and what of them can be used."""

from dataclasses import replace

import pytest

from exporter.clouds.errors import NotOfferedError, ServerError, ThrottledError
from exporter.clouds.huaweicloud.modelarts import Cluster
from exporter.clouds.paging import Listing
from exporter.collection import Limits
from exporter.collectors.modelarts_clusters import COLLECTOR
from tests.doubles import PLACE, Bench

KEY = 'account="ml",region_id="cn-north-4",cluster_id="c1"'
PREFIX = "huaweicloud_modelarts_cluster_"


class Cloud:
    """Answers GET /v1/{project_id}/clusters."""

    def __init__(self, *clusters) -> None:
        self.answer: object = Listing(clusters)

    async def list_clusters(self):
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def cluster(cluster_id="c1", **fields):
    read = Cluster.read({"cluster_id": cluster_id, "cluster_name": "training", "status": "running"} | fields)
    assert read is not None
    return read


def bench_of(cloud):
    place = replace(PLACE, account="ml", region="cn-north-4")
    return Bench(COLLECTOR, cloud, place=place, limits=Limits(120, 60, 360, 50_000))


async def page_of(*clusters, names=(PREFIX,)):
    bench = bench_of(Cloud(*clusters))
    await bench.collection.run()
    return await bench.page(*names)


async def test_every_series_of_a_cluster():
    page = await page_of(
        cluster(
            created_at=1_574_923_077_927,
            nodes={"specification": "modelarts.vm.gpu.v100", "count": 4, "available_count": 3},
            allocatable_cpu_cores=5.5,
            allocatable_memory=4096,
            allocatable_gpus=0.5,
            period_type="month",
        )
    )

    assert page.splitlines() == [
        f'{PREFIX}info{{{KEY},cluster_name="training",node_specification="modelarts.vm.gpu.v100",'
        'period_type="month"} 1',
        f'{PREFIX}status{{{KEY},status="deploying"}} 0',
        f'{PREFIX}status{{{KEY},status="running"}} 1',
        f'{PREFIX}status{{{KEY},status="concerning"}} 0',
        f'{PREFIX}status{{{KEY},status="abnormal"}} 0',
        f'{PREFIX}status{{{KEY},status="unknown"}} 0',
        f"{PREFIX}nodes{{{KEY}}} 4.0",
        f"{PREFIX}nodes_available{{{KEY}}} 3.0",
        f"{PREFIX}allocatable_cpu_cores{{{KEY}}} 5.5",
        f"{PREFIX}allocatable_memory_bytes{{{KEY}}} 4294967296.0",
        f"{PREFIX}allocatable_gpus{{{KEY}}} 0.5",
        f"{PREFIX}created_timestamp_seconds{{{KEY}}} 1574923077.927",
    ]


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("deploying", "deploying"),
        ("running", "running"),
        ("concerning", "concerning"),
        ("abnormal", "abnormal"),
        ("Running", "running"),
        ("resizing", "unknown"),
        (None, "unknown"),
    ],
)
async def test_states(written, shown):
    page = await page_of(cluster(status=written), names=(f"{PREFIX}status",))

    assert page.splitlines() == [
        f'{PREFIX}status{{{KEY},status="{each}"}} {int(each == shown)}'
        for each in ("deploying", "running", "concerning", "abnormal", "unknown")
    ]


async def test_what_an_answer_leaves_out_gives_no_sample():
    page = await page_of(cluster(nodes=None, allocatable_gpus=None, created_at=0))

    families = {line.partition("{")[0].removeprefix(PREFIX) for line in page.splitlines()}
    assert {"info", "status"} == families


async def test_an_unreadable_value_is_counted_and_costs_its_own_series_only():
    bench = bench_of(Cloud(cluster(nodes={"count": "many", "available_count": 2}, allocatable_memory=-1)))

    await bench.collection.run()

    assert f"{PREFIX}nodes_available{{{KEY}}} 2.0" == await bench.page(f"{PREFIX}nodes")
    for metric in ("nodes", "allocatable_memory_bytes"):
        counted = {"metric": PREFIX + metric}
        assert 1 == bench.counted("cluster_exporter_unreadable_values_total", counted)


async def test_an_undocumented_state_is_counted():
    bench = bench_of(Cloud(cluster(status="resizing")))

    await bench.collection.run()

    assert 1 == bench.counted("cluster_exporter_unknown_states_total", {"metric": f"{PREFIX}status"})


async def test_a_deleted_cluster_is_gone_and_one_missing_from_a_partial_list_stays():
    cloud = Cloud(cluster("c1"), cluster("c2"))
    bench = bench_of(cloud)
    await bench.collection.run()

    cloud.answer = Listing((cluster("c2"),), complete=False, error=ServerError("page 2"))
    status = await bench.collection.run()
    partial = await bench.page(f"{PREFIX}info")
    cloud.answer = Listing((cluster("c2"),))
    await bench.collection.run()

    assert "partial" == status.result
    assert 2 == len(partial.splitlines())
    assert 1 == len((await bench.page(f"{PREFIX}info")).splitlines())


async def test_an_empty_project_is_a_success():
    status = await bench_of(Cloud()).collection.run()

    assert ("success", True) == (status.result, status.got_data)


@pytest.mark.parametrize(
    ("error", "result"), [(NotOfferedError("APIGW.0101"), "not_offered"), (ThrottledError("APIGW.0308"), "throttled")]
)
async def test_a_run_without_any_data(error, result):
    cloud = Cloud()
    cloud.answer = error
    bench = bench_of(cloud)

    status = await bench.collection.run()

    assert result == status.result
    assert "" == await bench.page(PREFIX)


def test_the_declaration():
    assert COLLECTOR.enabled
    assert ("regional", 120) == (COLLECTOR.scope, COLLECTOR.interval)
