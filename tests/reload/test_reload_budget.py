"""An API budget whose rate is changed while calls wait for it."""

import asyncio

import pytest

from exporter.clouds.budget import Budget
from tests.doubles import FakeClock


class Paced:
    """A budget that sleeps by putting its clock forward."""

    def __init__(self, rate: float, burst: int) -> None:
        self.clock = FakeClock()
        self.budget = Budget(rate, burst, monotonic=self.clock.monotonic, sleep=self._sleep)

    async def _sleep(self, seconds: float) -> None:
        self.clock.advance(seconds)

    async def waits(self, calls: int) -> list[float]:
        return [round(waited, 6) for waited in await asyncio.gather(*(self.budget.spend() for _ in range(calls)))]


async def test_a_rested_budget_has_the_new_burst_and_the_new_rate():
    paced = Paced(10, 20)
    paced.budget.change(2, 3)
    assert [0, 0, 0, 0.5, 1.0] == await paced.waits(5)


@pytest.mark.parametrize("burst", [1, 20, 100])
async def test_another_rate_is_no_new_burst_for_a_budget_that_is_spent(burst):
    paced = Paced(1, 10)
    await paced.waits(10)
    paced.budget.change(4, burst)
    assert [0.25, 0.5, 0.75] == await paced.waits(3)


async def test_what_the_vendor_closed_stays_closed():
    paced = Paced(10, 20)
    paced.budget.pause(30)
    paced.budget.change(1, 5)
    assert [30, 31] == await paced.waits(2)


async def test_who_waits_goes_on_at_the_new_rate():
    paced = Paced(1, 1)
    await paced.budget.spend()
    waiting = [asyncio.create_task(paced.budget.spend()) for _ in range(3)]
    await asyncio.sleep(0)
    paced.budget.change(10, 1)
    assert [0.1, 0.2, 0.3] == [round(waited, 6) for waited in await asyncio.gather(*waiting)]


async def test_a_rate_that_was_too_low_by_mistake_holds_nobody_up_once_it_is_mended():
    clock, asleep = FakeClock(), asyncio.Event()

    async def sleep(seconds: float) -> None:
        asleep.set()
        if seconds > 60:
            await asyncio.Event().wait()
        clock.advance(seconds)

    budget = Budget(1 / 3600, 1, monotonic=clock.monotonic, sleep=sleep)
    await budget.spend()
    waiting = asyncio.create_task(budget.spend())
    await asleep.wait()
    budget.change(10, 1)
    async with asyncio.timeout(5):
        assert 0.1 == round(await waiting, 6)
        assert 0.1 == round(await budget.spend(), 6)


async def test_after_too_many_calls_another_rate_still_lets_one_a_second_go():
    paced = Paced(1 / 60, 1)
    paced.budget.refused(paced.clock.monotonic(), lambda _: 30)
    assert [30] == await paced.waits(1)
    paced.budget.change(10, 20)
    assert [1, 2] == await paced.waits(2)
