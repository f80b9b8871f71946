"""Backups of RDS instances: what is latest, what succeeded last, and what an instance without an answer shows."""

import random
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from exporter.clouds.aliyun.retailcloud_models import Backup
from exporter.clouds.errors import NotOfferedError, PermissionDeniedError, ServerError
from exporter.clouds.paging import Listing
from exporter.collection import Limits
from exporter.collectors.rds_backups import COLLECTOR
from tests.doubles import PLACE, Bench


class InTurn(list):
    """Answers for one call after the other."""


class Cloud:
    """Answers GetRdsBackUp with the sets of each instance, or raises what is given in their place; RDS is nowhere."""

    regions = ()

    def __init__(self, **sets) -> None:
        self.retailcloud = self
        self.sets = sets
        self.total_size: object = 5_521_408
        self.asked: list[str] = []

    async def list_backups(self, db_instance_id):
        self.asked.append(db_instance_id)
        found = self.sets[db_instance_id]
        if isinstance(found, InTurn):
            found = found.pop(0)
        if isinstance(found, Exception):
            raise found
        return found if isinstance(found, Listing) else Listing(tuple(found)), self.total_size


def backup(backup_id="1", start="2026-01-01 04:40:00", end="2026-01-01 04:41:30", **fields):
    written = {
        "BackupId": backup_id,
        "BackupStartTime": start,
        "BackupEndTime": end,
        "BackupType": "FullBackup",
        "BackupMode": "Automated",
        "BackupStatus": "Success",
        "BackupSize": 1_875_968,
        "MetaStatus": "",
    }
    read = Backup.read(written | fields)
    assert read is not None
    return read


def bench_of(cloud, **limits):
    place = replace(PLACE, instances=tuple(cloud.sets))
    return Bench(COLLECTOR, cloud, place=place, limits=Limits(1800, 300, 5400, limits.get("max_series", 50_000)))


async def page_of(*sets, names=("aliyun_rds_backup_",), total_size=5_521_408):
    cloud = Cloud(rm1=sets)
    cloud.total_size = total_size
    bench = bench_of(cloud)
    await bench.collection.run()
    return await bench.page(*names)


def epoch(written):
    return datetime.fromisoformat(written).replace(tzinfo=UTC).timestamp()


KEY = 'account="shop",db_instance_id="rm1"'
FULL = f'{KEY},backup_type="full"'


async def test_every_series_of_one_good_set():
    page = await page_of(backup())

    # Times without a zone are in the settings' zone, here eight hours before UTC.
    assert page.splitlines() == [
        f'aliyun_rds_backup_latest_status{{{FULL},status="success"}} 1',
        f'aliyun_rds_backup_latest_status{{{FULL},status="failed"}} 0',
        f'aliyun_rds_backup_latest_status{{{FULL},status="unknown"}} 0',
        f"aliyun_rds_backup_latest_start_timestamp_seconds{{{FULL}}} {epoch('2025-12-31T20:40:00')}",
        f"aliyun_rds_backup_latest_end_timestamp_seconds{{{FULL}}} {epoch('2025-12-31T20:41:30')}",
        f"aliyun_rds_backup_latest_duration_seconds{{{FULL}}} 90.0",
        f"aliyun_rds_backup_latest_size_bytes{{{FULL}}} 1875968.0",
        f"aliyun_rds_backup_last_success_timestamp_seconds"
        f'{{{FULL},backup_mode="automated"}} {epoch("2025-12-31T20:41:30")}',
        f"aliyun_rds_backup_oldest_set_timestamp_seconds{{{FULL}}} {epoch('2025-12-31T20:40:00')}",
        f'aliyun_rds_backup_sets{{{FULL},status="success"}} 1',
        f'aliyun_rds_backup_sets{{{FULL},status="failed"}} 0',
        f'aliyun_rds_backup_sets{{{FULL},status="unknown"}} 0',
        f"aliyun_rds_backup_total_size_bytes{{{KEY}}} 5521408.0",
    ]


