"""EMR clusters of the newer API: what a cluster shows, how long one that ended does, and what that costs in calls."""

from dataclasses import replace

import pytest

from exporter.clouds.aliyun.emr import Cluster
from exporter.clouds.errors import PermissionDeniedError, RetiredError, ServerError
from exporter.clouds.paging import Listing
from exporter.collection import Limits
from exporter.collectors.emr_clusters import COLLECTOR, ENDED, THERE
from tests.doubles import NOW, PLACE, Bench

KEY = 'account="shop",region_id="cn-hangzhou"'
PREFIX = "aliyun_emr_cluster_"
STATES = (*THERE, *ENDED)
HOUR = 3600


class Cloud:
    """An account's clusters, those that ended in pages of ``page``; ``broken`` calls raise, ``cut`` ones end early."""

    def __init__(self, *clusters, page=3) -> None:
        self.clusters = list(clusters)
        self.broken: dict[str, Exception] = {}
        self.cut: dict[str, Listing] = {}
        self.calls: list[str] = []
        self._page = page

    async def list_clusters(self, states, enough=None):
        call = "there" if states == THERE else "ended"
        self._asked(call)
        if call in self.cut:
            return self.cut[call]
        found = [each for each in self.clusters if each.cluster_state in states]
        if enough is None:
            return Listing(tuple(found))
        read: list[Cluster] = []
        for start in range(0, len(found), self._page):
            page = found[start : start + self._page]
            read += page
            if start:
                self._asked(call)
            if enough(page):
                break
        return Listing(tuple(read))

    async def clusters_of(self, ids):
        self._asked("by id")
        return Listing(tuple(each for each in self.clusters if each.cluster_id in ids))

    def _asked(self, call):
        self.calls.append(call)
        if call in self.broken:
            raise self.broken[call]

    def calls_of_this_run(self):
        calls, self.calls = self.calls, []
        return calls


def cluster(cluster_id="c-1", state="RUNNING", *, ended=None, created=NOW - 100 * HOUR, **fields):
    """A cluster, its times in epoch seconds."""
    written = {
        "ClusterId": cluster_id,
        "ClusterName": "lake",
        "ClusterState": state,
        "CreateTime": created * 1000,
        "EndTime": ended and ended * 1000,
    }
    read = Cluster.read(written | fields)
    assert read is not None
    return read


def bench_of(cloud):
    place = replace(PLACE, region="cn-hangzhou")
    return Bench(COLLECTOR, cloud, place=place, limits=Limits(300, 120, 900, 50_000))


async def page_of(*clusters, names=(PREFIX,)):
    bench = bench_of(Cloud(*clusters))
    await bench.collection.run()
    return await bench.page(*names)


async def shown(bench):
    """The states of the clusters on the page, by id."""
    lines = (await bench.page(f"{PREFIX}state")).splitlines()
    return {line.split('"')[5]: line.split('"')[7] for line in lines if line.endswith(" 1")}


async def test_every_series_of_a_cluster():
    page = await page_of(
        cluster(
            state="TERMINATE_FAILED",
            created=1_767_139_200,
            ended=1_767_150_000,
            ClusterType="DATALAKE",
            PaymentType="Subscription",
            ReleaseVersion="EMR-5.16.0",
            ReadyTime="1767139800500",
            ExpireTime=1_798_675_200_000,
            StateChangeReason={"Code": "ReleaseFailed", "Message": "for a reason of its own"},
        )
    )

    key = f'{KEY},cluster_id="c-1"'
    states = [state.lower() for state in STATES] + ["unknown"]
    assert page.splitlines() == [
        f'{PREFIX}info{{{key},cluster_name="lake",cluster_type="DATALAKE",payment_type="Subscription",'
        'release="EMR-5.16.0"} 1',
        *(f'{PREFIX}state{{{key},state="{state}"}} {int(state == "terminate_failed")}' for state in states),
        f"{PREFIX}created_timestamp_seconds{{{key}}} 1767139200.0",
        f"{PREFIX}ready_timestamp_seconds{{{key}}} 1767139800.5",
        f"{PREFIX}end_timestamp_seconds{{{key}}} 1767150000.0",
        f"{PREFIX}expiry_timestamp_seconds{{{key}}} 1798675200.0",
        f'{PREFIX}failure_info{{{key},code="ReleaseFailed"}} 1',
    ]


