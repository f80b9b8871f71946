"""The API budget of one account and product: so many calls a second, with a burst."""

from collections.abc import Awaitable, Callable


class Budget:
    """Paces calls; each call takes its place in the order it asked.

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

    async def spend(self) -> float:
        """Pay for one call and wait until it may go; returns the seconds waited."""
        now = self._monotonic()
        slot = max(self._next_slot, now)
        self._next_slot = slot + self._spacing
        wait = max(0.0, slot - now - self._head_start)
        if wait:
            try:
                await self._sleep(wait)
            except BaseException:
                self._next_slot -= self._spacing  # the call was called off: its place is free again
                raise
        return wait
