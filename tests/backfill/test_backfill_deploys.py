"""Deploys over time: what was open then, what had failed, and what cannot be known any more."""

from dataclasses import replace
from datetime import UTC

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.backfill import Grid
from exporter.backfill.deploys import EnvironmentOrders, as_of, spans
from exporter.clouds.aliyun.retailcloud_models import DeployOrder
from exporter.clouds.errors import ThrottledError, UnavailableError
from exporter.collectors.filters import Filters, NameFilter
from exporter.collectors.retailcloud_deploys import EnvironmentDeploys, samples
from exporter.collectors.retailcloud_inventory import KnownEnvironment
from exporter.collectors.retailcloud_orders import read_order, standing, without_old
from tests.backfill.past import past_of
from tests.collectors.order_book import CLOSED, DAY, DEPLOYING, FAILED, HOUR, IN_PROGRESS, Booked, OrderBook
from tests.doubles import NOW, PLACE, SHANGHAI

LONG = {"DeployPauseType": "none", "ElapsedTime": 7200, "FailureRate": "0.5", "FinishAppInstanceCt": 2}


async def test_an_order_is_in_progress_until_its_end_and_then_has_its_result():
    past = await past_of(OrderBook([Booked(1, start=10 * HOUR, end=7.5 * HOUR, result=FAILED, extra=LONG)]))
    assert [None, "in_progress", "in_progress", "failed", "failed"] == [
        past.state("latest_result", "result", hours) for hours in (11, 10, 8, 7, 1)
    ]
    assert [None, "deploying", "finished"] == [past.state("latest_status", "status", hours) for hours in (11, 9, 7)]


async def test_an_order_that_may_pause_has_an_unknown_status_while_it_is_open():
    paused = {"DeployPauseType": "first"}
    past = await past_of(OrderBook([Booked(1, start=10 * HOUR, end=7 * HOUR, extra=paused)]))
    assert ["unknown", "finished"] == [past.state("latest_status", "status", hours) for hours in (9, 7)]
    assert "in_progress" == past.state("latest_result", "result", 9)


async def test_the_duration_of_an_open_order_grows_and_then_is_what_the_vendor_says():
    past = await past_of(OrderBook([Booked(1, start=10 * HOUR, end=7 * HOUR, extra=LONG)]))
    assert [0, HOUR, 2 * HOUR, 7200, 7200] == [
        past.value("latest_duration_seconds", hours) for hours in (10, 9, 8, 7, 1)
    ]


@pytest.mark.parametrize(("name", "value"), [("latest_failure_ratio", 0.5), ("latest_finished_instances", 2)])
async def test_what_only_a_look_at_an_open_order_tells_is_absent_while_it_is_open(name, value):
    past = await past_of(OrderBook([Booked(1, start=10 * HOUR, end=7 * HOUR, result=FAILED, extra=LONG)]))
    assert [None, value] == [past.value(name, hours) for hours in (9, 6)]


async def test_the_end_is_absent_while_an_order_is_open():
    past = await past_of(OrderBook([Booked(1, start=10 * HOUR, end=7 * HOUR)]))
    assert [None, NOW - 7 * HOUR] == [past.value("latest_end_timestamp_seconds", hours) for hours in (8, 7)]


async def test_an_environment_fails_from_the_first_failed_order_to_the_next_success():
    orders = [
        Booked(1, start=40 * HOUR),
        Booked(2, start=20 * HOUR, end=19 * HOUR, result=FAILED),
        Booked(3, start=15 * HOUR, end=14 * HOUR, result=CLOSED),
        Booked(4, start=6 * HOUR, end=5 * HOUR),
    ]
    past = await past_of(OrderBook(orders))
    since = [past.value("failing_since_timestamp_seconds", hours) for hours in (20, 19, 14, 6, 5)]
    assert [None, NOW - 19 * HOUR, NOW - 19 * HOUR, NOW - 19 * HOUR, None] == since
    assert "closed" == past.state("last_finished_result", "result", 6)
    assert NOW - 14 * HOUR == past.value("last_failure_timestamp_seconds", 1)
    assert NOW - 5 * HOUR == past.value("last_success_timestamp_seconds", 1)


async def test_orders_are_counted_while_they_are_in_the_window():
    orders = [Booked(1, start=40 * HOUR), Booked(2, start=30 * HOUR, result=FAILED), Booked(3, start=30 * HOUR)]
    past = await past_of(OrderBook(orders))
    succeeded = [past.value("orders", hours, result="success") for hours in (41, 39, 29, 15, 5)]
    assert [0, 1, 2, 1, 0] == succeeded
    assert [0, 1, 0] == [past.value("orders", hours, result="failed") for hours in (31, 29, 5)]


async def test_an_open_order_counts_as_in_progress():
    past = await past_of(OrderBook([Booked(1, start=10 * HOUR, end=7 * HOUR)]))
    assert [1, 0] == [past.value("orders", hours, result="in_progress") for hours in (9, 6)]


