"""Deploy orders with fields of an odd type: each costs its own series and nothing else."""

import pytest

from exporter.collectors.retailcloud_deploys import COLLECTOR
from tests.collectors.order_book import DAY, FAILED, HOUR, PREFIX, Booked, OrderBook, polled
from tests.doubles import Bench

UNREADABLE = "cluster_exporter_unreadable_values_total"
FIELDS = {
    "FailureRate": "latest_failure_ratio",
    "ElapsedTime": "latest_duration_seconds",
    "TotalAppInstanceCt": "latest_instances",
    "FinishAppInstanceCt": "latest_finished_instances",
    "TotalPartitions": "latest_partitions",
    "CurrentPartitionNum": "latest_current_partition",
}
GOOD = {
    "FailureRate": "0.5",
    "ElapsedTime": 95,
    "TotalAppInstanceCt": 4,
    "FinishAppInstanceCt": "4",
    "TotalPartitions": 2,
    "CurrentPartitionNum": 1,
}


async def shown(**extra):
    """The metrics of an environment whose latest order failed, and the collection's bench."""
    orders = [Booked(1, start=5 * HOUR), Booked(2, start=HOUR, result=FAILED, extra=GOOD | extra)]
    bench = Bench(COLLECTOR, OrderBook(orders, environments={"1": ["11"]}))
    status = await bench.collection.run()
    assert "success" == status.result, status.message
    lines = (await bench.page(PREFIX)).splitlines()
    return {line.partition("{")[0].removeprefix(PREFIX) for line in lines}, bench


@pytest.mark.parametrize("raw", [{"unit": "percent"}, ["1"], True, "much", -1])
@pytest.mark.parametrize("field", FIELDS)
async def test_an_unreadable_field_costs_its_own_series_and_is_counted(field, raw):
    everything, _ = await shown()
    left, bench = await shown(**{field: raw})
    metric = FIELDS[field]
    assert {metric} == everything - left
    assert 1 == bench.counted(UNREADABLE, {"metric": f"{PREFIX}{metric}"})


@pytest.mark.parametrize(
    ("field", "metric", "raw"),
    [
        *(("Status", "latest_status", raw) for raw in ({}, [], 0, 4, "done")),
        *(("Result", "latest_result", raw) for raw in ({}, [], 3, 5, "done")),
    ],
)
async def test_an_undocumented_state_is_unknown_and_counted(field, metric, raw):
    _, bench = await shown(**{field: raw})
    assert '="unknown"} 1' in await bench.page(f"{PREFIX}{metric}{{")
    assert 1 == bench.counted("cluster_exporter_unknown_states_total", {"metric": f"{PREFIX}{metric}"})


@pytest.mark.parametrize("raw", [{}, [], "yesterday", 20260101])
@pytest.mark.parametrize(
    ("field", "metric"),
    [("StartTime", "latest_start_timestamp_seconds"), ("EndTime", "latest_end_timestamp_seconds")],
)
async def test_an_unreadable_time_is_left_out_and_counted(field, metric, raw):
    left, bench = await shown(**{field: raw})
    assert metric not in left
    assert 1 == bench.counted(UNREADABLE, {"metric": f"{PREFIX}{metric}"})


async def test_an_order_number_that_is_none_is_counted_and_its_environment_has_no_counts():
    deploys = await polled(Booked(1, result=FAILED, extra={"DeployOrderId": "DO-1"}))
    assert 1 == deploys.bench.counted(UNREADABLE, {"metric": f"{PREFIX}latest_info"})
    assert None is await deploys.value("orders", result="success")
    assert None is await deploys.value("orders", result="failed")
    assert 0 == await deploys.value("orders", "12", result="failed")


async def test_an_old_order_number_that_is_none_is_counted_and_leaves_the_counts_of_the_window():
    deploys = await polled(Booked(1, start=5 * DAY, result=FAILED, extra={"DeployOrderId": "DO-1"}))
    assert 1 == deploys.bench.counted(UNREADABLE, {"metric": f"{PREFIX}latest_info"})
    assert 0 == await deploys.value("orders", result="failed")


@pytest.mark.parametrize("raw", [{}, "05.01.2020", 20260101])
async def test_an_order_whose_start_is_unreadable_leaves_out_the_counts_of_its_environment(raw):
    deploys = await polled(Booked(1, result=FAILED, extra={"StartTime": raw}), Booked(2), Booked(3, "12"))
    assert 1 == deploys.bench.counted(UNREADABLE, {"metric": f"{PREFIX}orders"})
    assert None is await deploys.value("orders", result="success")
    assert 1 == await deploys.value("orders", "12", result="success")
    assert "success" == await deploys.state("latest_result", "result")


async def test_an_order_without_a_start_is_nothing_odd():
    deploys = await polled(Booked(1, extra={"StartTime": None}), Booked(2))
    assert 0 == deploys.bench.counted(UNREADABLE, {"metric": f"{PREFIX}orders"})
    assert 1 == await deploys.value("orders", result="success")


async def test_rows_that_cannot_be_read_at_all_leave_out_all_counts_of_the_app():
    deploys = await polled(Booked(1), unreadable=1)
    assert None is await deploys.value("orders", result="success")
    assert "success" == await deploys.state("latest_result", "result")
