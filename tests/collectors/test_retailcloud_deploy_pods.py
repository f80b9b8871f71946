"""Failed pods of the latest order: when they are asked for, what counts as failed, and that nothing hangs on them."""

import pytest

from exporter.clouds.aliyun.retailcloud_models import Pod
from exporter.clouds.errors import (
    CallTimeoutError,
    NotOfferedError,
    PermissionDeniedError,
    ServerError,
    ThrottledError,
)
from exporter.clouds.paging import Listing
from exporter.collection import Limits
from exporter.collectors.retailcloud_deploys import COLLECTOR
from tests.collectors.order_book import (
    CLOSED,
    DEPLOYING,
    FAILED,
    FINISHED,
    HOUR,
    IN_PROGRESS,
    PAUSED,
    PREFIX,
    SUCCESS,
    Booked,
    Deploys,
    OrderBook,
    polled,
)
from tests.doubles import Bench

PODS, ORDERS = "ListPods", "ListDeployOrders"
NONE = {"start_app_instance": 0, "stop_app_instance": 0, "delete_app_instance": 0, "unknown": 0}
DENIED = PermissionDeniedError("no")


def pod(number, result, *steps):
    """A pod with steps given as ``Code=STATUS``."""
    taken = [dict(zip(("StepCode", "Status"), step.split("="), strict=True)) for step in steps]
    return {"AppInstanceId": f"pod-{number}", "Result": result, "DeploySteps": taken}


def failed(number, step="StartAppInstance"):
    return pod(number, FAILED, f"{step}=FAIL")


def open_order(*pods, number=1, env_id="11", status=DEPLOYING):
    return Booked(number, env_id, start=60, status=status, result=IN_PROGRESS, pods=list(pods))


async def shown(deploys, env_id="11"):
    """The counts by step; nothing where they are not shown."""
    lines = (await deploys.bench.page(f"{PREFIX}latest_failed_pods{{")).splitlines()
    return {
        line.partition('step="')[2].partition('"')[0]: float(line.rpartition(" ")[2])
        for line in lines
        if f'env_id="{env_id}"' in line
    }


def counted(deploys, name):
    return deploys.bench.counted(name, {"metric": f"{PREFIX}latest_failed_pods"})


async def test_the_first_failed_pod_of_an_open_order_is_on_the_page_with_the_next_poll():
    order = open_order(pod(1, IN_PROGRESS, "StartAppInstance=PROCESSING"))
    deploys = await polled(order)
    assert NONE == await shown(deploys)
    order.pods[0] = failed(1)
    await deploys.poll(60)
    assert NONE | {"start_app_instance": 1} == await shown(deploys)


async def test_failed_pods_are_counted_by_the_step_that_failed():
    deploys = await polled(
        open_order(
            failed(1),
            failed(2),
            pod(3, FAILED, "StartAppInstance=SUCCESS", "StopAppInstance=FAIL"),
            pod(4, FAILED, "StartAppInstance=SUCCESS", "StopAppInstance=SUCCESS", "DeleteAppInstance=FAIL"),
            pod(5, FAILED),
            pod(6, FAILED, "StartAppInstance=SUCCESS"),
            pod(7, SUCCESS, "StartAppInstance=SUCCESS"),
        )
    )
    steps = {"start_app_instance": 2, "stop_app_instance": 1, "delete_app_instance": 1, "unknown": 2}
    assert steps == await shown(deploys)
    assert 0 == counted(deploys, "cluster_exporter_unknown_states_total")


