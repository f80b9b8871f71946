"""The clock of the simulated world: it follows real time, faster or slower, and can be put forward."""

from collections.abc import Callable


class SimulatedClock:
    """Seconds since the epoch as the simulated world has them.

    ``real`` gives real epoch seconds. Signatures are dated in real time, whatever the speed of the world.
    """

    def __init__(self, real: Callable[[], float]) -> None:
        self.real = real
        self._speed = 1.0
        self._real_mark = real()
        self._mark = self._real_mark

    def now(self) -> float:
        """Epoch seconds in the simulated world."""
        return self._mark + (self.real() - self._real_mark) * self._speed

    @property
    def speed(self) -> float:
        """Simulated seconds per real second."""
        return self._speed

    @speed.setter
    def speed(self, speed: float) -> None:
        """Change the speed from now on, without a jump; raises ValueError below 0."""
        if speed < 0:
            raise ValueError("the speed of the simulated clock is 0 or more")
        self._mark, self._real_mark = self.now(), self.real()
        self._speed = speed

    def advance(self, seconds: float) -> None:
        """Put the clock forward; raises ValueError below 0, because the world cannot unhappen."""
        if seconds < 0:
            raise ValueError("the simulated clock only goes forward")
        self._mark += seconds
