"""The connections that are open: how many there may be, which one makes room for another, how long each may take."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Protocol

import structlog

log = structlog.get_logger("exporter")


class Phase(IntEnum):
    """What a connection is at; the lower, the sooner it goes to make room."""

    opening = 0  # the TLS handshake, or a request that has not come whole
    idle = 1  # between two requests
    sending = 2  # the answer is made, and the client has not taken all of it
    answering = 3


class Seat(IntEnum):
    """What becomes of a new connection."""

    free = 0
    standing = 1  # there is no room, and a word to say so
    none = 2


@dataclass(frozen=True, slots=True)
class Limits:
    """How many connections, and how long each part may take (seconds).

    ``connections`` are served, ``spare`` more are told that there is no room. ``handshake`` is for TLS, ``request``
    from the first byte to the last of its head, ``answer`` until the client has taken all of it, ``idle`` until the
    next request. An answer that was not taken within ``stalled`` makes room for others where there is none.
    """

    connections: int = 200
    spare: int = 50
    handshake: float = 5
    request: float = 10
    answer: float = 60
    stalled: float = 10
    idle: int = 75


class Guest(Protocol):
    """A connection, as the crowd sees it."""

    @property
    def phase(self) -> Phase:
        """What it is at."""

    @property
    def since(self) -> float:
        """Since when, on the monotonic clock."""

    @property
    def outdated(self) -> bool:
        """Whether the rules that it was made under hold no more."""

    def abort(self) -> None:
        """End it at once, whatever is still to be sent."""


class Crowd:
    """All connections of one listener. Those that do nothing make room for those that come."""

    def __init__(self, limits: Limits, monotonic: Callable[[], float]) -> None:
        self.limits = limits
        self.now = monotonic
        self._guests: dict[Guest, Seat] = {}
        self._full = False

    def __len__(self) -> int:
        return len(self._guests)

    def __iter__(self) -> Iterator[Guest]:
        return iter(list(self._guests))

    def admit(self, guest: Guest) -> Seat:
        """Find a place for a new connection, if need be that of another."""
        seat = Seat.free
        if len(self._guests) >= self.limits.connections:
            self._tell()
            seat = self._made_room()
        if seat is not Seat.none:
            self._guests[guest] = seat
        return seat

    def _made_room(self) -> Seat:
        now = self.now()
        movable = [
            (each.phase, each.since, number)
            for number, each in enumerate(self._guests)
            if each.phase < Phase.sending or (each.phase is Phase.sending and now - each.since > self.limits.stalled)
        ]
        if movable:
            goes = list(self._guests)[min(movable)[2]]
            self.leave(goes)
            goes.abort()
            return Seat.free
        room = len(self._guests) < self.limits.connections + self.limits.spare
        return Seat.standing if room else Seat.none

    def _tell(self) -> None:
        if not self._full:
            log.warning("connections are at their limit: the oldest that do nothing are closed", limit=len(self))
        self._full = True

    def leave(self, guest: Guest) -> None:
        """Forget a connection that is over."""
        self._guests.pop(guest, None)
        if len(self._guests) < self.limits.connections / 2:
            self._full = False

    def sweep(self) -> None:
        """End the connections that take too long, and between two requests those whose rules hold no more."""
        now = self.now()
        longest = {Phase.opening: self.limits.request, Phase.idle: self.limits.idle + self.limits.request}
        for each in list(self._guests):
            phase = each.phase
            if now - each.since > longest.get(phase, self.limits.answer) or (phase is Phase.idle and each.outdated):
                self.leave(each)
                each.abort()

    def dismiss(self) -> None:
        """End all of them."""
        for each in list(self._guests):
            self.leave(each)
            each.abort()
