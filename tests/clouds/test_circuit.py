"""A host that gives no answer costs one call a run; it is noticed fast, and what is not its fault does not count."""

import asyncio
import socket

import httpx
import pytest

from benchmarks.simulated_time import live
from exporter.clouds.account_calls import AccountCalls
from exporter.clouds.budget import Budget
from exporter.clouds.circuit import OPEN_AFTER, Circuit
from exporter.clouds.errors import (
    CallTimeoutError,
    CloudError,
    PermissionDeniedError,
    RejectedError,
    ServerError,
    UnavailableError,
    UnknownHostError,
)
from exporter.clouds.exchange import Request
from exporter.clouds.run_time import RunTime, run_until
from tests.clouds.test_http import GOOD, REQUEST, because, refused
from tests.clouds.wire import Wire, answers
from tests.doubles import FakeClock

OTHER = Request("ListApp", "GET", "/", {"x-acs-action": "ListApp"})
RUN = 50.0


class Host:
    """Answers, or fails as it is told."""

    def __init__(self, failure=None, *, timeout=5.0, **wire) -> None:
        self.failure = failure
        self.wire = Wire(self._respond, timeout=timeout, **wire)

    async def _respond(self, request):
        await asyncio.sleep(0)
        if self.failure is None:
            return httpx.Response(200, json=GOOD)
        failure = self.failure(request)
        if isinstance(failure, httpx.Response):
            return failure
        raise failure

    @property
    def asked(self):
        return len(self.wire.requests)

    @property
    def silent(self):
        return self.wire.counted("cluster_exporter_api_silent_hosts")

    async def run(self, calls=1, request=REQUEST):
        """One run of so many calls, ten at a time; what became of each."""
        places = asyncio.Semaphore(10)

        async def call():
            async with places:
                try:
                    await self.wire.channel.send(request)
                except CloudError as error:
                    return error
                return None

        with run_until(self.wire.clock.monotonic() + RUN):
            return await asyncio.gather(*(call() for _ in range(calls)))


def connect_refused(_):
    return httpx.ConnectError("refused")


def hangs(_):
    return httpx.ReadTimeout("slow")


def unknown(_):
    return because(httpx.ConnectError("x"), because(OSError("y"), socket.gaierror(-2, "Name or service not known")))


async def test_a_dead_host_costs_one_call_a_run_after_the_first():
    host = Host(connect_refused)

    await host.run()
    assert 3 == host.asked
    for runs in range(1, 6):
        host.wire.clock.advance(60)
        await host.run(200)
        assert 3 + runs == host.asked
    assert 1 == host.silent


@pytest.mark.parametrize(
    ("failure", "error", "reason"),
    [
        (connect_refused, UnavailableError, "unavailable"),
        (unknown, UnknownHostError, "unavailable"),
        (hangs, CallTimeoutError, "timeout"),
    ],
)
async def test_in_the_first_run_of_two_hundred_objects_the_rest_do_not_wait(failure, error, reason):
    host = Host(failure)

    errors = await host.run(200)

    assert host.asked <= 10 + OPEN_AFTER  # those that were under way at once, and what is asked until it is noticed
    assert {(error, reason)} == {(type(each), each.reason) for each in errors}


async def test_a_call_that_is_not_sent_says_why_and_since_when_and_what_happens_next():
    host = Host(connect_refused)
    await host.run()
    host.wire.clock.advance(120)

    tried, held_back = await host.run(2)

    assert "ListCluster: cloud.example gave no answer (ConnectError)" == str(tried)
    assert str(held_back).startswith(
        "ListCluster: not sent, as cloud.example has given no answer for 121 s (ListCluster:"
    )
    assert str(held_back).endswith("; the next run tries it with one call")
    assert "ListCluster" == held_back.operation


async def test_the_first_answer_ends_it_and_the_whole_run_goes_on():
    host = Host(connect_refused)
    await host.run(20)
    host.wire.clock.advance(60)
    before, host.failure = host.asked, None

    assert [None] * 200 == await host.run(200)

    assert before + 200 == host.asked
    assert 0 == host.silent


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (lambda _: refused(403, "Forbidden.RAM"), PermissionDeniedError),
        (lambda _: refused(503, "ServiceUnavailable"), ServerError),
        (lambda _: refused(400, "InvalidParameter"), RejectedError),
    ],
)
async def test_a_refusal_is_an_answer(answer, error):
    host = Host(answer)
    await host.run(30)
    assert 0 == host.silent

    host.failure = connect_refused
    await host.run(30)
    host.failure = answer
    host.wire.clock.advance(60)
    errors = await host.run(30)

    assert {error} == {type(each) for each in errors}
    assert 0 == host.silent


async def test_connections_that_break_all_at_once_for_a_moment_cost_no_object():
    host = Host(connect_refused)
    running = asyncio.create_task(host.run(10))
    while host.asked < 10:  # noqa: ASYNC110 -- there is nothing to be told by
        await asyncio.sleep(0)
    await asyncio.sleep(0)
    host.failure = None

    assert [None] * 10 == await running


async def test_calls_that_hang_while_another_is_answered_are_not_the_hosts_fault():
    clock = FakeClock()
    told = []
    circuit = Circuit("cloud.example", clock.monotonic, lambda: told.append(circuit.is_open))

    sent_at = clock.monotonic()
    clock.advance(10)
    circuit.answered()
    clock.advance(10)
    for _ in range(10):
        circuit.silent("ListClusterNode", CallTimeoutError("slow"), sent_at)

    assert not circuit.is_open
    assert [] == told


