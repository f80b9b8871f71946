"""RDS instances that are discovered or listed in the settings: what is known of them, and for how long."""

import pytest

from exporter.clouds.errors import NotOfferedError, PermissionDeniedError, ServerError
from exporter.clouds.paging import Listing
from tests.collectors.rds_account import Account, bench_of, instance
from tests.doubles import NOW

HOUR = 3600
INFO = "aliyun_rds_instance_info"
EXPIRY = "aliyun_rds_instance_expiry_timestamp_seconds"


def info(name, region="", *, display=None, engine="MySQL", kind="Primary"):
    labels = f'db_instance_name="{f"name of {name}" if display is None else display}",engine="{engine}"'
    return f'{INFO}{{account="shop",db_instance_id="{name}",{labels},instance_type="{kind}",region_id="{region}"}} 1'


def bare(name):
    return info(name, display="", engine="", kind="")


async def ids_on(bench, metric=INFO):
    return {line.split('"')[3] for line in (await bench.page(metric)).splitlines()}


async def test_the_instances_of_every_region_are_discovered_and_their_backups_read_there():
    account = Account(cn_hangzhou=[instance("rm-1"), instance("rm-2")], cn_beijing=[instance("rm-3")], cn_shenzhen=[])
    bench = bench_of(account)

    status = await bench.collection.run()

    assert ("success", ()) == (status.result, status.failed)
    assert [info("rm-1", "cn-hangzhou"), info("rm-2", "cn-hangzhou"), info("rm-3", "cn-beijing")] == (
        await bench.page(INFO)
    ).splitlines()
    assert {"rm-1", "rm-2", "rm-3"} == await ids_on(bench, "aliyun_rds_backup_sets")
    lists = [("list", "cn-beijing"), ("list", "cn-hangzhou"), ("list", "cn-shenzhen")]
    assert [*lists, ("rds", "rm-1"), ("rds", "rm-2"), ("rds", "rm-3")] == account.calls_of_this_run()


async def test_an_account_whose_settings_list_no_instance_is_not_asked_at_all():
    account = Account(cn_hangzhou=[instance("rm-1")])
    bench = bench_of(account, listed=())

    status = await bench.collection.run()

    assert ("success", "", []) == (status.result, await bench.page("aliyun_"), account.calls)


async def test_of_listed_instances_rds_tells_name_engine_and_region_and_others_are_left_alone():
    account = Account(cn_hangzhou=[instance("rm-1"), instance("rm-2")])
    bench = bench_of(account, listed=("rm-1", "rm-elsewhere"))

    status = await bench.collection.run()

    assert "success" == status.result
    assert [info("rm-1", "cn-hangzhou"), bare("rm-elsewhere")] == (await bench.page(INFO)).splitlines()
    assert [("list", "cn-hangzhou"), ("rds", "rm-1"), ("retailcloud", "rm-elsewhere")] == account.calls_of_this_run()


@pytest.mark.parametrize("error", [PermissionDeniedError("no"), ServerError("no"), NotOfferedError("no such region")])
async def test_listed_instances_do_not_need_the_list_of_rds(error):
    account = Account(cn_hangzhou=())
    account.instances["cn-hangzhou"] = error
    bench = bench_of(account, listed=("rm-1",))

    status = await bench.collection.run()

    assert ("success", ()) == (status.result, status.failed)
    assert bare("rm-1") == await bench.page(INFO)
    assert [("list", "cn-hangzhou"), ("retailcloud", "rm-1")] == account.calls_of_this_run()


async def test_what_rds_told_of_a_listed_instance_is_known_for_some_hours_when_it_tells_no_more():
    account = Account(cn_hangzhou=[instance("rm-1")])
    bench = bench_of(account, listed=("rm-1",))
    await bench.collection.run()
    account.instances["cn-hangzhou"] = ServerError("no")

    bench.clock.advance(5 * HOUR)
    status = await bench.collection.run()
    known = await bench.page(INFO)
    bench.clock.advance(HOUR)
    await bench.collection.run()

    assert "success" == status.result
    assert info("rm-1", "cn-hangzhou") == known
    assert bare("rm-1") == await bench.page(INFO)


async def test_a_region_that_fails_is_a_failed_object_and_its_instances_are_known_for_some_hours():
    account = Account(cn_hangzhou=[instance("rm-1"), instance("rm-2")], cn_beijing=[instance("rm-3")])
    bench = bench_of(account)
    await bench.collection.run()
    account.instances |= {"cn-hangzhou": [instance("rm-1")], "cn-beijing": ServerError("no")}

    bench.clock.advance(5 * HOUR)
    status = await bench.collection.run()
    known, read = await ids_on(bench), await ids_on(bench, "aliyun_rds_backup_sets")
    bench.clock.advance(HOUR)
    await bench.collection.run()

    assert ("partial", (("cn-beijing", "unavailable"),)) == (status.result, status.failed)
    assert {"rm-1", "rm-3"} == known == read
    assert {"rm-1"} == await ids_on(bench) == await ids_on(bench, "aliyun_rds_backup_sets")


@pytest.mark.parametrize(
    "cut",
    [
        Listing((instance("rm-1"),), complete=False),
        Listing((instance("rm-1"),), complete=False, error=ServerError("page 2")),
    ],
    ids=["it falls short", "it breaks off"],
)
async def test_only_a_complete_list_tells_that_an_instance_is_gone(cut):
    account = Account(cn_hangzhou=[instance("rm-1"), instance("rm-2")])
    bench = bench_of(account)
    await bench.collection.run()
    account.instances["cn-hangzhou"] = cut
    status = await bench.collection.run()
    kept = await ids_on(bench)
    account.instances["cn-hangzhou"] = [instance("rm-1")]

    await bench.collection.run()

    assert ("success" if cut.error is None else "partial") == status.result
    assert ({"rm-1", "rm-2"}, {"rm-1"}) == (kept, await ids_on(bench))
    assert {"rm-1"} == await ids_on(bench, "aliyun_rds_backup_sets")


