"""Keeps what a login gave: renewed ahead of its end, by one login at a time, and used while it lives."""

import asyncio
import math
from collections import deque
from collections.abc import Awaitable, Callable
from contextvars import Context
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

import structlog

from exporter.clouds.errors import CloudError, CredentialsError, login_refused

_AHEAD = 900.0  # seconds before the end, as in the vendors' SDKs; but of a short life (STS: from 15 min) only a share
_SHARE = 0.25
_FIRST_PAUSE, _LONGEST_PAUSE = 5.0, 60.0  # seconds after a failed login, doubled with every further one
# What was refused may be renewed this often within so many seconds: where the vendor refuses new tokens as well,
# every call would cost a login.
_RENEWALS, _RENEWALS_WITHIN = 3, 90.0

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

log = structlog.get_logger("exporter")


class Clock(Protocol):
    """The clocks that a login goes by."""

    def now(self) -> float:
        """Epoch seconds: those in which the clouds say when something ends."""

    def monotonic(self) -> float:
        """Seconds that only go forward."""


@dataclass(frozen=True, slots=True)
class Lease(Generic[T_co]):
    """What a login gave, and when it ends (epoch seconds; None where it does not)."""

    value: T_co = field(repr=False)
    ends_at: float | None = None


@dataclass(frozen=True, slots=True)
class _Held(Generic[T_co]):
    """A lease, and from when on it is to be renewed (epoch seconds)."""

    value: T_co = field(repr=False)
    ends_at: float
    renewed_from: float


Source = Callable[[], Awaitable[Lease[T]]]


class Session(Generic[T]):
    """One login and what it gave last.

    ``source`` logs in and raises CredentialsError or CloudError; ``name`` is what messages call it; ``told`` hears the
    end of each new lease (epoch seconds; None where it has none). A lease that nears its end is renewed while calls go
    on with it; only where there is none that lives do they wait. Who waits may be called off: the login goes on for
    the others.
    """

    def __init__(
        self, source: Source[T], *, name: str, account: str, clock: Clock, told: Callable[[float | None], None]
    ) -> None:
        self._source = source
        self._name = name
        self._clock = clock
        self._told = told
        self._held: _Held[T] | None = None
        self._login: asyncio.Task[None] | None = None
        self._failure: CredentialsError | None = None
        self._pause = _FIRST_PAUSE
        self._asked_again_at = -math.inf
        self._renewals: deque[float] = deque(maxlen=_RENEWALS)
        self._log = log.bind(account=account, source=name)

    async def get(self) -> T:
        """What is valid now; raises CredentialsError."""
        held, now = self._held, self._clock.now()
        if held is None or now >= held.ends_at:
            return (await self._logged_in()).value
        if now >= held.renewed_from and self._clock.monotonic() >= self._asked_again_at:
            self._begin()
        return held.value

    async def renew(self, used: T) -> bool:
        """Log in anew, where nobody has since ``used`` was refused; whether there is something else now."""
        if self._held is not None and self._held.value == used:
            now = self._clock.monotonic()
            if len(self._renewals) == _RENEWALS and now - self._renewals[0] < _RENEWALS_WITHIN:
                return False
            if self._login is None:
                self._renewals.append(now)
            await self._logged_in()
        return await self.get() != used

    def close(self) -> None:
        """Call off the login under way."""
        if self._login is not None:
            self._login.cancel()

    async def _logged_in(self) -> _Held[T]:
        """What the login under way gives, or a new one; during the pause after a failed one its failure."""
        if self._login is not None or self._failure is None or self._clock.monotonic() >= self._asked_again_at:
            await asyncio.shield(self._begin())
        if self._failure is not None:
            raise self._failure.with_traceback(None)
        if self._held is None:  # a login ends in one or the other; this is for the types
            raise CredentialsError(f"{self._name}: the login gave nothing")
        return self._held

    def _begin(self) -> "asyncio.Task[None]":
        if self._login is None:
            # It is for all who wait: the time of the run that happens to begin it must not limit it.
            self._login = asyncio.create_task(self._log_in(), name="login", context=Context())
            self._login.add_done_callback(self._ended)
        return self._login

    async def _log_in(self) -> None:
        self._asked_again_at = self._clock.monotonic() + _LONGEST_PAUSE  # unless it ends in one of the known ways
        try:
            self._hold(await self._source())
            self._note(None)
        except CredentialsError as error:
            self._note(error.told_as(f"{self._name}: {error}"))
        except CloudError as error:
            self._note(login_refused(self._name, error))
        finally:
            self._login = None

    def _hold(self, lease: Lease[T]) -> None:
        now = self._clock.now()
        ends_at = math.inf if lease.ends_at is None else lease.ends_at
        if ends_at <= now:
            raise CredentialsError("what it gave has ended already; is this machine's clock off?")
        self._held = _Held(lease.value, ends_at, ends_at - min(_AHEAD, _SHARE * (ends_at - now)))
        self._told(lease.ends_at)

    def _note(self, failure: CredentialsError | None) -> None:
        """Remember how a login ended; what fails while the old lease lives is logged here, once, as no run fails."""
        earlier, self._failure = self._failure, failure
        if failure is None:
            self._pause, self._asked_again_at = _FIRST_PAUSE, -math.inf
            if earlier is not None:
                self._log.info("login works again")
            return
        self._asked_again_at = self._clock.monotonic() + self._pause
        self._pause = min(2 * self._pause, _LONGEST_PAUSE)
        left = self._held.ends_at - self._clock.now() if self._held is not None else 0
        if earlier is None and left > 0:
            facts = {"reason": failure.reason, "message": str(failure), "request_id": failure.request_id}
            self._log.warning("login failed, the old one goes on", seconds_left=round(left), **facts)

    def _ended(self, login: "asyncio.Task[None]") -> None:
        """Look at what broke a login off, which asyncio would log with its message; who waits for it raises it too."""
        bug = None if login.cancelled() else login.exception()
        if bug is not None:
            self._log.error("login broke off, which is a bug", bug=type(bug).__name__)
