"""The moments for which the past is written: evenly spaced, and the same ones whenever it is written."""

import math
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Grid:
    """The multiples of ``step`` from ``first`` on, ``size`` of them; whole epoch seconds."""

    first: int
    step: int
    size: int

    @classmethod
    def between(cls, since: float, until: float, step: int) -> "Grid":
        """All multiples of ``step`` from ``since`` up to, but not including, ``until``."""
        first, end = math.ceil(since / step), math.ceil(until / step)
        return cls(first * step, step, max(0, end - first))

    def moment(self, index: int) -> int:
        """Epoch seconds of a moment."""
        return self.first + index * self.step

    @property
    def last(self) -> int:
        """Epoch seconds of the last moment."""
        return self.moment(self.size - 1)

    def at_or_after(self, instant: float) -> int:
        """The index of the first moment that is not before an instant; below 0 and above ``size`` stand for outside."""
        return math.ceil((instant - self.first) / self.step)

    def after(self, instant: float) -> int:
        """The index of the first moment after an instant."""
        return math.floor((instant - self.first) / self.step) + 1

    def turns(self, instants: Iterable[float]) -> list[int]:
        """The indexes at which something may be other than before, where it changes at these instants: 0 is one.

        Whether a change counts at its very instant or only behind it is up to the caller: both are there.
        """
        found = {0} if self.size else set()
        for instant in instants:
            found.update((self.at_or_after(instant), self.after(instant)))
        return sorted(index for index in found if 0 <= index < self.size)