@pytest.mark.parametrize(
    ("result", "steps", "count"),
    [
        (FAILED, ("StartAppInstance=FAIL",), 1),
        ("2", ("StartAppInstance=FAIL",), 1),
        (CLOSED, ("StartAppInstance=FAIL",), 1),
        (CLOSED, ("StartAppInstance=PROCESSING",), 0),
        (CLOSED, (), 0),
        (IN_PROGRESS, ("StartAppInstance=FAIL",), 0),
        (SUCCESS, ("StartAppInstance=FAIL",), 0),
        (3, ("StartAppInstance=FAIL",), 1),
        (3, (), 0),
        (None, ("StartAppInstance=FAIL",), 1),
        (None, (), 0),
    ],
)
async def test_what_counts_as_a_failed_pod(result, steps, count):
    deploys = await polled(open_order(pod(1, result, *steps)), ignores_results=True)
    assert NONE | {"start_app_instance": count} == await shown(deploys)
    assert (1 if result == 3 else 0) == counted(deploys, "cluster_exporter_unknown_states_total")


@pytest.mark.parametrize(
    ("raw", "step", "odd"),
    [
        ("StartAppInstance", "start_app_instance", 0),
        ("STOPAPPINSTANCE", "stop_app_instance", 0),
        ("DeleteAppInstance", "delete_app_instance", 0),
        ("DrainAppInstance", "unknown", 1),
        ({}, "unknown", 1),
        (None, "unknown", 0),
    ],
)
async def test_every_step_and_an_unknown_one(raw, step, odd):
    steps = [{"StepCode": "StartAppInstance", "Status": "SUCCESS"}, {"StepCode": raw, "Status": "FAIL"}]
    deploys = await polled(open_order({"AppInstanceId": "a", "Result": FAILED, "DeploySteps": steps}))
    assert NONE | {step: 1} == await shown(deploys)
    assert odd == counted(deploys, "cluster_exporter_unknown_states_total")


@pytest.mark.parametrize("status", [DEPLOYING, PAUSED, 9])
async def test_an_open_order_is_asked_about_with_every_poll(status):
    deploys = await polled(open_order(failed(1), status=status))
    for _ in range(3):
        await deploys.poll(60)
    assert 4 == deploys.book.calls[PODS]


@pytest.mark.parametrize("result", [FAILED, CLOSED])
async def test_an_order_that_ended_badly_is_asked_about_once_and_stays_on_the_page(result):
    deploys = await polled(Booked(1, result=result, pods=[failed(1)]))
    for _ in range(3):
        await deploys.poll(1000)
    assert 1 == deploys.book.calls[PODS]
    assert NONE | {"start_app_instance": 1} == await shown(deploys)


@pytest.mark.parametrize("result", [SUCCESS, 3, IN_PROGRESS])
async def test_another_finished_order_is_not_asked_about(result):
    deploys = await polled(Booked(1, result=result, pods=[failed(1)]))
    assert (0, {}) == (deploys.book.calls[PODS], await shown(deploys))


async def test_an_order_of_an_undocumented_status_that_succeeded_is_not_asked_about():
    deploys = await polled(Booked(1, status=9, result=SUCCESS))
    assert (0, {}) == (deploys.book.calls[PODS], await shown(deploys))


async def test_an_order_that_is_closed_is_asked_about_once_more_and_the_next_success_clears_its_pods():
    order = open_order(failed(1))
    deploys = await polled(order)
    order.status, order.result, order.end = FINISHED, CLOSED, -90
    order.pods.append(failed(2, "StopAppInstance"))
    for _ in range(2):
        await deploys.poll(120)
    assert 2 == deploys.book.calls[PODS]
    assert NONE | {"start_app_instance": 1, "stop_app_instance": 1} == await shown(deploys)
    deploys.book.orders.append(Booked(2, start=-300))
    await deploys.poll(120)
    assert {} == await shown(deploys)


async def test_the_pods_of_an_earlier_failure_do_not_stand_for_a_retry():
    deploys = await polled(Booked(1, start=2 * HOUR, result=FAILED, pods=[failed(1)]))
    deploys.book.orders.append(open_order(number=2))
    deploys.book.broken = {PODS: DENIED}
    await deploys.poll(60)
    assert {} == await shown(deploys)
    deploys.book.broken = {}
    await deploys.poll(60)
    assert NONE == await shown(deploys)


