"""What a collection says of itself."""

from dataclasses import replace

import pytest
import structlog
from structlog.testing import capture_logs

from exporter.clouds.errors import (
    AuthError,
    NotOfferedError,
    RetiredError,
    UnavailableError,
    UnknownHostError,
)
from exporter.clouds.paging import Listing
from exporter.collection import Limits
from tests.doubles import LEVEL, NOW, Bench, simple_collector


class Cloud:
    """Fails with ``error`` where there is one."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error


async def fetch(cloud: Cloud, run) -> None:
    if cloud.error:
        raise cloud.error
    run.listed(Listing(("a",)), ["a"], LEVEL)
    run.keep("a", ("a", 1))


LABELS = 'collector="test_collector",account="shop",region_id="global"'


async def test_before_the_first_run_there_are_settings_and_zeros_but_no_success():
    bench = Bench(simple_collector(fetch, window=5), Cloud())
    prefix = "cluster_exporter_collector_"
    assert [
        f"{prefix}interval_seconds{{{LABELS}}} 60",
        f"{prefix}configured_interval_seconds{{{LABELS}}} 60",
        f"{prefix}max_staleness_seconds{{{LABELS}}} 300",
        f"{prefix}window_seconds{{{LABELS}}} 86400",
        f"{prefix}objects{{{LABELS}}} 0",
        f"{prefix}series{{{LABELS}}} 0",
        f"{prefix}series_dropped{{{LABELS}}} 0",
    ] == (await bench.page()).splitlines()
    labels = {"collector": "test_collector", "account": "shop", "region_id": "global", "reason": "throttled"}
    assert 0 == bench.counted("cluster_exporter_collector_failures_total", labels)


async def test_after_a_run_exactly_one_result_is_1():
    bench = Bench(simple_collector(fetch), Cloud())
    await bench.collection.run()
    lines = (await bench.page("cluster_exporter_collector_last_result")).splitlines()
    assert 10 == len(lines)
    assert [f'cluster_exporter_collector_last_result{{{LABELS},result="success"}} 1'] == [
        line for line in lines if line.endswith(" 1")
    ]


async def test_a_success_has_its_time_and_it_stays_when_a_run_fails():
    cloud = Cloud()
    bench = Bench(simple_collector(fetch), cloud)
    await bench.collection.run()
    cloud.error = AuthError("wrong key")
    bench.clock.advance(60)
    status = await bench.collection.run()
    assert (False, "auth", NOW, NOW + 60) == (status.got_data, status.result, status.last_success, status.last_run)
    name = "cluster_exporter_collector_success"
    assert f"{name}{{{LABELS}}} 0" == await bench.page(name)


async def test_what_is_said_of_a_collection_outlives_its_dropped_data():
    cloud = Cloud()
    bench = Bench(simple_collector(fetch), cloud)
    await bench.collection.run()
    bench.clock.advance(301)
    page = await bench.page()
    assert "test_level" not in page
    assert f"cluster_exporter_collector_series{{{LABELS}}} 0" in page
    assert f'cluster_exporter_collector_last_result{{{LABELS},result="success"}} 1' in page


async def test_a_product_that_is_not_offered_counts_as_success_without_data():
    bench = Bench(simple_collector(fetch), Cloud(NotOfferedError("no such region")))
    status = await bench.collection.run()
    assert ("not_offered", True, None) == (status.result, status.got_data, status.last_success)


async def test_an_unknown_host_is_unavailable_while_no_other_host_answers():
    bench = Bench(simple_collector(fetch), Cloud(UnknownHostError("gone")))
    assert "unavailable" == (await bench.collection.run()).result


async def test_an_unknown_host_is_not_offered_where_another_host_answers_and_it_never_worked():
    bench = Bench(simple_collector(fetch), Cloud(UnknownHostError("gone")), neighbour_answered=True)
    assert "not_offered" == (await bench.collection.run()).result


async def test_an_unknown_host_is_unavailable_once_it_has_worked():
    cloud = Cloud()
    bench = Bench(simple_collector(fetch), cloud, neighbour_answered=True)
    await bench.collection.run()
    cloud.error = UnknownHostError("gone")
    assert "unavailable" == (await bench.collection.run()).result


async def test_a_host_that_resolves_and_does_not_answer_is_unavailable_whoever_else_answers():
    bench = Bench(simple_collector(fetch), Cloud(UnavailableError("no answer")), neighbour_answered=True)
    assert "unavailable" == (await bench.collection.run()).result


RETIRED = RetiredError("List: InvalidApi.NotFound (the API is not there)", operation="List", code="InvalidApi.NotFound")


@pytest.mark.parametrize(
    ("replaced_by", "message"),
    [
        ("", "List: InvalidApi.NotFound (the API is not there)"),
        ("list_2", "List: InvalidApi.NotFound (the API is not there); its successor is read by the collector list_2"),
    ],
)
async def test_a_retired_api_is_not_offered_and_names_its_successor_where_there_is_one(replaced_by, message):
    structlog.reset_defaults()
    with capture_logs() as logs:
        bench = Bench(replace(simple_collector(fetch), replaced_by=replaced_by), Cloud(RETIRED))
        statuses = [await bench.collection.run(), await bench.collection.run()]

    assert [("not_offered", True, None, message)] * 2 == [
        (status.result, status.got_data, status.last_success, status.message) for status in statuses
    ]
    assert [("info", "retired"), ("debug", "retired")] == [(line["log_level"], line["event"]) for line in logs]
    assert (message, replaced_by) == (logs[0]["message"], logs[0].get("replaced_by", ""))


async def test_only_a_retired_api_names_a_successor():
    collector = replace(simple_collector(fetch), replaced_by="list_2")
    for error, event in [(NotOfferedError("no such region"), "not offered"), (AuthError("wrong key"), "run failed")]:
        structlog.reset_defaults()
        with capture_logs() as logs:
            status = await Bench(collector, Cloud(error)).collection.run()
        assert str(error) == status.message
        assert [event] == [line["event"] for line in logs]
        assert "replaced_by" not in logs[0]


@pytest.mark.parametrize(("error", "event"), [(RETIRED, "retired"), (NotOfferedError("no such region"), "not offered")])
async def test_what_was_offered_and_is_so_no_longer_warns_and_keeps_the_time_of_its_last_success(error, event):
    structlog.reset_defaults()
    cloud = Cloud()
    with capture_logs() as logs:
        bench = Bench(simple_collector(fetch), cloud)
        await bench.collection.run()
        cloud.error = error
        bench.clock.advance(60)
        status = await bench.collection.run()

    assert ("not_offered", NOW) == (status.result, status.last_success)
    assert [("warning", event)] == [(line["log_level"], line["event"]) for line in logs if line["log_level"] != "debug"]
    page = await bench.page("cluster_exporter_collector_l")
    assert f'cluster_exporter_collector_last_result{{{LABELS},result="not_offered"}} 1' in page
    assert f"cluster_exporter_collector_last_success_timestamp_seconds{{{LABELS}}} {NOW}" in page


async def test_what_is_not_offered_does_not_hide_another_failure():
    async def fetch_both(cloud, run):
        run.fail("a", NotOfferedError("no such API"))
        run.fail("b", AuthError("wrong key"))

    status = await Bench(simple_collector(fetch_both), Cloud()).collection.run()
    assert ("auth", False, "wrong key") == (status.result, status.got_data, status.message)


async def test_a_list_of_which_nothing_can_be_read_is_no_success():
    async def fetch_nothing(cloud, run):
        run.listed(Listing((), complete=False, unreadable=7), [], LEVEL)

    bench = Bench(simple_collector(fetch_nothing), Cloud())
    status = await bench.collection.run()
    assert ("bad_response", False, None) == (status.result, status.got_data, status.last_success)


async def test_failures_are_counted_by_their_result():
    bench = Bench(simple_collector(fetch), Cloud(AuthError("wrong key")))
    await bench.collection.run()
    await bench.collection.run()
    labels = {"collector": "test_collector", "account": "shop", "region_id": "global", "reason": "auth"}
    assert 2 == bench.counted("cluster_exporter_collector_failures_total", labels)


async def test_the_same_failure_is_logged_once_and_its_end_once():
    structlog.reset_defaults()
    cloud = Cloud(AuthError("List: wrong key", operation="List", request_id="r-1"))
    with capture_logs() as logs:
        bench = Bench(simple_collector(fetch), cloud)
        for error in (cloud.error, cloud.error, None, None):
            cloud.error = error
            await bench.collection.run()
    told = [(entry["log_level"], entry["event"]) for entry in logs if entry["log_level"] != "debug"]
    assert [("warning", "run failed"), ("info", "collects again")] == told
    assert ("auth", "List", "r-1", "shop") == tuple(
        logs[0][key] for key in ("reason", "operation", "request_id", "account")
    )


async def test_a_failing_run_names_the_first_objects_that_failed():
    structlog.reset_defaults()

    async def fetch_none(cloud, run):
        for number in range(7):
            run.fail(f"o{number}" if number else "0" * 99, AuthError("wrong key"))

    with capture_logs() as logs:
        await Bench(simple_collector(fetch_none), Cloud()).collection.run()
    assert (7, ["0" * 59 + "…", "o1", "o2", "o3", "o4"]) == (logs[0]["failed_objects"], logs[0]["objects"])


async def test_max_series_is_shown_where_it_bites():
    async def fetch_many(cloud, run):
        for number in range(5):
            run.keep(f"o{number}", (f"o{number}", 1))

    bench = Bench(simple_collector(fetch_many), limits=Limits(60, 50, 300, 3))
    await bench.collection.run()
    assert f"cluster_exporter_collector_series_dropped{{{LABELS}}} 2" in await bench.page()
