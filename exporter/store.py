"""What is on the page: the rendered rows of every collection, how its last run ended, and the finished page.

Rows are kept in *parts*: what one call gave of one object. A part lives until its object is gone from a complete list,
until a newer one takes its place, or until it was not read again for the collection's ``max_staleness``.
"""

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple, ParamSpec, TypeVar

from exporter.clouds.errors import CloudError
from exporter.compression import OpenGzip, open_gzip
from exporter.exposition import Renderer, Texts, assemble
from exporter.metric import Metric, Sample
from exporter.self_metrics import (
    COLLECTOR_CONFIGURED_INTERVAL,
    COLLECTOR_DURATION,
    COLLECTOR_FAILED_OBJECT_INFO,
    COLLECTOR_INTERVAL,
    COLLECTOR_LAST_RESULT,
    COLLECTOR_LAST_RUN,
    COLLECTOR_LAST_SUCCESS,
    COLLECTOR_MAX_STALENESS,
    COLLECTOR_OBJECTS,
    COLLECTOR_SERIES,
    COLLECTOR_SERIES_DROPPED,
    COLLECTOR_SUCCESS,
    COLLECTOR_WINDOW,
)

P = ParamSpec("P")
R = TypeVar("R")

NEVER = float("inf")
_EMPTY = open_gzip(b"")


class CollectionKey(NamedTuple):
    """A collector for one account and region ("global" where the product has none)."""

    collector: str
    account: str
    region_id: str

    def __str__(self) -> str:
        return "/".join(self)


class PartKey(NamedTuple):
    """``owner``: the object asked for; ``unit``: what max_series cuts as a whole; ``kind``: which of its calls."""

    owner: str
    unit: str
    kind: str


@dataclass(frozen=True, slots=True)
class Part:
    """The rendered rows of one call, and when it was made (monotonic seconds)."""

    texts: Texts
    series: int
    read_at: float
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Block:
    """The rows of one collection: ``texts`` joins those of its parts that are on the page."""

    parts: Mapping[PartKey, Part] = field(default_factory=dict)
    texts: Texts = field(default_factory=dict)
    objects: int = 0
    series: int = 0
    dropped: int = 0
    expires_at: float = NEVER


@dataclass(frozen=True, slots=True)
class Status:
    """How a collection is doing; times in epoch seconds, durations in seconds.

    ``interval`` is the effective one: longer than the configured one when a run cannot read all.
    ``result`` is one of self_metrics.RESULTS, "" until the first run ended; ``failed`` are (object, reason) pairs.
    """

    configured_interval: float
    interval: float
    max_staleness: float
    max_series: int
    window: float | None = None
    result: str = ""
    got_data: bool = False
    duration: float = 0
    last_run: float = 0
    last_success: float | None = None
    failed: tuple[tuple[str, str], ...] = ()
    message: str = ""


@dataclass(frozen=True, slots=True)
class Turns:
    """When each owner was last asked to an end (monotonic seconds), and who was cut off by the end of the last run.

    Who is cut off keeps its place at the front; who is cut off twice though others had their turn hangs, and goes to
    the end of the line. ``failed`` are the owners that failed when they were last asked, in whichever run; ``unread``
    those that never were asked to an end.
    """

    asked_at: Mapping[str, float] = field(default_factory=dict)
    cut: frozenset[str] = frozenset()
    failed: Mapping[str, CloudError] = field(default_factory=dict)
    unread: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Record:
    """All there is of a collection: its rows, its status, and what its next run starts from.

    ``memory`` was remembered at ``remembered_at`` (monotonic seconds).
    """

    status: Status
    block: Block = field(default_factory=Block)
    memory: object = None
    remembered_at: float = 0
    turns: Turns = field(default_factory=Turns)


@dataclass(frozen=True, slots=True)
class Page:
    """A finished page, without the process' own counters; ``expires_at`` (monotonic): when a row on it is too old."""

    plain: bytes = b""
    compressed: OpenGzip = _EMPTY
    expires_at: float = NEVER


def build_block(parts: Mapping[PartKey, Part], now: float, max_staleness: float, max_series: int) -> Block:
    """A block of the parts that have not expired, cut to ``max_series`` by whole units: urgent first, then by id."""
    living = {key: part for key, part in parts.items() if part.read_at + max_staleness > now}
    shown = _cut(living, max_series)
    joined: dict[Metric, list[str]] = {}
    for key in sorted(shown):
        for metric, lines in shown[key].texts.items():
            joined.setdefault(metric, []).append(lines)
    series = sum(part.series for part in shown.values())
    return Block(
        parts=living,
        texts={metric: "".join(lines) for metric, lines in joined.items()},
        objects=len({(key.owner, key.unit) for key in shown if key.owner}),
        series=series,
        dropped=sum(part.series for part in living.values()) - series,
        expires_at=min((part.read_at for part in living.values()), default=NEVER) + max_staleness,
    )


