"""The time of one run, handed down beside its calls: until when they may go on, and which silent hosts it has tried."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field


@dataclass(slots=True, eq=False)
class RunTime:
    """When a run will be stopped (monotonic seconds); ``tried`` are the circuits that a call of it was let through."""

    ends_at: float
    tried: set[object] = field(default_factory=set)


_current: ContextVar[RunTime | None] = ContextVar("run_time", default=None)


@contextmanager
def run_until(ends_at: float) -> Iterator[RunTime]:
    """Let the calls that are made in this block, and in the tasks that it begins, know when their run ends."""
    run = RunTime(ends_at)
    token = _current.set(run)
    try:
        yield run
    finally:
        _current.reset(token)


def current_run() -> RunTime | None:
    """The run that a call belongs to; None for a login, the doctor's calls and others that are in no run."""
    return _current.get()