async def test_an_instance_without_any_set_has_counts_of_zero_and_no_latest():
    page = await page_of(total_size=0, names=("aliyun_rds_",))

    assert page.splitlines() == [
        f'aliyun_rds_instance_info{{{KEY},db_instance_name="",engine="",instance_type="",region_id=""}} 1',
        f'aliyun_rds_backup_sets{{{FULL},status="success"}} 0',
        f'aliyun_rds_backup_sets{{{FULL},status="failed"}} 0',
        f'aliyun_rds_backup_sets{{{FULL},status="unknown"}} 0',
        f"aliyun_rds_backup_total_size_bytes{{{KEY}}} 0.0",
    ]


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        ({"BackupStatus": "Success"}, "success"),
        ({"BackupStatus": "success"}, "success"),
        ({"BackupStatus": "Failed"}, "failed"),
        ({"BackupStatus": "Success", "MetaStatus": "OK"}, "success"),
        ({"BackupStatus": "Success", "MetaStatus": "LARGE"}, "success"),
        ({"BackupStatus": "Success", "MetaStatus": "EMPTY"}, "failed"),
        ({"BackupStatus": "Success", "MetaStatus": "Empty"}, "failed"),
        ({"BackupStatus": "Backing", "MetaStatus": "EMPTY"}, "failed"),
        ({"BackupStatus": "Backing"}, "unknown"),
        ({"BackupStatus": None}, "unknown"),
        ({"BackupStatus": ["Success"]}, "unknown"),
    ],
)
async def test_states_of_a_set(fields, shown):
    page = await page_of(backup(**fields), names=("aliyun_rds_backup_latest_status", "aliyun_rds_backup_sets"))

    expected = {
        (family, status): int(status == shown)
        for family in ("latest_status", "sets")
        for status in ("success", "failed", "unknown")
    }
    assert page.splitlines() == [
        f'aliyun_rds_backup_{family}{{{FULL},status="{status}"}} {value}'
        for (family, status), value in expected.items()
    ]


async def test_an_undocumented_state_is_counted_for_every_set_but_not_a_missing_one():
    bench = bench_of(Cloud(rm1=[backup(BackupStatus="Backing"), backup("2", BackupStatus=None)]))

    await bench.collection.run()

    counted = bench.counted("cluster_exporter_unknown_states_total", {"metric": "aliyun_rds_backup_latest_status"})
    assert 1 == counted


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("FullBackup", "full"),
        ("fullbackup", "full"),
        ("IncrementalBackup", "incremental"),
        ("DifferentialBackup", "unknown"),
        (None, "unknown"),
    ],
)
async def test_types_of_a_set(written, shown):
    page = await page_of(backup(BackupType=written), names=("aliyun_rds_backup_latest_size_bytes",))

    assert page == f'aliyun_rds_backup_latest_size_bytes{{{KEY},backup_type="{shown}"}} 1875968.0'


async def test_incremental_sets_have_counts_only_once_there_is_one():
    names = ("aliyun_rds_backup_sets",)
    with_it = await page_of(backup(), backup("2", BackupType="IncrementalBackup", BackupStatus="Failed"), names=names)

    assert 'backup_type="incremental"' not in await page_of(backup(), names=names)
    assert with_it.splitlines()[3:] == [
        f'aliyun_rds_backup_sets{{{KEY},backup_type="incremental",status="success"}} 0',
        f'aliyun_rds_backup_sets{{{KEY},backup_type="incremental",status="failed"}} 1',
        f'aliyun_rds_backup_sets{{{KEY},backup_type="incremental",status="unknown"}} 0',
    ]


