"""Deploys: what the latest order is, what failing since means, and what it costs to know."""

from datetime import UTC, timedelta, timezone

import pytest

from exporter.clouds.errors import ThrottledError
from exporter.collection import Limits
from exporter.collectors.retailcloud_deploys import COLLECTOR
from tests.collectors.order_book import (
    CLOSED,
    DAY,
    DEPLOYING,
    FAILED,
    FINISHED,
    HOUR,
    IN_PROGRESS,
    PAUSED,
    PREFIX,
    Booked,
    Deploys,
    OrderBook,
    polled,
)
from tests.doubles import NOW, Bench

QUIRKS = [
    {"order": order, "filter_zone": zone, "ignores_category": category, "ignores_results": results}
    for order in ("ascending", "descending", "shuffled")
    for zone in (UTC, timezone(timedelta(hours=8)))
    for category in (False, True)
    for results in (False, True)
]


async def test_latest_is_the_highest_order_number_and_not_the_latest_time():
    deploys = await polled(Booked(8, start=HOUR, result=FAILED), Booked(9, start=5 * HOUR))
    assert "success" == await deploys.state("latest_result", "result")


@pytest.mark.parametrize("quirks", QUIRKS, ids=lambda quirks: "-".join(str(value) for value in quirks.values()))
async def test_the_story_is_the_same_under_every_order_zone_and_filter(quirks):
    deploys = await polled(
        Booked(1, start=20 * DAY),
        Booked(2, start=10 * DAY, result=FAILED),
        Booked(3, start=9 * DAY, result=CLOSED),
        Booked(4, start=2 * HOUR, scale=True),
        Booked(5, start=HOUR, status=DEPLOYING, result=IN_PROGRESS),
        Booked(6, env_id="12", start=15 * DAY, result=FAILED),
        Booked(7, env_id="12", start=14 * DAY),
        **quirks,
    )
    assert "deploying" == await deploys.state("latest_status", "status")
    assert "closed" == await deploys.state("last_finished_result", "result")
    assert NOW - 10 * DAY + 60 == await deploys.value("failing_since_timestamp_seconds")
    assert NOW - 20 * DAY + 60 == await deploys.value("last_success_timestamp_seconds")
    assert NOW - 9 * DAY + 60 == await deploys.value("last_failure_timestamp_seconds")
    assert 1 == await deploys.value("orders", result="in_progress")
    assert 0 == await deploys.value("orders", result="success")
    assert "success" == await deploys.state("latest_result", "result", "12")
    assert None is await deploys.value("failing_since_timestamp_seconds", "12")
    assert NOW - 15 * DAY + 60 == await deploys.value("last_failure_timestamp_seconds", "12")


async def test_a_scale_order_neither_hides_nor_clears_a_failed_deploy():
    deploys = await polled(
        Booked(1, start=3 * HOUR, result=FAILED), Booked(2, start=HOUR, scale=True), ignores_category=True
    )
    assert "failed" == await deploys.state("latest_result", "result")
    assert "failed" == await deploys.state("last_finished_result", "result")


async def test_the_last_finished_result_survives_a_retry_in_progress():
    deploys = await polled(
        Booked(1, start=3 * HOUR, result=CLOSED), Booked(2, start=60, status=DEPLOYING, result=IN_PROGRESS)
    )
    assert "in_progress" == await deploys.state("latest_result", "result")
    assert "closed" == await deploys.state("last_finished_result", "result")


async def test_failing_since_is_the_first_failure_after_the_last_success_and_clears_with_the_next():
    deploys = await polled(
        Booked(1, start=9 * HOUR), Booked(2, start=8 * HOUR, result=FAILED), Booked(3, start=7 * HOUR, result=CLOSED)
    )
    assert NOW - 8 * HOUR + 60 == await deploys.value("failing_since_timestamp_seconds")
    deploys.book.orders.append(Booked(4, start=-30))
    await deploys.poll(120)
    assert None is await deploys.value("failing_since_timestamp_seconds")
    assert NOW - 7 * HOUR + 60 == await deploys.value("last_failure_timestamp_seconds")