@pytest.mark.parametrize("written", STATES)
async def test_documented_states(written):
    bench = bench_of(Cloud(cluster(state=written, ended=NOW - HOUR)))

    await bench.collection.run()

    assert {"c-1": written.lower()} == await shown(bench)


async def test_a_known_cluster_in_an_undocumented_state_is_found_by_its_id_and_its_state_counted():
    cloud = Cloud(cluster())
    bench = bench_of(cloud)
    await bench.collection.run()
    cloud.clusters = [cluster(state="PAUSED")]

    await bench.collection.run()

    assert {"c-1": "unknown"} == await shown(bench)
    assert 1 == bench.counted("cluster_exporter_unknown_states_total", {"metric": f"{PREFIX}state"})


@pytest.mark.parametrize("fields", [{}, {"ReadyTime": 0, "ExpireTime": None, "StateChangeReason": None}])
async def test_what_an_answer_leaves_out_gives_no_sample(fields):
    page = await page_of(cluster(created=0, **fields))

    assert {"info", "state"} == {line.partition("{")[0].removeprefix(PREFIX) for line in page.splitlines()}


async def test_an_unreadable_time_is_counted_and_costs_its_own_series_only():
    bench = bench_of(Cloud(cluster(ReadyTime="soon", StateChangeReason=["Code"])))

    await bench.collection.run()

    assert 1 == bench.counted(
        "cluster_exporter_unreadable_values_total", {"metric": f"{PREFIX}ready_timestamp_seconds"}
    )
    assert await bench.page(f"{PREFIX}created")


@pytest.mark.parametrize(
    ("state", "payment", "expires", "is_there"),
    [
        ("RUNNING", "Subscription", NOW + HOUR, True),
        ("RUNNING", "", NOW + HOUR, True),
        ("TERMINATE_FAILED", "Subscription", NOW + HOUR, True),
        ("RUNNING", "PayAsYouGo", NOW + HOUR, False),
        ("RUNNING", "Subscription", 4_080_000_000, False),  # in 2099
        ("RUNNING", "Subscription", 0, False),
        ("RUNNING", "Subscription", -1, False),
        ("TERMINATED", "Subscription", NOW + HOUR, False),
        ("TERMINATED_WITH_ERRORS", "Subscription", NOW + HOUR, False),
        ("START_FAILED", "Subscription", NOW + HOUR, False),
    ],
)
async def test_when_a_subscription_ends(state, payment, expires, is_there):
    ended = NOW - HOUR if state.startswith("TERMINATED") else None
    item = cluster(state=state, ended=ended, PaymentType=payment, ExpireTime=expires * 1000)

    page = await page_of(item, names=(f"{PREFIX}expiry",))

    assert is_there == (page == f'{PREFIX}expiry_timestamp_seconds{{{KEY},cluster_id="c-1"}} {expires}')
    assert is_there or page == ""


@pytest.mark.parametrize("state", STATES)
async def test_a_reason_is_shown_in_failed_states_only(state):
    item = cluster(state=state, ended=NOW - HOUR, StateChangeReason={"Code": "X" * 70})

    page = await page_of(item, names=(f"{PREFIX}failure",))

    failed = state in {"START_FAILED", "TERMINATE_FAILED", "TERMINATED_WITH_ERRORS"}
    assert page == (f'{PREFIX}failure_info{{{KEY},cluster_id="c-1",code="{"X" * 64}"}} 1' if failed else "")


async def test_a_failure_without_a_code_has_no_reason():
    assert "" == await page_of(cluster(state="START_FAILED"), names=(f"{PREFIX}failure",))


