"""After too many calls: for how long a product is left alone, how it is asked again, and what a run then says."""

import asyncio
import math
from email.utils import formatdate

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.clouds.aliyun import hints
from exporter.clouds.errors import ServerError, ThrottledError
from exporter.clouds.exchange import Request
from exporter.clouds.huaweicloud.dialect import HuaweiDialect
from exporter.clouds.run_time import run_until
from exporter.clouds.throttling import LONGEST, pause, rest_of_minute
from tests.clouds.test_http import GOOD, REQUEST, failing, refused
from tests.clouds.wire import Wire, answers
from tests.doubles import NOW, Bench, simple_collector

HPC = Request("DescribeHpcClusters", "GET", "/?RegionId=cn-hangzhou", {"x-acs-action": "DescribeHpcClusters"})


def throttled(hint=None, **headers):
    if hint is not None:
        headers["x-acs-retry-after"] = str(hint)
    return refused(400, "Throttling.User", headers={name.replace("_", "-"): value for name, value in headers.items()})


def long_run(wire):
    return run_until(wire.clock.monotonic() + 3600)


# How long


def test_without_a_hint_the_pause_doubles_up_to_half_a_minute():
    assert [2, 4, 8, 16, 30, 30, 30] == [pause(number, None, 0.5) for number in range(1, 8)]
    assert 30 == pause(10**6, None, 0.5)


@pytest.mark.parametrize("hint", [0.001, 0.08, 2.0, 60.0])
def test_a_hint_is_never_undercut(hint):
    assert hint == pause(7, hint, 0)
    assert 1.25 * hint == pause(1, hint, 1)


@pytest.mark.parametrize("hint", [61.0, 1e6, math.inf])
def test_a_hint_beyond_a_minute_is_not_believed(hint):
    assert LONGEST == pause(1, hint, 0)


@given(st.integers(1, 10**9), st.none() | st.floats(0.001, 1e12), st.floats(0, 1))
def test_a_pause_is_never_long_and_never_nothing(in_a_row, hint, chance):
    assert 0 < pause(in_a_row, hint, chance) <= 1.25 * LONGEST


@pytest.mark.parametrize(
    ("date", "seconds"),
    [
        ("Thu, 01 Jan 2026 00:00:00 GMT", 61),
        ("Thu, 01 Jan 2026 23:59:41 GMT", 20),
        ("Thu, 01 Jan 2026 00:00:59 GMT", 2),
        ("Thu, 01 Jan 2026 00:00:60 GMT", 2),  # a leap second
        ("", 61),
        ("yesterday", 61),
        ("00:00:99", 2),
    ],
)
def test_the_rest_of_the_minute_is_told_by_the_vendors_clock(date, seconds):
    assert seconds == rest_of_minute(date, 0)
    assert seconds + 4 == rest_of_minute(date, 1)


# Hints

RATE_LIMIT = "Limit:1,Remain:0,TimeLeft:2000,Reset:1234"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"x-acs-retry-after": "2000"}, 2.0),
        ({"x-acs-retry-after": " 2000 "}, 2.0),
        ({"x-acs-retry-after": "2000.5"}, 2.0),
        ({"x-acs-retry-after": "999999999"}, 999_999.999),
        ({"x-acs-retry-after": "0", "x-ratelimit-user-api": RATE_LIMIT}, 2.0),
        ({"x-ratelimit-user-api": RATE_LIMIT}, 2.0),
        ({"x-ratelimit-user-api": " remain = 0 ; timeleft = 2000 "}, 2.0),
        ({"x-ratelimit-user-api": "TimeLeft:2000"}, 2.0),
        ({"x-ratelimit-user-api": RATE_LIMIT, "x-ratelimit-user": "TimeLeft:3000"}, 3.0),
        ({"x-ratelimit-user-api": "Remain:0,TimeLeft:"}, None),
        *(
            ({name: before + odd}, None)
            for name, before in (("x-acs-retry-after", ""), ("x-ratelimit-user-api", "Remain:0,TimeLeft:"))
            for odd in ("", "-5", "0", "nan", "inf", "1e9", "²", "٣", "9" * 10, "9" * 5000, "soon", "\x00", "0x10")
        ),
    ],
)
def test_a_hint_is_read_leniently_and_nonsense_is_none(headers, seconds):
    assert seconds == hints.retry_after(headers)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (RATE_LIMIT, 2.0),
        ("Limit:1,Remain:00,TimeLeft:2000", None),
        ("Limit:100,Remain:1,TimeLeft:2000", None),
        ("Limit:100,TimeLeft:2000", None),
        ("Remain:0", None),
        ("", None),
    ],
)
def test_a_good_answer_asks_for_a_rest_when_it_used_up_what_there_was(header, seconds):
    assert seconds == hints.rest({"x-ratelimit-user-api": header})


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("The throttling threshold has been reached: policy user over ratelimit,limit:10,time:1 second", 1.0),
        ("policy user over ratelimit, limit: 200, time: 2 minutes", 120.0),
        ("limit:10,time:0 second", None),
        ("limit:10,time:9999999 second", None),
        ("limit:10,time:1 fortnight", None),
        ("too many", None),
    ],
)
def test_the_window_in_the_text_is_the_hint_of_huawei(text, seconds):
    wire = Wire(answers({"error_code": "APIGW.0308", "error_msg": text}, status=429), provider="huaweicloud")
    answer = httpx.Response(429, json={"error_code": "APIGW.0308", "error_msg": text})

    refusal = HuaweiDialect().refusal(wire.channel._line._parse(REQUEST, answer, answer.content))

    assert seconds == refusal.retry_after