ERRORS = [
    DENIED,
    NotOfferedError("gone"),
    ThrottledError("slow down"),
    ServerError("500"),
    CallTimeoutError("too slow"),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.reason)
async def test_a_refused_list_of_pods_costs_nothing_but_its_own_rows(error):
    deploys = Deploys(OrderBook([open_order(failed(1)), Booked(2, "12", result=FAILED)], broken={PODS: error}))
    status = await deploys.poll()
    assert ("success", ()) == (status.result, status.failed)
    assert ({}, {}) == (await shown(deploys), await shown(deploys, "12"))
    assert ("deploying", "failed") == (
        await deploys.state("latest_status", "status"),
        await deploys.state("latest_result", "result", "12"),
    )


async def test_pods_that_may_not_be_listed_are_asked_for_as_often_as_calls_are_under_way_at_once_and_no_more():
    environments = {"1": [str(number) for number in range(11, 61)]}
    orders = [Booked(number, str(number), result=FAILED) for number in range(11, 61)]
    deploys = Deploys(OrderBook(orders, environments, broken={PODS: DENIED}))

    await deploys.poll()
    assert 1 <= deploys.book.calls[PODS] <= 10

    deploys.book.broken = {}
    await deploys.poll(60)
    assert NONE == await shown(deploys, "60")


async def test_a_failing_list_of_pods_keeps_the_rows_of_its_order_for_a_while():
    deploys = await polled(open_order(failed(1)))
    deploys.book.broken = {PODS: ServerError("500")}
    await deploys.poll(60)
    assert NONE | {"start_app_instance": 1} == await shown(deploys)
    await deploys.poll(241)
    assert {} == await shown(deploys)
    assert "deploying" == await deploys.state("latest_status", "status")


async def test_a_success_clears_its_pods_though_the_list_of_another_fails():
    order = open_order(failed(1))
    deploys = await polled(order, open_order(failed(2), number=2, env_id="12"))
    order.status, order.result, order.end = FINISHED, SUCCESS, -30
    deploys.book.broken = {PODS: ServerError("500")}
    await deploys.poll(60)
    assert ({}, NONE | {"start_app_instance": 1}) == (await shown(deploys), await shown(deploys, "12"))


async def test_a_failure_that_could_not_be_looked_at_is_asked_about_again():
    deploys = await polled(Booked(1, result=FAILED, pods=[failed(1)]), broken={PODS: ThrottledError("slow down")})
    deploys.book.broken = {}
    await deploys.poll(60)
    assert NONE | {"start_app_instance": 1} == await shown(deploys)


async def test_the_failure_is_logged_once(capsys):
    deploys = await polled(open_order(failed(1)), broken={PODS: DENIED})
    for _ in range(3):
        await deploys.poll(60)
    assert 1 == capsys.readouterr().out.count("an optional call failed")


@pytest.mark.parametrize(
    "listing",
    [
        Listing((Pod.model_validate(failed(1)),), False, ServerError("500")),
        Listing((Pod.model_validate(failed(1)),), False),
        Listing((), False, unreadable=1),
    ],
    ids=["cut", "short of its total", "unreadable"],
)
async def test_a_list_that_lacks_pods_shows_no_count_that_is_too_small(listing):
    deploys = await polled(open_order(failed(1), failed(2)))
    deploys.book.pod_lists["1"] = listing
    assert "success" == (await deploys.poll(60)).result
    assert NONE | {"start_app_instance": 2} == await shown(deploys)
    assert listing.unreadable == counted(deploys, "cluster_exporter_unreadable_values_total")