@pytest.mark.parametrize(
    ("state", "ended", "created", "is_shown"),
    [
        ("TERMINATED", NOW - 23 * HOUR, NOW - 900 * HOUR, True),
        ("TERMINATED", NOW - 25 * HOUR, NOW - 900 * HOUR, False),
        ("TERMINATED_WITH_ERRORS", NOW - 23 * HOUR, NOW - 900 * HOUR, True),
        ("TERMINATED_WITH_ERRORS", NOW - 25 * HOUR, NOW - 900 * HOUR, False),
        ("TERMINATED", None, NOW - 23 * HOUR, True),
        ("TERMINATED", None, NOW - 25 * HOUR, False),
        ("TERMINATED", None, 0, False),
        ("START_FAILED", NOW - 23 * HOUR, NOW - 900 * HOUR, True),
        ("START_FAILED", NOW - 25 * HOUR, NOW - 900 * HOUR, False),
        ("START_FAILED", None, NOW - 900 * HOUR, True),
        ("TERMINATE_FAILED", NOW - 25 * HOUR, NOW - 900 * HOUR, True),
        ("RUNNING", NOW - 25 * HOUR, NOW - 900 * HOUR, True),
    ],
)
async def test_who_ended_longer_ago_than_the_window_is_left_out(state, ended, created, is_shown):
    bench = bench_of(Cloud(cluster(state=state, ended=ended, created=created)))

    await bench.collection.run()

    assert ({"c-1": state.lower()} if is_shown else {}) == await shown(bench)


async def test_a_cluster_that_ended_leaves_when_its_window_is_over():
    bench = bench_of(Cloud(cluster(state="TERMINATED", ended=NOW - 23 * HOUR)))
    await bench.collection.run()
    bench.clock.advance(2 * HOUR)

    status = await bench.collection.run()

    assert ("success", {}) == (status.result, await shown(bench))


def old(number, created=NOW - 1000 * HOUR):
    return cluster(f"old-{number:04}", "TERMINATED", ended=created + HOUR, created=created)


async def test_a_long_history_costs_one_page():
    recent = cluster("new", "TERMINATED", ended=NOW - HOUR)
    cloud = Cloud(cluster(), recent, *(old(number) for number in range(3000)), page=100)
    bench = bench_of(cloud)

    await bench.collection.run()

    assert {"c-1": "running", "new": "terminated"} == await shown(bench)
    assert ["there", "ended", "ended"] == cloud.calls_of_this_run()


async def test_a_history_with_the_oldest_first_is_read_to_its_end():
    history = [old(number, created=NOW - 1000 * HOUR + number) for number in range(8)]
    cloud = Cloud(*history, cluster("new", "TERMINATED_WITH_ERRORS", ended=NOW - HOUR))
    bench = bench_of(cloud)

    await bench.collection.run()

    assert {"new": "terminated_with_errors"} == await shown(bench)
    assert 4 == len(cloud.calls_of_this_run())


async def test_a_cluster_that_ran_for_long_is_found_by_its_id_when_it_ends_behind_a_long_history():
    cloud = Cloud(cluster("c-1"), *(old(number) for number in range(20)))
    bench = bench_of(cloud)
    await bench.collection.run()
    before = cloud.calls_of_this_run()
    cloud.clusters = [*cloud.clusters[1:], cluster("c-1", "TERMINATED_WITH_ERRORS", ended=NOW)]

    bench.clock.advance(300)
    await bench.collection.run()
    first = await shown(bench)
    bench.clock.advance(23 * HOUR)
    await bench.collection.run()
    second = await shown(bench)
    bench.clock.advance(HOUR)
    await bench.collection.run()

    assert ["there", "ended"] == before
    assert {"c-1": "terminated_with_errors"} == first == second
    assert {} == await shown(bench)
    assert ["there", "ended", "by id"] * 3 == cloud.calls_of_this_run()
    await bench.collection.run()
    assert ["there", "ended"] == cloud.calls_of_this_run()


