"""The simulated RDS: instances of two regions with their replicas, and backups that agree with RetailCloud's."""

from datetime import UTC, datetime

import pytest

from exporter.simulator import Sizes

REGION, SECOND_REGION = "cn-zhangjiakou", "cn-hangzhou"


async def instances(simulator, **query: object) -> list[dict]:
    return (await simulator.data("DescribeDBInstances", RegionId=REGION, **query))["Items"]["DBInstance"]


def ids(rows: list[dict]) -> list[str]:
    return [row["DBInstanceId"] for row in rows]


async def test_primaries_are_those_that_settings_name(simulator):
    assert simulator.world.rds_instance_ids == ids(await instances(simulator, DBInstanceType="Primary"))
    replicas = await instances(simulator, DBInstanceType="Readonly")
    assert ["rr-8vbsim0000000001", "rr-8vbsim0000000002"] == ids(replicas)
    assert simulator.world.rds_instance_ids[0] == replicas[0]["MasterInstanceId"]
    assert 5 == len(await instances(simulator)), "all types where none is asked for"


async def test_the_second_region_has_instances_of_its_own(simulator):
    answer = await simulator.data("DescribeDBInstances", RegionId=SECOND_REGION)
    (row,) = answer["Items"]["DBInstance"]
    assert ("rm-bp1sim0000000001", SECOND_REGION) == (row["DBInstanceId"], row["RegionId"])
    assert 1 == answer["TotalRecordCount"]
    assert [] == (await simulator.data("DescribeDBInstances", RegionId="cn-beijing"))["Items"]["DBInstance"]


async def test_the_region_is_required_and_known(simulator):
    assert "MissingRegionId" == (await simulator.rpc("DescribeDBInstances")).json()["Code"]
    answer = await simulator.rpc("DescribeDBInstances", RegionId="mars-1")
    assert (404, "InvalidRegionId.NotFound") == (answer.status_code, answer.json()["Code"])


async def test_only_a_subscription_expires(simulator_of):
    rows = await instances(simulator_of(sizes=Sizes(rds_instances=20)), PageSize=100)
    assert {("Postpaid", False), ("Prepaid", True)} == {(row["PayType"], bool(row["ExpireTime"])) for row in rows}
    assert all(row["ExpireTime"].endswith("Z") for row in rows if row["ExpireTime"])


async def test_a_lapsed_subscription_is_locked(simulator_of):
    simulator = simulator_of(sizes=Sizes(rds_instances=20))
    (lapsed,) = await instances(simulator, Expired="True", PageSize=100)
    assert "LockByExpiration" == lapsed["LockMode"]
    assert 21 == len(await instances(simulator, Expired="False", PageSize=100))


async def test_pages_by_number(simulator_of):
    simulator = simulator_of(sizes=Sizes(rds_instances=65, rds_replicas=0))
    found = []
    for number, count in ((1, 30), (2, 30), (3, 5), (4, 0)):
        answer = await simulator.data("DescribeDBInstances", RegionId=REGION, PageNumber=number)
        assert (number, count, 65) == (answer["PageNumber"], answer["PageRecordCount"], answer["TotalRecordCount"])
        found += ids(answer["Items"]["DBInstance"])
    assert simulator.world.rds_instance_ids == found