async def test_a_total_that_counts_all_pods_does_not_hide_the_failed_ones():
    order = open_order(failed(1), pod(2, SUCCESS), pod(3, IN_PROGRESS))
    deploys = await polled(order, totals_of_all_pods=True)
    assert NONE | {"start_app_instance": 1} == await shown(deploys)
    assert 2 == deploys.book.calls[PODS]
    order.pods[0] = pod(1, SUCCESS)
    await deploys.poll(60)
    assert NONE == await shown(deploys)


async def test_the_orders_of_all_apps_come_before_any_pods():
    environments = {str(app): [f"{app}1"] for app in range(1, 31)}
    orders = [open_order(number=app, env_id=f"{app}1") for app in range(1, 31)]
    deploys = await polled(*orders, environments=environments)
    told = [operation for operation in deploys.book.told if operation in {PODS, ORDERS}]
    assert told == sorted(told)
    assert 30 == deploys.book.calls[PODS]


async def test_pods_that_hang_are_no_failure_and_lose_no_row_of_the_deploys():
    deploys = Deploys(OrderBook([open_order(failed(1)), Booked(2, "12", result=FAILED)], hanging={PODS}))
    deploys.bench.collection.limits = Limits(60, 0.1, 300, 50_000)
    status = await deploys.poll()
    assert ("success", (), 60) == (status.result, status.failed, status.interval)
    deploys.book.environments["1"].remove("12")
    await deploys.poll(700)
    assert "deploying" == await deploys.state("latest_status", "status")
    assert None is await deploys.state("latest_result", "result", "12")
    deploys.book.hanging.clear()
    await deploys.poll(60)
    assert NONE | {"start_app_instance": 1} == await shown(deploys)


async def test_a_run_stopped_before_the_pods_keeps_their_rows_and_the_next_one_asks_beside_the_orders():
    deploys = await polled(open_order(failed(1)), environments={"1": ["11"], "2": ["21"]})
    deploys.bench.collection.limits = Limits(60, 0.1, 300, 50_000)
    deploys.book.hanging = {"2"}
    deploys.book.calls.clear()
    await deploys.poll(60)
    assert 0 == deploys.book.calls[PODS]
    assert NONE | {"start_app_instance": 1} == await shown(deploys)
    deploys.book.orders[0].pods.append(failed(2))
    await deploys.poll(60)
    assert 1 == deploys.book.calls[PODS]
    assert NONE | {"start_app_instance": 2} == await shown(deploys)


async def test_a_restart_asks_once_about_a_failure_and_shows_the_same():
    deploys = await polled(Booked(1, result=FAILED, pods=[failed(1), failed(2, "StopAppInstance")]))
    restarted = Deploys(deploys.book)
    await restarted.poll()
    assert await shown(deploys) == await shown(restarted)
    assert 2 == deploys.book.calls[PODS]


async def test_an_environment_that_is_failing_is_never_cut_and_its_pods_go_with_it():
    deploys = Deploys(OrderBook([Booked(1), Booked(2, "12", result=FAILED, pods=[failed(1)])]))
    deploys.bench = Bench(COLLECTOR, deploys.book, limits=Limits(60, 50, 300, 5))
    await deploys.poll()
    assert NONE | {"start_app_instance": 1} == await shown(deploys, "12")


async def test_the_pods_of_a_deleted_environment_are_gone():
    deploys = await polled(Booked(1, result=FAILED, pods=[failed(1)]))
    deploys.book.environments["1"].remove("11")
    await deploys.poll(600)
    assert {} == await shown(deploys)


async def test_the_pods_of_a_deleted_environment_are_gone_though_the_list_of_another_fails():
    deploys = await polled(Booked(1, result=FAILED, pods=[failed(1)]), open_order(number=2, env_id="12"))
    await deploys.poll(590)
    deploys.book.environments["1"].remove("11")
    deploys.book.broken = {PODS: ServerError("500")}
    await deploys.poll(60)
    assert ({}, None) == (await shown(deploys), await deploys.state("latest_result", "result"))
    assert NONE == await shown(deploys, "12")
