"""EMR clusters of data development: what a cluster shows, and whose rows stay when a project cannot be read."""

import asyncio
from dataclasses import replace

import pytest

from exporter.clouds.aliyun.emr import FlowCluster, FlowProject
from exporter.clouds.errors import NotOfferedError, PermissionDeniedError, ServerError
from exporter.clouds.paging import Listing
from exporter.collection import Limits
from exporter.collectors.emr_flow_clusters import COLLECTOR
from tests.doubles import PLACE, Bench

KEY = 'account="shop",region_id="cn-hangzhou"'
PREFIX = "aliyun_emr_flow_cluster_"


class Cloud:
    """Answers with the clusters of each project, or raises what is given in their place; hangs for None."""

    def __init__(self, **projects) -> None:
        self.projects = projects
        self.complete = True

    async def list_flow_projects(self):
        if isinstance(self.projects, Exception):
            raise self.projects
        items = tuple(FlowProject.read({"Id": each, "Name": f"name of {each}"}) for each in self.projects)
        return Listing(items, complete=self.complete)

    async def list_flow_clusters(self, project_id):
        found = self.projects[project_id]
        if found is None:
            await asyncio.Event().wait()
        if isinstance(found, Exception):
            raise found
        return found if isinstance(found, Listing) else Listing(tuple(found))


def cluster(cluster_id="C-1", **fields):
    read = FlowCluster.read({"Id": cluster_id, "Name": "etl", "Status": "IDLE"} | fields)
    assert read is not None
    return read


def bench_of(cloud, timeout=120.0):
    place = replace(PLACE, region="cn-hangzhou")
    return Bench(COLLECTOR, cloud, place=place, limits=Limits(300, timeout, 900, 50_000))


async def page_of(cloud, *names):
    bench = bench_of(cloud)
    await bench.collection.run()
    return await bench.page(*(names or (PREFIX,)))


def lines_of(page, metric):
    return [line for line in page.splitlines() if line.startswith(PREFIX + metric)]


async def test_every_series_of_a_cluster():
    item = cluster(
        Type="HADOOP",
        ChargeType="PrePaid",
        CreateTime=1_542_953_603_000,
        ExpiredTime="1571811203500",
        RunningTime=200,
        HasUncompletedOrder="false",
        OrderTaskInfo={"CurrentCount": 1, "TargetCount": 2, "OrderIdList": "1,2"},
        FailReason={"ErrorCode": "400", "ErrorMsg": "failed", "RequestId": "r"},
    )

    page = await page_of(Cloud(P1=[item]))

    key = f'{KEY},cluster_id="C-1"'
    others = ("creating", "create_failed", "running", "releasing", "release_failed", "released")
    assert set(page.splitlines()) == {
        f'{PREFIX}info{{{key},cluster_name="etl",cluster_type="HADOOP",charge_type="PrePaid"}} 1',
        f'{PREFIX}project_info{{{key},project_id="P1",project_name="name of P1"}} 1',
        f'{PREFIX}status{{{key},status="idle"}} 1',
        *(f'{PREFIX}status{{{key},status="{each}"}} 0' for each in (*others, "wait_for_pay", "abnormal", "unknown")),
        f"{PREFIX}created_timestamp_seconds{{{key}}} 1542953603.0",
        f"{PREFIX}expiry_timestamp_seconds{{{key}}} 1571811203.5",
        f"{PREFIX}running_seconds{{{key}}} 200.0",
        f"{PREFIX}uncompleted_order{{{key}}} 0.0",
        f"{PREFIX}orders_completed{{{key}}} 1.0",
        f"{PREFIX}orders_target{{{key}}} 2.0",
        f'{PREFIX}failure_info{{{key},error_code="400"}} 1',
    }


async def test_what_an_answer_leaves_out_gives_no_sample():
    page = await page_of(Cloud(P1=[cluster(FailReason={}, OrderTaskInfo={}, CreateTime=None, ExpiredTime=0)]))

    families = {line.partition("{")[0].removeprefix(PREFIX) for line in page.splitlines()}
    assert {"info", "project_info", "status"} == families


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("CREATING", "creating"),
        ("CREATE_FAILED", "create_failed"),
        ("IDLE", "idle"),
        ("RUNNING", "running"),
        ("RELEASING", "releasing"),
        ("RELEASE_FAILED", "release_failed"),
        ("RELEASED", "released"),
        ("WAIT_FOR_PAY", "wait_for_pay"),
        ("ABNORMAL", "abnormal"),
        ("idle", "idle"),
        ("RESIZING", "unknown"),
        (None, "unknown"),
        (7, "unknown"),
    ],
)
async def test_states(written, shown):
    lines = lines_of(await page_of(Cloud(P1=[cluster(Status=written)])), "status")

    assert len(lines) == 10
    assert [f'{PREFIX}status{{{KEY},cluster_id="C-1",status="{shown}"}} 1'] == [
        line for line in lines if line.endswith(" 1")
    ]


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        ({"ChargeType": "PrePaid"}, True),
        ({"ChargeType": None}, True),
        ({"ChargeType": "PostPaid"}, False),
        ({"ChargeType": "PrePaid", "Status": "RELEASED"}, False),
        ({"ChargeType": "PrePaid", "ExpiredTime": None}, False),
        ({"ChargeType": "PrePaid", "ExpiredTime": 0}, False),
        ({"ChargeType": "PrePaid", "ExpiredTime": -1}, False),
        ({"ChargeType": "PrePaid", "ExpiredTime": 4_102_416_000_000}, False),
        ({"ChargeType": "PrePaid", "ExpiredTime": "never"}, False),
    ],
)
async def test_expiry_is_absent_where_nothing_expires(fields, shown):
    page = await page_of(Cloud(P1=[cluster(**{"ExpiredTime": 1_800_000_000_000} | fields)]))

    assert bool(lines_of(page, "expiry")) == shown


