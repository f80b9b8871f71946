"""Counts the calls of an account by what they were for, and how long their answers took."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple


class Call(NamedTuple):
    """What a call is for; ``lane`` is where it waited for the budget: the name of its collection."""

    lane: str
    product: str
    region: str
    operation: str


@dataclass(frozen=True, slots=True)
class Spent:
    """How many calls were made, retries included, and the seconds that their answers took together."""

    calls: int = 0
    seconds: float = 0.0

    def __add__(self, other: "Spent") -> "Spent":
        return Spent(self.calls + other.calls, self.seconds + other.seconds)


class Tally:
    """The calls of one account since the start."""

    def __init__(self) -> None:
        self._spent: dict[Call, Spent] = {}

    def add(self, call: Call, seconds: float) -> None:
        """Count a call whose answer took so long."""
        self._spent[call] = self._spent.get(call, Spent()) + Spent(1, seconds)

    def so_far(self) -> Mapping[Call, Spent]:
        """What was spent until now; not changed by later calls."""
        return dict(self._spent)
