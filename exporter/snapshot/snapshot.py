"""Keeps the snapshot file up to date while the exporter runs, and goes on from it at the start."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import structlog

from exporter.collection import Clock, Collection
from exporter.collection.report import where
from exporter.collectors.collector import Collector
from exporter.self_metrics import SelfMetrics
from exporter.snapshot import file
from exporter.snapshot.chunk import packed
from exporter.snapshot.restoring import Restored, restored
from exporter.store import CollectionKey, Record

EVERY = 20.0  # seconds between two snapshots, at least
# Seconds that are waited for the disk: one that hangs must hold up neither start nor end of the process.
_TO_READ, _TO_WRITE, _TO_END = 15.0, 60.0, 3.0

log = structlog.get_logger("exporter.snapshot")

T = TypeVar("T")
Job = tuple[CollectionKey, str, Collector[Any, Any], Record]


class Snapshot:
    """The snapshot of these collections: `begin` before they run, `end` after they did.

    ``collections`` gives those that there are at the moment, since settings may change while the exporter runs.
    """

    def __init__(
        self,
        path: Path,
        collections: Callable[[], Iterable[Collection]],
        *,
        version: str,
        metrics: SelfMetrics,
        clock: Clock,
        every: float = EVERY,
    ) -> None:
        """``version`` is that of the exporter, for people who look into the file."""
        self._path = path
        self._collections = collections
        self._version = version
        self._metrics = metrics
        self._clock = clock
        self._every = every
        self._saving: asyncio.Task[None] | None = None
        self._lock = asyncio.Lock()
        self._saved: dict[CollectionKey, tuple[str, Record]] = {}
        self._chunks: dict[CollectionKey, tuple[str, Record, bytes]] = {}  # only for the worker
        self._said = ""
        self._busy: asyncio.Future[Any] | None = None
        # A thread of its own: those of the store are for pages, and a disk may hang.
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="snapshot")
        metrics.expect_snapshot()

    async def begin(self) -> None:
        """Restore what the file has, and save from now on; a file that cannot be used is told of and passed over."""
        await self.restore()
        self._saving = asyncio.create_task(self._save_on(), name="snapshot")

    async def end(self, within: float = _TO_END) -> None:
        """Save once more, and no more after that; the disk has ``within`` seconds for it."""
        if self._saving is not None:
            self._saving.cancel()
        await self.save(within)
        self._worker.shutdown(wait=False)

    async def restore(self) -> None:
        """Let every collection go on from the file, as far as it has something that is not too old."""
        collections = {collection.key: collection for collection in self._collections()}
        wanted = {key: (collection.identity, collection.collector) for key, collection in collections.items()}
        now = file.Moment(self._clock.now(), self._clock.monotonic())
        try:
            found = await self._in_worker(partial(restored, self._path, wanted, now), _TO_READ)
            for key, record in found.records.items() if found is not None else ():
                collections[key].resume(record)
        except file.SnapshotError as error:
            log.warning("the snapshot is ignored", reason=str(error))
            return
        except Exception as bug:  # noqa: BLE001 -- without the file the exporter starts as if it were new
            log.warning("the snapshot is ignored", reason=f"a bug of the exporter at {self._path}: {where(bug)}")
            return
        if found is None:
            log.info("there is no snapshot yet", path=str(self._path))
            return
        self._metrics.snapshot_saved(found.saved_at)
        self._tell(found, sum(collections[key].record.block.series for key in found.records))

    def _tell(self, found: Restored, series: int) -> None:
        log.info(
            "went on from the snapshot",
            path=str(self._path),
            age_seconds=round(found.age, 1),
            collections=len(found.records),
            series=series,
        )
        if found.left_out:
            reasons = dict(Counter(found.left_out.values()))
            log.info("collections of the snapshot are left out", path=str(self._path), reasons=reasons)

    async def _save_on(self) -> None:
        while True:
            await asyncio.sleep(self._every)
            await self.save()

    async def save(self, within: float = _TO_WRITE) -> None:
        """Write the file, unless nothing has changed since it was written; a failure is told of and counted.

        The disk has ``within`` seconds for it.
        """
        async with self._lock:
            jobs = [(each.key, each.identity, each.collector, each.record) for each in self._collections()]
            now = {key: (identity, record) for key, identity, _, record in jobs}
            if _is_the_same(now, self._saved):
                return
            saved = file.Moment(self._clock.now(), self._clock.monotonic())
            try:
                await self._in_worker(partial(self._write, saved, jobs), within)
            except file.SnapshotError as error:
                self._failed(str(error))
                return
            except Exception as bug:  # noqa: BLE001 -- what is watched matters more than a file for the next start
                self._failed(f"cannot write {self._path}: a bug of the exporter: {where(bug)}")
                return
            self._saved = now
            self._metrics.snapshot_saved(saved.wall)
            if self._said:
                log.info("snapshots are written again", path=str(self._path))
            self._said = ""

    def _failed(self, reason: str) -> None:
        self._metrics.snapshot_failed()
        say = log.debug if reason == self._said else log.warning
        self._said = reason
        say("the snapshot is not saved; a restart will miss what is newer than the last one", reason=reason)

    async def _in_worker(self, work: Callable[[], T], within: float) -> T:
        """Do it in the thread; SnapshotError where that, or what was begun before, is not done within these seconds."""
        late = file.SnapshotError(f"the disk of {self._path} gave no answer within {within:g} s")
        if self._busy is not None and not (await asyncio.wait({self._busy}, timeout=within))[0]:
            raise late
        future = asyncio.get_running_loop().run_in_executor(self._worker, work)
        self._busy = future
        if not (await asyncio.wait({future}, timeout=within))[0]:
            raise late
        return future.result()

    def _write(self, saved: file.Moment, jobs: Iterable[Job]) -> None:
        """Pack what changed since the last time, and write all; a bug met with one collection keeps no other back."""
        bugs: list[str] = []
        chunks: dict[CollectionKey, tuple[str, Record, bytes]] = {}
        for key, identity, collector, record in jobs:
            earlier = self._chunks.get(key)
            if earlier is not None and earlier[0] == identity and earlier[1] is record:
                chunks[key] = earlier
                continue
            try:
                chunks[key] = (identity, record, packed(key, identity, collector, record))
            except Exception as bug:  # noqa: BLE001 -- the others are well
                bugs.append(f"a bug of the exporter leaves out {key}: {where(bug)}")
        self._chunks = chunks
        file.write(self._path, self._version, saved, (data for _, _, data in chunks.values()))
        if bugs:
            raise file.SnapshotError(f"{self._path}: {bugs[0]}")


def _is_the_same(now: dict[CollectionKey, tuple[str, Record]], saved: dict[CollectionKey, tuple[str, Record]]) -> bool:
    # Records are never changed in place; comparing what is in them would take longer than packing it.
    return now.keys() == saved.keys() and all(
        identity == saved[key][0] and record is saved[key][1] for key, (identity, record) in now.items()
    )