@pytest.mark.parametrize("written", [True, "true", 1])
async def test_an_uncompleted_order(written):
    page = await page_of(Cloud(P1=[cluster(HasUncompletedOrder=written)]))

    assert [f'{PREFIX}uncompleted_order{{{KEY},cluster_id="C-1"}} 1.0'] == lines_of(page, "uncompleted_order")


async def test_a_failure_never_shows_its_text():
    page = await page_of(Cloud(P1=[cluster(FailReason={"ErrorCode": "", "ErrorMsg": "disk of user li is full"})]))

    assert [f'{PREFIX}failure_info{{{KEY},cluster_id="C-1",error_code=""}} 1'] == lines_of(page, "failure_info")


async def test_parts_of_odd_types_cost_their_own_series_only():
    page = await page_of(Cloud(P1=[cluster(FailReason="failed", OrderTaskInfo=[1], RunningTime={}, CreateTime=1000)]))

    families = {line.partition("{")[0].removeprefix(PREFIX) for line in page.splitlines()}
    assert {"info", "project_info", "status", "created_timestamp_seconds"} == families


async def test_a_cluster_of_several_projects_has_each_series_once():
    page = await page_of(Cloud(P1=[cluster("C-1")], P2=[cluster("C-1"), cluster("C-2")]))

    lines = page.splitlines()
    assert len(lines) == len(set(lines))
    assert 2 == len(lines_of(page, "info"))
    assert [
        f'{PREFIX}project_info{{{KEY},cluster_id="C-1",project_id="P1",project_name="name of P1"}} 1',
        f'{PREFIX}project_info{{{KEY},cluster_id="C-1",project_id="P2",project_name="name of P2"}} 1',
        f'{PREFIX}project_info{{{KEY},cluster_id="C-2",project_id="P2",project_name="name of P2"}} 1',
    ] == sorted(lines_of(page, "project_info"))


async def shown_after(cloud, bench):
    """Ids of the clusters on the page, and (project, cluster) pairs, after another run."""
    await bench.collection.run()
    page = await bench.page(PREFIX)
    clusters = {line.split('cluster_id="')[1].split('"')[0] for line in lines_of(page, "info")}
    pairs = {
        (line.split('project_id="')[1].split('"')[0], line.split('cluster_id="')[1].split('"')[0])
        for line in lines_of(page, "project_info")
    }
    return clusters, pairs


async def test_a_failing_project_keeps_its_clusters_while_the_others_lose_theirs():
    cloud = Cloud(P1=[cluster("C-1"), cluster("C-2")], P2=[cluster("C-2"), cluster("C-3")])
    bench = bench_of(cloud)
    await bench.collection.run()
    cloud.projects["P1"] = ServerError("no")
    cloud.projects["P2"] = []

    clusters, pairs = await shown_after(cloud, bench)

    assert {"C-1", "C-2"} == clusters
    assert {("P1", "C-1"), ("P1", "C-2")} == pairs
    assert "partial" == bench.collection.record.status.result
    assert (("P1", "unavailable"),) == bench.collection.record.status.failed


async def test_clusters_of_a_failing_project_stay_over_several_runs_and_then_are_too_old():
    cloud = Cloud(P1=[cluster("C-1")], P2=[cluster("C-2")])
    bench = bench_of(cloud)
    await bench.collection.run()
    cloud.projects["P1"] = ServerError("no")

    bench.clock.advance(450)
    first, _ = await shown_after(cloud, bench)
    bench.clock.advance(449)
    second, _ = await shown_after(cloud, bench)
    bench.clock.advance(1)
    third, _ = await shown_after(cloud, bench)

    assert ({"C-1", "C-2"}, {"C-1", "C-2"}, {"C-2"}) == (first, second, third)