async def test_an_undocumented_result_after_a_failure_does_not_end_the_failing():
    deploys = await polled(Booked(1, start=9 * HOUR, result=FAILED), Booked(2, start=8 * HOUR, result=3))
    assert "unknown" == await deploys.state("last_finished_result", "result")
    assert NOW - 9 * HOUR + 60 == await deploys.value("failing_since_timestamp_seconds")


@pytest.mark.parametrize(
    ("raw", "state"),
    [(1, "deploying"), (2, "paused"), (3, "finished"), ("2", "paused"), (7, "unknown"), (None, "unknown")],
)
async def test_every_status_and_an_unknown_one(raw, state):
    deploys = await polled(Booked(1, extra={"Status": raw}))
    assert state == await deploys.state("latest_status", "status")
    counted = deploys.bench.counted("cluster_exporter_unknown_states_total", {"metric": f"{PREFIX}latest_status"})
    assert (1 if raw == 7 else 0) == counted


@pytest.mark.parametrize(
    ("raw", "state"),
    [(0, "in_progress"), (1, "success"), (2, "failed"), (4, "closed"), ("4", "closed"), (3, "unknown")],
)
async def test_every_result_and_an_unknown_one(raw, state):
    deploys = await polled(Booked(1, extra={"Result": raw}))
    assert state == await deploys.state("latest_result", "result")


async def test_an_open_order_shows_its_failure_ratio():
    deploys = await polled(
        Booked(1, status=PAUSED, result=IN_PROGRESS, extra={"FailureRate": "50%", "TotalAppInstanceCt": 4})
    )
    assert 0.5 == await deploys.value("latest_failure_ratio")
    assert 4 == await deploys.value("latest_instances")
    assert None is await deploys.value("latest_end_timestamp_seconds")


async def test_an_environment_without_orders_counts_zeros_and_has_no_latest():
    deploys = await polled()
    assert [0, 0, 0, 0, 0] == [
        await deploys.value("orders", result=result)
        for result in ("in_progress", "success", "failed", "closed", "unknown")
    ]
    assert None is await deploys.state("latest_status", "status")


async def test_an_order_older_than_the_history_is_not_shown():
    deploys = await polled(Booked(1, start=40 * DAY, result=FAILED))
    assert None is await deploys.state("latest_result", "result")


async def test_a_failing_environment_stays_failing_when_its_orders_pass_the_history():
    deploys = await polled(Booked(1, start=29 * DAY), Booked(2, start=28 * DAY, result=FAILED))
    for _ in range(10):
        await deploys.poll(12 * HOUR)
    assert NOW - 28 * DAY + 60 == await deploys.value("failing_since_timestamp_seconds")
    assert "failed" == await deploys.state("latest_result", "result")


async def test_a_healthy_environment_forgets_what_passed_the_history_as_a_restart_would():
    deploys = await polled(Booked(1, start=29 * DAY))
    for _ in range(4):
        await deploys.poll(12 * HOUR)
    assert None is await deploys.state("latest_result", "result")


async def test_an_order_that_stays_open_for_days_is_asked_for_one_by_one():
    order = Booked(1, status=DEPLOYING, result=IN_PROGRESS)
    deploys = await polled(order)
    for _ in range(4):
        await deploys.poll(12 * HOUR)
    assert "deploying" == await deploys.state("latest_status", "status")
    assert deploys.book.calls["DescribeDeployOrderDetail"] > 0
    order.status, order.result, order.end = FINISHED, CLOSED, -2 * DAY
    await deploys.poll(60)
    assert "closed" == await deploys.state("latest_result", "result")
    asked = deploys.book.calls["DescribeDeployOrderDetail"]
    await deploys.poll(60)
    assert asked == deploys.book.calls["DescribeDeployOrderDetail"]


async def test_a_restart_shows_what_the_running_exporter_shows():
    book = OrderBook(
        [
            Booked(1, start=25 * DAY),
            Booked(2, start=20 * DAY, result=FAILED),
            Booked(3, start=19 * DAY, result=CLOSED),
            Booked(4, env_id="12", start=3 * DAY, status=PAUSED, result=IN_PROGRESS),
        ]
    )
    old, new = Deploys(book), Deploys(book)
    for _ in range(3):
        await old.poll(3 * HOUR)
    await new.poll(9 * HOUR)
    assert await old.bench.page(PREFIX) == await new.bench.page(PREFIX)


