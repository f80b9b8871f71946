"""Reading all that a subject's past is told by, from one account; again, where there were too many calls."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from exporter.backfill.subjects import Subject
from exporter.clouds.errors import CloudError, ThrottledError
from exporter.collection.recorder import Recorder
from exporter.collectors.run import Place
from exporter.store import Turns

_TRIES = 3  # an account that is throttled three times in a row has no room for this now

Told = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Failure:
    """What could not be read: an owner (an app, an instance), or "" for all of the account."""

    owner: str
    error: CloudError


@dataclass(frozen=True, slots=True)
class Gathered:
    """What was read, what failed, and what is not whole without an error.

    ``in_part`` are owners whose list the vendor held back from; ``odd_rows`` are rows that could not be read at all.
    """

    payloads: tuple[Any, ...]
    failures: tuple[Failure, ...] = ()
    in_part: tuple[str, ...] = ()
    odd_rows: int = 0


class _Patient(Recorder):
    """A run that asks again where there were too many calls, and tells how many owners were asked.

    A daemon asks again with its next run. Here there is none, so it is done at once: the budget waits for as long as
    the vendor wants.
    """

    def __init__(self, place: Place, now: float, monotonic: Callable[[], float], told: Told) -> None:
        super().__init__(
            place, now, None, Turns(), monotonic=monotonic, remembered=lambda _memory, _so_far: None, recall=_nothing
        )
        self._told = told

    async def each(self, owners: Iterable[str], ask: Callable[[str], Awaitable[None]]) -> None:
        """Ask for every owner."""
        chosen = list(dict.fromkeys(owners))
        done = 0

        async def asked(owner: str) -> None:
            nonlocal done
            try:
                await self._insist(owner, ask)
            finally:
                done += 1
                self._told(done, len(chosen))

        await super().each(chosen, asked)

    async def _insist(self, owner: str, ask: Callable[[str], Awaitable[None]]) -> None:
        for _ in range(_TRIES):
            self.failed.pop(owner, None)
            self.in_part.discard(owner)
            try:
                await ask(owner)
            except ThrottledError as error:
                self.fail(owner, error)
            if not isinstance(self.failed.get(owner), ThrottledError):
                return


async def _nothing(_collector: str) -> object:
    """No other collection remembers anything here: the lists are read anew."""
    return None


async def gather(
    subject: Subject,
    product: object,
    place: Place,
    since: float,
    *,
    now: float,
    monotonic: Callable[[], float],
    told: Told,
) -> Gathered:
    """Read a subject's past; what fails is noted and does not keep the rest back."""
    for _ in range(_TRIES):
        run = _Patient(place, now, monotonic, told)
        try:
            await subject.fetch(product, run, since)
        except CloudError as error:
            run.stopped_by(error)
        if not any(isinstance(error, ThrottledError) for error in run.errors):  # in the list of all that there is
            break
    owners = sorted(run.failed.items(), key=itemgetter(0))
    return Gathered(
        tuple(kept.payload for kept in run.take_kept().values()),
        (*(Failure("", error) for error in run.errors), *(Failure(owner, error) for owner, error in owners)),
        tuple(sorted(run.in_part - run.failed.keys())),
        sum(oddity.kind == "unreadable" for oddity in run.oddities),
    )
