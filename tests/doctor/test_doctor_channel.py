"""The channel of the doctor: what its time limit counts, and when the cloud told its time."""

import httpx

from exporter.clouds.exchange import Request
from exporter.doctor.channel import ProbingChannel
from tests.clouds.wire import Wire, answers
from tests.doubles import FakeClock

LIMIT = 60.0  # seconds


class Noting(FakeClock):
    """Calls back before it goes on, which is when somebody waits."""

    def __init__(self, waits) -> None:
        super().__init__()
        self._waits = waits

    def advance(self, seconds: float) -> None:
        self._waits()
        super().advance(seconds)


async def test_waits_for_the_budget_do_not_count_as_the_time_of_a_call():
    seen = []
    clock = Noting(lambda: seen.append(limit.when()))
    wire = Wire(answers({}), rate=1 / 60, burst=1, clock=clock, kind=ProbingChannel)
    async with wire.channel.limited(LIMIT) as limit:
        started = limit.when()
        await wire.channel.send(Request("ListApp", "GET", "/"))
        await wire.channel.send(Request("ListCluster", "GET", "/"))
        ended = limit.when()
    assert [60.0] == wire.naps
    assert [None] == seen
    assert started <= ended < started + LIMIT / 2


async def test_a_time_that_the_cloud_told_grows_old():
    def respond(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={}, headers={"date": "Thu, 01 Jan 2026 00:00:00 GMT"})

    wire = Wire(respond, kind=ProbingChannel)
    await wire.channel.send(Request("ListApp", "GET", "/"))
    wire.clock.advance(40.0)
    assert ("Thu, 01 Jan 2026 00:00:00 GMT", 40.0) == (wire.channel.date, wire.channel.age)
