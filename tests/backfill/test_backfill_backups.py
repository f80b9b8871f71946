"""Backups over time: the latest set and the last success of each moment."""

from datetime import UTC, datetime

import pytest

from exporter.backfill import METRICS, Grid, Timeline
from exporter.backfill.backups import spans
from exporter.clouds.aliyun.rds import DESCRIBE_BACKUPS
from exporter.clouds.aliyun.retailcloud import GET_RDS_BACK_UP
from exporter.clouds.aliyun.retailcloud_models import Backup
from exporter.clouds.paging import Listing
from exporter.collectors import rds_backups
from exporter.collectors.rds_backup_sets import BackupSets
from tests.doubles import NOW, PLACE, SHANGHAI

HOUR, DAY = 3600, 86_400
GRID = Grid.between(NOW - 4 * DAY, NOW, HOUR)


def written(moment: float) -> str:
    return datetime.fromtimestamp(moment, SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")


def backup(number: int, hours_ago: float, took: float = HOUR, **changes: object) -> Backup:
    start = NOW - hours_ago * HOUR
    row = {
        "BackupId": number,
        "BackupType": "FullBackup",
        "BackupMode": "Automated",
        "BackupStatus": "Success",
        "BackupStartTime": written(start),
        "BackupEndTime": written(start + took),
        "BackupSize": number,
    }
    return Backup.model_validate(row | changes)


def sets_of(*backups: Backup, source=GET_RDS_BACK_UP) -> BackupSets:
    return BackupSets("rm-1", source, Listing(backups), 0)


def timeline_of(*backups: Backup, source=GET_RDS_BACK_UP) -> Timeline:
    timeline = Timeline()
    timeline.add(spans(sets_of(*backups, source=source), PLACE, GRID))
    return timeline


def value(timeline: Timeline, metric, hours_ago: float, **labels: str) -> float | None:
    index = GRID.at_or_after(NOW - hours_ago * HOUR)
    wanted = {"account": "shop", "db_instance_id": "rm-1", "backup_type": "full", **labels}
    found = [
        run.value
        for values, runs in timeline.of(metric).items()
        for run in runs
        if wanted == dict(zip(metric.labels, values, strict=True)) and run.start <= index < run.end
    ]
    assert len(found) <= 1
    return found[0] if found else None


def test_a_set_is_the_latest_from_its_end_to_the_end_of_the_next():
    timeline = timeline_of(backup(2, 30), backup(1, 54))
    assert [None, 1, 1, 2, 2] == [value(timeline, rds_backups.LATEST_SIZE, hours) for hours in (54, 53, 30, 29, 1)]
    assert NOW - 29 * HOUR == value(timeline, rds_backups.LATEST_END, 29)


def test_a_failed_set_is_the_latest_and_no_success():
    timeline = timeline_of(backup(1, 54), backup(2, 30, MetaStatus="EMPTY"))
    assert [0, 1] == [value(timeline, rds_backups.LATEST_STATUS, hours, status="failed") for hours in (40, 20)]
    assert [NOW - 53 * HOUR] * 2 == [
        value(timeline, rds_backups.LAST_SUCCESS, hours, backup_mode="automated") for hours in (40, 20)
    ]


def test_modes_and_types_do_not_hide_one_another():
    sets = [
        backup(1, 54),
        backup(2, 40, BackupMode="Manual"),
        backup(3, 20, BackupType="IncrementalBackup"),
    ]
    timeline = timeline_of(*sets)
    assert NOW - 53 * HOUR == value(timeline, rds_backups.LAST_SUCCESS, 1, backup_mode="automated")
    assert NOW - 39 * HOUR == value(timeline, rds_backups.LAST_SUCCESS, 1, backup_mode="manual")
    assert 2 == value(timeline, rds_backups.LATEST_SIZE, 1)
    assert 3 == value(timeline, rds_backups.LATEST_SIZE, 1, backup_type="incremental")


def test_what_depends_on_the_sets_that_are_gone_is_not_written():
    timeline = timeline_of(backup(1, 54))
    assert set(timeline.series) <= set(METRICS)
    assert not {rds_backups.SETS, rds_backups.OLDEST_SET, rds_backups.TOTAL_SIZE, rds_backups.INFO} & set(METRICS)


def test_times_without_a_zone_are_in_utc_where_rds_itself_told_them():
    moment = NOW - 30 * HOUR
    utc = {"BackupStartTime": _utc(moment), "BackupEndTime": _utc(moment + HOUR)}
    timeline = timeline_of(backup(1, 0, **utc), source=DESCRIBE_BACKUPS)
    assert [None, moment + HOUR] == [value(timeline, rds_backups.LATEST_END, hours) for hours in (30, 29)]


def _utc(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M:%S")


@pytest.mark.parametrize("end", ["?", None, ""])
def test_a_set_without_an_end_is_listed_from_its_start(end):
    timeline = timeline_of(backup(1, 30, BackupEndTime=end))
    assert [None, 1] == [value(timeline, rds_backups.LATEST_SIZE, hours) for hours in (31, 30)]


def test_a_set_without_any_time_is_left_out():
    assert {} == timeline_of(backup(1, 30, BackupStartTime="?", BackupEndTime="?")).series


def test_the_few_sets_that_are_carried_on_say_what_all_of_them_say():
    sets = [
        backup(
            number,
            hours_ago,
            took=(number * 3 % 5 + 1) * 3 * HOUR,  # one that starts later may be ready earlier
            BackupMode=("Automated", "Manual")[number % 4 == 0],
            BackupType=("FullBackup", "IncrementalBackup")[number % 3 == 0],
            BackupStatus=("Success", "Failed")[number % 7 == 0],
        )
        for number, hours_ago in enumerate(range(120, 2, -2))
    ]
    timeline = timeline_of(*sets)
    for index in range(GRID.size):
        ready = [each for each in sets if _end(each) <= GRID.moment(index)]
        expected = {
            (sample.metric.name, sample.labels, sample.value)
            for sample in rds_backups.samples(sets_of(*ready), PLACE).samples
            if sample.metric in METRICS
        }
        found = {
            (metric.name, labels, run.value)
            for metric, series in timeline.series.items()
            for labels, runs in series.items()
            for run in runs
            if run.start <= index < run.end
        }
        assert expected == found


def _end(each: Backup) -> float:
    return datetime.strptime(str(each.backup_end_time), "%Y-%m-%d %H:%M:%S").replace(tzinfo=SHANGHAI).timestamp()