async def test_a_list_of_which_nothing_can_be_read_is_no_empty_region():
    account = Account(cn_hangzhou=())
    account.instances["cn-hangzhou"] = Listing((), complete=False, unreadable=2)
    bench = bench_of(account)

    status = await bench.collection.run()

    assert ("bad_response", False) == (status.result, status.got_data)
    assert 2 == bench.counted("cluster_exporter_unreadable_values_total", {"metric": INFO})


async def test_a_region_without_rds_is_no_failure():
    account = Account(cn_hangzhou=[instance("rm-1")], xx_nowhere=())
    account.instances["xx-nowhere"] = NotOfferedError("InvalidRegionId.NotFound")
    bench = bench_of(account)

    status = await bench.collection.run()

    assert ("success", (), {"rm-1"}) == (status.result, status.failed, await ids_on(bench))


async def test_a_region_that_had_instances_and_has_rds_no_more_does_not_go_quiet():
    account = Account(cn_hangzhou=[instance("rm-1")], cn_beijing=[instance("rm-2")])
    bench = bench_of(account)
    await bench.collection.run()
    account.instances["cn-beijing"] = NotOfferedError("InvalidRegionId.NotFound")

    status = await bench.collection.run()
    known, read = await ids_on(bench), await ids_on(bench, "aliyun_rds_backup_sets")
    bench.clock.advance(6 * HOUR)
    later = await bench.collection.run()

    assert ("partial", (("cn-beijing", "not_offered"),)) == (status.result, status.failed)
    assert {"rm-1", "rm-2"} == known == read
    assert ("success", {"rm-1"}) == (later.result, await ids_on(bench))


async def test_where_no_region_has_rds_it_is_not_offered():
    account = Account(xx_nowhere=(), yy_nowhere=())
    account.instances = dict.fromkeys(account.instances, NotOfferedError("InvalidRegionId.NotFound"))
    bench = bench_of(account)

    status = await bench.collection.run()

    assert ("not_offered", True, None) == (status.result, status.got_data, status.last_success)


async def test_regions_that_may_not_be_listed_are_a_permission():
    account = Account(cn_hangzhou=(), cn_beijing=())
    account.instances = dict.fromkeys(account.instances, PermissionDeniedError("Forbidden.RAM"))
    bench = bench_of(account)

    status = await bench.collection.run()

    assert ("permission", False) == (status.result, status.got_data)
    assert (("cn-beijing", "permission"), ("cn-hangzhou", "permission")) == status.failed


async def test_an_account_without_any_instance_is_a_success():
    status = await bench_of(Account(cn_hangzhou=[])).collection.run()

    assert ("success", True) == (status.result, status.got_data)


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        ({"PayType": "Prepaid", "ExpireTime": "2026-02-01T16:00:00Z"}, NOW + 31 * 86_400 + 16 * HOUR),
        ({"PayType": None, "ExpireTime": "2026-02-01T16:00:00Z"}, NOW + 31 * 86_400 + 16 * HOUR),
        ({"PayType": "Prepaid", "ExpireTime": "2026-02-01"}, NOW + 31 * 86_400 - 8 * HOUR),
        ({"PayType": "Prepaid", "ExpireTime": ""}, None),
        ({"PayType": "Prepaid", "ExpireTime": None}, None),
        ({"PayType": "Prepaid", "ExpireTime": "2099-12-31T16:00:00Z"}, None),
        ({"PayType": "Postpaid", "ExpireTime": "2026-02-01T16:00:00Z"}, None),
        ({"PayType": "Prepaid", "DBInstanceStatus": "Released", "ExpireTime": "2026-02-01T16:00:00Z"}, None),
        ({"PayType": "Prepaid", "DBInstanceStatus": "DELETING", "ExpireTime": "2026-02-01T16:00:00Z"}, None),
    ],
)
async def test_when_the_subscription_of_an_instance_ends(fields, shown):
    bench = bench_of(Account(cn_hangzhou=[instance("rm-1", **fields)]))

    await bench.collection.run()

    expected = "" if shown is None else f'{EXPIRY}{{account="shop",db_instance_id="rm-1"}} {shown}'
    assert expected == await bench.page(EXPIRY)


async def test_an_unreadable_expiry_is_counted_and_costs_its_own_series_only():
    bench = bench_of(Account(cn_hangzhou=[instance("rm-1", PayType="Prepaid", ExpireTime="some day")]))

    await bench.collection.run()

    assert ("", {"rm-1"}) == (await bench.page(EXPIRY), await ids_on(bench))
    assert 1 == bench.counted("cluster_exporter_unreadable_values_total", {"metric": EXPIRY})


async def test_an_instance_is_shown_with_its_facts_also_when_its_backups_fail():
    account = Account(cn_hangzhou=[instance("rm-1"), instance("rm-2")])
    account.refused["rds", "rm-1"] = ServerError("no")
    bench = bench_of(account)

    status = await bench.collection.run()

    assert ("partial", (("rm-1", "unavailable"),)) == (status.result, status.failed)
    assert [info("rm-1", "cn-hangzhou"), info("rm-2", "cn-hangzhou")] == (await bench.page(INFO)).splitlines()
    assert {"rm-2"} == await ids_on(bench, "aliyun_rds_backup_sets")