async def test_another_operation_does_not_wait_for_the_probe_of_one_that_hangs():
    clock = FakeClock()
    circuit = Circuit("cloud.example", clock.monotonic, lambda: None)
    for _ in range(OPEN_AFTER):
        circuit.silent("ListClusterNode", CallTimeoutError("slow"), clock.monotonic())
    run = RunTime(clock.monotonic() + 50)
    assert await circuit.enter("ListClusterNode", run)

    async with asyncio.timeout(5):
        assert not await circuit.enter("ListApp", run)


def test_calls_that_wait_for_the_budget_when_it_is_noticed_are_not_sent():
    class Waiting(Wire):
        async def _nap(self, seconds):
            await asyncio.sleep(seconds)

    def refuse(request):
        raise httpx.ConnectError("refused")

    async def life(clock):
        wire = Waiting(refuse, clock=clock, budget=Budget(1, 1, monotonic=clock.monotonic, sleep=asyncio.sleep))
        with run_until(clock.monotonic() + RUN):
            calls = [wire.channel.send(REQUEST) for _ in range(10)]
            return wire, await asyncio.gather(*calls, return_exceptions=True)

    wire, errors = live(life)

    assert {UnavailableError} == {type(each) for each in errors}
    assert len(wire.requests) <= OPEN_AFTER + 1


async def test_an_operation_that_hangs_does_not_hold_up_another_one():
    host = Host(lambda request: hangs(request) if b"Nodes" in request.url.raw_path else None)
    slow = Request("ListClusterNode", "GET", "/?Nodes")

    async def respond(request):
        failure = host.failure(request)
        if failure is not None:
            raise failure
        return httpx.Response(200, json=GOOD)

    host.wire._respond = respond
    await host.run(20, slow)
    assert 1 == host.silent

    assert [None] * 5 == await host.run(5, OTHER)
    assert 0 == host.silent


async def test_calls_outside_of_runs_are_never_held_back():
    host = Host(connect_refused)
    await host.run(20)
    before = host.asked

    with pytest.raises(UnavailableError, match=r"gave no answer"):
        await host.wire.channel.send(REQUEST)

    assert before + 3 == host.asked


async def test_a_run_that_ends_while_the_host_is_tried_tells_what_it_waited_for():
    host = Host(connect_refused)
    await host.run(20)
    tried = asyncio.Event()

    async def hang(request):
        tried.set()
        await asyncio.Event().wait()

    host.wire._respond = hang
    with run_until(host.wire.clock.monotonic() + RUN) as first:
        probe = asyncio.create_task(host.wire.channel.send(REQUEST))
        await tried.wait()
    with run_until(host.wire.clock.monotonic() + RUN) as second:
        other = asyncio.create_task(host.wire.channel.send(REQUEST))
        await asyncio.sleep(0)
    for task in (other, probe):
        task.cancel()
    await asyncio.gather(probe, other, return_exceptions=True)

    assert {UnavailableError} == {type(run.trouble) for run in (first, second)}


async def test_a_patient_run_is_never_held_back():
    host = Host(connect_refused)
    await host.run(20)
    before = host.asked

    with run_until(host.wire.clock.monotonic() + 3600, patient=True):
        for _ in range(5):
            with pytest.raises(UnavailableError, match=r"gave no answer"):
                await host.wire.channel.send(REQUEST)

    assert before + 15 == host.asked


async def test_a_run_that_takes_long_tries_again_every_minute():
    host = Host(connect_refused)
    with run_until(host.wire.clock.monotonic() + 3600):
        for _ in range(60):
            with pytest.raises(UnavailableError):
                await host.wire.channel.send(REQUEST)
            host.wire.clock.advance(10)

    assert 3 + 1 + 9 <= host.asked <= 3 + 1 + 10


async def test_a_probe_that_is_called_off_leaves_nobody_waiting():
    clock = FakeClock()
    circuit = Circuit("cloud.example", clock.monotonic, lambda: None)
    for _ in range(OPEN_AFTER):
        circuit.silent("ListCluster", UnavailableError("no"), clock.monotonic())
    first, second = RunTime(clock.monotonic() + 50), RunTime(clock.monotonic() + 50)

    assert await circuit.enter("ListCluster", first)
    waiting = asyncio.create_task(circuit.enter("ListCluster", second))
    await asyncio.sleep(0)
    circuit.leave()

    with pytest.raises(UnavailableError, match="not sent"):
        await waiting
    assert await circuit.enter("ListCluster", second)


async def test_silent_hosts_are_counted_anew_where_the_settings_made_new_channels():
    host = Host(connect_refused)
    await host.run()
    assert 1 == host.silent

    same = Wire(answers(GOOD), endpoint="https://other.example", account=host.wire.account, metrics=host.wire.metrics)
    assert 1 == same.counted("cluster_exporter_api_silent_hosts")

    new = Wire(answers(GOOD), metrics=host.wire.metrics)
    assert 0 == new.counted("cluster_exporter_api_silent_hosts")


def test_circuits_are_by_product_region_and_host():
    account = AccountCalls("shop", "aliyun", 10)
    clock = FakeClock()

    def circuit(*key):
        return account.circuit(*key, clock.monotonic, lambda: None)

    one = circuit("emr", "cn-beijing", "emr.example")
    assert one is circuit("emr", "cn-beijing", "emr.example")
    others = [
        circuit("ecs", "cn-beijing", "emr.example"),
        circuit("emr", "cn-shanghai", "emr.example"),
        circuit("emr", "cn-beijing", "emr.example:8443"),
    ]
    assert 4 == len({one, *others})