def _cut(parts: Mapping[PartKey, Part], max_series: int) -> Mapping[PartKey, Part]:
    if sum(part.series for part in parts.values()) <= max_series:
        return parts
    units: dict[tuple[str, str], list[PartKey]] = {}
    for key in parts:
        units.setdefault((key.owner, key.unit), []).append(key)
    urgent = {unit for unit, keys in units.items() if any(parts[key].urgent for key in keys)}
    shown: dict[PartKey, Part] = {}
    room = max_series
    for unit in sorted(units, key=lambda unit: (unit not in urgent, unit)):
        size = sum(parts[key].series for key in units[unit])
        if unit not in urgent and size > room:
            break  # nothing behind the first that does not fit, so that the cut is the same with every run
        shown.update((key, parts[key]) for key in units[unit])
        room -= size
    return shown


def status_samples(key: CollectionKey, status: Status, block: Block) -> list[Sample]:
    """The ``cluster_exporter_collector_*`` series of one collection."""
    labels = {"collector": key.collector, "account": key.account, "region_id": key.region_id}
    samples = [
        COLLECTOR_INTERVAL(status.interval, **labels),
        COLLECTOR_CONFIGURED_INTERVAL(status.configured_interval, **labels),
        COLLECTOR_MAX_STALENESS(status.max_staleness, **labels),
        COLLECTOR_OBJECTS(block.objects, **labels),
        COLLECTOR_SERIES(block.series, **labels),
        COLLECTOR_SERIES_DROPPED(block.dropped, **labels),
    ]
    if status.window is not None:
        samples.append(COLLECTOR_WINDOW(status.window, **labels))
    if status.last_success is not None:
        samples.append(COLLECTOR_LAST_SUCCESS(status.last_success, **labels))
    if status.result:
        samples.append(COLLECTOR_SUCCESS(int(status.got_data), **labels))
        samples.append(COLLECTOR_DURATION(status.duration, **labels))
        samples.append(COLLECTOR_LAST_RUN(status.last_run, **labels))
        results = COLLECTOR_LAST_RESULT.states
        samples += [COLLECTOR_LAST_RESULT(int(each == status.result), **labels, result=each) for each in results]
    samples += [COLLECTOR_FAILED_OBJECT_INFO(1, **labels, object=name, reason=why) for name, why in status.failed]
    return samples


def build_page(order: Iterable[Metric], records: Mapping[CollectionKey, Record], now: float) -> Page:
    """The page of these records without the rows that have expired by ``now``."""
    texts: list[Texts] = []
    expires_at = NEVER
    for key, record in records.items():
        block, status = record.block, record.status
        if block.expires_at <= now:
            block = build_block(block.parts, now, status.max_staleness, status.max_series)
        expires_at = min(expires_at, block.expires_at)
        texts += [block.texts, Renderer().render(status_samples(key, status, block))]
    plain = assemble(order, texts).encode()
    return Page(plain, open_gzip(plain), expires_at)


class Store:
    """The records of all collections and the page made of them.

    The finished page is served until the next is ready; it is put together in a worker thread, once for all changes
    that came up meanwhile.
    """

    def __init__(self, order: Iterable[Metric], monotonic: Callable[[], float]) -> None:
        self._order = tuple(order)
        self._monotonic = monotonic
        self._records: dict[CollectionKey, Record] = {}
        self._changes = 0
        self._page = Page()
        self._page_changes = -1
        self._building = asyncio.Lock()
        # Not the event loop's own threads: those look up host names, and a resolver that hangs would hold up pages.
        self._workers = ThreadPoolExecutor(2, thread_name_prefix="render")
        self._narrowing = asyncio.Lock()

    async def in_worker(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Do work that takes long, such as rendering, in a thread of the store's own."""
        return await asyncio.get_running_loop().run_in_executor(self._workers, partial(work, *args, **kwargs))

    @property
    def records(self) -> Mapping[CollectionKey, Record]:
        """All records; never changed in place."""
        return self._records

    def put(self, key: CollectionKey, record: Record) -> None:
        """Replace a collection's record; call `refresh` for the page to show it."""
        self._records = {**self._records, key: record}
        self._changes += 1

    def replace(self, records: Mapping[CollectionKey, Record]) -> None:
        """Put these records in the place of all; call `refresh` for the page to show it."""
        self._records = dict(records)
        self._changes += 1

    async def refresh(self) -> None:
        """Bring the page up to date with all that was put before this call."""
        wanted = self._changes
        async with self._building:
            if self._page_changes < wanted or self._page.expires_at <= self._monotonic():
                changes, records = self._changes, self._records
                self._page = await self.in_worker(build_page, self._order, records, self._monotonic())
                self._page_changes = changes

    async def page(self) -> Page:
        """The finished page; put together anew only where a row on it is too old, even if no run ever ends again."""
        if self._page_changes < 0 or self._page.expires_at <= self._monotonic():
            await self.refresh()
        return self._page

    async def page_of(self, collectors: Collection[str]) -> Page:
        """A page of these collectors only, which is made anew for everyone who asks."""
        # One at a time: however many ask, a worker is left for the runs and the page of all.
        async with self._narrowing:
            records = {key: record for key, record in self._records.items() if key.collector in collectors}
            return await self.in_worker(build_page, self._order, records, self._monotonic())
