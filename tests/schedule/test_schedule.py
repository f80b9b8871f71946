"""The schedule: first runs at once, never two at once, overdue ones told, runs called off at the end."""

import asyncio
from datetime import UTC, datetime

import pytest

from benchmarks.simulated_time import LoopClock, live
from exporter.clouds.errors import CloudError, PermissionDeniedError, ThrottledError, UnavailableError
from exporter.clouds.paging import Listing
from exporter.collection import Limits
from exporter.schedule import Schedule
from tests.doubles import LEVEL, Bench, FakeClock, simple_collector


class Gate:
    """A collection that runs until it is let go, on a clock that stands still."""

    def __init__(self, interval: float = 60) -> None:
        self.clock = FakeClock()
        self.begun = asyncio.Event()
        self.let_go = asyncio.Event()
        self.runs = 0

        async def fetch(_, run):
            self.runs += 1
            self.begun.set()
            await self.let_go.wait()
            run.listed(Listing(()), [], LEVEL)

        limits = Limits(interval, 50, 300, 1000)
        self.bench = Bench(simple_collector(fetch), clock=self.clock, limits=limits)
        self.schedule = Schedule([self.bench.collection], self.clock)


async def test_the_first_run_comes_at_once():
    gate = Gate()
    gate.let_go.set()
    gate.schedule.start()
    await asyncio.wait_for(gate.schedule.all_tried(), 5)
    await gate.schedule.stop(1)
    assert 1 == gate.runs


async def test_a_run_that_is_due_while_another_is_under_way_is_left_out():
    gate = Gate(interval=0.01)
    gate.schedule.start()
    await asyncio.wait_for(gate.begun.wait(), 5)
    for _ in range(3):
        gate.schedule.launch(gate.bench.collection)
    assert 1 == gate.runs
    gate.let_go.set()
    await asyncio.wait_for(gate.schedule.all_tried(), 5)
    await gate.schedule.stop(1)


async def test_runs_repeat_on_their_interval():
    gate = Gate(interval=0.02)
    gate.let_go.set()
    gate.schedule.start()
    async with asyncio.timeout(5):
        while gate.runs < 3:
            gate.begun.clear()
            await gate.begun.wait()
    await gate.schedule.stop(1)


async def test_a_run_under_way_is_called_off_after_the_grace():
    gate = Gate()
    gate.schedule.start()
    await asyncio.wait_for(gate.begun.wait(), 5)
    await asyncio.wait_for(gate.schedule.stop(0.01), 5)
    assert not gate.bench.collection.running
    assert "" == gate.bench.collection.record.status.result


async def test_a_collection_that_has_not_run_for_two_intervals_is_overdue():
    gate = Gate()
    assert [] == gate.schedule.problems()
    gate.clock.advance(2 * 60 + 50 + 31)
    problems = gate.schedule.problems()
    assert "test_collector/shop/global has not run since 201 s" in problems
    assert "the scheduler's heartbeat stopped 201 s ago" in problems


async def test_a_step_of_the_wall_clock_sets_the_jobs_anew_and_puts_none_of_them_off():
    gate = Gate(interval=3600)
    gate.let_go.set()
    gate.schedule.start()
    await asyncio.wait_for(gate.schedule.all_tried(), 5)
    for _ in range(3):
        gate.clock.advance(900)
        gate.clock.wall += 3
        gate.schedule.heed_the_clock()
    [due] = gate.schedule.due_times().values()
    assert 895 < (due - datetime.now(UTC)).total_seconds() < 901
    await gate.schedule.stop(1)


async def test_after_the_machine_slept_what_is_overdue_runs_at_once():
    gate = Gate(interval=3600)
    gate.let_go.set()
    gate.schedule.start()
    await asyncio.wait_for(gate.schedule.all_tried(), 5)
    gate.clock.advance(8 * 3600)
    gate.clock.asleep += 8 * 3600
    gate.begun.clear()
    gate.schedule.heed_the_clock()
    await asyncio.wait_for(gate.begun.wait(), 5)
    await gate.schedule.stop(1)
    assert 2 == gate.runs