@pytest.mark.parametrize("seed", range(4))
async def test_the_latest_set_is_the_one_that_started_last_however_they_are_sorted(seed):
    sets = [
        backup("9", "2026-01-01 04:00:00", "2026-01-01 09:00:00"),
        backup("3", "2026-01-03 04:00:00", "2026-01-03 04:00:10", BackupStatus="Failed", BackupSize=0),
        backup("7", "2026-01-02T04:00:00Z", "2026-01-02T04:01:00Z"),
    ]
    random.Random(seed).shuffle(sets)

    lines = (await page_of(*sets)).splitlines()

    assert f'aliyun_rds_backup_latest_status{{{FULL},status="failed"}} 1' in lines
    assert f"aliyun_rds_backup_latest_duration_seconds{{{FULL}}} 10.0" in lines
    assert f"aliyun_rds_backup_latest_size_bytes{{{FULL}}} 0.0" in lines
    oldest = epoch("2025-12-31T20:00:00")
    assert f"aliyun_rds_backup_oldest_set_timestamp_seconds{{{FULL}}} {oldest}" in lines
    last_success = epoch("2026-01-02T04:01:00")
    name = "aliyun_rds_backup_last_success_timestamp_seconds"
    assert f'{name}{{{FULL},backup_mode="automated"}} {last_success}' in lines


async def test_a_manual_backup_does_not_hide_a_dead_schedule():
    page = await page_of(
        backup("1", "2026-01-01T04:00:00Z", "2026-01-01T04:01:00Z"),
        backup("2", "2026-01-05T04:00:00Z", "2026-01-05T04:01:00Z", BackupMode="Manual"),
        backup("3", "2026-01-06T04:00:00Z", "2026-01-06T04:01:00Z", BackupStatus="Failed"),
        backup("4", "2026-01-07T04:00:00Z", "2026-01-07T04:01:00Z", BackupMode="Copied"),
        names=("aliyun_rds_backup_last_success",),
    )

    name = "aliyun_rds_backup_last_success_timestamp_seconds"
    assert page.splitlines() == [
        f'{name}{{{FULL},backup_mode="automated"}} {epoch("2026-01-01T04:01:00")}',
        f'{name}{{{FULL},backup_mode="manual"}} {epoch("2026-01-05T04:01:00")}',
    ]


async def test_times_that_are_missing_or_unreadable_give_no_sample():
    page = await page_of(
        backup("1", start=None, end="yesterday"),
        names=("aliyun_rds_backup_l", "aliyun_rds_backup_o", "aliyun_rds_backup_sets"),
    )

    assert page.splitlines() == [
        f'aliyun_rds_backup_latest_status{{{FULL},status="success"}} 1',
        f'aliyun_rds_backup_latest_status{{{FULL},status="failed"}} 0',
        f'aliyun_rds_backup_latest_status{{{FULL},status="unknown"}} 0',
        f'aliyun_rds_backup_sets{{{FULL},status="success"}} 1',
        f'aliyun_rds_backup_sets{{{FULL},status="failed"}} 0',
        f'aliyun_rds_backup_sets{{{FULL},status="unknown"}} 0',
    ]


@pytest.mark.parametrize(
    ("written", "shown"), [(["Failed", "Failed"], "failed"), (["Success", "Failed"], "unknown"), ([None], "unknown")]
)
async def test_without_any_start_the_latest_state_is_known_only_where_all_sets_have_the_same(written, shown):
    sets = [backup(str(number), "soon", BackupStatus=status) for number, status in enumerate(written)]

    page = await page_of(*sets, names=("aliyun_rds_backup_latest_",))

    assert page.splitlines() == [
        f'aliyun_rds_backup_latest_status{{{FULL},status="{status}"}} {int(status == shown)}'
        for status in ("success", "failed", "unknown")
    ]


async def test_an_end_before_the_start_gives_no_duration():
    page = await page_of(
        backup("1", "2026-01-01 04:00:00", "2026-01-01 03:00:00"), names=("aliyun_rds_backup_latest_duration",)
    )

    assert page == ""


async def test_numbers_may_be_strings():
    page = await page_of(
        backup(BackupSize="2048"),
        total_size="4096",
        names=("aliyun_rds_backup_latest_size", "aliyun_rds_backup_total"),
    )

    assert page.splitlines() == [
        f"aliyun_rds_backup_latest_size_bytes{{{FULL}}} 2048.0",
        f"aliyun_rds_backup_total_size_bytes{{{KEY}}} 4096.0",
    ]


