"""RDS' client against the simulated cloud."""

import pytest

from exporter.clouds.aliyun.rds import Rds
from exporter.clouds.errors import AuthError, NotOfferedError, RejectedError
from exporter.simulator import Sizes
from tests.clouds.simulated_wire import SimulatedWire

MANY = Sizes(rds_instances=130, rds_replicas=20, backup_days=60)


def rds(**options):
    wire = SimulatedWire("rds", **options)
    return Rds(wire.channel), wire


QUIRKS = [
    {},
    {"rds_counters": "numbers"},
    {"total_count": "zero"},
    {"total_count": "too_small"},
    {"max_page_size": 30},
]


@pytest.mark.parametrize("quirks", QUIRKS)
async def test_all_primary_instances_are_read(quirks):
    cloud, wire = rds(sizes=MANY, **quirks)

    listing = await cloud.describe_db_instances()

    assert set(wire.world.rds_instance_ids) == {item.db_instance_id for item in listing.items}
    assert (130, True) == (len(listing.items), listing.complete)


@pytest.mark.parametrize("quirks", QUIRKS)
async def test_all_sets_of_an_instance_are_read(quirks):
    cloud, wire = rds(sizes=Sizes(backup_days=60), **quirks)

    for instance in wire.world.truth()["rds_instances"]:
        listing = await cloud.describe_backups(instance["db_instance_id"])
        assert instance["backup_sets"] == [backup.backup_id for backup in listing.items]
        assert listing.complete


@pytest.mark.parametrize("quirk", ["endless_pages", "ignore_page_number"])
async def test_pages_that_do_not_end_are_cut(quirk):
    cloud, wire = rds(sizes=MANY, **{quirk: True})

    await cloud.describe_db_instances()

    assert wire.calls["DescribeDBInstances"] <= 4


async def test_no_signed_url_is_kept():
    cloud, wire = rds()

    listing = await cloud.describe_backups(wire.world.rds_instance_ids[0])

    assert listing.items
    assert "canary" not in repr(listing)


async def test_an_empty_region_an_unknown_one_an_unknown_instance_and_a_wrong_key():
    assert () == (await rds(region="cn-qingdao")[0].describe_db_instances()).items
    with pytest.raises(NotOfferedError):
        await rds(region="xx-nowhere")[0].describe_db_instances()
    with pytest.raises(RejectedError):
        await rds()[0].describe_backups("rm-nowhere")
    with pytest.raises(AuthError):
        await rds(secret="another-secret")[0].describe_db_instances()