async def test_an_order_that_is_still_open_is_open_since_its_start():
    past = await past_of(OrderBook([Booked(1, start=10 * HOUR, status=DEPLOYING, result=IN_PROGRESS)]))
    assert [None, "in_progress", "in_progress"] == [
        past.state("latest_result", "result", hours) for hours in (11, 10, 1)
    ]
    assert 9 * HOUR == past.value("latest_duration_seconds", 1)


async def test_a_scale_order_neither_shows_nor_counts():
    orders = [Booked(1, start=20 * HOUR, result=FAILED), Booked(2, start=10 * HOUR, scale=True)]
    past = await past_of(OrderBook(orders, ignores_category=True))
    assert "failed" == past.state("latest_result", "result", 1)
    assert 0 == past.value("orders", 9, result="success")


async def test_what_came_before_the_first_moment_is_looked_up_as_far_as_the_history_goes():
    orders = [Booked(1, start=25 * DAY), Booked(2, "12", start=33 * DAY)]
    past = await past_of(OrderBook(orders))
    assert NOW - 25 * DAY + 60 == past.value("last_success_timestamp_seconds", 48)
    assert past.value("last_success_timestamp_seconds", 48, "12") is None


async def test_a_success_older_than_the_history_is_forgotten_when_the_exporter_would_have():
    past = await past_of(OrderBook([Booked(1, start=31 * DAY)]))
    assert NOW - 31 * DAY + 60 == past.value("last_success_timestamp_seconds", 30)
    assert past.value("last_success_timestamp_seconds", 20) is None


async def test_an_environment_without_orders_has_zeros():
    past = await past_of(OrderBook())
    assert 0 == past.value("orders", 48, "12", result="failed")
    assert past.value("latest_start_timestamp_seconds", 48, "12") is None


@pytest.mark.parametrize(
    "liberty",
    [
        {"order": "shuffled"},
        {"order": "ascending"},
        {"filter_zone": UTC},
        {"ignores_times": True},
        {"ignores_category": True},
    ],
)
async def test_whatever_the_vendor_leaves_open_the_past_is_the_same(liberty):
    orders = [
        Booked(number, "11" if number % 3 else "12", start=start, end=start - 900, result=FAILED if number % 4 else 1)
        for number, start in enumerate(range(int(35 * DAY), 0, -int(7 * HOUR)))
    ] + [Booked(9999, start=1.5 * HOUR, scale=True)]
    expected, past = await past_of(OrderBook(orders)), await past_of(OrderBook(orders, **liberty))
    assert expected.timeline.series == past.timeline.series


async def test_the_whole_past_costs_one_listing_an_app():
    book = OrderBook([Booked(1, start=20 * DAY)], {"1": ["11", "12"], "2": ["21"]})
    await past_of(book, hours=30 * 24)
    assert {"ListApp": 1, "ListAppEnvironment": 2, "ListDeployOrders": 2} == book.calls


async def test_a_start_that_cannot_be_read_takes_the_counts_and_nothing_else():
    orders = [
        Booked(1, start=20 * HOUR),
        Booked(2, start=10 * HOUR, end=9 * HOUR, result=FAILED, extra={"StartTime": "?"}),
    ]
    past = await past_of(OrderBook(orders))
    assert past.value("orders", 5, result="success") is None
    assert ["success", "failed"] == [past.state("latest_result", "result", hours) for hours in (10, 9)]
    assert 0 == past.value("orders", 5, "12", result="success")


async def test_an_order_without_any_time_is_left_out_and_told():
    odd = {"StartTime": "?", "EndTime": "?"}
    past = await past_of(OrderBook([Booked(1, start=20 * HOUR), Booked(2, extra=odd)]))
    assert "success" == past.state("latest_result", "result", 1)
    assert 1 == past.gathered.odd_rows


async def test_a_row_that_cannot_be_read_takes_the_counts_of_its_app():
    past = await past_of(OrderBook([Booked(1, start=20 * HOUR)], unreadable=1))
    assert past.value("orders", 5, result="success") is None
    assert "success" == past.state("latest_result", "result", 5)
    assert 1 == past.gathered.odd_rows


@pytest.mark.parametrize(("elapsed", "ended"), [(2 * HOUR, 8), (None, 10), ("?", 10)])
async def test_where_there_is_no_end_the_elapsed_time_tells_when_an_order_was_over(elapsed, ended):
    gone = {"EndTime": None, "ElapsedTime": elapsed}
    past = await past_of(OrderBook([Booked(1, start=10 * HOUR, result=FAILED, extra=gone)]))
    assert "failed" == past.state("latest_result", "result", ended)
    assert past.state("latest_result", "result", ended + 1) in {None, "in_progress"}


async def test_a_state_that_is_not_documented_is_shown_as_it_is():
    past = await past_of(OrderBook([Booked(1, start=10 * HOUR, status=7, result=9, extra={"EndTime": None})]))
    assert ["unknown", "unknown"] == [past.state(f"latest_{of}", of, 9) for of in ("status", "result")]