async def test_an_unreadable_size_is_counted_and_costs_its_own_series_only():
    bench = bench_of(Cloud(rm1=[backup(BackupSize="large")]))

    await bench.collection.run()

    assert "" == await bench.page("aliyun_rds_backup_latest_size_bytes")
    assert f"aliyun_rds_backup_latest_duration_seconds{{{FULL}}} 90.0" == await bench.page(
        "aliyun_rds_backup_latest_duration"
    )
    counted = {"metric": "aliyun_rds_backup_latest_size_bytes"}
    assert 1 == bench.counted("cluster_exporter_unreadable_values_total", counted)


async def test_an_instance_that_fails_still_has_its_info_and_does_not_stop_the_others():
    bench = bench_of(Cloud(rm1=ServerError("no"), rm2=[backup()]))

    status = await bench.collection.run()

    assert "partial" == status.result
    assert (("rm1", "unavailable"),) == status.failed
    assert 2 == len((await bench.page("aliyun_rds_instance_info")).splitlines())
    page = await bench.page("aliyun_rds_backup_total_size_bytes")
    assert page == 'aliyun_rds_backup_total_size_bytes{account="shop",db_instance_id="rm2"} 5521408.0'


@pytest.mark.parametrize(
    ("error", "result", "success"),
    [(PermissionDeniedError("no"), "permission", 0), (NotOfferedError("gone"), "not_offered", 1)],
)
async def test_the_infos_alone_are_no_success(error, result, success):
    bench = bench_of(Cloud(rm1=error, rm2=error))

    status = await bench.collection.run()

    assert result == status.result
    assert success == status.got_data
    assert status.last_success is None
    assert 2 == len((await bench.page("aliyun_rds_instance_info")).splitlines())


async def test_earlier_rows_of_a_failing_instance_stay_until_they_are_too_old():
    cloud = Cloud(rm1=[backup()])
    bench = bench_of(cloud)
    await bench.collection.run()
    cloud.sets["rm1"] = ServerError("no")

    bench.clock.advance(3600)
    await bench.collection.run()
    kept = await bench.page("aliyun_rds_backup_total")
    bench.clock.advance(1801)
    await bench.collection.run()

    assert f"aliyun_rds_backup_total_size_bytes{{{KEY}}} 5521408.0" == kept
    assert "" == await bench.page("aliyun_rds_backup_")
    assert 1 == len((await bench.page("aliyun_rds_instance_info")).splitlines())


async def test_a_list_that_was_cut_short_counts_as_failed_and_keeps_the_earlier_numbers():
    cloud = Cloud(rm1=[backup("1"), backup("2")])
    bench = bench_of(cloud)
    await bench.collection.run()
    cloud.sets["rm1"] = Listing((backup("2"),), complete=False, error=ServerError("page 2"))

    status = await bench.collection.run()

    assert (("rm1", "unavailable"),) == status.failed
    assert f'aliyun_rds_backup_sets{{{FULL},status="success"}} 2' in await bench.page("aliyun_rds_backup_sets")


def short(*backups, **fields):
    return Listing(backups, complete=False, **fields)


async def earlier_and_then(*answers):
    """A bench that has read two sets, and the status of the run after it, which was answered as given."""
    cloud = Cloud(rm1=[backup("1"), backup("2")])
    bench = bench_of(cloud)
    await bench.collection.run()
    cloud.sets["rm1"] = InTurn(answers)
    return bench, await bench.collection.run()


def sets_shown(number):
    return f'aliyun_rds_backup_sets{{{FULL},status="success"}} {number}'


async def test_a_list_that_changed_while_it_was_read_is_read_again():
    bench, status = await earlier_and_then(short(backup("2")), Listing((backup("2"), backup("3"), backup("4"))))

    assert "success" == status.result
    assert sets_shown(3) in await bench.page("aliyun_rds_backup_sets")


