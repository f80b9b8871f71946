"""Waiting for something to happen elsewhere: looked at again and again, with a deadline for those in real trouble."""

import time
from collections.abc import Callable
from typing import TypeVar

_PAUSE = 0.05  # seconds between two looks
_PATIENCE = 60.0  # seconds
T = TypeVar("T")


def wait_until(look: Callable[[], T], why: Callable[[], str]) -> T:
    """What ``look`` finds, once it finds something; fails after a minute and says why."""
    deadline = time.monotonic() + _PATIENCE
    while not (found := look()):
        assert time.monotonic() < deadline, why()
        time.sleep(_PAUSE)
    return found
