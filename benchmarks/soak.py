"""Whether an exporter stays honest and small through days of random faults, on simulated time.

    python benchmarks/soak.py [--cycles 3000] [--seed 1]

A cycle is a simulated minute. Three accounts of both vendors, all collectors, every fault of the simulated clouds that
makes up nothing, on random operations for random times; meanwhile objects come, go and change, deploys fail, tokens end
and answers are written otherwise. Storms are followed by calm half hours; half-way nothing works for six hours.

Every page is checked against an oracle that looks at the simulated world whenever it answers: a sample must have been
true at some moment within its allowed age, which is ``max_staleness`` and the longest run; after a calm half hour
everything that stood still must be there. Exits with 1 when a promise is broken.
"""

import argparse
import asyncio
import random
import sys
import time
import tracemalloc
from collections import defaultdict

import httpx
from endurance.exporter_life import SIZES, WatchedLine, exporter_of, keep_running
from endurance.life import Life
from endurance.oracle import KNOWN_LONGER, Oracle
from endurance.page import check, check_whole
from endurance.report import Outcome, report
from simulated_time import LoopClock, live

from exporter import logs
from exporter.simulator import SimulatedClock, World, create_app

CYCLE = 60.0  # seconds
STORM, CALM = 60, 30  # cycles
BLACKOUT = 360  # cycles
_SETTLED = 1200.0  # seconds after which what is the case must be on the page


class Weather:
    """Which of the cycles are stormy, calm or dark."""

    def __init__(self, cycles: int, blackout: int, storm: int = STORM, calm: int = CALM) -> None:
        self._storm, self._round = storm, storm + calm
        start = cycles // 2 // self._round * self._round
        self.dark = range(start, start + blackout)

    def of(self, cycle: int) -> str:
        """``dark``, ``storm``, ``calm`` or ``settled``, the last of a calm time."""
        if cycle in self.dark:
            return "dark"
        turn = (cycle - (self.dark.stop if cycle >= self.dark.stop else 0)) % self._round
        return "storm" if turn < self._storm else "settled" if turn == self._round - 1 else "calm"


class Soak:
    """An exporter, the simulated clouds that it watches, and the oracle that watches both."""

    def __init__(self, clock: LoopClock, cycles: int, seed: int, weather: Weather) -> None:
        world = World(seed, SIZES, SimulatedClock(clock.now))
        app = create_app(world)
        self.outcome = Outcome(blackout=len(weather.dark))
        self._clock = clock
        self._cycles = cycles
        self._weather = weather
        self._oracle = Oracle(world)
        self._life = Life(app, random.Random(seed))
        self._line = WatchedLine(app, self._oracle)
        self._exporter = exporter_of(self._line, clock, random.Random(seed + 1))

    async def live(self) -> Outcome:
        """A cold start, then cycle after cycle."""
        outcome = self.outcome
        asyncio.get_running_loop().set_exception_handler(
            lambda _, context: outcome.escaped.append(f"{context.get('message')}: {context.get('exception')!r}")
        )
        self._oracle.observe()
        tasks = [
            asyncio.create_task(keep_running(each, self._clock, outcome.runs)) for each in self._exporter.collections
        ]
        warm_up = self._cycles // 5
        for cycle in range(self._cycles):
            await asyncio.sleep(CYCLE)
            samples = await self._cycle(cycle)
            # Only when all is well: what a storm takes off the page is no memory that was saved.
            if tracemalloc.is_tracing() and cycle >= warm_up and self._weather.of(cycle) == "settled":
                outcome.holdings.look(cycle, samples)
            if sys.stderr.isatty():
                print(f"\rcycle {cycle + 1} of {self._cycles} ", end="", file=sys.stderr, flush=True)
            for crashed in (task for task in tasks if task.done()):
                await crashed
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._exporter.close()
        outcome.calls, outcome.observations = self._line.calls, self._oracle.observations
        outcome.events, outcome.played = self._life.events, self._life.played
        return outcome

    async def _cycle(self, cycle: int) -> int:
        """Check the page, then let the weather change; the number of samples on the page."""
        weather, verdicts = self._weather.of(cycle), self.outcome.verdicts
        self._oracle.observe()
        cloud = check(await self._page(), self._oracle, verdicts)
        if weather == "dark":
            self.outcome.dark_pages += all(sample.name in KNOWN_LONGER for sample in cloud)
        if weather == "settled":
            accounts: dict[str, set[str]] = defaultdict(set)
            for collection in self._exporter.collections:
                accounts[collection.place.account].add(collection.collector.name)
            check_whole(cloud, self._oracle, verdicts, accounts, since=self._clock.now() - _SETTLED)
            self.outcome.calm_checks += 1
        life = self._life
        {"storm": life.storm, "dark": life.black_out, "calm": life.calm, "settled": life.calm}[weather]()
        self._oracle.observe()  # what was changed just now is true from now on
        if cycle % 60 == 0:
            self._oracle.forget()
        return len(cloud)

    async def _page(self) -> str:
        transport = httpx.ASGITransport(self._exporter.web())
        async with httpx.AsyncClient(transport=transport, base_url="http://exporter") as client:
            return (await client.get("/metrics", headers={"accept-encoding": "identity"})).text


def soak(cycles: int, seed: int, weather: Weather) -> Outcome:
    """Live through that many cycles."""
    return live(lambda clock: Soak(clock, cycles, seed, weather).live())


def main() -> None:
    """Live through the cycles and report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cycles", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    logs.set_up("critical", "text", sys.stderr)
    tracemalloc.start()
    started = time.perf_counter()
    blackout = BLACKOUT if options.cycles > 3 * BLACKOUT else 0
    outcome = soak(options.cycles, options.seed, Weather(options.cycles, blackout))
    sys.exit(0 if report(outcome, options.cycles, time.perf_counter() - started) else 1)


if __name__ == "__main__":
    main()
