"""RDS backups of a whole simulated account: discovered or listed, through RDS itself or through RetailCloud."""

import pytest

from exporter.simulator import Quirks
from exporter.simulator.faults import Fault
from exporter.simulator.keys import Key, Lacks
from exporter.simulator.world.clusters import REGION, SECOND_REGION
from tests.simulated import KEYS, Simulated, document, exporter_of, settings_of

INFO, EXPIRY = "aliyun_rds_instance_info", "aliyun_rds_instance_expiry_timestamp_seconds"


class Shop(Simulated):
    """The account's rds_backups alone; what its key may not do is ``denied``."""

    def __init__(self, *, listed=None, regions=(REGION, SECOND_REGION), denied=(), **quirks) -> None:
        super().__init__(quirks=Quirks().changed(quirks), only=("rds_backups",))
        lacks = Lacks(denied=frozenset(denied))
        key = Key(id=KEYS["access_key_id"], secret=KEYS["access_key_secret"], lacks=lacks)
        self.clouds.state.clouds.keys.add(key)
        settings = document(self.world)
        account = settings["accounts"][0]
        account["regions"] = list(regions)
        del account["rds_instances"]
        if listed is not None:
            account["rds_instances"] = listed
        self.exporter = exporter_of(settings_of(settings), self.transport, self.clock, only=("rds_backups",))

    async def status(self):
        await self.run()
        (collection,) = self.exporter.collections
        return collection.record.status

    async def rows(self, *names):
        page = (await self.page_of("rds_backups")).splitlines()
        return [line for line in page if line.startswith(names or ("aliyun_rds_",))]

    def calls(self, operation):
        return self.clouds.state.calls.get(operation, 0)


async def test_the_primaries_of_every_region_are_discovered():
    shop = Shop()

    status = await shop.status()

    truth = shop.world.truth()
    instances = [*truth["rds_instances"], *truth["rds_elsewhere"]]
    assert "success" == status.result
    assert {(each["db_instance_id"], each["region_id"]) for each in instances} == {
        (line.split('"')[3], line.split('"')[11]) for line in await shop.rows(INFO)
    }
    assert {(each["db_instance_id"], float(int(each["expires"]))) for each in instances if each["expires"]} == {
        (line.split('"')[3], float(line.split()[-1])) for line in await shop.rows(EXPIRY)
    }
    for each in instances:
        counts = [line for line in await shop.rows("aliyun_rds_backup_sets") if each["db_instance_id"] in line]
        assert len(each["backup_sets"]) == sum(int(line.split()[-1]) for line in counts)
    assert truth["rds_replicas"]
    assert 0 == shop.calls("GetRdsBackUp")
    assert "canary" not in await shop.page_of("rds_backups")


async def test_listed_instances_show_what_discovered_ones_do():
    discovered = Shop(regions=(REGION,))
    await discovered.run()
    listed = Shop(regions=(REGION,), listed=discovered.world.rds_instance_ids)
    await listed.run()

    assert await discovered.rows() == await listed.rows()
    assert await discovered.rows(EXPIRY)


@pytest.mark.parametrize("times", ["documented", "naive_local", "utc_seconds"])
async def test_both_ways_to_the_backups_show_the_same(times):
    rds, retailcloud = Shop(times=times), Shop(times=times, denied=["DescribeBackups"])

    results = [(await shop.status()).result for shop in (rds, retailcloud)]

    assert ["success", "success"] == results
    assert [0, True] == [rds.calls("GetRdsBackUp"), retailcloud.calls("GetRdsBackUp") > 0]
    assert await rds.rows("aliyun_rds_backup_total_size_bytes")
    assert await rds.rows() == await retailcloud.rows()


async def test_a_refused_operation_costs_one_call_an_instance_in_six_hours():
    shop = Shop(denied=["DescribeBackups"])
    asked = []
    for seconds in (0, 1800, 1800, 6 * 3600):
        await shop.run(seconds)
        asked.append(shop.calls("DescribeBackups"))

    assert [3, 3, 3, 6] == asked


async def test_where_neither_may_be_called_the_instances_are_shown_and_the_reason_names_both():
    shop = Shop(denied=["DescribeBackups", "GetRdsBackUp"])

    status = await shop.status()

    assert ("permission", False) == (status.result, status.got_data)
    assert "what is needed is retailcloud:GetRdsBackUp or rds:DescribeBackups, which was refused too" in status.message
    assert 3 == len(await shop.rows(INFO))


async def test_an_account_that_may_not_list_its_instances():
    listed = Shop(denied=["DescribeDBInstances"], listed=["rm-8vbsim0000000001"])
    discovered = Shop(denied=["DescribeDBInstances"])

    assert ("success", "permission") == ((await listed.status()).result, (await discovered.status()).result)
    assert [
        f'{INFO}{{account="shop",db_instance_id="rm-8vbsim0000000001",db_instance_name="",engine="",'
        'instance_type="",region_id=""} 1'
    ] == await listed.rows(INFO)
    assert await listed.rows("aliyun_rds_backup_latest")


async def test_a_region_that_rds_does_not_know_is_no_failure_until_there_is_no_other():
    some, none = Shop(regions=(REGION, "xx-nowhere")), Shop(regions=("xx-nowhere",))

    assert ("success", "not_offered") == ((await some.status()).result, (await none.status()).result)
    assert 2 == len(await some.rows(INFO))


async def test_one_region_that_fails_keeps_its_instances_while_the_other_goes_on():
    shop = Shop()
    await shop.run()
    shop.clouds.state.faults.add(
        Fault(fault="unavailable", operation="DescribeDBInstances", match={"RegionId": SECOND_REGION})
    )
    shop.world.db_instances.pop()
    shop.clock.advance(1800)

    status = await shop.status()

    assert ("partial", ((SECOND_REGION, "unavailable"),)) == (status.result, status.failed)
    elsewhere = [each["db_instance_id"] for each in shop.world.truth()["rds_elsewhere"]]
    assert sorted([*shop.world.rds_instance_ids, *elsewhere]) == [line.split('"')[3] for line in await shop.rows(INFO)]


async def test_an_account_with_neither_instances_nor_regions_has_no_collection():
    assert () == Shop(regions=()).exporter.collections
    assert () == Shop(listed=[]).exporter.collections
    assert 1 == len(Shop(regions=(), listed=["rm-1"]).exporter.collections)