async def test_a_cluster_that_also_stands_in_a_good_project_stays_fresh():
    cloud = Cloud(P1=[cluster("C-1")], P2=[cluster("C-1")])
    bench = bench_of(cloud)
    await bench.collection.run()
    cloud.projects["P1"] = ServerError("no")
    cloud.projects["P2"] = [cluster("C-1", Status="ABNORMAL")]

    clusters, pairs = await shown_after(cloud, bench)

    assert {"C-1"} == clusters
    assert {("P1", "C-1"), ("P2", "C-1")} == pairs
    assert f'{PREFIX}status{{{KEY},cluster_id="C-1",status="abnormal"}} 1' in await bench.page(PREFIX)


async def test_a_deleted_cluster_and_a_deleted_project_are_gone_at_once():
    cloud = Cloud(P1=[cluster("C-1"), cluster("C-2")], P2=[cluster("C-3")])
    bench = bench_of(cloud)
    await bench.collection.run()
    del cloud.projects["P2"]
    cloud.projects["P1"] = [cluster("C-2")]

    assert ({"C-2"}, {("P1", "C-2")}) == await shown_after(cloud, bench)


@pytest.mark.parametrize("error", [None, ServerError("page 2")])
async def test_clusters_missing_from_a_partial_list_stay(error):
    cloud = Cloud(P1=[cluster("C-1"), cluster("C-2")])
    bench = bench_of(cloud)
    await bench.collection.run()
    cloud.projects["P1"] = Listing((cluster("C-1"),), complete=False, error=error)

    seen = await shown_after(cloud, bench)
    again = await shown_after(cloud, bench)

    assert seen == ({"C-1", "C-2"}, {("P1", "C-1"), ("P1", "C-2")})
    assert again == seen


async def test_projects_missing_from_a_partial_list_keep_their_clusters_and_are_remembered():
    cloud = Cloud(P1=[cluster("C-1")], P2=[cluster("C-2")])
    bench = bench_of(cloud)
    await bench.collection.run()
    cloud.complete = False
    del cloud.projects["P2"]
    partial, _ = await shown_after(cloud, bench)
    cloud.complete = True
    cloud.projects["P2"] = ServerError("no")

    failing, _ = await shown_after(cloud, bench)

    assert ({"C-1", "C-2"}, {"C-1", "C-2"}) == (partial, failing)


async def test_a_run_stopped_by_its_timeout_keeps_what_it_fetched_and_what_it_did_not_reach():
    cloud = Cloud(P1=[cluster("C-1")], P2=[cluster("C-2")])
    bench = bench_of(cloud, timeout=0.05)
    await bench.collection.run()
    cloud.projects["P1"] = None
    cloud.projects["P2"] = [cluster("C-3")]
    stopped, _ = await shown_after(cloud, bench)
    cloud.projects["P1"] = ServerError("no")
    cloud.projects["P2"] = ServerError("no")

    failing, _ = await shown_after(cloud, bench)

    assert ({"C-1", "C-3"}, {"C-1", "C-3"}) == (stopped, failing)


async def test_projects_without_clusters_are_a_success():
    bench = bench_of(Cloud(P1=[]))

    status = await bench.collection.run()

    assert ("success", True) == (status.result, status.got_data)
    assert "" == await bench.page(PREFIX)


async def test_a_region_without_projects_is_a_success():
    status = await bench_of(Cloud()).collection.run()

    assert ("success", True) == (status.result, status.got_data)


@pytest.mark.parametrize(
    ("projects", "result"),
    [
        (NotOfferedError("InvalidAction.NotFound"), "not_offered"),
        ({"P1": NotOfferedError("InvalidAction.NotFound")}, "not_offered"),
        (PermissionDeniedError("Forbidden.RAM"), "permission"),
        ({"P1": PermissionDeniedError("Forbidden.RAM")}, "permission"),
    ],
)
async def test_a_run_without_any_data(projects, result):
    cloud = Cloud()
    cloud.projects = projects
    bench = bench_of(cloud)

    status = await bench.collection.run()

    assert result == status.result
    assert "" == await bench.page(PREFIX)


async def test_rows_that_stand_twice_or_cannot_be_read_are_counted():
    bench = bench_of(Cloud(P1=Listing((cluster(),), complete=False, duplicates=1, unreadable=2)))

    await bench.collection.run()

    assert 2 == bench.counted("cluster_exporter_unreadable_values_total", {"metric": f"{PREFIX}info"})
    key = {"collector": "emr_flow_clusters", "account": "shop"}
    assert 1 == bench.counted("cluster_exporter_duplicate_rows_total", key)


def test_the_declaration():
    assert COLLECTOR.enabled
    assert ("regional", 300) == (COLLECTOR.scope, COLLECTOR.interval)
    assert COLLECTOR.timeout < COLLECTOR.interval
