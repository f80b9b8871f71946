"""Which of two operations the backup sets of an instance are read from, and that both give the same rows."""

import asyncio

import pytest

from exporter.clouds.errors import NotOfferedError, PermissionDeniedError, RetiredError, ServerError, ThrottledError
from exporter.clouds.paging import Listing
from exporter.collection import Limits
from exporter.collectors.rds_backups import COLLECTOR
from tests.collectors.rds_account import Account, backup, bench_of, instance
from tests.doubles import PLACE, Bench

HOUR = 3600
LIST = ("list", "cn-hangzhou")


def account_of(*names):
    return Account(cn_hangzhou=[instance(name) for name in names])


@pytest.mark.parametrize(
    "refusal", [PermissionDeniedError("Forbidden.RAM"), NotOfferedError("no"), RetiredError("InvalidAction")]
)
async def test_a_refusal_leads_to_retailcloud_and_is_remembered_for_some_hours(refusal):
    account = account_of("rm-1")
    account.refused["rds", "*"] = refusal
    bench = bench_of(account)

    first, first_calls = await bench.collection.run(), account.calls_of_this_run()
    bench.clock.advance(5.9 * HOUR)
    second, second_calls = await bench.collection.run(), account.calls_of_this_run()
    bench.clock.advance(0.1 * HOUR)
    third, third_calls = await bench.collection.run(), account.calls_of_this_run()

    assert ["success"] * 3 == [first.result, second.result, third.result]
    assert [LIST, ("rds", "rm-1"), ("retailcloud", "rm-1")] == first_calls == third_calls
    assert [LIST, ("retailcloud", "rm-1")] == second_calls


async def test_rds_is_read_again_once_it_may_be():
    account = account_of("rm-1")
    account.refused["rds", "*"] = PermissionDeniedError("Forbidden.RAM")
    bench = bench_of(account)
    await bench.collection.run()
    account.refused.clear()
    bench.clock.advance(6 * HOUR)
    await bench.collection.run()
    account.calls_of_this_run()

    bench.clock.advance(HOUR)
    await bench.collection.run()

    assert [LIST, ("rds", "rm-1")] == account.calls_of_this_run()


async def test_a_policy_that_names_some_instances_is_learnt_for_each_of_them():
    account = account_of("rm-1", "rm-2")
    account.refused["rds", "rm-2"] = PermissionDeniedError("Forbidden.RAM")
    bench = bench_of(account)
    await bench.collection.run()
    account.calls_of_this_run()

    bench.clock.advance(HOUR)
    await bench.collection.run()

    assert [LIST, ("rds", "rm-1"), ("retailcloud", "rm-2")] == account.calls_of_this_run()


@pytest.mark.parametrize(
    ("error", "reason"),
    [(ServerError("no"), "unavailable"), (ThrottledError("no"), "throttled")],
)
async def test_any_other_failure_is_not_evaded(error, reason):
    account = account_of("rm-1", "rm-2")
    bench = bench_of(account)
    await bench.collection.run()
    account.calls_of_this_run()
    account.refused["rds", "rm-1"] = error

    status = await bench.collection.run()

    assert ("partial", (("rm-1", reason),)) == (status.result, status.failed)
    assert [LIST, ("rds", "rm-1"), ("rds", "rm-2")] == account.calls_of_this_run()
    sets = await bench.page("aliyun_rds_backup_sets")
    assert 'db_instance_id="rm-1",backup_type="full",status="success"} 1' in sets


async def test_a_failure_of_retailcloud_leads_to_nobody():
    account = account_of("rm-1")
    account.refused = {("rds", "*"): PermissionDeniedError("no"), ("retailcloud", "*"): ServerError("down")}
    bench = bench_of(account)

    status = await bench.collection.run()

    assert ("unavailable", "down") == (status.result, status.message)


BOTH = "retailcloud:GetRdsBackUp or rds:DescribeBackups"


@pytest.mark.parametrize("run", [1, 2])
@pytest.mark.parametrize(
    ("rds", "retailcloud", "result", "message"),
    [
        (
            PermissionDeniedError("r"),
            PermissionDeniedError("c"),
            "permission",
            f"c; what is needed is {BOTH}, which was refused too",
        ),
        (
            NotOfferedError("r"),
            PermissionDeniedError("c"),
            "permission",
            f"c; what is needed is {BOTH}, which is not offered",
        ),
        (
            PermissionDeniedError("r"),
            NotOfferedError("c"),
            "permission",
            f"c; what is needed is {BOTH}, which was refused too",
        ),
        (NotOfferedError("r"), NotOfferedError("c"), "not_offered", "c"),
    ],
)
async def test_where_neither_may_be_called_the_run_says_so_and_names_both(run, rds, retailcloud, result, message):
    account = account_of("rm-1", "rm-2")
    account.refused = {("rds", "*"): rds, ("retailcloud", "*"): retailcloud}
    bench = bench_of(account)

    for _ in range(run):
        status = await bench.collection.run()

    assert (result, message) == (status.result, status.message)
    assert 2 == len((await bench.page("aliyun_rds_instance_info")).splitlines())