async def test_without_a_step_the_jobs_stay_as_they_are():
    gate = Gate()
    gate.let_go.set()
    gate.schedule.start()
    before = gate.schedule.due_times()
    gate.clock.advance(30)
    gate.schedule.heed_the_clock()
    assert before == gate.schedule.due_times()
    await gate.schedule.stop(1)


@pytest.mark.parametrize("steps", [(3600,), (-3600,), (3600, -3600), (-3600, 3600)], ids=str)
async def test_a_clock_that_steps_an_hour_back_and_forth_puts_no_run_off_and_starts_none_twice(steps):
    gate = Gate(interval=900)
    gate.let_go.set()
    gate.schedule.start()
    await asyncio.wait_for(gate.schedule.all_tried(), 5)
    for step in steps:
        gate.clock.advance(60)
        gate.clock.wall += step
        gate.schedule.heed_the_clock()
    [due] = gate.schedule.due_times().values()
    left = 900 - 60 * len(steps)
    assert left - 5 < (due - datetime.now(UTC)).total_seconds() <= left
    assert (1, []) == (gate.runs, gate.schedule.problems())
    await gate.schedule.stop(1)


@pytest.mark.parametrize("step", [0, 3600, -3600])
async def test_a_timer_that_was_missed_is_made_up_for_before_the_collection_counts_as_overdue(step):
    gate = Gate(interval=3600)
    gate.let_go.set()
    gate.schedule.start()
    await asyncio.wait_for(gate.schedule.all_tried(), 5)
    gate.clock.advance(2 * 3600 + 50)
    gate.schedule.heed_the_clock()
    assert 1 == gate.runs
    gate.clock.advance(1)
    gate.clock.wall += step
    assert [] == gate.schedule.problems()
    gate.begun.clear()
    gate.schedule.heed_the_clock()
    await asyncio.wait_for(gate.begun.wait(), 5)
    [due] = gate.schedule.due_times().values()
    assert 3595 < (due - datetime.now(UTC)).total_seconds() <= 3600
    assert 2 == gate.runs
    await gate.schedule.stop(1)


async def test_a_run_that_takes_long_is_no_missed_timer():
    gate = Gate(interval=60)
    gate.schedule.start()
    await asyncio.wait_for(gate.begun.wait(), 5)
    gate.clock.advance(2 * 60 + 50 + 1)
    gate.schedule.heed_the_clock()
    gate.let_go.set()
    await asyncio.wait_for(gate.schedule.all_tried(), 5)
    assert 1 == gate.runs
    await gate.schedule.stop(1)


async def test_a_scheduler_that_was_stopped_is_told_at_once():
    gate = Gate()
    gate.let_go.set()
    gate.schedule.start()
    await asyncio.wait_for(gate.schedule.all_tried(), 5)
    await gate.schedule.stop(1)
    await asyncio.sleep(0)
    assert ["the scheduler was stopped"] == gate.schedule.problems()


@pytest.mark.parametrize(
    ("error", "starts"),
    [(UnavailableError, [0, 60, 180, 420]), (ThrottledError, [0, 60, 180, 420]), (PermissionDeniedError, [0])],
)
def test_what_never_had_data_is_run_again_soon_where_what_failed_may_pass(error, starts):
    assert starts == live(lambda clock: _starts(clock, error, failures=3))


def test_what_had_data_waits_for_its_time():
    assert [0] == live(lambda clock: _starts(clock, UnavailableError, failures=0))


async def _starts(clock: LoopClock, error: type[CloudError], failures: int) -> list[float]:
    """When a collection with an interval of an hour was run within half of that."""
    starts: list[float] = []

    async def fetch(_, run):
        starts.append(round(clock.monotonic()))
        if len(starts) <= failures:
            raise error("not now")
        run.listed(Listing(()), [], LEVEL)

    bench = Bench(simple_collector(fetch), clock=clock, limits=Limits(3600, 50, 10_800, 1000))
    schedule = Schedule([bench.collection], clock)
    schedule.start()
    await asyncio.sleep(1700)
    await schedule.stop(1)
    return starts
