"""Runs every collection on its interval; hides APScheduler."""

import asyncio
import hashlib
from collections import Counter
from collections.abc import Iterable, Set
from datetime import UTC, datetime, timedelta
from functools import partial

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from exporter.collection import Clock, Collection

_BEAT = 1.0  # seconds
_CLOCK_STEP = 2.0  # seconds that the wall clock may part from the monotonic one before the jobs are set anew
_GRACE = 30.0  # seconds
_SOON = 60.0  # seconds until a collection without any data is run again, twice as many after every further run
_PASSING = frozenset({"unavailable", "timeout", "throttled"})  # results that may be others in a minute

log = structlog.get_logger("exporter.schedule")


class Schedule:
    """One job a collection: the first run at once, later ones at a fixed offset that its name gives, never two at once.

    APScheduler reads the wall clock and would sleep an hour when that steps back an hour; a heartbeat on the
    monotonic clock sets the jobs anew then.
    """

    def __init__(self, collections: Iterable[Collection], clock: Clock) -> None:
        """``collections`` are run from `start` on."""
        self._collections = tuple(collections)
        self._clock = clock
        self._runs: set[asyncio.Task[object]] = set()
        self._heart: asyncio.Task[None] | None = None
        self._in_vain: Counter[Collection] = Counter()  # runs that ended without data, where there never was any
        self._soon: dict[Collection, asyncio.TimerHandle] = {}
        self._beat_at = clock.monotonic()
        self._parted = self._parting()
        self._started_at = clock.monotonic()
        # No grace limit: a late run is still wanted. Overlap is prevented by `launch`, which drops the later one.
        self._scheduler = AsyncIOScheduler(timezone=UTC, job_defaults={"misfire_grace_time": None, "coalesce": True})

    def start(self) -> None:
        """Begin; needs a running event loop."""
        self._started_at = self._clock.monotonic()
        for collection in self._collections:
            self._begin(collection)
        self._scheduler.start()
        self._heart = asyncio.create_task(self._beat(), name="heartbeat")

    async def stop(self, grace: float) -> None:
        """Start no more runs; give those under way ``grace`` seconds, then call them off."""
        if self._heart is not None:
            self._heart.cancel()
        for timer in self._soon.values():
            timer.cancel()
        self._soon.clear()
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
        if self._runs:
            await asyncio.wait(self._runs, timeout=grace)
        for run in self._runs:
            run.cancel()
        await asyncio.gather(*self._runs, return_exceptions=True)

    def exchange(self, collections: Iterable[Collection], at_once: Set[Collection]) -> Set[asyncio.Task[object]]:
        """Run these from now on; returns the runs that were called off, of those that are no longer among them.

        Those ``at_once`` are run now, as are those in the place of one whose run was called off; others that are new
        take the turn of the one with their name. Those that stay keep their times, and their runs go on.
        """
        earlier, self._collections = self._collections, tuple(collections)
        staying = set(earlier) & set(self._collections)
        gone = [collection for collection in earlier if collection not in staying]
        broken_off = {str(collection.key) for collection in gone if collection.running}
        called_off = {run for run in self._runs if run.get_name() in broken_off}
        for run in called_off:
            run.cancel()
        for collection in gone:
            self._in_vain.pop(collection, None)
            if (timer := self._soon.pop(collection, None)) is not None:
                timer.cancel()
            collection.tried.set()  # whoever waits for it need not any more
            if self._heart is not None and self._scheduler.get_job(str(collection.key)):
                self._scheduler.remove_job(str(collection.key))
        for collection in self._collections if self._heart is not None else ():
            if collection in staying:
                continue
            delay = self._last_start(collection) + collection.limits.interval - self._clock.monotonic()
            if collection in at_once or str(collection.key) in broken_off or delay <= 0:
                self._begin(collection)
            else:
                self._arm(collection, delay)
        return called_off

    async def all_tried(self) -> None:
        """Return once every collection was run at least once."""
        await asyncio.gather(*(collection.tried.wait() for collection in self._collections))

    def problems(self) -> list[str]:
        """What keeps the schedule from turning: an overdue collection, a heart that stopped; empty when all is well."""
        now = self._clock.monotonic()
        late = [
            f"{collection.key} has not run since {now - since:.0f} s"
            for collection in self._collections
            if now - (since := self._last_start(collection)) > _latest(collection) + _GRACE
        ]
        if now - self._beat_at > _GRACE:
            late.append(f"the scheduler's heartbeat stopped {now - self._beat_at:.0f} s ago")
        if self._heart is not None and not self._scheduler.running:
            late.append("the scheduler was stopped")
        return late

    def _begin(self, collection: Collection) -> None:
        """Run a collection now, and set its job so that it is not always due together with the others."""
        collection.started_at = self._clock.monotonic()
        self.launch(collection)
        self._arm(collection, collection.limits.interval * (0.5 + 0.5 * offset(str(collection.key))))

    def _arm(self, collection: Collection, delay: float) -> None:
        """Set a collection's job: the next run in ``delay`` seconds, then every interval."""
        interval = collection.limits.interval
        first = datetime.now(UTC) + timedelta(seconds=delay)
        self._scheduler.add_job(
            self._due,
            IntervalTrigger(seconds=interval, start_date=first, timezone=UTC),
            args=(collection,),
            id=str(collection.key),
            replace_existing=True,
        )

    async def _due(self, collection: Collection) -> None:
        """What the scheduler calls: it would run anything but a coroutine function in a thread."""
        self.launch(collection)

    def launch(self, collection: Collection) -> None:
        """Start a run now, unless one is under way."""
        if collection.running:
            return
        collection.running = True
        run = asyncio.get_running_loop().create_task(collection.run(), name=str(collection.key))
        self._runs.add(run)
        run.add_done_callback(partial(self._ended, collection))

    def _ended(self, collection: Collection, run: asyncio.Task[object]) -> None:
        self._runs.discard(run)
        if run.cancelled():
            return
        if (error := run.exception()) is not None:
            log.error("a run escaped its collection", collection=run.get_name(), error=type(error).__name__)
        self._run_soon(collection)

    def _run_soon(self, collection: Collection) -> None:
        """Run a collection that never had any data ahead of its time: the network may come up after the exporter.

        After one minute, two, four, and so on while that is less than its interval; its own times stay as they are.
        """
        if not self._scheduler.running or collection not in self._collections:
            return
        status = collection.record.status
        if status.last_success is not None or status.result not in _PASSING:
            self._in_vain.pop(collection, None)
            return
        delay = _SOON * 2 ** self._in_vain[collection]
        self._in_vain[collection] += 1
        if collection not in self._soon and delay < collection.limits.interval:
            timer = asyncio.get_running_loop().call_later(delay, self._after_a_while, collection)
            self._soon[collection] = timer

    def _after_a_while(self, collection: Collection) -> None:
        del self._soon[collection]
        if collection in self._collections:
            self.launch(collection)

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(_BEAT)
            self.heed_the_clock()

    def heed_the_clock(self) -> None:
        """Set the jobs anew when a clock stepped: the wall clock, which APScheduler goes by, or that of the event loop.

        The latter stands still while the machine sleeps. What is overdue by the monotonic clock runs at once, also
        where no clock stepped and a timer was missed for whatever reason.
        """
        now = self._beat_at = self._clock.monotonic()
        earlier, self._parted = self._parted, self._parting()
        step = max((later - before for before, later in zip(earlier, self._parted, strict=True)), key=abs)
        stepped = abs(step) > _CLOCK_STEP
        if stepped:
            log.warning("a clock stepped, or the machine slept: jobs are set anew", seconds=round(step, 1))
        for collection in self._collections:
            missed = not collection.running and now - self._last_start(collection) > _latest(collection)
            if missed and not stepped:
                log.warning("a timer was missed: its job is set anew", collection=str(collection.key))
            if not (missed or stepped):
                continue
            delay = self._last_start(collection) + collection.limits.interval - now
            if delay <= 0:
                self.launch(collection)
            self._arm(collection, delay if delay > 0 else collection.limits.interval)

    def _last_start(self, collection: Collection) -> float:
        """When a collection last began to run; the start of the schedule, where it never did (monotonic seconds)."""
        return self._started_at if collection.started_at is None else collection.started_at

    def _parting(self) -> tuple[float, float]:
        """How far the wall clock and the event loop's are from the monotonic one."""
        now = self._clock.monotonic()
        return self._clock.now() - now, now - self._clock.awake()

    def due_times(self) -> dict[str, datetime]:
        """When each collection is due next."""
        return {job.id: job.next_run_time for job in self._scheduler.get_jobs()}


def _latest(collection: Collection) -> float:
    """The longest time between the starts of two runs: a run that takes long lets the next one be left out."""
    return 2 * collection.limits.interval + collection.limits.timeout


def offset(name: str) -> float:
    """A share of the interval, from 0 to 1, the same for a name at every start: calls spread, and stay spread."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:4]) / 2**32
