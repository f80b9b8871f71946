"""Deploys when calls fail, runs are stopped or time is missing: what is lost is no more than what could not be read."""

from dataclasses import replace

import pytest

from exporter.clouds.errors import PermissionDeniedError, RejectedError, ThrottledError
from exporter.collection import Limits
from exporter.collectors.retailcloud_inventory import AppInventory, KnownEnvironment
from exporter.snapshot import Snapshot
from tests.collectors.order_book import (
    CLOSED,
    DAY,
    DEPLOYING,
    FAILED,
    FINISHED,
    HOUR,
    IN_PROGRESS,
    PREFIX,
    SUCCESS,
    Booked,
    Deploys,
    OrderBook,
    polled,
)
from tests.doubles import NOW, PLACE

DETAIL, ORDERS, APPS, ENVIRONMENTS = (
    "DescribeDeployOrderDetail",
    "ListDeployOrders",
    "ListApp",
    "ListAppEnvironment",
)
DENIED = PermissionDeniedError("no")
UNDOCUMENTED = 9


def stuck(number=1, *, start=37 * HOUR):
    """An order that has been open for almost too long to be in the list."""
    return Booked(number, start=start, status=DEPLOYING, result=IN_PROGRESS)


async def test_an_open_order_that_cannot_be_asked_for_leaves_the_rest_of_its_app_fresh():
    deploys = await polled(stuck(), broken={DETAIL: DENIED})
    deploys.book.orders.append(Booked(2, "12", start=-HOUR, result=FAILED))
    status = await deploys.poll(2 * HOUR)
    for _ in range(7):
        status = await deploys.poll(60)
    assert ("partial", (("1", "permission"),)) == (status.result, status.failed)
    assert "failed" == await deploys.state("latest_result", "result", "12")
    assert "deploying" == await deploys.state("latest_status", "status", "11")


async def test_an_open_order_that_could_not_be_asked_for_is_asked_for_beside_a_newer_one():
    order = stuck()
    deploys = await polled(order)
    deploys.book.broken = {DETAIL: DENIED}
    order.status, order.result, order.end = FINISHED, CLOSED, -HOUR
    deploys.book.orders.append(Booked(2, start=-2 * HOUR, status=DEPLOYING, result=IN_PROGRESS))
    await deploys.poll(3 * HOUR)
    assert None is await deploys.value("failing_since_timestamp_seconds")
    deploys.book.broken = {}
    await deploys.poll(60)
    assert NOW + HOUR == await deploys.value("failing_since_timestamp_seconds")
    assert "closed" == await deploys.state("last_finished_result", "result")
    assert "deploying" == await deploys.state("latest_status", "status")


async def test_an_order_that_cannot_be_asked_for_is_dropped_with_the_next_success():
    deploys = await polled(stuck(), broken={DETAIL: DENIED})
    deploys.book.orders.append(Booked(2, start=-2 * HOUR))
    await deploys.poll(3 * HOUR)
    deploys.book.calls.clear()
    assert "success" == (await deploys.poll(60)).result
    assert 0 == deploys.book.calls[DETAIL]


async def test_a_detail_of_another_order_is_not_believed():
    deploys = await polled(stuck())
    deploys.book.orders[0].extra = {"DeployOrderId": 77, "Status": FINISHED}
    status = await deploys.poll(2 * HOUR)
    assert (("1", "bad_response"),) == status.failed
    assert "deploying" == await deploys.state("latest_status", "status")


async def test_an_environment_that_failed_before_the_history_stays_failing_over_a_gap():
    deploys = await polled(Booked(1, start=20 * DAY), Booked(2, start=10 * DAY, result=FAILED))
    for _ in range(25):
        await deploys.poll(DAY - 60)
    since = NOW - 10 * DAY + 60
    assert since == await deploys.value("failing_since_timestamp_seconds")
    await deploys.poll(DAY + HOUR)
    assert since == await deploys.value("failing_since_timestamp_seconds")
    assert "failed" == await deploys.state("last_finished_result", "result")