async def test_pages_by_token_win_over_pages_by_number(simulator_of):
    simulator = simulator_of(sizes=Sizes(rds_instances=65, rds_replicas=0))
    found, token, pages = [], "", 0
    while token or not pages:
        query = {"MaxResults": 20, "PageNumber": 3, "PageSize": 30} | ({"NextToken": token} if token else {})
        answer = await simulator.data("DescribeDBInstances", RegionId=REGION, **query)
        found += ids(answer["Items"]["DBInstance"])
        token, pages = answer["NextToken"], pages + 1
    assert (simulator.world.rds_instance_ids, 4) == (found, pages)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"PageSize": 101}, "InvalidPageSize"),
        ({"PageSize": 0}, "InvalidPageSize"),
        ({"PageNumber": 0}, "InvalidPageNumber"),
        ({"MaxResults": 101}, "InvalidMaxResults"),
        ({"MaxResults": 0}, "InvalidMaxResults"),
        ({"NextToken": "moon"}, "InvalidNextToken"),
        ({"NextToken": "bW9vbg=="}, "InvalidNextToken"),
        ({"DBInstanceType": "Spare"}, "InvalidDBInstanceType"),
        ({"Engine": "Oracle"}, "InvalidEngine"),
        ({"PayType": "Free"}, "InvalidPayType"),
        ({"Expired": "maybe"}, "InvalidExpired"),
        ({"Tags": "{"}, "InvalidTags"),
    ],
)
async def test_queries_that_are_refused(simulator, query, code):
    answer = await simulator.rpc("DescribeDBInstances", RegionId=REGION, **query)
    assert (400, code) == (answer.status_code, answer.json()["Code"])


async def test_filters(simulator):
    first = simulator.world.rds_instance_ids[0]
    assert [first] == ids(await instances(simulator, DBInstanceId=first))
    assert {"PostgreSQL"} == {row["Engine"] for row in await instances(simulator, Engine="PostgreSQL")}
    assert {"Prepaid"} == {row["PayType"] for row in await instances(simulator, PayType="Prepaid")}
    assert [first] == ids(await instances(simulator, SearchKey=first[-6:], DBInstanceType="Primary"))
    assert [] == await instances(simulator, Tags='{"team": "shop"}')
    assert [] == await instances(simulator, ZoneId="cn-zhangjiakou-z")


async def test_tokens_follow_the_quirks(simulator):
    everything = ids(await instances(simulator))
    page = {"RegionId": REGION, "MaxResults": 2}
    token = (await simulator.data("DescribeDBInstances", **page))["NextToken"]
    for quirk, second in (
        ({"moving_pages": "added"}, everything[1:4]),
        ({"moving_pages": "deleted"}, everything[3:4]),
        ({"ignore_page_number": True}, everything[:2]),
    ):
        simulator.set_quirks(**quirk)
        answer = await simulator.data("DescribeDBInstances", NextToken=token, **page)
        assert second == ids(answer["Items"]["DBInstance"])
    simulator.set_quirks(endless_pages=True)
    for _ in range(5):
        answer = await simulator.data("DescribeDBInstances", NextToken=token, **page)
        token = answer["NextToken"]
        assert 2 == len(answer["Items"]["DBInstance"])
        assert token
    simulator.set_quirks(max_page_size=1)
    assert "InvalidMaxResults" == (await simulator.rpc("DescribeDBInstances", **page)).json()["Code"]


async def backups(simulator, instance_id: str, **query: object) -> list[dict]:
    answer = await simulator.data("DescribeBackups", DBInstanceId=instance_id, PageSize=100, **query)
    assert str(len(answer["Items"]["Backup"])) == answer["PageRecordCount"] == answer["TotalRecordCount"]
    return answer["Items"]["Backup"]


def epoch(text: str) -> float:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp()


