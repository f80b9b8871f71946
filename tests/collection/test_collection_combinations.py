"""What is on the page in every combination of a run, a page, an object, a timer and a clock that fail.

A cloud of forty objects is read once without trouble. Then come runs with trouble, late runs, or none at all, while
the wall clock steps about. Whatever happens, the page has of each object what the cloud last answered, until a
complete list lacks it or it was not answered again for ``max_staleness`` of real time.
"""

import itertools
from collections.abc import Iterable

import pytest

from exporter.clouds.errors import BadResponseError, ThrottledError, UnavailableError
from exporter.clouds.paging import Listing
from exporter.collection import Limits
from exporter.store import Status
from tests.doubles import LEVEL, NOW, Bench, simple_collector
from tests.hanging import Hanging

NAMES = [f"o{number:02}" for number in range(40)]
LAST = NAMES[-1]  # the one that fails or hangs; a run that is too short does not come to it
LOST = NAMES[3]  # the one that a list lacks
REACH = 25  # objects, of a run that is too short
STALENESS = 300
WHOLE_RUN = {"run refused": "unavailable", "run hangs": "timeout", "run has a bug": "bug"}


class Cloud:
    """Answers with the number of the run, as far as the ``faults`` of the moment allow; knows what it answered."""

    def __init__(self, bench_clock) -> None:
        self.clock = bench_clock
        self.stuck = Hanging()
        self.faults: frozenset[str] = frozenset()
        self.number = 0
        self.answers: dict[str, tuple[int, float]] = {}  # by object: what was answered last, and when
        self.asked_in_vain: dict[str, str] = {}

    async def fetch(self, run) -> None:
        async with self.stuck.run():
            await self._fetch(run)

    async def _fetch(self, run) -> None:
        self.number += 1
        if "run refused" in self.faults:
            raise UnavailableError("down")
        if "run hangs" in self.faults:
            await self.stuck.hang()
        if "run has a bug" in self.faults:
            raise ZeroDivisionError
        names = [name for name in NAMES if name != LOST or not self.faults & {"list broke off", "object deleted"}]
        broken = "list broke off" in self.faults
        error = BadResponseError("page 2 broke") if broken else None
        run.listed(Listing(tuple(names), complete=not broken, error=error), names, LEVEL)
        if not broken:
            self.answers = {name: answer for name, answer in self.answers.items() if name in names}
        answered = 0

        async def ask(name: str) -> None:
            nonlocal answered
            if "too short" in self.faults and answered == REACH:
                await self.stuck.hang()
            if name == LAST and "object hangs" in self.faults:
                self.asked_in_vain[name] = "timeout"
                await self.stuck.hang()
            if name == LAST and "object fails" in self.faults:
                self.asked_in_vain[name] = "throttled"
                raise ThrottledError("slow down")
            answered += 1
            self.asked_in_vain.pop(name, None)
            self.answers[name] = (self.number, self.clock.monotonic())
            run.keep(name, (name, self.number))

        await run.each(names, ask)

    def expected_rows(self, now: float, max_staleness: float) -> list[str]:
        return [
            f'test_level{{account="shop",object="{name}"}} {value}'
            for name, (value, at) in sorted(self.answers.items())
            if now < at + max_staleness
        ]

    def expected_end(self) -> tuple[str, tuple[tuple[str, str], ...]]:
        """The result of the run that just ended, and what is named as failed."""
        for fault, result in WHOLE_RUN.items():
            if fault in self.faults:
                return result, ()
        failed = tuple(self.asked_in_vain.items())
        return "partial" if failed or "list broke off" in self.faults else "success", failed