async def test_an_order_that_was_open_before_a_gap_is_asked_for_after_it():
    order = stuck(start=29 * DAY)
    deploys = await polled(order)
    order.status, order.result, order.end = FINISHED, CLOSED, -DAY
    await deploys.poll(5 * DAY)
    assert NOW + DAY == await deploys.value("failing_since_timestamp_seconds")


async def test_a_gap_is_looked_up_no_further_back_than_it_reaches():
    deploys = await polled(Booked(1, start=20 * DAY), environments={"1": ["11"]})
    deploys.book.calls.clear()
    await deploys.poll(2 * DAY)
    assert 3 == deploys.book.calls[ORDERS]
    assert "success" == await deploys.state("latest_result", "result")


async def test_a_deleted_environment_that_was_new_once_is_gone_with_the_next_inventory():
    deploys = await polled(Booked(1))
    deploys.book.environments["1"].append("13")
    deploys.book.orders.append(Booked(5, "13", start=-90, result=FAILED))
    await deploys.poll(120)
    assert "failed" == await deploys.state("latest_result", "result", "13")
    await deploys.poll(700)
    deploys.book.environments["1"].remove("13")
    await deploys.poll(700)
    assert None is await deploys.state("latest_result", "result", "13")


async def test_a_new_environment_that_no_inventory_ever_lists_is_looked_for_again():
    deploys = await polled(Booked(1))
    deploys.book.environments["1"].append("13")
    deploys.book.orders.append(Booked(5, "13", start=-90, result=FAILED))
    await deploys.poll(120)
    assert "failed" == await deploys.state("latest_result", "result", "13")
    deploys.book.environments["1"].remove("13")
    await deploys.poll(490)
    await deploys.poll(200)
    assert None is await deploys.state("latest_result", "result", "13")


async def test_deleted_environments_with_orders_in_the_window_cost_their_app_one_call_in_a_while():
    orders = [Booked(number, str(10 + number), start=HOUR) for number in range(1, 9)]
    deploys = await polled(*orders, environments={"1": ["11"]})
    for _ in range(5):
        await deploys.poll(60)
    assert {APPS: 1, ENVIRONMENTS: 2, ORDERS: 7} == deploys.book.calls


async def test_a_search_for_a_new_environment_that_fails_leaves_the_others_fresh():
    deploys = await polled(Booked(1))
    deploys.book.orders += [Booked(5, "13", start=-30, result=FAILED), Booked(6, "11", start=-30, result=FAILED)]
    deploys.book.broken = {ENVIRONMENTS: DENIED}
    status = await deploys.poll(60)
    assert ("partial", (("1", "permission"),)) == (status.result, status.failed)
    assert "failed" == await deploys.state("latest_result", "result")


async def test_orders_of_an_undocumented_status_are_not_asked_for_one_by_one():
    odd = [Booked(number, start=(10 - number) * HOUR, status=UNDOCUMENTED) for number in range(1, 6)]
    deploys = await polled(*odd, Booked(9, start=HOUR))
    for _ in range(4):
        await deploys.poll(12 * HOUR)
    deploys.book.calls.clear()
    await deploys.poll(60)
    assert {ORDERS: 1} == deploys.book.calls


async def test_the_latest_order_is_asked_for_alone_where_its_status_is_not_documented():
    odd = [Booked(number, start=(60 - number) * DAY / 2, status=UNDOCUMENTED) for number in range(1, 50)]
    deploys = await polled(*odd)
    deploys.book.calls.clear()
    await deploys.poll(60)
    assert {ORDERS: 1, DETAIL: 1} == deploys.book.calls
    assert "unknown" == await deploys.state("latest_status", "status")


async def test_orders_of_an_undocumented_status_are_counted_in_their_window():
    deploys = await polled(Booked(1, start=3 * HOUR, status=UNDOCUMENTED), Booked(2, start=HOUR))
    assert 2 == await deploys.value("orders", result="success")


def quiet(many, **book):
    """Deploys of one app with so many environments that were never deployed to."""
    environments = [str(100 + each) for each in range(many)]
    return Deploys(OrderBook([], environments={"1": environments}, **book))