# Calls


async def test_a_throttled_call_is_made_again_after_the_hint_and_paid_for():
    wire = Wire(failing(throttled(2500)))

    with long_run(wire):
        answer = await wire.channel.send(REQUEST)

    assert GOOD == answer.value
    assert [2.5 * 1.125] == wire.naps
    assert {"throttled": 1, "ok": 1} == wire.outcomes()
    for name in ("throttled", "retries"):
        assert 1 == wire.counted(f"cluster_exporter_api_{name}_total")
    assert 2 == len({request.headers["x-acs-signature-nonce"] for request in wire.requests})


async def test_a_call_is_throttled_three_times_at_most_with_longer_and_longer_pauses():
    wire = Wire(failing(*(throttled() for _ in range(9))))

    with long_run(wire), pytest.raises(ThrottledError):
        await wire.channel.send(REQUEST)

    assert {"throttled": 3} == wire.outcomes()
    assert [2, 4] == wire.naps


async def test_while_a_product_is_throttled_no_call_of_it_goes():
    wire = Wire(failing(throttled(30_000)))
    began = wire.clock.monotonic()

    with long_run(wire):
        await asyncio.gather(*(wire.channel.send(REQUEST) for _ in range(3)))

    # The first is refused, the two beside it were under way; only the first is to be made again.
    assert {"throttled": 1, "ok": 3} == wire.outcomes()
    assert 30 * 1.125 <= wire.clock.monotonic() - began

    await wire.channel.send(REQUEST)
    assert 30 * 1.125 <= wire.clock.monotonic() - began


async def test_a_call_that_waits_for_a_place_when_the_product_is_throttled_waits_on():
    went = []

    async def respond(request):
        went.append(wire.clock.monotonic())
        first = len(went) == 1
        await asyncio.sleep(0)
        return throttled(10_000) if first else httpx.Response(200, json=GOOD)

    wire = Wire(respond)
    began = wire.clock.monotonic()

    with long_run(wire):
        await asyncio.gather(*(wire.channel.send(REQUEST) for _ in range(30)))

    before = [at for at in went if at < began + 10]
    assert 10 == len(before)  # those that had a place
    assert 31 == len(went)


async def test_a_run_that_ends_before_the_pause_says_throttled_and_sends_nothing_more():
    wire = Wire(failing(*(throttled(55_000) for _ in range(9))))

    with run_until(wire.clock.monotonic() + 50):
        with pytest.raises(ThrottledError, match=r"Throttling\.User"):
            await wire.channel.send(REQUEST)
        with pytest.raises(ThrottledError, match=r"ListCluster: not sent, as the vendor wants no calls of retailcloud"):
            await wire.channel.send(REQUEST)

    assert {"throttled": 1} == wire.outcomes()
    assert [] == wire.naps
    assert 0 == wire.counted("cluster_exporter_api_retries_total")


