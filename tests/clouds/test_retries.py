"""Which failed calls are made again, how often and when; and that no attempt is begun that its run would cut off."""

import asyncio

import httpx
import pytest

from exporter.clouds.aliyun.dialect import AliyunDialect
from exporter.clouds.budget import Budget
from exporter.clouds.errors import (
    AuthError,
    BadResponseError,
    CallTimeoutError,
    ClockError,
    CloudError,
    NonceUsedError,
    NotOfferedError,
    PageSizeError,
    PermissionDeniedError,
    ProxyAuthError,
    Refusal,
    RejectedError,
    RetiredError,
    ServerError,
    ThrottledError,
    TokenError,
    UnavailableError,
    UnknownHostError,
    UntrustedHostError,
)
from exporter.clouds.exchange import Request
from exporter.clouds.huaweicloud.dialect import HuaweiDialect
from exporter.clouds.retries import ATTEMPTS, retry_delay
from exporter.clouds.run_time import current_run, run_until
from tests.clouds.test_http import GOOD, REQUEST, failing, refused
from tests.clouds.wire import Wire, answers
from tests.doubles import FakeClock

AGAIN = {ThrottledError: 2, NonceUsedError: 1, ServerError: 2, UnavailableError: 2, CallTimeoutError: 1}
NEVER = (
    AuthError,
    BadResponseError,
    ClockError,
    NotOfferedError,
    PageSizeError,
    PermissionDeniedError,
    ProxyAuthError,
    RejectedError,
    RetiredError,
    TokenError,  # the channel's own matter
    UnknownHostError,
    UntrustedHostError,
)


def family(kind):
    return {kind}.union(*(family(child) for child in kind.__subclasses__()))


def test_every_kind_of_error_has_its_say_here():
    ours = {kind for kind in family(CloudError) if kind.__module__ == "exporter.clouds.errors"}
    assert {"CloudError", "LoginError"} == {kind.__name__ for kind in ours - AGAIN.keys() - set(NEVER)}


@pytest.mark.parametrize(("kind", "times"), [*AGAIN.items(), *((kind, 0) for kind in NEVER)])
def test_a_call_is_made_again_so_often(kind, times):
    failures = [kind("no")]
    while retry_delay(failures, 0.5) is not None:
        failures.append(kind("no"))

    assert times == len(failures) - 1


def test_no_mixture_of_errors_makes_for_more_attempts():
    mixture = [UnavailableError("a"), NonceUsedError("b")]

    assert retry_delay(mixture, 0.5) is not None
    assert retry_delay([*mixture, ServerError("c")], 0.5) is None
    assert 3 == ATTEMPTS


@pytest.mark.parametrize(("chance", "first", "second"), [(0, 0.125, 0.25), (0.5, 0.25, 0.5), (1, 0.375, 0.75)])
def test_the_delay_doubles_and_is_left_to_chance(chance, first, second):
    fault = ServerError("no")

    assert (first, second) == (retry_delay([fault], chance), retry_delay([fault, fault], chance))


@pytest.mark.parametrize(("hint", "delay"), [("100", 0.25), ("2000", 2.0), ("600000", 60.0), ("soon", 0.25)])
async def test_a_service_that_fails_and_says_until_when_is_left_alone_until_then(hint, delay):
    wire = Wire(failing(refused(503, "ServiceUnavailable", headers={"x-acs-retry-after": hint})))

    await wire.channel.send(REQUEST)

    assert [delay] == wire.naps


@pytest.mark.parametrize(
    ("status", "code", "again"),
    [
        (400, "Throttling", True),
        (400, "Throttling.User", True),
        (503, "ServiceUnavailable", True),
        (500, "InternalError", True),
        (500, "UnknownError", True),
        (502, "", True),
        (504, "", True),
        (400, "SignatureNonceUsed", True),
        (400, "InvalidTimeStamp.Expired", False),
        (400, "SignatureDoesNotMatch", False),
        (404, "InvalidAccessKeyId.NotFound", False),
        (403, "Forbidden.RAM", False),
        (404, "InvalidApi.NotFound", False),
        (400, "InvalidParameter", False),
        (400, "InsufficientBalance", False),
        (200, "102000", False),
        (200, "500", False),
    ],
)
def test_the_code_table_of_alibaba(status, code, again):
    error = AliyunDialect().error(Refusal(status, code, "", ""), "ListCluster")

    assert again == (retry_delay([error], 0.5) is not None)


