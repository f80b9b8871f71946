"""BatchCompute clusters: states, machines by phase, groups."""

from dataclasses import replace

import pytest

from exporter.clouds.aliyun.batchcompute import Cluster
from exporter.clouds.errors import NotOfferedError, ServerError
from exporter.clouds.paging import Listing
from exporter.collection import Limits
from exporter.collectors.batchcompute_clusters import COLLECTOR
from tests.doubles import PLACE, Bench

KEY = 'account="shop",region_id="cn-qingdao",cluster_id="cls-1"'
PREFIX = "aliyun_batchcompute_"


class Cloud:
    """Answers GET /clusters."""

    def __init__(self, *clusters) -> None:
        self.answer: object = Listing(clusters)

    async def list_clusters(self):
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def cluster(cluster_id="cls-1", **fields):
    read = Cluster.read({"Id": cluster_id, "Name": "render", "State": "Active"} | fields)
    assert read is not None
    return read


def bench_of(cloud):
    place = replace(PLACE, region="cn-qingdao")
    return Bench(COLLECTOR, cloud, place=place, limits=Limits(300, 120, 900, 50_000))


async def page_of(*clusters, names=(PREFIX,)):
    bench = bench_of(Cloud(*clusters))
    await bench.collection.run()
    return await bench.page(*names)


async def test_every_series_of_a_cluster():
    page = await page_of(
        cluster(
            ImageId="img-1",
            InstanceType="bcs.a2.large",
            CreationTime="2016-10-31T06:55:33.921897Z",
            Metrics={"RunningCount": 3, "StartingCount": "1", "StoppingCount": 0, "StoppedCount": 0},
            Groups={
                "workers": {
                    "DesiredVMCount": 4,
                    "ActualVMCount": 3,
                    "InstanceType": "bcs.a2.xlarge",
                    "ResourceType": "Spot",
                    "SpotStrategy": "SpotWithPriceLimit",
                    "SpotPriceLimit": 0.25,
                }
            },
        )
    )

    group = f'{KEY},group="workers"'
    assert page.splitlines() == [
        f'{PREFIX}cluster_info{{{KEY},cluster_name="render",image_id="img-1",instance_type="bcs.a2.large"}} 1',
        f'{PREFIX}cluster_state{{{KEY},state="active"}} 1',
        f'{PREFIX}cluster_state{{{KEY},state="deleting"}} 0',
        f'{PREFIX}cluster_state{{{KEY},state="unknown"}} 0',
        f"{PREFIX}cluster_created_timestamp_seconds{{{KEY}}} 1477896933.921897",
        f'{PREFIX}cluster_vms{{{KEY},phase="running"}} 3.0',
        f'{PREFIX}cluster_vms{{{KEY},phase="starting"}} 1.0',
        f'{PREFIX}cluster_vms{{{KEY},phase="stopping"}} 0.0',
        f'{PREFIX}cluster_vms{{{KEY},phase="stopped"}} 0.0',
        f"{PREFIX}group_info{{{group},"
        'instance_type="bcs.a2.xlarge",resource_type="Spot",spot_strategy="SpotWithPriceLimit"} 1',
        f"{PREFIX}group_desired_vms{{{group}}} 4.0",
        f"{PREFIX}group_actual_vms{{{group}}} 3.0",
        f"{PREFIX}group_spot_price_limit{{{group}}} 0.25",
    ]


@pytest.mark.parametrize(
    ("written", "shown"),
    [("Active", "active"), ("ACTIVE", "active"), ("Deleting", "deleting"), ("Frozen", "unknown"), (None, "unknown")],
)
async def test_states(written, shown):
    page = await page_of(cluster(State=written), names=(f"{PREFIX}cluster_state",))

    assert page.splitlines() == [
        f'{PREFIX}cluster_state{{{KEY},state="{each}"}} {int(each == shown)}'
        for each in ("active", "deleting", "unknown")
    ]


async def test_what_an_answer_leaves_out_gives_no_sample():
    page = await page_of(cluster(Groups=None, Metrics=None))

    families = {line.partition("{")[0].removeprefix(PREFIX) for line in page.splitlines()}
    assert {"cluster_info", "cluster_state"} == families


async def test_group_names_stay_as_they_are_written():
    page = await page_of(
        cluster(Groups={"Group_1": {"DesiredVMCount": 1}, "group1": {"DesiredVMCount": 2}}),
        names=(f"{PREFIX}group_desired_vms",),
    )

    assert page.splitlines() == [
        f'{PREFIX}group_desired_vms{{{KEY},group="Group_1"}} 1.0',
        f'{PREFIX}group_desired_vms{{{KEY},group="group1"}} 2.0',
    ]


async def test_a_group_that_is_no_object_is_counted_and_costs_its_own_series_only():
    bench = bench_of(Cloud(cluster(Groups={"good": {"ActualVMCount": 1}, "odd": 7})))

    await bench.collection.run()

    assert f'{PREFIX}group_actual_vms{{{KEY},group="good"}} 1.0' == await bench.page(f"{PREFIX}group_actual_vms")
    counted = {"metric": f"{PREFIX}group_info"}
    assert 1 == bench.counted("cluster_exporter_unreadable_values_total", counted)


def test_credentials_in_a_cluster_are_not_read():
    read = cluster(
        Configs={"Mounts": {"OSS": {"AccessKeyId": "an-id", "AccessKeySecret": "a-secret"}}},
        Groups={"g": {"InstancePassword": "a-secret"}},
    )

    assert "secret" not in repr(read)
    assert "secret" not in str(read.model_dump())


async def test_a_deleted_cluster_is_gone_and_one_missing_from_a_partial_list_stays():
    cloud = Cloud(cluster("cls-1"), cluster("cls-2"))
    bench = bench_of(cloud)
    await bench.collection.run()

    cloud.answer = Listing((cluster("cls-2"),), complete=False, error=ServerError("page 2"))
    status = await bench.collection.run()
    partial = await bench.page(f"{PREFIX}cluster_info")
    cloud.answer = Listing((cluster("cls-2"),))
    await bench.collection.run()

    assert "partial" == status.result
    assert 2 == len(partial.splitlines())
    assert 1 == len((await bench.page(f"{PREFIX}cluster_info")).splitlines())


@pytest.mark.parametrize(
    ("error", "result"),
    [(NotOfferedError("InvalidVersion.NotFound"), "not_offered"), (ServerError("x"), "unavailable")],
)
async def test_a_run_without_any_data(error, result):
    cloud = Cloud()
    cloud.answer = error
    bench = bench_of(cloud)

    status = await bench.collection.run()

    assert result == status.result
    assert "" == await bench.page(PREFIX)


def test_it_is_off_unless_it_is_enabled():
    assert not COLLECTOR.enabled
    assert ("regional", 300) == (COLLECTOR.scope, COLLECTOR.interval)