async def shown(deploys):
    return len((await deploys.bench.page(f"{PREFIX}orders{{")).splitlines()) // 5


async def test_a_first_look_that_takes_longer_than_a_run_goes_on_where_it_was_stopped():
    deploys = quiet(20, patience=32)
    deploys.bench.collection.limits = Limits(60, 0.2, 300, 50_000)
    met = []
    for _ in range(3):
        deploys.book.calls.clear()
        await deploys.poll(60)
        met.append(await shown(deploys))
    assert [10, 20, 20] == met
    assert {ORDERS: 1} == deploys.book.calls
    assert "success" == deploys.bench.collection.record.status.result


async def test_a_stopped_first_look_has_read_what_is_failing_before_what_is_quiet():
    deploys = quiet(20, patience=5)
    deploys.book.orders = [
        Booked(1, "118", start=5 * DAY, result=FAILED),
        Booked(2, "119", start=HOUR, result=SUCCESS),
    ]
    deploys.bench.collection.limits = Limits(60, 0.2, 300, 50_000)
    await deploys.poll()
    assert "success" == await deploys.state("latest_result", "result", "119")
    assert "failed" == await deploys.state("latest_result", "result", "118")


async def test_an_environment_that_cannot_be_looked_up_does_not_stop_the_others():
    deploys = Deploys(OrderBook([Booked(1, start=5 * DAY), Booked(2, "12", start=5 * DAY, result=SUCCESS)]))
    deploys.book.broken = {(ORDERS, "11"): ThrottledError("slow down")}
    status = await deploys.poll()
    assert ("partial", (("1", "throttled"),)) == (status.result, status.failed)
    assert (None, "success") == (
        await deploys.state("latest_result", "result", "11"),
        await deploys.state("latest_result", "result", "12"),
    )
    deploys.book.broken = {}
    assert "success" == (await deploys.poll(60)).result
    assert "success" == await deploys.state("latest_result", "result", "11")


THREE = {"1": ["11"], "2": ["21"], "3": ["31"]}


async def test_without_the_apps_collector_one_app_without_its_environments_does_not_stop_the_others():
    deploys = Deploys(OrderBook([Booked(1), Booked(2, "31", result=FAILED)], environments=THREE))
    deploys.book.broken = {(ENVIRONMENTS, "2"): RejectedError("business error 500")}
    status = await deploys.poll()
    assert ("partial", (("2", "bad_response"),)) == (status.result, status.failed)
    assert ("success", "failed") == (
        await deploys.state("latest_result", "result", "11"),
        await deploys.state("latest_result", "result", "31"),
    )
    deploys.book.broken = {}
    deploys.book.calls.clear()
    assert "success" == (await deploys.poll(60)).result
    assert (0, 1) == (deploys.book.calls[APPS], deploys.book.calls[ENVIRONMENTS])


async def test_without_the_apps_collector_an_old_list_of_environments_serves_while_a_new_one_fails():
    deploys = await polled(Booked(1), environments=THREE)
    deploys.book.broken = {(ENVIRONMENTS, "1"): DENIED}
    deploys.book.orders.append(Booked(2, start=-650, result=FAILED))
    status = await deploys.poll(700)
    assert ("partial", (("1", "permission"),)) == (status.result, status.failed)
    assert "failed" == await deploys.state("latest_result", "result")


@pytest.mark.parametrize("patience", [1, 2])
async def test_without_the_apps_collector_a_stopped_run_remembers_the_environments_it_listed(patience):
    deploys = Deploys(OrderBook([Booked(1)], environments=THREE, patience=patience))
    deploys.bench.collection.limits = Limits(60, 0.1, 300, 50_000)
    await deploys.poll()
    deploys.book.patience = None
    deploys.book.calls.clear()
    assert "success" == (await deploys.poll(60)).result
    assert (0, 0) == (deploys.book.calls[APPS], deploys.book.calls[ENVIRONMENTS])