@pytest.mark.parametrize("seed", range(7, 17))
async def test_backups_agree_with_those_of_retailcloud(simulator_of, seed):
    simulator = simulator_of(seed=seed)
    for instance in simulator.world.rds_instance_ids:
        mine = await backups(simulator, instance)
        form = {"DbInstanceId": instance, "PageSize": 100}
        theirs = (await simulator.data("GetRdsBackUp", form))["Result"]["Items"]
        shared = ["BackupId", "BackupSize", "BackupStatus", "BackupType", "BackupMode", "MetaStatus", "HostInstanceID"]
        assert [[row[name] for name in shared] for row in theirs] == [[row[name] for name in shared] for row in mine]
        shanghai = 8 * 3600
        for one, other in zip(mine, theirs, strict=True):
            naive = datetime.strptime(other["BackupStartTime"], "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC).timestamp()
            assert naive - shanghai == epoch(one["BackupStartTime"])


async def test_a_failed_set_says_so_in_both_fields_and_has_no_download(simulator_of):
    failed = []
    for seed in range(7, 17):
        simulator = simulator_of(seed=seed)
        failed += await backups(simulator, simulator.world.rds_instance_ids[1], BackupStatus="Failed")
    assert {("Failed", "EMPTY", 0)} == {(row["BackupStatus"], row["MetaStatus"], row["IsAvail"]) for row in failed}
    assert all("BackupDownloadURL" not in row for row in failed)


async def test_download_urls_are_signed(simulator):
    row = (await backups(simulator, simulator.world.rds_instance_ids[0]))[0]
    for name in ("BackupDownloadURL", "BackupIntranetDownloadURL"):
        assert row[name].startswith("https://")
        assert "Signature=canary-backup-signature" in row[name]


async def test_backups_filter_by_when_they_began(simulator):
    instance = simulator.world.rds_instance_ids[0]
    everything = [epoch(row["BackupStartTime"]) for row in await backups(simulator, instance)]
    middle = everything[len(everything) // 2]
    text = datetime.fromtimestamp(middle, UTC).strftime("%Y-%m-%dT%H:%MZ")
    minute = middle - middle % 60
    later = await backups(simulator, instance, StartTime=text)
    earlier = await backups(simulator, instance, EndTime=text)
    assert [at for at in everything if at >= minute] == [epoch(row["BackupStartTime"]) for row in later]
    assert [at for at in everything if at <= minute] == [epoch(row["BackupStartTime"]) for row in earlier]


async def test_backups_filter_by_kind_mode_and_id(simulator):
    instance = simulator.world.rds_instance_ids[0]
    full = await backups(simulator, instance, BackupType="FullBackup", BackupMode="Manual")
    assert {("FullBackup", "Manual")} == {(row["BackupType"], row["BackupMode"]) for row in full}
    assert [full[0]] == await backups(simulator, instance, BackupId=full[0]["BackupId"])


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ({"DBInstanceId": "rm-0"}, 404, "InvalidDBInstanceId.NotFound"),
        ({"DBInstanceId": ""}, 400, "MissingDBInstanceId"),
        ({"PageSize": 40}, 400, "InvalidPageSize"),
        ({"StartTime": "2026-01-01 00:00"}, 400, "InvalidStartTime.Malformed"),
        ({"EndTime": "2026-01-01T00:00:00Z"}, 400, "InvalidEndTime.Malformed"),
        ({"StartTime": "2026-01-02T00:00Z", "EndTime": "2026-01-01T00:00Z"}, 400, "InvalidEndTime"),
        ({"BackupStatus": "Running"}, 400, "InvalidBackupStatus"),
        ({"BackupMode": "Never"}, 400, "InvalidBackupMode"),
        ({"BackupType": "HalfBackup"}, 400, "InvalidBackupType"),
    ],
)
async def test_backup_queries_that_are_refused(simulator, query, status, code):
    answer = await simulator.rpc("DescribeBackups", **({"DBInstanceId": simulator.world.rds_instance_ids[0]} | query))
    assert (status, code) == (answer.status_code, answer.json()["Code"])


async def test_a_replica_makes_no_backups(simulator):
    assert [] == await backups(simulator, "rr-8vbsim0000000001")


async def test_an_instance_of_the_second_region_makes_backups(simulator):
    assert await backups(simulator, "rm-bp1sim0000000001")


async def test_counters_may_be_numbers(simulator):
    simulator.set_quirks(rds_counters="numbers")
    answer = await simulator.data("DescribeBackups", DBInstanceId=simulator.world.rds_instance_ids[0])
    assert {int} == {type(answer[name]) for name in ("PageNumber", "PageRecordCount", "TotalRecordCount")}