@pytest.mark.parametrize(
    ("status", "code", "again"),
    [
        (429, "APIGW.0308", True),
        (429, "", True),
        (400, "ModelArts.0010", True),
        (400, "ModelArts.0012", True),
        (400, "ModelArts.0013", True),
        (500, "APIGW.0601", True),
        (504, "APIGW.0201", True),
        (404, "APIGW.0101", False),
        (403, "APIGW.0302", False),
        (404, "ModelArts.0102", False),
        (400, "ModelArts.0104", False),
        (413, "APIGW.0201", False),
    ],
)
def test_the_code_table_of_huawei(status, code, again):
    error = HuaweiDialect().error(Refusal(status, code, "", ""), "ListPools")

    assert again == (retry_delay([error], 0.5) is not None)


# In a run


async def test_a_timeout_is_asked_again_once_where_the_run_has_time_for_a_whole_one():
    wire = Wire(failing(*(httpx.ReadTimeout("slow") for _ in range(5))), timeout=20)

    with run_until(wire.clock.monotonic() + 50), pytest.raises(CallTimeoutError):
        await wire.channel.send(REQUEST)

    assert {"timeout": 2} == wire.outcomes()


@pytest.mark.parametrize("left", [20.0, 20.25])
async def test_a_timeout_is_not_asked_again_where_the_run_would_end_first(left):
    wire = Wire(failing(httpx.ReadTimeout("slow")), timeout=20)

    with run_until(wire.clock.monotonic() + left), pytest.raises(CallTimeoutError):
        await wire.channel.send(REQUEST)

    assert {"timeout": 1} == wire.outcomes()


async def test_who_asks_outside_of_a_run_is_not_made_to_wait_for_a_second_timeout():
    wire = Wire(failing(httpx.ReadTimeout("slow")))

    with pytest.raises(CallTimeoutError):
        await wire.channel.send(REQUEST)

    assert {"timeout": 1} == wire.outcomes()


@pytest.mark.parametrize(("left", "calls"), [(0.25, 1), (0.26, 2), (10, 3)])
async def test_no_attempt_begins_after_the_end_of_the_run(left, calls):
    wire = Wire(failing(*(refused(503, "ServiceUnavailable") for _ in range(5))))

    with run_until(wire.clock.monotonic() + left), pytest.raises(ServerError):
        await wire.channel.send(REQUEST)

    assert {"server_error": calls} == wire.outcomes()
    assert calls - 1 == wire.counted("cluster_exporter_api_retries_total")


async def test_tasks_of_a_run_know_its_time_and_others_do_not():
    async def seen():
        return current_run()

    with run_until(7) as run:
        inside = asyncio.create_task(seen())
    outside = asyncio.create_task(seen())

    assert (run, None) == (await inside, await outside)
    assert 7 == run.ends_at


async def test_a_run_can_tell_what_its_calls_wait_for():
    seen = []

    def respond(request):
        seen.append(run.trouble)
        return refused(503, "ServiceUnavailable") if len(seen) < 3 else httpx.Response(200, json=GOOD)

    wire = Wire(respond)
    with run_until(wire.clock.monotonic() + 50) as run:
        await wire.channel.send(REQUEST)

    assert [type(None), ServerError, ServerError] == [type(trouble) for trouble in seen]
    assert run.trouble is None


async def test_a_run_that_is_stopped_can_still_tell():
    async def respond(request):
        if wire.naps:
            await asyncio.Event().wait()
        return refused(503, "ServiceUnavailable")

    wire = Wire(respond)
    with run_until(wire.clock.monotonic() + 50) as run, pytest.raises(TimeoutError):
        await asyncio.wait_for(wire.channel.send(REQUEST), 0.05)

    assert isinstance(run.trouble, ServerError)


async def test_a_certificate_that_is_not_trusted_will_not_be_the_next_time():
    wire = Wire(failing(UntrustedHostError("no")))

    with pytest.raises(UntrustedHostError):
        await wire.channel.send(REQUEST)

    assert 1 == len(wire.requests)


async def test_a_body_that_was_sent_is_sent_again_whole():
    wire = Wire(failing(httpx.ReadError("reset")))

    await wire.channel.send(Request("GetRdsBackUp", "POST", "/", {"x-acs-action": "GetRdsBackUp"}, b"DbId=7"))

    assert [b"DbId=7", b"DbId=7"] == [request.content for request in wire.requests]


async def test_the_wait_for_the_budget_is_counted_of_calls_that_were_called_off_too():
    clock = FakeClock()

    async def nap(seconds):
        clock.advance(seconds)
        await asyncio.Event().wait()

    budget = Budget(0.1, 1, monotonic=clock.monotonic, sleep=nap)
    wire = Wire(answers(GOOD), clock=clock, budget=budget)
    await wire.channel.send(REQUEST)
    waiting = asyncio.create_task(wire.channel.send(REQUEST))
    while wire.clock.monotonic() < 1010:  # noqa: ASYNC110 -- there is nothing to be told by
        await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)

    assert 10 == wire.counted("cluster_exporter_api_budget_wait_seconds_total")
