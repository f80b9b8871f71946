"""The API budget of one account and product: so many calls a second, with a burst, shared fairly."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

_EPSILON = 1e-6  # seconds: no clock is finer, and a sleep may end that much early


class Budget:
    """Paces calls. They wait in lanes, one a collection, that take turns: a long lane cannot hold up a short one.

    A lane's weight is how many of its calls go in one turn.

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
        self._spacing = 1 / rate
        self._head_start = (burst - 1) / rate
        self._monotonic = monotonic
        self._sleep = sleep
        self._next_slot = 0.0
        self._lanes: dict[str, deque[asyncio.Future[float]]] = {}  # the next lane to be served first
        self._weights: dict[str, int] = {}
        self._served = 0  # calls of the first lane in this turn of its
        self._serving: asyncio.Task[None] | None = None

    async def spend(self, lane: str = "", weight: int = 1) -> float:
        """Pay for one call and wait until it may go; returns the seconds waited."""
        asked = self._monotonic()
        if not self._lanes and self._wait(asked) <= _EPSILON:
            self._take(asked)
            return 0.0
        turn: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        self._lanes.setdefault(lane, deque()).append(turn)
        self._weights[lane] = weight
        if self._serving is None:
            self._serving = asyncio.create_task(self._serve(), name="budget")
        return max(0.0, await turn - asked)

    def close(self, seconds: float) -> None:
        """Let no call go for a while, and no burst after it: the vendor said that there were too many."""
        self._next_slot = max(self._next_slot, self._monotonic() + seconds + self._head_start)

    def change(self, rate: float, burst: int) -> None:
        """Go on with another rate and burst: who waits, and what was closed, waits as long as before."""
        earlier, self._spacing, self._head_start = self._head_start, 1 / rate, (burst - 1) / rate
        self._next_slot += self._head_start - earlier

    async def _serve(self) -> None:
        """Let the waiting calls go one by one, a lane at a time."""
        try:
            while self._lanes:
                await self._wait_for_slot()
                turn = self._next_turn()
                if turn is not None:
                    now = self._monotonic()
                    self._take(now)
                    turn.set_result(now)
        finally:
            self._serving = None

    async def _wait_for_slot(self) -> None:
        """Sleep until a call may go, anew where the budget was closed meanwhile; never in circles on a still clock."""
        before = -1.0
        while (wait := self._wait(now := self._monotonic())) > _EPSILON and now > before:
            before = now
            await self._sleep(wait)

    def _next_turn(self) -> asyncio.Future[float] | None:
        """The first call of the first lane, which goes to the end of the line after its weight in calls.

        None where nobody waits any more.
        """
        while self._lanes:
            lane, queue = next(iter(self._lanes.items()))
            turn = queue.popleft()
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

    def _take(self, now: float) -> None:
        self._next_slot = max(self._next_slot, now) + self._spacing