async def test_an_environment_that_the_list_of_environments_lacked_is_looked_for():
    book = OrderBook([Booked(1, "13", start=10 * HOUR), Booked(2, start=5 * HOUR)])
    past = await past_of(book)
    assert past.state("latest_result", "result", 1, "13") is None  # deleted since: there is no name to show
    assert "success" == past.state("latest_result", "result", 1)
    assert 2 == book.calls["ListAppEnvironment"]


async def test_what_filters_leave_out_is_not_written_and_an_app_without_anything_left_not_asked_for():
    book = OrderBook([Booked(1, start=10 * HOUR), Booked(2, "21", start=5 * HOUR)], {"1": ["11", "12"], "2": ["21"]})
    filters = Filters(environment=NameFilter.of([], ["env-12", "env-21"]))
    past = await past_of(book, place=replace(PLACE, filters=filters))
    environments = {labels[3] for series in past.timeline.series.values() for labels in series}
    assert ({"11"}, 1) == (environments, book.calls["ListDeployOrders"])


async def test_an_app_that_fails_is_named_and_the_others_are_there():
    book = OrderBook([Booked(1, start=10 * HOUR)], {"1": ["11"], "2": ["21"]})
    book.broken[("ListDeployOrders", "2")] = UnavailableError("no answer")
    past = await past_of(book)
    assert [("2", "unavailable")] == [(each.owner, each.error.reason) for each in past.gathered.failures]
    assert "success" == past.state("latest_result", "result", 1)
    assert past.value("orders", 1, "21", result="success") is None


async def test_without_a_list_of_apps_there_is_nothing_and_it_is_said():
    book = OrderBook(broken={"ListApp": UnavailableError("no answer")})
    past = await past_of(book)
    assert [("", "unavailable")] == [(each.owner, each.error.reason) for each in past.gathered.failures]
    assert {} == past.timeline.series


class Throttling(OrderBook):
    """An order book that refuses its first calls for an app."""

    refusals = 0

    async def list_deploy_orders(self, app_id, **filters):
        if app_id == "2" and self.refusals > 0:
            self.refusals -= 1
            self.broken["ListDeployOrders", "2"] = ThrottledError("too many calls")
        else:
            self.broken.clear()
        return await super().list_deploy_orders(app_id, **filters)


@pytest.mark.parametrize(("refusals", "failures", "calls"), [(0, 0, 2), (1, 0, 3), (2, 0, 4), (3, 1, 4)])
async def test_an_app_that_met_too_many_calls_is_asked_again_and_only_that(refusals, failures, calls):
    book = Throttling([Booked(1, start=10 * HOUR), Booked(2, "21", start=5 * HOUR)], {"1": ["11"], "2": ["21"]})
    book.refusals = refusals
    past = await past_of(book)
    assert failures == len(past.gathered.failures)
    assert calls == book.calls["ListDeployOrders"]
    assert "success" == past.state("latest_result", "result", 1)
    assert (None if failures else "success") == past.state("latest_result", "result", 1, "21")


# Some start just when a moment of the grid is, some end before their start.
STARTS = st.integers(0, 40 * 24 * 2).map(lambda halves: halves * HOUR / 2)
WIRES = st.lists(
    st.tuples(STARTS, st.integers(-2, 8), st.sampled_from([0, 1, 2, 3, 4]), st.sampled_from([1, 2, 3])), max_size=12
)


@given(WIRES)
def test_what_is_carried_on_from_moment_to_moment_is_what_all_orders_say(wires):
    book = OrderBook()
    orders = []
    for number, (start, hours, result, status) in enumerate(sorted(wires, reverse=True)):
        booked = Booked(number, start=start, end=start - hours * HOUR, result=result, status=status)
        orders.append(read_order(book._wire(booked), SHANGHAI))
    place = replace(PLACE, history=3 * DAY)
    environment = KnownEnvironment("1", "app", "11", "env")
    grid = Grid.between(NOW - 10 * DAY, NOW, int(6 * HOUR))
    shown = {
        index: frozenset(span.samples)
        for span in spans(EnvironmentOrders(environment, tuple(orders)), place, grid)
        for index in range(span.start, span.end)
    }
    for index in range(grid.size):
        moment = grid.moment(index)
        then = [as_of(order, moment) for order in orders if order.start <= moment]
        recent = {}
        for order in then:
            if order.start >= moment - place.window:
                recent[order.result] = recent.get(order.result, 0) + 1
        expected = EnvironmentDeploys(environment, standing_since(then, moment - place.history), recent)
        assert frozenset(samples(expected, place).samples) == shown[index]


def standing_since(orders, horizon):
    return without_old(standing(orders), horizon)


def test_an_order_knows_nothing_of_what_came_after():
    wire = DeployOrder.model_validate({"DeployOrderId": 1, "EnvId": 11, "Status": 3, "Result": 2, "FailureRate": "1"})
    order = replace(read_order(wire, SHANGHAI), start=NOW, end=NOW + HOUR)
    before = as_of(order, NOW + 60)
    assert (False, "in_progress", None, None) == (before.finished, before.result, before.end, before.wire.failure_rate)
    assert order == as_of(order, NOW + HOUR)