async def test_a_poll_costs_one_call_an_app_once_its_environments_are_known():
    environments = {str(app): [f"{app}1", f"{app}2"] for app in range(1, 6)}
    orders = [
        Booked(number, env_id=environments[str(number % 5 + 1)][number % 2], start=number * HOUR)
        for number in range(1, 40)
    ]
    deploys = await polled(*orders, environments=environments)
    deploys.book.calls.clear()
    await deploys.poll(60)
    assert 5 == deploys.book.calls["ListDeployOrders"]


async def test_the_cost_of_a_first_look_does_not_grow_with_the_length_of_the_history():
    sent = []
    for years in (1, 4):
        orders = [Booked(number, start=(years * 365 * 3 - number) * 8 * HOUR) for number in range(years * 365 * 3)]
        deploys = await polled(*orders, environments={"1": ["11"]})
        sent.append((deploys.book.rows_sent, deploys.book.calls["ListDeployOrders"]))
    assert sent[0] == sent[1]
    assert sent[0][0] < 20
    assert 2 == sent[0][1]


async def test_a_quiet_environment_is_looked_for_in_windows_that_widen():
    deploys = await polled(Booked(1, start=5 * DAY), environments={"1": ["11"]})
    assert "success" == await deploys.state("latest_result", "result")
    assert 3 == deploys.book.calls["ListDeployOrders"]


async def test_a_gap_longer_than_the_window_is_looked_up():
    deploys = await polled(Booked(1, start=HOUR))
    deploys.book.orders.append(Booked(2, start=-HOUR, result=FAILED))
    await deploys.poll(5 * DAY)
    assert NOW + HOUR + 60 == await deploys.value("failing_since_timestamp_seconds")


async def test_a_new_environment_met_in_an_order_is_looked_up_in_the_same_run():
    deploys = await polled(Booked(1))
    deploys.book.environments["1"].append("13")
    deploys.book.orders.append(Booked(2, env_id="13", start=-30, result=FAILED))
    await deploys.poll(60)
    assert "failed" == await deploys.state("latest_result", "result", "13")
    assert 'env_name="env-13"' in await deploys.bench.page(f"{PREFIX}latest_info")


async def test_a_deleted_environment_is_gone_though_its_orders_are_still_listed():
    deploys = await polled(Booked(1, env_id="12", result=FAILED))
    deploys.book.environments["1"].remove("12")
    await deploys.poll(600)
    assert None is await deploys.state("latest_result", "result", "12")
    asked = deploys.book.calls["ListAppEnvironment"]
    await deploys.poll(60)
    assert asked == deploys.book.calls["ListAppEnvironment"]


async def test_without_the_apps_collector_the_inventory_is_read_every_ten_minutes():
    deploys = await polled(Booked(1))
    for _ in range(9):
        await deploys.poll(60)
    assert 1 == deploys.book.calls["ListApp"]
    await deploys.poll(60)
    assert 2 == deploys.book.calls["ListApp"]


async def test_a_failing_call_keeps_the_app_as_it_was_and_names_it():
    deploys = await polled(Booked(1, result=FAILED))
    deploys.book.broken = {"ListDeployOrders": ThrottledError("slow down")}
    await deploys.poll(60)
    status = deploys.bench.collection.record.status
    assert ("throttled", (("1", "throttled"),)) == (status.result, status.failed)
    assert "failed" == await deploys.state("latest_result", "result")


async def test_an_environment_that_is_failing_is_never_cut():
    deploys = Deploys(OrderBook([Booked(1), Booked(2, env_id="12", result=FAILED)]))
    deploys.bench = Bench(COLLECTOR, deploys.book, limits=Limits(60, 50, 300, 5))
    await deploys.poll()
    assert None is await deploys.state("latest_result", "result", "11")
    assert "failed" == await deploys.state("latest_result", "result", "12")
