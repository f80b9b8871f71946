"""The API budget of one account and product: so many calls a second, with a burst, shared fairly."""

import asyncio
import math
from collections import deque
from collections.abc import Awaitable, Callable, Hashable
from typing import NamedTuple

_EPSILON = 1e-6  # seconds: no clock is finer, and a sleep may end that much early
_PROBING = 1.0  # seconds from call to call after the vendor said that there were too many, until one succeeds


class ClosedError(Exception):
    """No call may go before the caller has to be done; ``seconds`` is for how long."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"closed for {seconds:.0f} s")
        self.seconds = seconds


class _Going(NamedTuple):
    """When a call's turn came, and until when the budget had been closed then (monotonic seconds)."""

    at: float
    closed_until: float


class _Turn(NamedTuple):
    """A call that waits: what tells it when it may go, or why it may not, and when it is too late for it."""

    told: "asyncio.Future[_Going | ClosedError]"
    until: float


class Budget:
    """Paces calls. They wait in lanes, one a collection, that take turns: a long lane cannot hold up a short one.

    A lane's weight is how many of its calls go in one turn. After too many calls the budget is closed for a while, and
    then lets one call go a second until one succeeds.

    ``rate`` is in calls per second, ``burst`` is how many may go at once after a pause. ``monotonic`` and ``sleep``
    are handed in.
    """

    def __init__(
        self,
        rate: float,
        burst: int,
        *,
        monotonic: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self.closed_until = -math.inf  # monotonic seconds
        self._rate, self._burst = rate, burst
        self._spacing = 1 / rate
        self._head_start = (burst - 1) / rate
        self._monotonic = monotonic
        self._sleep = sleep
        self._next_slot = 0.0
        self._refused_in_a_row = 0
        self._lanes: dict[str, deque[_Turn]] = {}  # the next lane to be served first
        self._weights: dict[str, int] = {}
        self._served = 0  # calls of the first lane in this turn of its
        self._serving: asyncio.Task[None] | None = None
        self._parts: dict[Hashable, Budget] = {}

    def part(self, key: Hashable) -> "Budget":
        """A budget of the same size for a part of the calls, to be paid from first: one that is closed by itself."""
        if key not in self._parts:
            self._parts[key] = Budget(self._rate, self._burst, monotonic=self._monotonic, sleep=self._sleep)
        return self._parts[key]

    async def spend(self, lane: str = "", weight: int = 1, until: float = math.inf) -> float:
        """Pay for one call and wait until it may go; returns the seconds waited.

        Raises ClosedError as soon as it is known that the budget stays closed beyond ``until`` (monotonic seconds).
        """
        asked = self._monotonic()
        while True:
            now = self._monotonic()
            if self.closed_until > max(until, now):
                raise ClosedError(self.closed_until - now)
            if not self._lanes and self._wait(now) <= _EPSILON:
                self._take(now)
                return max(0.0, now - asked)
            told = await self._line_up(lane, weight, until).told
            if isinstance(told, ClosedError):
                raise told
            # It may have been closed between the turn and this line: then what was paid is forfeited.
            if told.closed_until == self.closed_until:
                return max(0.0, told.at - asked)

    def _line_up(self, lane: str, weight: int, until: float) -> _Turn:
        turn = _Turn(asyncio.get_running_loop().create_future(), until)
        self._lanes.setdefault(lane, deque()).append(turn)
        self._weights[lane] = weight
        if self._serving is None:
            self._serving = asyncio.create_task(self._serve(), name="budget")
        return turn

    def pause(self, seconds: float) -> None:
        """Let no call go for a while, and no burst after it."""
        now = self._monotonic()
        self._next_slot = max(self._next_slot, now + seconds + self._head_start)
        self.closed_until = max(self.closed_until, now + seconds)
        for turn in [turn for lane in self._lanes.values() for turn in lane]:
            if turn.until < self.closed_until and not turn.told.done():
                turn.told.set_result(ClosedError(self.closed_until - now))

    def refused(self, sent_at: float, seconds: Callable[[int], float]) -> None:
        """Close: the vendor said to a call made at ``sent_at`` (monotonic seconds) that there were too many.

        ``seconds`` tells for how long, by the number of such answers in a row. Calls that were under way when the
        budget closed count as one with that which closed it.
        """
        if sent_at >= self.closed_until or not self._refused_in_a_row:
            self._refused_in_a_row += 1
        self.pause(seconds(self._refused_in_a_row))

    def accepted(self, sent_at: float) -> None:
        """Go back to the full rate where a call succeeded that was made since the budget last closed."""
        if self._refused_in_a_row and sent_at >= self.closed_until:
            self._refused_in_a_row = 0
            self._next_slot = min(self._next_slot, self._monotonic() + self._head_start + self._spacing)

    def change(self, rate: float, burst: int) -> None:
        """Go on with another rate and burst: what was closed stays closed, who waits goes at the new rate."""
        now = self._monotonic()
        wait = self._wait(now)
        self._spacing, self._head_start = 1 / rate, (burst - 1) / rate
        self._rate, self._burst = rate, burst
        # Of a rate that was too low by mistake, the next call may be hours away.
        self._next_slot = now + self._head_start + max(min(wait, self._gap), self.closed_until - now)
        if self._serving is not None:  # it sleeps until the slot of before
            self._serving.cancel()
            self._serving = asyncio.create_task(self._serve(), name="budget")
        for part in self._parts.values():
            part.change(rate, burst)

    async def _serve(self) -> None:
        """Let the waiting calls go one by one, a lane at a time."""
        try:
            while self._lanes:
                await self._wait_for_slot()
                turn = self._next_turn()
                if turn is not None:
                    now = self._monotonic()
                    self._take(now)
                    turn.set_result(_Going(now, self.closed_until))
        finally:
            if self._serving is asyncio.current_task():
                self._serving = None

    async def _wait_for_slot(self) -> None:
        """Sleep until a call may go, anew where the budget was closed meanwhile; never in circles on a still clock."""
        before = -1.0
        while (wait := self._wait(now := self._monotonic())) > _EPSILON and now > before:
            before = now
            await self._sleep(wait)

    def _next_turn(self) -> asyncio.Future[_Going | ClosedError] | None:
        """The first call of the first lane, which goes to the end of the line after its weight in calls.

        None where nobody waits any more.
        """
        while self._lanes:
            lane, queue = next(iter(self._lanes.items()))
            turn = queue.popleft().told
            self._served += not turn.done()
            if not queue or self._served >= self._weights[lane]:
                del self._lanes[lane]
                self._served = 0
                if queue:
                    self._lanes[lane] = queue
            if not turn.done():  # a call that was called off
                return turn
        return None

    def _wait(self, now: float) -> float:
        return self._next_slot - self._head_start - now

    @property
    def _gap(self) -> float:
        """Seconds from one call to the next."""
        return max(self._spacing, _PROBING) if self._refused_in_a_row else self._spacing

    def _take(self, now: float) -> None:
        self._next_slot = max(self._next_slot, now) + self._gap
