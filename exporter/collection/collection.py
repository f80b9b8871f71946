"""One collector for one account and region: the only place that times, limits and catches a run."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from exporter.clouds.errors import CallTimeoutError, CloudError
from exporter.clouds.run_time import RunTime, run_until
from exporter.collection.recorder import BugError, Kept, Recorder
from exporter.collection.report import Report
from exporter.collection.verdict import Verdict, effective_interval, judge, resumed
from exporter.collectors.collector import Collector
from exporter.collectors.rows import Oddity
from exporter.collectors.run import Place
from exporter.exposition import Renderer
from exporter.self_metrics import SelfMetrics
from exporter.store import CollectionKey, Part, PartKey, Record, Status, Store, Turns, build_block

_SHOW_EVERY = 5.0  # seconds between two looks at what a long run has so far

Rendered = tuple[dict[PartKey, Part], list[Oddity], list[tuple[str, Exception]]]  # bugs with their owner


class Clock(Protocol):
    """Where time comes from."""

    def now(self) -> float:
        """Epoch seconds."""

    def monotonic(self) -> float:
        """Seconds that only go forward, also while the machine sleeps."""

    def awake(self) -> float:
        """Seconds that only go forward and stand still while the machine sleeps, as the event loop's timers do."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How often and how long a collection runs, in seconds, and how many series it may show.

    ``memory_wait`` is how long a run waits for the first memory of another collection. A ``patient`` run is the only
    one: it asks a host that gives no answer again for each object.
    """

    interval: float
    timeout: float
    max_staleness: float
    max_series: int
    memory_wait: float = 30.0
    patient: bool = False


class Collection:
    """What is run on a timer; its rows, status and memory are in the store."""

    def __init__(
        self,
        collector: Collector[Any, Any],
        product: object,
        place: Place,
        limits: Limits,
        *,
        store: Store,
        metrics: SelfMetrics,
        clock: Clock,
        neighbour_answered: Callable[[], bool],
        identity: str = "",
    ) -> None:
        """``product`` is the client that the collector declares; ``neighbour_answered`` see `judge`.

        ``identity`` tells one that asks the same clouds about the same objects from one that is only called alike.
        """
        self.collector = collector
        self.key = CollectionKey(collector.name, place.account, place.region)
        self.place = place
        self.limits = limits
        self.identity = identity
        self.started_at: float | None = None
        self.running = False
        self.siblings: Mapping[str, Collection] = {}
        self.product = product
        self._store = store
        self._clock = clock
        self._neighbour_answered = neighbour_answered
        self._renderer = Renderer()
        self.report = Report(self.key, metrics)
        self._memory: object = None
        self._memory_since = 0.0
        self._has_memory = asyncio.Event()
        self._run_time: RunTime | None = None
        self.tried = asyncio.Event()
        window = place.window if collector.window is not None else None
        status = Status(limits.interval, limits.interval, limits.max_staleness, limits.max_series, window)
        store.put(self.key, Record(status))
        metrics.expect_collection(*self.key)
        metrics.expect_metrics(collector.metrics)

    @property
    def record(self) -> Record:
        """What there is of the collection now."""
        return self._store.records[self.key]

    def resume(self, earlier: Record) -> None:
        """Go on from where another process, or an earlier collection, left; its times are those of this one's clock.

        Rows stay for as long as they would have there, and the status is shown as it was while there are rows or the
        last run is not too old. The next run starts from its memory while that is younger than ``max_staleness`` or
        the collector's ``history``. The settings are this collection's own.
        """
        now, wall = self._clock.monotonic(), self._clock.now()
        status = resumed(self.record.status, earlier.status, wall)
        block = build_block(earlier.block.parts, now, status.max_staleness, status.max_series)
        if not block.parts and wall - status.last_run > status.max_staleness:
            status = self.record.status
        age = now - earlier.remembered_at
        if earlier.memory is None or age > max(status.max_staleness, self.place.history):
            earlier = replace(earlier, memory=None)
        elif age <= status.max_staleness:
            self._memory, self._memory_since = earlier.memory, earlier.remembered_at
            self._has_memory.set()
        self._store.put(self.key, replace(earlier, status=status, block=block))

    async def run(self) -> Status:
        """Run once and put what came of it on the page; raises nothing but CancelledError."""
        earlier, started = self.record, self._clock.monotonic()
        self.running, self.started_at = True, started
        run = Recorder(
            self.place,
            self._clock.now(),
            earlier.memory,
            earlier.turns,
            monotonic=self._clock.monotonic,
            remembered=self._remembered,
            recall=self._recall,
        )
        try:
            fresh = await self._gather(run, earlier)
            run.carry_failures()
            duration = self._clock.monotonic() - started
            verdict = judge(
                run,
                never_succeeded=earlier.status.last_success is None,
                neighbour_answered=self._neighbour_answered(),
                replaced_by=self.collector.replaced_by,
            )
            status = self._status(run, verdict, earlier.status, duration)
            record = Record(status, memory=run.memory, remembered_at=self._memory_since, turns=run.turns())
            self._show(run.merge(earlier.block.parts, fresh), record)
        finally:
            self.running = False
            self._has_memory.set()
        self.report.run_ended(verdict, duration)
        self.report.stretched(status.interval, self.limits.interval)
        self.report.did_without(run.missing)
        self.report.odd(run.oddities)
        await self._store.refresh()
        self.tried.set()
        return status

    async def _gather(self, run: Recorder, earlier: Record) -> dict[PartKey, Part]:
        """Fetch and render; a run that takes long shows what it has every few seconds."""
        self._renderer.begin()
        fresh: dict[PartKey, Part] = {}
        fetching = asyncio.create_task(self._fetch(run), name=f"fetch {self.key}")
        try:
            while not (await asyncio.wait({fetching}, timeout=_SHOW_EVERY))[0]:
                fresh |= await self._rendered(run)
                self._show({**earlier.block.parts, **fresh}, earlier)
                await self._store.refresh()
        finally:
            if fetching.cancel():
                await asyncio.gather(fetching, return_exceptions=True)
        return fresh | await self._rendered(run)

    async def _rendered(self, run: Recorder) -> dict[PartKey, Part]:
        """Samples and texts of what was kept since the last time, made in a worker thread."""
        parts, oddities, bugs = await self._store.in_worker(self._render, run.take_kept())
        run.oddities += oddities
        for owner, bug in bugs:
            run.fail(owner, BugError(bug))
        return parts

    async def _fetch(self, run: Recorder) -> None:
        try:
            async with asyncio.timeout(self.limits.timeout):
                ends_at = self._clock.monotonic() + self.limits.timeout
                with run_until(ends_at, patient=self.limits.patient) as self._run_time:
                    await self.collector.fetch(self.product, run)
        except TimeoutError:
            run.timed_out(self.limits.timeout, self._run_time.trouble if self._run_time else None)
        except CloudError as error:
            run.stopped_by(error)
        except Exception as bug:  # noqa: BLE001 -- whatever a collector does wrong, the next run comes
            run.stopped_by(BugError(bug))

    def _render(self, kept: Mapping[PartKey, Kept]) -> Rendered:
        parts: dict[PartKey, Part] = {}
        oddities: list[Oddity] = []
        bugs: list[tuple[str, Exception]] = []
        for key, each in kept.items():
            try:
                rows = self.collector.samples(each.payload, self.place)
                texts = self._renderer.render(rows.samples)
            except Exception as bug:  # noqa: BLE001 -- a bug met with one object must not take the others along
                bugs.append((key.owner, bug))
                continue
            oddities += rows.oddities
            parts[key] = Part(texts, len(rows.samples), each.read_at, each.urgent)
        return parts, oddities, bugs

    def _show(self, parts: Mapping[PartKey, Part], record: Record) -> None:
        """Put a record, with a block of these parts."""
        status = record.status
        block = build_block(parts, self._clock.monotonic(), status.max_staleness, status.max_series)
        self._store.put(self.key, replace(record, block=block))

    def _status(self, run: Recorder, verdict: Verdict, earlier: Status, duration: float) -> Status:
        now = self._clock.now()
        interval = effective_interval(run, self.limits.interval, earlier.interval)
        succeeded = verdict.got_data and verdict.result != "not_offered"
        return replace(
            earlier,
            interval=interval,
            max_staleness=max(self.limits.max_staleness, 3 * interval),
            result=verdict.result,
            got_data=verdict.got_data,
            duration=duration,
            last_run=now,
            last_success=now if succeeded else earlier.last_success,
            failed=verdict.failed,
            message=verdict.message,
        )

    def _remembered(self, memory: object, so_far: bool) -> None:
        kind = self.collector.memory
        if memory is not None and (kind is None or not isinstance(memory, kind)):
            raise TypeError(f"{self.key.collector} remembers a {type(memory).__name__} and does not declare it")
        self._memory, self._memory_since = memory, self._clock.monotonic()
        if not so_far:
            self._has_memory.set()

    async def _recall(self, collector: str) -> object:
        sibling = self.siblings.get(collector)
        return await sibling.memory(self.limits.memory_wait) if sibling else None

    async def memory(self, wait: float = 0.0) -> object:
        """What a run remembered last, waiting for the first; None where there is none or it is too long ago.

        Where the first run takes longer than a reader can wait, it is what that has so far. Where that is nothing, it
        raises the kind of error that the run itself waits for, else CallTimeoutError.
        """
        try:
            async with asyncio.timeout(wait):
                await self._has_memory.wait()
        except TimeoutError:
            if self._memory is None:
                trouble = self._run_time.trouble if self._run_time else None
                text = f"{self.key.collector} has not read its inventory yet"
                raise type(trouble)(f"{text}: {trouble}") if trouble else CallTimeoutError(text) from None
        age = self._clock.monotonic() - self._memory_since
        return self._memory if age <= self.record.status.max_staleness else None

    def take_over(self, earlier: "Collection", record: Record, *, with_memory: bool) -> None:
        """Go on where ``earlier``, which had this key under other settings, left ``record``.

        Without its memory, what was remembered under those settings is read anew.
        """
        self.resume(record if with_memory else replace(record, memory=None, turns=Turns()))
        self.started_at = earlier.started_at
        if earlier.tried.is_set():
            self.tried.set()
        self.report = earlier.report
