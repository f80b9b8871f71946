"""The time of one run, handed down beside its calls: until when they may go on, and what they wait for meanwhile."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from exporter.clouds.errors import CloudError


@dataclass(slots=True, eq=False)
class RunTime:
    """When a run will be stopped (monotonic seconds); ``tried`` are the circuits that let a call of it through.

    A ``patient`` one is not to be held back: there is no next run that would find out more.
    """

    ends_at: float
    patient: bool = False
    tried: set[object] = field(default_factory=set)
    _waiting: dict[object, CloudError] = field(default_factory=dict)

    @property
    def trouble(self) -> CloudError | None:
        """What a call of the run waits for, or waited for when the run was stopped; None where none does."""
        return next(reversed(self._waiting.values()), None)

    def waits(self, cause: CloudError) -> None:
        """Note why the call of this task has to wait."""
        self._waiting[asyncio.current_task()] = cause

    def goes_on(self) -> None:
        """Note that the call of this task has ended: to be left out where it was called off."""
        self._waiting.pop(asyncio.current_task(), None)


_current: ContextVar[RunTime | None] = ContextVar("run_time", default=None)


@contextmanager
def run_until(ends_at: float, *, patient: bool = False) -> Iterator[RunTime]:
    """Let the calls that are made in this block, and in the tasks that it begins, know when their run ends."""
    run = RunTime(ends_at, patient)
    token = _current.set(run)
    try:
        yield run
    finally:
        _current.reset(token)


def current_run() -> RunTime | None:
    """The run that a call belongs to; None for a login, the doctor's calls and others that are in no run."""
    return _current.get()