class Story:
    """A collection in front of the cloud, told run by run and looked at after each of them."""

    def __init__(self) -> None:
        collector = simple_collector(lambda cloud, run: cloud.fetch(run))
        self.bench = Bench(collector, limits=Limits(60, 50, STALENESS, 50_000))
        self.clock = self.bench.clock
        self.cloud = Cloud(self.clock)
        self.bench.collection.product = self.cloud
        self.last_success = NOW

    async def run(self, *faults: str) -> Status:
        self.cloud.faults = frozenset(faults)
        status = await self.bench.collection.run()
        assert self.cloud.expected_end() == (status.result, status.failed)
        if status.result in {"success", "partial"}:
            self.last_success = self.clock.now()
        assert (self.last_success, self.clock.now()) == (status.last_success, status.last_run)
        await self.look()
        return status

    async def look(self) -> list[str]:
        status = self.bench.collection.record.status
        assert status.max_staleness >= STALENESS
        rows = (await self.bench.page("test_level")).splitlines()
        assert self.cloud.expected_rows(self.clock.monotonic(), status.max_staleness) == rows
        return rows

    async def pass_time(self, seconds: float, step: float = 0) -> None:
        self.clock.advance(seconds)
        self.clock.wall += step
        await self.look()

    async def end_of_all_rows(self) -> None:
        """With no further run, each row goes when it is too old, and not before."""
        for _, at in sorted(set(self.cloud.answers.values()), key=lambda answer: answer[1]):
            limit = at + self.bench.collection.record.status.max_staleness
            for moment in (limit - 1, limit):
                if moment > self.clock.monotonic():
                    await self.pass_time(moment - self.clock.monotonic())
        assert [] == await self.look()


def named(faults: Iterable[str]) -> str:
    return " and ".join(faults) or "no trouble"


OF_A_PAGE = [(), ("list broke off",), ("object deleted",)]
OF_AN_OBJECT = [(), ("object fails",), ("object hangs",)]
OF_TIME = [(), ("too short",)]
TROUBLES = [
    *((fault,) for fault in WHOLE_RUN),
    *(page + thing + time for page, thing, time in itertools.product(OF_A_PAGE, OF_AN_OBJECT, OF_TIME)),
]
TIMERS = {"on time": 60.0, "timer missed twice": 180.0, "no sooner than rows are too old": 400.0}
CLOCKS = {"clock steady": 0.0, "clock an hour ahead": 3600.0, "clock an hour back": -3600.0}


@pytest.mark.parametrize("step", CLOCKS.values(), ids=CLOCKS)
@pytest.mark.parametrize("late", TIMERS.values(), ids=TIMERS)
@pytest.mark.parametrize("faults", TROUBLES, ids=named)
async def test_a_run_with_trouble(faults, late, step):
    story = Story()
    await story.run()
    assert 40 == len(await story.look())
    await story.pass_time(late, step)
    await story.run(*faults)
    await story.pass_time(60, -step)
    recovered = await story.run()
    assert ("success", (), 60, 40) == (
        recovered.result,
        recovered.failed,
        recovered.interval,
        len(await story.look()),
    )
    await story.end_of_all_rows()


@pytest.mark.parametrize("faults", TROUBLES, ids=named)
async def test_trouble_and_then_no_run_any_more(faults):
    story = Story()
    await story.run()
    await story.pass_time(60)
    await story.run(*faults)
    await story.end_of_all_rows()


@pytest.mark.parametrize("step", CLOCKS.values(), ids=CLOCKS)
async def test_the_scheduler_stopped(step):
    story = Story()
    await story.run()
    await story.pass_time(60, step)
    await story.pass_time(60, -step)
    await story.end_of_all_rows()


SIMPLE = [(), *((fault,) for fault in WHOLE_RUN), *OF_A_PAGE[1:], *OF_AN_OBJECT[1:], *OF_TIME[1:]]


@pytest.mark.parametrize(
    "sequence", [*itertools.product(SIMPLE, SIMPLE)], ids=lambda pair: " then ".join(named(faults) for faults in pair)
)
async def test_one_trouble_after_the_other(sequence):
    story = Story()
    await story.run()
    for faults, step in zip(sequence, (3600, -3600), strict=True):
        await story.pass_time(60, step)
        await story.run(*faults)
    await story.pass_time(60)
    await story.run()
    await story.end_of_all_rows()