async def test_an_environment_that_failed_before_the_history_stays_failing_over_a_restart(tmp_path):
    deploys = await polled(Booked(1, start=20 * DAY), Booked(2, start=10 * DAY, result=FAILED))
    for _ in range(25):
        await deploys.poll(DAY - 60)
    await _snapshot(tmp_path, deploys).save()
    without = Deploys(deploys.book, clock=deploys.bench.clock)
    await without.poll(HOUR)
    assert None is await without.value("failing_since_timestamp_seconds")
    restarted = Deploys(deploys.book, clock=deploys.bench.clock)
    await _snapshot(tmp_path, restarted).restore()
    deploys.book.calls.clear()
    await restarted.poll(60)
    assert NOW - 10 * DAY + 60 == await restarted.value("failing_since_timestamp_seconds")
    assert 1 == deploys.book.calls[ORDERS]


def _snapshot(folder, deploys: Deploys) -> Snapshot:
    bench = deploys.bench
    return Snapshot(
        folder / "snapshot", lambda: [bench.collection], version="1", metrics=bench.metrics, clock=bench.clock
    )


async def test_a_clock_that_was_ahead_does_not_put_off_the_search_for_a_new_environment():
    deploys = Deploys(OrderBook([Booked(7, "13", start=-30)], environments={"1": ["11"]}))
    deploys.bench.collection.siblings = {"retailcloud_apps": Listed()}
    deploys.bench.clock.wall += 3600
    await deploys.poll(60)
    deploys.bench.clock.wall -= 3600
    deploys.book.environments["1"].append("13")
    await deploys.poll(60)
    assert "success" == await deploys.state("latest_result", "result", "13")


class Listed:
    """The collection of apps, which listed them before the environment 13 was there."""

    async def memory(self, _: float) -> AppInventory:
        return AppInventory({"1": "shop"}, {"1": (KnownEnvironment("1", "shop", "11", "prod"),)}, True, True)


async def test_what_is_remembered_is_not_shown_as_if_it_were_read_while_no_order_can_be_read():
    deploys = await polled(Booked(1, result=FAILED))
    deploys.book.orders, deploys.book.unreadable = [], 3
    status = await deploys.poll(60)
    assert ("bad_response", (("1", "bad_response"),)) == (status.result, status.failed)
    assert "failed" == await deploys.state("latest_result", "result")
    for _ in range(5):
        await deploys.poll(60)
    assert None is await deploys.state("latest_result", "result")
    deploys.book.orders, deploys.book.unreadable = [Booked(1, result=FAILED)], 0
    await deploys.poll(60)
    assert "failed" == await deploys.state("last_finished_result", "result")


class Forgetful:
    """Deploys of an environment that failed an hour ago, three hours after a success, while the list lacks that."""

    def __init__(self, **book):
        self.failed = Booked(3, result=FAILED)
        orders = [Booked(1, start=4 * HOUR), Booked(2, "12", start=HOUR), self.failed]
        self.deploys = Deploys(OrderBook(orders, **book))

    async def forget(self, *, deleted=False):
        await self.deploys.poll()
        if deleted:
            self.deploys.book.orders.remove(self.failed)
        else:
            self.deploys.book.unlisted.add(self.failed.number)
        return await self.deploys.poll(60)

    async def look(self, times):
        """Poll so often; the last run's status."""
        for _ in range(times):
            status = await self.deploys.poll(60)
        return status

    async def result(self):
        return await self.deploys.state("latest_result", "result")


async def test_a_list_that_lacks_the_latest_order_it_had_leaves_its_environment_as_old_as_it_is():
    forgetful = Forgetful()
    status = await forgetful.forget()
    assert ("partial", (("1", "bad_response"),)) == (status.result, status.failed)
    assert "ListDeployOrders: order 3, which the list had before, is not in it" == status.message
    assert "failed" == await forgetful.result()
    await forgetful.look(5)
    assert None is await forgetful.result()
    assert "success" == await forgetful.deploys.state("latest_result", "result", "12")


async def test_an_order_that_is_listed_again_is_as_it_was():
    forgetful = Forgetful()
    await forgetful.forget()
    await forgetful.look(20)
    forgetful.deploys.book.unlisted.clear()
    forgetful.deploys.book.calls.clear()
    assert "success" == (await forgetful.deploys.poll(60)).result
    assert ("failed", 1) == (await forgetful.result(), forgetful.deploys.book.calls[ORDERS])
    assert NOW - HOUR + 60 == await forgetful.deploys.value("failing_since_timestamp_seconds")


