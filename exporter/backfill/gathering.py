"""Reading all that a subject's past is told by, from one account: once, and again where there were too many calls."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from exporter.backfill.subjects import Subject
from exporter.clouds.errors import CloudError, ThrottledError
from exporter.collection.recorder import Recorder, Turns
from exporter.collectors.run import Place
from exporter.store import PartKey

_ROUNDS = 3  # an account that is throttled three times in a row has no room for this now

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


class _Round(Recorder):
    """A run that asks only some of the owners, where ``only`` names them, and tells how many were asked."""

    def __init__(self, place: Place, now: float, monotonic: Callable[[], float], only: set[str], told: Told) -> None:
        super().__init__(
            place, now, None, Turns(), monotonic=monotonic, remembered=lambda _memory, _so_far: None, recall=_nothing
        )
        self._only = only
        self._told = told

    async def each(self, owners: Iterable[str], ask: Callable[[str], Awaitable[None]]) -> None:
        """Ask for the owners of this round."""
        chosen = [owner for owner in dict.fromkeys(owners) if not self._only or owner in self._only]
        done = 0

        async def asked(owner: str) -> None:
            nonlocal done
            try:
                await ask(owner)
            finally:
                done += 1
                self._told(done, len(chosen))

        await super().each(chosen, asked)


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
    """Read a subject's past; what fails is noted and does not keep the rest back.

    Throttling is not retried below: a daemon asks again with its next run. Here there is none, so those who met it are
    asked again, after the pause that the budget makes.
    """
    kept: dict[PartKey, Any] = {}
    failed: dict[str, CloudError] = {}
    in_part: set[str] = set()
    odd_rows, again, errors = 0, set[str](), list[CloudError]()
    for _ in range(_ROUNDS):
        run = _Round(place, now, monotonic, again, told)
        try:
            await subject.fetch(product, run, since)
        except CloudError as error:
            run.stopped_by(error)
        kept |= {key: each.payload for key, each in run.take_kept().items()}
        failed = {owner: error for owner, error in failed.items() if owner not in run.asked} | run.failed
        in_part = in_part - run.asked | run.in_part
        odd_rows += sum(oddity.kind == "unreadable" for oddity in run.oddities)
        errors = run.errors
        again = _throttled(failed)
        if not again and not any(isinstance(error, ThrottledError) for error in errors):
            break
    failures = (
        *(Failure("", error) for error in errors),
        *(Failure(*each) for each in sorted(failed.items(), key=itemgetter(0))),
    )
    return Gathered(tuple(kept.values()), failures, tuple(sorted(in_part - failed.keys())), odd_rows)


def _throttled(failed: Mapping[str, CloudError]) -> set[str]:
    return {owner for owner, error in failed.items() if isinstance(error, ThrottledError)}