async def test_a_total_that_is_too_large_for_ever_does_not_hide_the_numbers():
    bench, status = await earlier_and_then(short(backup("2")), short(backup("2")))

    assert "success" == status.result
    assert sets_shown(1) in await bench.page("aliyun_rds_backup_sets")


@pytest.mark.parametrize(
    "answers",
    [
        (short(backup("2")), short(backup("3"))),
        (short(backup("2"), duplicates=1), short(backup("2"), duplicates=1)),
        (short(), short()),
        (short(unreadable=3), short(unreadable=3)),
    ],
    ids=["changes again", "the page number is ignored", "none beside a total", "none can be read"],
)
async def test_a_list_that_stays_unsure_fails_and_keeps_the_earlier_numbers(answers):
    bench, status = await earlier_and_then(*answers)

    assert (("rm1", "bad_response"),) == status.failed
    assert "GetRdsBackUp: the list of backups changed while it was read, or is held back" == status.message
    assert sets_shown(2) in await bench.page("aliyun_rds_backup_sets")


@pytest.mark.parametrize("again", [ServerError("no"), Listing((backup("2"),), complete=False, error=ServerError("no"))])
async def test_a_second_reading_that_fails_is_what_the_instance_failed_with(again):
    bench, status = await earlier_and_then(short(backup("2")), again)

    assert (("rm1", "unavailable"),) == status.failed
    assert sets_shown(2) in await bench.page("aliyun_rds_backup_sets")


async def test_a_whole_list_is_read_once():
    cloud = Cloud(rm1=[backup()])

    await bench_of(cloud).collection.run()

    assert ["rm1"] == cloud.asked


async def test_oddities_are_counted_from_the_start_for_what_they_are_charged_to():
    bench = bench_of(Cloud(rm1=[backup(BackupType="Odd", BackupMode="Odd", BackupStatus="Odd")]))
    names = ["aliyun_rds_backup_latest_status", "aliyun_rds_backup_sets"]

    def counted():
        return [bench.counted("cluster_exporter_unknown_states_total", {"metric": name}) for name in names]

    before = counted()
    assert 0 == bench.counted("cluster_exporter_duplicate_rows_total", {"collector": "rds_backups", "account": "shop"})
    await bench.collection.run()

    assert ([0, 0], [1, 2]) == (before, counted())
    [family] = [each for each in bench.metrics.registry.collect() if each.name == "cluster_exporter_unknown_states"]
    assert set(names) == {sample.labels["metric"] for sample in family.samples}


async def test_rows_that_stand_twice_or_cannot_be_read_are_counted():
    bench = bench_of(Cloud(rm1=Listing((backup(),), complete=False, duplicates=1, unreadable=2)))

    await bench.collection.run()

    assert 2 == bench.counted("cluster_exporter_unreadable_values_total", {"metric": "aliyun_rds_backup_sets"})
    key = {"collector": "rds_backups", "account": "shop"}
    assert 1 == bench.counted("cluster_exporter_duplicate_rows_total", key)


async def test_purged_sets_leave_and_so_does_their_type():
    cloud = Cloud(rm1=[backup("1"), backup("2", BackupType="IncrementalBackup")])
    bench = bench_of(cloud)
    await bench.collection.run()
    cloud.sets["rm1"] = [backup("1")]

    await bench.collection.run()

    assert "incremental" not in await bench.page("aliyun_rds_backup_")


async def test_an_account_without_instances_succeeds_and_shows_nothing():
    bench = bench_of(Cloud())

    status = await bench.collection.run()

    assert "success" == status.result
    assert "" == await bench.page("aliyun_")


def test_the_declaration():
    assert COLLECTOR.needs_instances
    assert COLLECTOR.enabled
    assert ("global", 1800, 300) == (COLLECTOR.scope, COLLECTOR.interval, COLLECTOR.timeout)