async def test_an_order_that_lists_lack_while_there_still_is_one_is_waited_for():
    forgetful = Forgetful()
    await forgetful.forget()
    status = await forgetful.look(40)
    assert ("partial", 2) == (status.result, forgetful.deploys.book.calls[DETAIL])
    assert None is await forgetful.result()


async def test_an_order_that_lists_lack_and_nobody_knows_any_more_was_deleted():
    forgetful = Forgetful()
    await forgetful.forget(deleted=True)
    assert "partial" == (await forgetful.look(13)).result
    status = await forgetful.look(1)
    assert ("success", "success") == (status.result, await forgetful.result())
    assert None is await forgetful.deploys.value("failing_since_timestamp_seconds")
    forgetful.deploys.book.calls.clear()
    await forgetful.look(1)
    assert 1 == forgetful.deploys.book.calls[ORDERS]


@pytest.mark.parametrize("seconds", [6 * HOUR, -6 * HOUR])
async def test_looks_are_counted_whatever_the_clock_says(seconds):
    forgetful = Forgetful()
    await forgetful.forget(deleted=True)
    await forgetful.deploys.poll(seconds)
    assert "partial" == (await forgetful.look(12)).result
    assert ("success", "success") == ((await forgetful.look(1)).result, await forgetful.result())


async def test_looks_that_fail_tell_nothing_of_an_order_that_was_lacking():
    forgetful = Forgetful()
    await forgetful.forget(deleted=True)
    forgetful.deploys.book.broken = {ORDERS: DENIED}
    await forgetful.look(20)
    forgetful.deploys.book.broken = {}
    assert ("partial", 0) == ((await forgetful.look(1)).result, forgetful.deploys.book.calls[DETAIL])


async def test_a_lacking_order_that_cannot_be_asked_for_was_not_deleted():
    forgetful = Forgetful(broken={DETAIL: DENIED})
    await forgetful.forget(deleted=True)
    status = await forgetful.look(14)
    assert (("1", "permission"),) == status.failed
    assert (("1", "bad_response"),) == (await forgetful.look(1)).failed


async def test_an_order_that_lists_lack_hides_no_newer_one():
    forgetful = Forgetful()
    forgetful.deploys.book.orders.append(Booked(4, start=-HOUR, status=DEPLOYING, result=IN_PROGRESS))
    await forgetful.forget()
    await forgetful.deploys.poll(HOUR)
    assert "in_progress" == await forgetful.result()
    assert NOW - HOUR + 60 == await forgetful.deploys.value("failing_since_timestamp_seconds")


async def test_a_lacking_order_is_waited_for_until_a_good_list_may_be_without_it():
    forgetful = Forgetful()
    await forgetful.forget()
    assert "partial" == (await forgetful.deploys.poll(28 * HOUR)).result
    assert "success" == (await forgetful.deploys.poll(HOUR)).result
    assert "failed" == await forgetful.result()


async def test_a_lacking_order_is_waited_for_longer_than_a_short_window():
    forgetful = Forgetful()
    forgetful.deploys = Deploys(forgetful.deploys.book, place=replace(PLACE, window=2 * HOUR))
    await forgetful.forget()
    assert "partial" == (await forgetful.deploys.poll(3 * HOUR)).result


async def test_an_order_that_became_one_of_another_kind_or_environment_is_in_the_list():
    deploys = await polled(Booked(1), Booked(2, "12"), ignores_category=True)
    deploys.book.orders[0].scale = True
    deploys.book.orders[1].env_id = "11"
    assert "success" == (await deploys.poll(60)).result


async def test_an_order_that_may_be_too_old_for_the_list_is_not_looked_for_in_it():
    deploys = await polled(Booked(1, start=23 * HOUR))
    deploys.book.orders.clear()
    assert "success" == (await deploys.poll(1.5 * HOUR)).result
    assert "success" == await deploys.state("latest_result", "result")
