"""Backup sets over time: what rds_backups would have shown of each instance's latest set and last success.

Only sets that are still kept are listed. What depends on those that are gone (how many there were, the oldest, their
size) cannot be told for the past, and before the oldest set that is kept nothing is.
"""

import math
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, tzinfo
from itertools import pairwise
from operator import itemgetter

from exporter.backfill.grid import Grid
from exporter.backfill.timeline import Span
from exporter.clouds.aliyun.rds import DESCRIBE_BACKUPS
from exporter.clouds.aliyun.retailcloud_models import Backup
from exporter.clouds.paging import Listing
from exporter.clouds.values import Raw, Unreadable, instant, text
from exporter.collectors.rds_backup_sets import BackupSets
from exporter.collectors.rds_backups import (
    LAST_SUCCESS,
    LATEST_DURATION,
    LATEST_END,
    LATEST_SIZE,
    LATEST_START,
    LATEST_STATUS,
    samples,
)
from exporter.collectors.run import Place

METRICS = (LATEST_STATUS, LATEST_START, LATEST_END, LATEST_DURATION, LATEST_SIZE, LAST_SUCCESS)


def spans(payload: object, place: Place, grid: Grid) -> Iterator[Span]:
    """What would have been shown of an instance, in order of time; nothing for what else rds_backups reads."""
    if not isinstance(payload, BackupSets):
        return
    zone = UTC if payload.source == DESCRIBE_BACKUPS else place.zone
    by_time = [(at, backup) for backup in payload.listing.items if (at := _ready(backup, zone)) is not None]
    ready = sorted(by_time, key=itemgetter(0))
    listed: tuple[Backup, ...] = ()
    met = 0
    for start, end in pairwise([*grid.turns(at for at, _ in ready), grid.size]):
        now_met = bisect_right(ready, grid.moment(start), key=itemgetter(0))
        listed = _telling((*listed, *(backup for _, backup in ready[met:now_met])), zone)
        met = now_met
        rows = samples(replace(payload, listing=Listing(listed)), place)
        yield Span(start, end, [sample for sample in rows.samples if sample.metric in METRICS])


def _telling(backups: Iterable[Backup], zone: tzinfo) -> tuple[Backup, ...]:
    """The few of these sets that make the samples: of those that are told to be alike, the last to start and to end."""
    alike: dict[tuple[str, ...], list[Backup]] = {}
    for backup in backups:
        words = (backup.backup_type, backup.backup_mode, backup.backup_status, backup.meta_status)
        alike.setdefault(tuple(text(word) for word in words), []).append(backup)

    def start_first(backup: Backup) -> tuple[float, float, str]:
        start, end = _time(backup.backup_start_time, zone), _time(backup.backup_end_time, zone)
        return (-math.inf if start is None else start, end or 0, backup.backup_id)

    def end_first(backup: Backup) -> float:
        end = _time(backup.backup_end_time, zone)
        return -math.inf if end is None else end

    telling = [max(group, key=key) for group in alike.values() for key in (start_first, end_first)]
    return tuple({backup.backup_id: backup for backup in telling}.values())


def _ready(backup: Backup, zone: tzinfo) -> float | None:
    """When a set is listed for the first time: at its end, or where that cannot be read, at its start."""
    end = _time(backup.backup_end_time, zone)
    return end if end is not None else _time(backup.backup_start_time, zone)


def _time(raw: Raw, zone: tzinfo) -> float | None:
    try:
        return instant(raw, zone)
    except Unreadable:
        return None
