"""The API budget: a burst at once, then so many calls a second, in the order they were asked for."""

import asyncio
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.clouds.budget import Budget, ClosedError
from tests.doubles import FakeClock


class Paced:
    """A budget that sleeps by putting its clock forward."""

    def __init__(self, rate, burst):
        self.clock = FakeClock()
        self.budget = Budget(rate, burst, monotonic=self.clock.monotonic, sleep=self._sleep)

    async def _sleep(self, seconds):
        self.clock.advance(seconds)

    async def waits(self, calls, lane=""):
        """How long each of so many calls waited that were made at the same time."""
        return [round(waited, 6) for waited in await asyncio.gather(*(self.budget.spend(lane) for _ in range(calls)))]


async def test_a_burst_goes_at_once_and_the_rest_at_the_rate():
    assert [0, 0, 0, 0.5, 1.0, 1.5] == await Paced(2, 3).waits(6)


async def test_without_a_burst_every_call_waits_its_turn():
    assert [0, 0.1, 0.2] == await Paced(10, 1).waits(3)


async def test_a_pause_brings_the_burst_back():
    paced = Paced(2, 3)
    await paced.waits(3)
    paced.clock.advance(1.5)

    assert [0, 0, 0, 0.5] == await paced.waits(4)


async def test_a_long_pause_brings_no_more_than_the_burst():
    paced = Paced(2, 3)
    await paced.waits(3)
    paced.clock.advance(3600)

    assert [0, 0, 0, 0.5] == await paced.waits(4)


async def test_a_short_pause_brings_a_part_of_the_burst_back():
    paced = Paced(2, 3)
    await paced.waits(3)
    paced.clock.advance(0.5)

    assert [0, 0.5] == await paced.waits(2)


async def test_lanes_take_turns_so_that_a_long_one_cannot_hold_up_a_short_one():
    paced = Paced(10, 1)
    long, short = await asyncio.gather(paced.waits(6, "long"), paced.waits(2, "short"))
    assert [0, 0.1, 0.3, 0.5, 0.6, 0.7] == long
    assert [0.2, 0.4] == short


async def test_a_paused_budget_lets_no_call_go_for_a_while_and_no_burst_after_it():
    paced = Paced(10, 5)
    paced.budget.pause(60)
    assert [60, 60.1] == [round(wait, 1) for wait in await paced.waits(2)]


async def test_after_too_many_calls_one_a_second_goes_until_one_succeeds():
    paced = Paced(10, 5)
    paced.budget.refused(paced.clock.monotonic(), lambda _: 30)

    assert [30, 31, 32] == await paced.waits(3)

    paced.budget.accepted(paced.clock.monotonic())
    assert [0.1, 0.2, 0.3] == await paced.waits(3)


async def test_a_success_of_a_call_from_before_the_pause_does_not_end_it():
    paced = Paced(10, 5)
    under_way = paced.clock.monotonic()
    paced.clock.advance(1)
    paced.budget.refused(paced.clock.monotonic(), lambda _: 30)
    paced.budget.accepted(under_way)

    assert [30, 31] == await paced.waits(2)


async def test_refusals_count_in_a_row_only_those_of_calls_made_after_the_pause():
    paced, counted = Paced(10, 5), []

    def seconds(in_a_row):
        counted.append(in_a_row)
        return 10

    for _ in range(3):  # three calls that were under way at the same time
        paced.budget.refused(paced.clock.monotonic(), seconds)
    paced.clock.advance(10)
    paced.budget.refused(paced.clock.monotonic(), seconds)
    paced.clock.advance(10)
    paced.budget.accepted(paced.clock.monotonic())
    paced.budget.refused(paced.clock.monotonic(), seconds)

    assert [1, 1, 1, 2, 1] == counted


async def test_a_call_whose_run_ends_before_the_budget_opens_again_is_told_at_once():
    paced = Paced(10, 5)
    paced.budget.pause(60)

    with pytest.raises(ClosedError) as caught:
        await paced.budget.spend(until=paced.clock.monotonic() + 50)

    assert 60 == caught.value.seconds
    assert [60] == await paced.waits(1)


def behind(gate: asyncio.Event, clock: FakeClock) -> Budget:
    """A budget of one call a second whose sleep ends when the gate is opened."""

    async def sleep(seconds):
        await gate.wait()
        clock.advance(seconds)

    return Budget(1, 1, monotonic=clock.monotonic, sleep=sleep)


async def test_calls_that_wait_already_are_told_when_the_budget_closes_for_longer_than_they_can_wait():
    paced = Paced(1, 1)
    gate = asyncio.Event()
    budget = behind(gate, paced.clock)
    await budget.spend()
    now = paced.clock.monotonic()
    hasty = asyncio.create_task(budget.spend("one", until=now + 50))
    patient = asyncio.create_task(budget.spend("two", until=now + 100))
    await asyncio.sleep(0)
    budget.pause(60)
    async with asyncio.timeout(5):
        with pytest.raises(ClosedError):
            await hasty
    gate.set()

    assert 60 <= await patient


async def test_a_call_whose_turn_came_just_before_the_budget_closed_waits_on():
    paced = Paced(10, 1)
    await paced.budget.spend()
    take = paced.budget._take

    def closed_behind(now):
        take(now)
        paced.budget._take = take
        asyncio.get_running_loop().call_soon(paced.budget.pause, 30)  # before the call hears of its turn

    paced.budget._take = closed_behind

    assert [30.1] == await paced.waits(1)


async def test_a_part_is_closed_by_itself_and_keeps_the_size_of_the_whole():
    paced = Paced(2, 3)
    one, other = paced.budget.part("one"), paced.budget.part("other")
    one.pause(60)

    assert one is paced.budget.part("one")
    assert -math.inf == other.closed_until == paced.budget.closed_until
    assert [0, 0, 0, 0.5] == [await other.spend() for _ in range(4)]
    assert 59.5 == await one.spend()  # half a second of its pause went by with the other's calls


async def test_a_call_that_is_called_off_gives_its_place_back():
    paced = Paced(1, 1)
    gate = asyncio.Event()
    budget = behind(gate, paced.clock)
    await budget.spend()
    called_off, kept = asyncio.create_task(budget.spend()), asyncio.create_task(budget.spend())
    await asyncio.sleep(0)
    called_off.cancel()
    with pytest.raises(asyncio.CancelledError):
        await called_off
    gate.set()

    assert 1.0 == await kept


@given(
    st.floats(0.1, 100),
    st.integers(1, 20),
    st.lists(st.floats(0, 5), min_size=1, max_size=60),
)
async def test_no_stretch_of_time_has_more_calls_than_the_burst_and_the_rate_allow(rate, burst, pauses):
    paced = Paced(rate, burst)
    went = []
    for pause in pauses:
        paced.clock.advance(pause)
        went.append(paced.clock.monotonic() + await paced.budget.spend())

    for first in range(len(went)):
        for last in range(first, len(went)):
            allowed = burst + rate * (went[last] - went[first])
            assert last - first + 1 <= allowed + 1e-6


async def test_a_lane_of_weight_has_that_many_calls_in_its_turn():
    budget, order = Paced(1, 1).budget, []
    await budget.spend()

    async def call(lane: str, weight: int) -> None:
        await budget.spend(lane, weight)
        order.append(lane)

    await asyncio.gather(*(call(lane, weight) for lane, weight in (("a", 1), ("b", 3)) for _ in range(4)))
    assert ["a", "b", "b", "b", "a", "b", "a", "a"] == order
