"""What comes from outside the process: the environment, time, chance and the network."""

import asyncio
import random
import time
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

import httpx

from exporter.collection import Clock


class SystemClock:
    """The machine's clocks."""

    def now(self) -> float:
        """Epoch seconds."""
        return time.time()

    def monotonic(self) -> float:
        """Seconds that only go forward, also while the machine sleeps."""
        # Linux leaves the sleep out of CLOCK_MONOTONIC: rows from before it would look fresh after it.
        return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()

    def awake(self) -> float:
        """Seconds that only go forward and stand still while the machine sleeps."""
        return time.monotonic()


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What comes from outside the process: the environment, time, chance; tests hand in their own.

    ``transport`` takes the place of the network where it is given.
    """

    environ: Mapping[str, str] = field(repr=False)  # keys stand in it
    clock: Clock
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    chance: Callable[[], float] = random.random
    nonce: Callable[[], str] = lambda: uuid.uuid4().hex
    transport: httpx.AsyncBaseTransport | None = None