async def test_many_clusters_that_are_gone_are_asked_for_a_page_at_a_time():
    cloud = Cloud(*(cluster(f"c-{number}") for number in range(250)))
    bench = bench_of(cloud)
    await bench.collection.run()
    cloud.calls_of_this_run()
    cloud.clusters = []

    await bench.collection.run()

    assert ["there", "ended", "by id", "by id", "by id"] == cloud.calls_of_this_run()
    assert {} == await shown(bench)


async def test_a_cluster_that_ends_between_the_two_lists_is_shown_as_ended():
    cloud = Cloud(cluster("c-1", "TERMINATED", ended=NOW))
    cloud.cut["there"] = Listing((cluster("c-1", "TERMINATING"),))
    bench = bench_of(cloud)

    await bench.collection.run()

    assert {"c-1": "terminated"} == await shown(bench)
    key = {"collector": "emr_clusters", "account": "shop"}
    assert 0 == bench.counted("cluster_exporter_duplicate_rows_total", key)


@pytest.mark.parametrize("call", ["ended", "by id"])
async def test_a_call_that_fails_beside_the_clusters_that_are_there_is_partial_and_takes_away_nothing(call):
    cloud = Cloud(cluster("c-1"), cluster("c-2"), cluster("c-3", "TERMINATED", ended=NOW - HOUR))
    bench = bench_of(cloud)
    await bench.collection.run()
    cloud.clusters = [cluster("c-1")]
    cloud.broken[call] = ServerError("no")

    status = await bench.collection.run()
    kept = await shown(bench)
    cloud.broken.clear()
    await bench.collection.run()

    assert ("partial", True) == (status.result, status.got_data)
    assert {"c-1", "c-2", "c-3"} == set(kept)
    assert {"c-1": "running"} == await shown(bench)


async def test_a_list_that_broke_off_takes_away_nothing_and_asks_for_nobody_by_id():
    cloud = Cloud(cluster("c-1"), cluster("c-2"))
    bench = bench_of(cloud)
    await bench.collection.run()
    cloud.calls_of_this_run()
    cloud.cut["there"] = Listing((cluster("c-2"),), complete=False, error=ServerError("page 2"))

    status = await bench.collection.run()

    assert ("partial", {"c-1", "c-2"}) == (status.result, set(await shown(bench)))
    assert ["there", "ended"] == cloud.calls_of_this_run()
    bench.clock.advance(901)
    await bench.collection.run()
    assert {"c-2"} == set(await shown(bench))


@pytest.mark.parametrize(
    ("error", "result"), [(RetiredError("InvalidAction"), "not_offered"), (PermissionDeniedError("no"), "permission")]
)
async def test_a_run_without_any_data(error, result):
    cloud = Cloud(cluster())
    cloud.broken["there"] = error
    bench = bench_of(cloud)

    status = await bench.collection.run()

    assert (result, "") == (status.result, await bench.page(PREFIX))


async def test_an_empty_region_is_a_success():
    status = await bench_of(Cloud()).collection.run()

    assert ("success", True) == (status.result, status.got_data)


async def test_rows_that_stand_twice_or_cannot_be_read_are_counted():
    cloud = Cloud()
    cloud.cut["there"] = Listing((cluster(),), complete=False, duplicates=1, unreadable=2)
    bench = bench_of(cloud)

    await bench.collection.run()

    assert 2 == bench.counted("cluster_exporter_unreadable_values_total", {"metric": f"{PREFIX}info"})
    key = {"collector": "emr_clusters", "account": "shop"}
    assert 1 == bench.counted("cluster_exporter_duplicate_rows_total", key)


def test_the_declaration():
    assert COLLECTOR.enabled
    assert ("regional", 300, 86_400) == (COLLECTOR.scope, COLLECTOR.interval, COLLECTOR.window)
    assert {state.lower() for state in STATES} == set(COLLECTOR.metrics[1].states) - {"unknown"}