async def test_where_the_region_is_not_known_a_refusal_tells_what_would_find_it():
    account = Account()
    account.refused["retailcloud", "*"] = PermissionDeniedError(
        "GetRdsBackUp: Forbidden.RAM", operation="GetRdsBackUp", request_id="r-1", code="Forbidden.RAM"
    )
    bench = bench_of(account, listed=("rm-1",))

    status = await bench.collection.run()

    assert "permission" == status.result
    why = "for which rds:DescribeDBInstances has to find the instance's region"
    assert f"GetRdsBackUp: Forbidden.RAM; what is needed is {BOTH}, {why}" == status.message


async def test_a_refusal_is_remembered_also_by_a_run_that_is_stopped():
    class Hanging(Account):
        async def list_backups(self, *_):
            await asyncio.Event().wait()

    account = Hanging(cn_hangzhou=[instance("rm-1")])
    account.refused["rds", "*"] = PermissionDeniedError("no")
    bench = Bench(COLLECTOR, account, place=PLACE, limits=Limits(1800, 0.05, 5400, 50_000))
    await bench.collection.run()
    account.calls_of_this_run()

    status = await bench.collection.run()

    assert "timeout" == status.result
    assert [LIST] == account.calls_of_this_run()


SETS = (
    backup("1", BackupSize=10),
    backup("2", "2026-01-02T04:40:00Z", "2026-01-02T05:40:00Z", BackupStatus="Failed", BackupSize=0),
    backup("3", "2026-01-02T08:00:00Z", "2026-01-02T08:40:00Z", MetaStatus="EMPTY", BackupMode="Manual"),
    backup("4", "2026-01-02T09:00:00Z", "2026-01-02T09:01:00Z", BackupType="IncrementalBackup", BackupSize="7"),
)


@pytest.mark.parametrize("sets", [SETS, (), SETS[:1]])
async def test_both_ways_give_the_same_rows(sets):
    pages = []
    for refused in ({}, {("rds", "*"): PermissionDeniedError("no")}):
        account = account_of("rm-1")
        account.sets["rm-1"], account.refused = sets, refused
        bench = bench_of(account)
        await bench.collection.run()
        pages.append(await bench.page("aliyun_rds_"))

    assert "aliyun_rds_backup_total_size_bytes" in pages[0]
    assert pages[0] == pages[1]


async def test_times_without_a_zone_are_utc_where_rds_tells_them():
    account = account_of("rm-1")
    account.sets["rm-1"] = [backup("1", "2026-01-01T00:00:00", "2026-01-01 00:01:00")]
    bench = bench_of(account)

    await bench.collection.run()

    assert " 1767225600.0" in await bench.page("aliyun_rds_backup_latest_start")
    assert " 1767225660.0" in await bench.page("aliyun_rds_backup_latest_end")


@pytest.mark.parametrize("size", [None, "large"])
async def test_without_the_size_of_a_set_there_is_no_total(size):
    account = account_of("rm-1")
    account.sets["rm-1"] = [backup("1"), backup("2", BackupSize=size)]
    bench = bench_of(account)

    await bench.collection.run()

    assert "" == await bench.page("aliyun_rds_backup_total")
    counted = {"metric": "aliyun_rds_backup_total_size_bytes"}
    assert (size is not None) == bench.counted("cluster_exporter_unreadable_values_total", counted)


async def test_a_list_that_always_falls_short_has_no_total_of_its_sizes():
    account = account_of("rm-1")
    account.sets["rm-1"] = Listing((backup("1"),), complete=False)
    bench = bench_of(account)

    status = await bench.collection.run()

    assert "success" == status.result
    assert "" == await bench.page("aliyun_rds_backup_total")
    assert await bench.page("aliyun_rds_backup_latest_size")
    assert [LIST, ("rds", "rm-1"), ("rds", "rm-1")] == account.calls_of_this_run()


async def test_a_list_that_is_not_to_be_relied_on_names_its_operation():
    account = account_of("rm-1")
    account.sets["rm-1"] = Listing((), complete=False, unreadable=1)
    bench = bench_of(account)

    status = await bench.collection.run()

    assert "DescribeBackups: the list of backups changed while it was read, or is held back" == status.message