async def test_a_run_that_is_throttled_to_its_end_is_throttled_and_no_timeout():
    wire = Wire(lambda _: throttled(20_000))

    async def fetch(channel, run):
        async def ask(owner):
            await channel.send(REQUEST)

        await run.each(map(str, range(40)), ask)

    bench = Bench(simple_collector(fetch), wire.channel, clock=wire.clock)
    status = await bench.collection.run()

    assert ("throttled", False) == (status.result, status.got_data)
    assert {"throttled"} == {reason for _, reason in status.failed}
    # The first one, and one after each pause that ended within the run.
    assert 2 <= wire.outcomes()["throttled"] <= 3
    assert wire.clock.now() <= NOW + 50


async def test_a_hint_in_a_good_answer_holds_up_the_next_call_and_not_the_full_rate():
    wire = Wire(
        lambda _: httpx.Response(200, json=GOOD, headers={"x-ratelimit-user-api": RATE_LIMIT} if not wire.naps else {})
    )

    for _ in range(4):
        await wire.channel.send(REQUEST)

    assert [2.0] == [nap for nap in wire.naps if nap > 0.01]
    assert 0 == wire.counted("cluster_exporter_api_throttled_total")


async def test_an_absurd_rest_is_a_minute_at_most():
    limit = {"x-ratelimit-user-api": "Remain:0,TimeLeft:999999999"}
    wire = Wire(lambda _: httpx.Response(200, json=GOOD, headers=limit))

    await wire.channel.send(REQUEST)
    await wire.channel.send(REQUEST)

    assert [60] == wire.naps


async def test_who_asks_outside_of_a_run_is_told_at_once_and_pauses_do_not_grow():
    wire = Wire(failing(*(throttled() for _ in range(4))))

    for _ in range(4):
        with pytest.raises(ThrottledError):
            await wire.channel.send(REQUEST)

    assert {"throttled": 4} == wire.outcomes()
    assert [2, 2, 2] == wire.naps


async def test_another_fault_of_a_throttled_call_is_what_is_told():
    wire = Wire(failing(throttled(1000), *(refused(503, "ServiceUnavailable") for _ in range(5))))

    with long_run(wire), pytest.raises(ServerError):
        await wire.channel.send(REQUEST)

    assert {"throttled": 1, "server_error": 2} == wire.outcomes()


# ECS counts by region, API and minute


def at_second(second, response):
    response.headers["date"] = formatdate(NOW + second, usegmt=True)
    return response


async def test_ecs_waits_out_its_minute():
    wire = Wire(failing(at_second(41, throttled())), product="ecs")

    with long_run(wire):
        await wire.channel.send(HPC)

    assert [60 - 41 + 1 + 2] == wire.naps


async def test_ecs_waits_out_its_minute_though_the_hint_is_shorter():
    wire = Wire(failing(at_second(10, throttled(500))), product="ecs")

    with long_run(wire):
        await wire.channel.send(HPC)

    assert 53 == sum(wire.naps)


async def test_ecs_in_another_region_and_another_api_go_on():
    wire = Wire(failing(at_second(0, throttled())), product="ecs")
    elsewhere = Wire(answers(GOOD), product="ecs", region="cn-beijing", clock=wire.clock, budget=wire.budget)

    with run_until(wire.clock.monotonic() + 50), pytest.raises(ThrottledError):
        await wire.channel.send(HPC)
    await elsewhere.channel.send(HPC)
    await wire.channel.send(Request("DescribeRegions", "GET", "/"))

    assert [] == wire.naps + elsewhere.naps
    with run_until(wire.clock.monotonic() + 50), pytest.raises(ThrottledError, match="not sent"):
        await wire.channel.send(HPC)
    assert 2 == len(wire.requests)
    wire.clock.advance(63)
    await wire.channel.send(HPC)
    assert 3 == len(wire.requests)


async def test_ecs_sends_nothing_when_its_minute_closed_while_the_call_waited_for_the_product():
    wire = Wire(answers(GOOD), product="ecs", rate=1, burst=1)
    part = wire.budget.part(("cn-hangzhou", HPC.operation))
    await wire.budget.spend()  # of another region

    async def nap(seconds):
        wire.naps.append(seconds)
        wire.clock.advance(seconds)
        if len(wire.naps) == 1:
            part.pause(40)

    wire.budget._sleep = nap
    with long_run(wire):
        began = wire.clock.monotonic()
        await wire.channel.send(HPC)

    assert wire.clock.monotonic() - began >= 41
