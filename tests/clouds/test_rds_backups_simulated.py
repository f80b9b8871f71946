"""GetRdsBackUp and its collector against the simulated cloud."""

from dataclasses import replace

import pytest

from exporter.clouds.aliyun.rds import Databases
from exporter.clouds.aliyun.retailcloud import RetailCloud
from exporter.clouds.errors import RejectedError
from exporter.collectors.rds_backups import COLLECTOR
from exporter.simulator import Sizes
from tests.clouds.simulated_wire import SimulatedWire
from tests.doubles import PLACE, Bench

MANY = Sizes(backup_days=60)


def retailcloud(**options):
    wire = SimulatedWire("retailcloud", **options)
    return RetailCloud(wire.channel), wire


@pytest.mark.parametrize(
    "quirks",
    [
        {},
        {"rds_casing": "lower"},
        {"rds_counters": "numbers"},
        {"numbers": "strings"},
        {"total_count": "zero"},
        {"total_count": "too_small"},
    ],
)
async def test_all_sets_are_read(quirks):
    cloud, wire = retailcloud(sizes=MANY, **quirks)

    for instance in wire.world.truth()["rds_instances"]:
        listing, _ = await cloud.list_backups(instance["db_instance_id"])
        assert instance["backup_sets"] == [backup.backup_id for backup in listing.items]
        assert listing.complete


async def test_an_unknown_instance_is_a_business_error():
    with pytest.raises(RejectedError, match="business error 102406"):
        await retailcloud()[0].list_backups("rm-nowhere")


@pytest.mark.parametrize("times", ["documented", "naive_local", "utc_seconds"])
async def test_the_page_agrees_with_the_world(times):
    wire = SimulatedWire("retailcloud", times=times)
    ids = tuple(wire.world.rds_instance_ids)
    bench = Bench(COLLECTOR, Databases(wire.channel), place=replace(PLACE, instances=(*ids, "rm-nowhere")))

    status = await bench.collection.run()

    assert ("partial", (("rm-nowhere", "bad_response"),)) == (status.result, status.failed)
    assert len(ids) + 1 == len((await bench.page("aliyun_rds_instance_info")).splitlines())
    page = await bench.page("aliyun_rds_backup_")
    for instance in wire.world.db_instances:
        full = [backup for backup in wire.world.backup_sets(instance) if backup.full]
        key = f'{{account="shop",db_instance_id="{instance.id}",backup_type="full"'
        succeeded = sum(backup.succeeded for backup in full)
        assert f'aliyun_rds_backup_sets{key},status="success"}} {succeeded}' in page
        # The world's times have fractions of a second, which the answers leave out.
        assert f"aliyun_rds_backup_latest_start_timestamp_seconds{key}}} {float(int(full[0].start))}" in page
        assert f"aliyun_rds_backup_latest_size_bytes{key}}} {float(full[0].size)}" in page
    assert "canary" not in await bench.page()
