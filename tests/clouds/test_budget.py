"""The API budget: a burst at once, then so many calls a second, in the order they were asked for."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.clouds.budget import Budget
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


async def test_a_closed_budget_lets_no_call_go_for_a_while():
    paced = Paced(10, 5)
    paced.budget.close(60)
    assert [60, 60.1] == [round(wait, 1) for wait in await paced.waits(2)]


async def test_a_call_that_is_called_off_gives_its_place_back():
    paced = Paced(1, 1)
    gate = asyncio.Event()

    async def sleep(seconds):
        await gate.wait()
        paced.clock.advance(seconds)

    budget = Budget(1, 1, monotonic=paced.clock.monotonic, sleep=sleep)
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
