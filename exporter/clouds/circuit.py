"""Holds calls back from a host that gives no answer, so that a dead region costs one call a run."""

import asyncio
import math
from collections.abc import Callable

from exporter.clouds.errors import CloudError
from exporter.clouds.run_time import RunTime

OPEN_AFTER = 3  # calls in a row without an answer
_PROBE_AGAIN = 60.0  # seconds after which a run that takes long tries once more


class Circuit:
    """The calls of one account to one host for one product. It is open while they are held back.

    It opens when several calls in a row had no answer, and closes with the first answer, also a refusal. While it is
    open, one call of each run is let through, the probe; the others wait for what becomes of it, then go or fail with
    it. An operation that has not failed yet is let through, too: that calls of one kind hang must not hold up the
    others. Patient runs (``once``, ``plan``) are never held back, nor calls outside of runs (logins, the doctor), of
    which only the answers count.
    """

    def __init__(self, host: str, monotonic: Callable[[], float], told: Callable[[], None]) -> None:
        """``told`` hears when it has opened or closed."""
        self._host = host
        self._monotonic = monotonic
        self._told = told
        self._in_vain: set[str] = set()
        self._failures = 0
        self._silent_since = 0.0
        self._answered_at = -math.inf
        self._cause: CloudError | None = None
        self._probe: asyncio.Event | None = None
        self._probed_at = -math.inf

    @property
    def cause(self) -> CloudError | None:
        """What the last call failed with that had no answer; None since the last answer."""
        return self._cause

    @property
    def is_open(self) -> bool:
        """Whether calls are held back."""
        return self._failures >= OPEN_AFTER

    def answered(self) -> None:
        """Note an answer, whatever it says."""
        was_open = self.is_open
        self._answered_at = self._monotonic()
        self._failures, self._cause = 0, None
        self._in_vain.clear()
        if was_open:
            self._told()

    def give_up(self) -> None:
        """Note that nobody asks the host any more: it counts as silent no longer."""
        was_open, self._failures = self.is_open, 0
        if was_open:
            self._told()

    def silent(self, operation: str, error: CloudError, sent_at: float) -> None:
        """Note a call, made at ``sent_at`` (monotonic seconds), that had no answer.

        Where the host answered another one meanwhile, it is not the host that is silent.
        """
        if sent_at < self._answered_at:
            return
        if not self._failures:
            self._silent_since = sent_at
        was_open = self.is_open
        self._failures += 1
        self._in_vain.add(operation)
        self._cause = error
        if self.is_open and not was_open:
            self._told()

    def holds(self, operation: str, run: RunTime | None) -> bool:
        """Whether a call is held back now, unless it is the probe."""
        return self.is_open and run is not None and not run.patient and operation in self._in_vain

    def refuses(self, operation: str, run: RunTime | None) -> bool:
        """Whether a call would fail at once now, with no probe under way to hope for."""
        return self.holds(operation, run) and self._probe is None and not self._may_probe(run)

    async def enter(self, operation: str, run: RunTime | None) -> bool:
        """Wait until a call may go; True where it is the probe, which is to be followed by `leave`.

        Raises the kind of error that the calls before it failed with where it may not.
        """
        while self.holds(operation, run):
            if self._probe is not None:
                await self._probe.wait()
                if self.holds(operation, run):
                    raise self._held_back(operation)
            elif self._may_probe(run):
                if run is not None:
                    run.tried.add(self)
                self._probe = asyncio.Event()
                return True
            else:
                raise self._held_back(operation)
        return False

    def leave(self) -> None:
        """Let those hear who wait for the probe, however it ended."""
        self._probed_at = self._monotonic()
        if self._probe is not None:
            self._probe.set()
            self._probe = None

    def _may_probe(self, run: RunTime | None) -> bool:
        return run is None or self not in run.tried or self._monotonic() - self._probed_at >= _PROBE_AGAIN

    def _held_back(self, operation: str) -> CloudError:
        cause = self._cause or CloudError("")
        seconds = self._monotonic() - self._silent_since
        text = f"{operation}: not sent, as {self._host} has given no answer for {seconds:.0f} s ({cause})"
        return type(cause)(f"{text}; the next run tries it with one call", operation=operation)
