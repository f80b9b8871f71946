"""Fault switches: what the simulated clouds can be told to do wrong, for how long and to which calls."""

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from exporter.simulator.errors import ApiError
from exporter.simulator.fault_kinds import KINDS, VALUES, refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault for an operation (``*``: all), for ``seconds`` of real time, ``times`` calls, or until cleared.

    ``match`` narrows it to calls whose parameters have these values, ``field`` a fault of values to the fields of one
    name. ``retry_after`` is in milliseconds, ``delay`` in seconds. Raises ValueError for what nobody can play.
    """

    fault: str
    operation: str = "*"
    seconds: float | None = None
    times: int | None = None
    match: Mapping[str, str] = dataclasses.field(default_factory=dict)
    retry_after: int = 1000
    delay: float = 5.0
    field: str = ""

    def __post_init__(self) -> None:
        """Refuse what nobody can play."""
        if self.fault not in KINDS:
            raise ValueError(f"no such fault: {self.fault}; there are {', '.join(KINDS)}")
        if self.field and self.fault not in VALUES:
            raise ValueError(f"field is for {', '.join(VALUES)}; {self.fault} is a fault of the whole answer")

    def refusal(self, family: str) -> ApiError | None:
        """The error answer of this fault at one gateway, or None for a fault that is no plain error answer."""
        return refusal(self.fault, family, self.retry_after)


@dataclass(slots=True)
class _Standing:
    fault: Fault
    until: float | None
    left: int | None


class Faults:
    """The faults in force, oldest first; the first one that fits a call is played. ``real`` gives real seconds."""

    def __init__(self, real: Callable[[], float]) -> None:
        self._real = real
        self._standing: list[_Standing] = []

    def add(self, fault: Fault) -> None:
        """Put a fault in force."""
        until = None if fault.seconds is None else self._real() + fault.seconds
        self._standing.append(_Standing(fault, until, fault.times))

    def clear(self) -> None:
        """Take all faults away."""
        self._standing.clear()

    def take(self, operation: str, parameters: Mapping[str, str]) -> Fault | None:
        """The fault to play for this call, which counts as one of its times."""
        self._forget_spent()
        for standing in self._standing:
            fault = standing.fault
            matches = all(parameters.get(name) == value for name, value in fault.match.items())
            if fault.operation in {"*", operation} and matches:
                if standing.left is not None:
                    standing.left -= 1
                return fault
        return None

    def in_force(self) -> list[Fault]:
        """The faults that would be played now."""
        self._forget_spent()
        return [standing.fault for standing in self._standing]

    def _forget_spent(self) -> None:
        now = self._real()
        self._standing = [s for s in self._standing if (s.until is None or now < s.until) and s.left != 0]
