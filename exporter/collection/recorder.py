"""The recorder of one run: what a collector hands over while it fetches."""

import asyncio
import math
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from exporter.clouds.errors import CallTimeoutError, CloudError
from exporter.clouds.paging import Listing
from exporter.collectors.rows import Oddity
from exporter.collectors.run import Place
from exporter.metric import Metric
from exporter.store import Part, PartKey, Turns

_AT_A_TIME = 10  # owners; as many calls as an account may have under way

M = TypeVar("M")
T = TypeVar("T")


class BugError(CloudError):
    """Our own mistake, met while one object was read; shown without the values it was met with."""

    reason = "bug"

    def __init__(self, bug: Exception) -> None:
        super().__init__(f"a bug of the exporter: {type(bug).__name__}")
        self.bug = bug


@dataclass(frozen=True, slots=True)
class Kept:
    """A payload and when it was fetched (monotonic seconds)."""

    payload: object
    read_at: float
    urgent: bool


class Recorder:
    """What `exporter.collectors.run.Run` promises to a collector, kept until the run ends."""

    def __init__(
        self,
        place: Place,
        now: float,
        memory: object,
        turns: Turns,
        *,
        monotonic: Callable[[], float],
        remembered: Callable[[object, bool], None],
        recall: Callable[[str], Awaitable[object]],
    ) -> None:
        """``turns`` are those of the run before: who was asked longest ago is asked first."""
        self.place = place
        self.now = now
        self.memory = memory
        self.kept: set[PartKey] = set()
        self.errors: list[CloudError] = []
        self.failed: dict[str, CloudError] = {}
        self.oddities: list[Oddity] = []
        self.present: frozenset[str] | None = None
        self.knows_owners = False
        self.asked: set[str] = set()
        self.postponed: set[str] = set()
        self.cut_short = False
        self.whole: set[str] = set()
        self.in_part: set[str] = set()
        self.missing: dict[str, CloudError] = {}
        self._may_stop = False
        self._monotonic = monotonic
        self._remembered = remembered
        self._recall = recall
        self._turns = turns
        self._asked_at = dict(turns.asked_at)
        self._cut: frozenset[str] = frozenset()
        self._new: dict[PartKey, Kept] = {}
        self._waiting: set[str] = set()
        self._under_way: set[str] = set()
        self._begun: dict[str, int] = {}

    def keep(self, owner: str, payload: object, *, unit: str = "", urgent: bool = False) -> None:
        """Keep what was fetched; one payload for each owner, unit and type of payload."""
        key = PartKey(owner, unit or owner, type(payload).__name__)
        self._new[key] = Kept(payload, self._monotonic(), urgent)
        self.kept.add(key)

    def fail(self, owner: str, error: CloudError) -> None:
        """Note the first failure of an owner."""
        self.failed.setdefault(owner, error)

    def listed(self, listing: Listing[T], owners: Iterable[str], metric: Metric) -> None:
        """Note a list that was read in this run."""
        self.odd_rows(listing, metric)
        error = listing.failure()
        if error is not None:
            self.errors.append(error)
        self.known(owners, complete=listing.complete)

    def known(self, owners: Iterable[str], *, complete: bool) -> None:
        """Note the owners there are; those missing from a complete list are gone."""
        self.knows_owners = True
        if complete:
            self.present = frozenset(owners)

    def listed_of(self, owner: str, listing: Listing[T], metric: Metric) -> None:
        """Note the list of an owner's units."""
        self.odd_rows(listing, metric)
        if listing.complete:
            self.whole.add(owner)
        else:
            self.in_part.add(owner)
        error = listing.failure()
        if error is not None:
            self.fail(owner, error)

    def odd_rows(self, listing: Listing[T], metric: Metric) -> None:
        """Note the rows of a list that were there twice or unreadable."""
        self.oddities += [Oddity("unreadable", metric)] * listing.unreadable
        self.oddities += [Oddity("duplicate", metric)] * listing.duplicates

    def do_without(self, payload: type, error: CloudError) -> None:
        """Note that the optional call which gives this type of payload failed."""
        self.missing[payload.__name__] = error

    async def optionally(self, work: Awaitable[None]) -> None:
        """Do what the run may be stopped in without loss."""
        self._may_stop = True
        await work

    def remember(self, memory: object, *, so_far: bool = False) -> None:
        """Take the memory for the next run; those who recall it have it at once."""
        self._remembered(memory, so_far)
        self.memory = memory

    async def recall(self, collector: str, kind: type[M]) -> M | None:
        """The memory of another collection, if it is of this kind."""
        memory = await self._recall(collector)
        return memory if isinstance(memory, kind) else None

    async def each(self, owners: Iterable[str], ask: Callable[[str], Awaitable[None]]) -> None:
        """Ask for every owner, a few at a time: were all begun at once, a short budget would let none of them end.

        First comes who was asked longest ago, whatever came of it: in the age of rows an owner that fails, or that has
        none, would always be the oldest and hold up the others.
        """
        in_turn = sorted(dict.fromkeys(owners), key=lambda owner: self._asked_at.get(owner, -math.inf))
        self.asked.update(in_turn)
        self._waiting.update(in_turn)
        queue = iter(in_turn)

        async def work() -> None:
            for owner in queue:
                await self._ask(owner, ask)

        async with asyncio.TaskGroup() as tasks:
            for _ in range(min(_AT_A_TIME, len(in_turn))):
                tasks.create_task(work())

    async def _ask(self, owner: str, ask: Callable[[str], Awaitable[None]]) -> None:
        self._waiting.discard(owner)
        self._under_way.add(owner)
        self._begun[owner] = len(self._begun)
        try:
            await ask(owner)
        except CloudError as error:
            self.fail(owner, error)
        except Exception as bug:  # noqa: BLE001 -- a bug met with one object must not take the others along
            self.fail(owner, BugError(bug))
        self._under_way.discard(owner)
        self._asked_at[owner] = self._monotonic()

    def timed_out(self, timeout: float, waited_for: CloudError | None = None) -> None:
        """Note that the run was stopped: what it fetched stays.

        Where some owners were done and some had not had their turn, the run was too short for all of them: no
        failure, the next run begins with the rest. Otherwise those under way hang, and failed, or ``waited_for``
        something until the end: then that is what is to be said. So did who was first in line, because it was cut off
        before, and was overtaken by others.
        """
        if self._may_stop:
            return
        not_done = self._waiting | self._under_way
        hanging = {owner for owner in self._under_way & self._turns.cut if self._is_overtaken(owner)}
        self._cut = frozenset(self._under_way - hanging)
        self._asked_at |= dict.fromkeys(hanging, self._monotonic())
        was_too_short = bool(self._waiting and self.asked - not_done)
        self.postponed = not_done - hanging if was_too_short else set()
        error = waited_for or CallTimeoutError(f"no answer within the run's timeout of {timeout:g} s")
        for owner in not_done - self.postponed:
            self.fail(owner, error)
        if not not_done:
            self.stopped_by(error)

    def _is_overtaken(self, owner: str) -> bool:
        """Whether as many who began later are done as are asked at a time, or nobody is done at all.

        Calls that wait for a short budget get it in turn: who waits for that is not overtaken.
        """
        done = self.asked - self._waiting - self._under_way
        later = sum(self._begun[other] > self._begun[owner] for other in done)
        return not done or later >= _AT_A_TIME

    @property
    def unread(self) -> frozenset[str]:
        """The owners that had no turn in this run, nor in any before."""
        before = self._turns
        return frozenset(owner for owner in self.postponed if owner not in before.asked_at or owner in before.unread)

    def carry_failures(self) -> None:
        """Note once more who failed when last asked and had no turn in this run: nothing says that it is well."""
        not_done = self._waiting | self._under_way
        if not not_done:
            return
        read = {key.owner for key in self.kept} | self.whole
        settled = (self.asked - not_done) | (read - self.asked)
        for owner, error in self._turns.failed.items():
            if owner not in settled and (self.present is None or owner in self.present):
                self.fail(owner, error)

    def stopped_by(self, error: CloudError) -> None:
        """Note what ended the run before its end: what was not fetched by then is not known to be gone."""
        self.errors.append(error)
        self.cut_short = True

    def turns(self) -> Turns:
        """What the next run goes by; a run that asked for none changes nothing."""
        if not self.asked:
            return self._turns
        asked_at = {owner: at for owner, at in self._asked_at.items() if owner in self.asked}
        return Turns(asked_at, self._cut, dict(self.failed), self.unread)

    def take_kept(self) -> dict[PartKey, Kept]:
        """Hand over what was kept since the last time, to be rendered."""
        taken, self._new = self._new, {}
        return taken

    def merge(self, earlier: Mapping[PartKey, Part], fresh: Mapping[PartKey, Part]) -> dict[PartKey, Part]:
        """Fresh parts, and those earlier ones whose owner failed or was not read and is not known to be gone.

        What an optional call gave earlier stays where it failed, but only beside what was read of the same unit: a unit
        that its owner's list lacks is gone.
        """
        units = {(key.owner, key.unit) for key in fresh}
        read = set() if self.cut_short else {key.owner for key in fresh} | self.whole
        replaced = read - self.failed.keys() - self.in_part - self.postponed
        kept = {
            key: part
            for key, part in earlier.items()
            if (key.owner not in replaced or (key.kind in self.missing and (key.owner, key.unit) in units))
            and (self.present is None or key.owner in self.present)
        }
        return {**kept, **fresh}
