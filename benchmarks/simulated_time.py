"""An event loop whose hours pass as fast as its work is done: what sleeps is woken in order, and nobody waits.

For benchmarks that live through simulated hours with the real scheduling of tasks, timeouts and sleeps. Threads (the
rendering of pages) take real time, and no simulated time passes meanwhile.
"""

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from typing import Any, TypeVar

T = TypeVar("T")

START = 1_767_225_600.0  # 2026-01-01T00:00:00Z
_REAL_PATIENCE = 60.0  # seconds that a thread may take


class _Selector(selectors.DefaultSelector):
    """Does not wait for the clock: puts it forward."""

    loop: "SimulatedTimeLoop"

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if self.loop.threads_at_work:
            return super().select(0 if timeout == 0 else _REAL_PATIENCE)
        events = super().select(0)
        if not events:
            if timeout is None:
                raise RuntimeError("everything waits for nothing")
            self.loop.skip(timeout)
        return events


class SimulatedTimeLoop(asyncio.SelectorEventLoop):
    """The loop; ``time()`` is in simulated seconds since its start."""

    def __init__(self) -> None:
        """Begin at 0."""
        self.threads_at_work = 0
        self._now = 0.0
        selector = _Selector()
        selector.loop = self
        super().__init__(selector)

    def time(self) -> float:
        """Simulated seconds since the start."""
        return self._now

    def skip(self, seconds: float) -> None:
        """Put the clock forward."""
        self._now += max(seconds, 0.0)

    def run_in_executor(self, executor: Executor | None, work: Callable[..., T], *args: object) -> "asyncio.Future[T]":
        """As the loop does it, with the clock at rest until the work is done."""
        self.threads_at_work += 1
        future = super().run_in_executor(executor, work, *args)
        future.add_done_callback(self._thread_done)
        return future

    def _thread_done(self, _: object) -> None:
        self.threads_at_work -= 1


class LoopClock:
    """The clocks of a process that lives in a simulated time."""

    def __init__(self, loop: SimulatedTimeLoop, start: float = START) -> None:
        """Go by this loop, which begins at ``start`` (epoch seconds)."""
        self._loop = loop
        self._start = start

    def now(self) -> float:
        """Epoch seconds."""
        return self._start + self._loop.time()

    def monotonic(self) -> float:
        """Seconds since the loop's start."""
        return self._loop.time()

    awake = monotonic


def live(life: Callable[[LoopClock], Coroutine[Any, Any, T]], start: float = START) -> T:
    """Run a coroutine to its end in a simulated time of its own, which begins at ``start`` (epoch seconds)."""
    loop = SimulatedTimeLoop()
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        return runner.run(life(LoopClock(loop, start)))
