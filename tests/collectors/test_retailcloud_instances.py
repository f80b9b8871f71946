"""Instances: how many are well, what they restarted, and that no count is ever too small."""

import pytest

from exporter.clouds.aliyun.retailcloud_models import AppInstance
from exporter.clouds.errors import ServerError, ThrottledError
from exporter.clouds.paging import Listing
from exporter.collection import Limits
from exporter.collectors.retailcloud_instances import COLLECTOR
from tests.collectors.retailcloud_shop import Shop, read
from tests.doubles import Bench

PREFIX = "aliyun_retailcloud_environment_"
KEY = 'account="shop",app_id="1",app_name="basket",env_id="11",env_name="prod"'
WELL = {"AppInstanceId": "a", "Health": "RUNNING", "RestartCount": 0}
ILL = {"AppInstanceId": "b", "Health": "ABNORMAL", "RestartCount": "7"}


def shop_of(*instances, other=()):
    """A shop of one app with environments 11 and 12."""
    return Shop(
        apps=[{"AppId": 1, "Title": "basket"}],
        environments={"1": [{"EnvId": 11, "EnvName": "prod"}, {"EnvId": 12, "EnvName": "test"}]},
        instances={"11": list(instances), "12": list(other)},
    )


async def collected(shop):
    bench = Bench(COLLECTOR, shop, limits=Limits(600, 300, 1800, 50_000))
    await bench.collection.run()
    return bench


async def rows(bench, env_id="11"):
    page = (await bench.page(PREFIX)).splitlines()
    return [line.removeprefix(PREFIX) for line in page if f'env_id="{env_id}"' in line]


async def counts(bench, env_id="11"):
    """Running, abnormal and unknown; nothing where they are not shown."""
    return [float(row.rpartition(" ")[2]) for row in await rows(bench, env_id) if row.startswith("instances")]


async def test_every_series_of_an_environment():
    bench = await collected(shop_of(WELL, WELL | {"AppInstanceId": "c", "RestartCount": 2}, ILL))
    assert [
        f'instances{{{KEY},health="running"}} 2',
        f'instances{{{KEY},health="abnormal"}} 1',
        f'instances{{{KEY},health="unknown"}} 0',
        f"instance_restarts{{{KEY}}} 9.0",
        f"instance_max_restarts{{{KEY}}} 7.0",
    ] == await rows(bench)


async def test_an_environment_without_instances_counts_zeros():
    bench = await collected(shop_of())
    assert [
        f'instances{{{KEY},health="running"}} 0',
        f'instances{{{KEY},health="abnormal"}} 0',
        f'instances{{{KEY},health="unknown"}} 0',
        f"instance_restarts{{{KEY}}} 0",
        f"instance_max_restarts{{{KEY}}} 0",
    ] == await rows(bench)


@pytest.mark.parametrize(
    ("raw", "shown", "counted"),
    [
        ("RUNNING", [1, 0, 0], 0),
        ("running", [1, 0, 0], 0),
        ("ABNORMAL", [0, 1, 0], 0),
        ("STARTING", [0, 0, 1], 1),
        (7, [0, 0, 1], 1),
        ([], [0, 0, 1], 1),
        (None, [0, 0, 1], 0),
    ],
)
async def test_every_health_and_an_unknown_one(raw, shown, counted):
    bench = await collected(shop_of(WELL | {"Health": raw}))
    assert shown == await counts(bench)
    labels = {"metric": f"{PREFIX}instances"}
    assert counted == bench.counted("cluster_exporter_unknown_states_total", labels)


@pytest.mark.parametrize(("raw", "counted"), [("often", 1), (-1, 1), (True, 1), ({}, 1), (None, 0), ("", 0)])
async def test_a_restart_count_that_is_not_known_leaves_sum_and_maximum_out(raw, counted):
    bench = await collected(shop_of(WELL, ILL | {"RestartCount": raw}))
    assert [] == [row for row in await rows(bench) if "restarts" in row]
    assert [1, 1, 0] == await counts(bench)
    labels = {"metric": f"{PREFIX}instance_restarts"}
    assert counted == bench.counted("cluster_exporter_unreadable_values_total", labels)


async def test_an_environment_whose_call_fails_keeps_its_rows_and_the_other_is_fresh():
    shop = shop_of(WELL, other=[WELL])
    bench = await collected(shop)
    shop.broken[("ListAppInstance", "1/11")] = ThrottledError("slow down")
    shop.instances["12"] = [WELL, ILL]
    bench.clock.advance(600)
    status = await bench.collection.run()
    assert ("partial", (("1/11", "throttled"),)) == (status.result, status.failed)
    assert ([1, 0, 0], [1, 1, 0]) == (await counts(bench, "11"), await counts(bench, "12"))
    bench.clock.advance(1201)
    await bench.collection.run()
    assert ([], [1, 1, 0]) == (await counts(bench, "11"), await counts(bench, "12"))


@pytest.mark.parametrize(
    ("listing", "reason"),
    [
        (Listing(read(AppInstance, [WELL]), False, ServerError("500")), "unavailable"),
        (Listing(read(AppInstance, [WELL]), False), "bad_response"),
        (Listing(read(AppInstance, [WELL]), False, unreadable=1), "bad_response"),
    ],
    ids=["cut", "short of its total", "a row without an id"],
)
async def test_a_list_that_lacks_instances_shows_no_count_that_is_too_small(listing, reason):
    shop = shop_of(WELL, ILL)
    bench = await collected(shop)
    shop.listings[("ListAppInstance", "1/11")] = listing
    assert (("1/11", reason),) == (await bench.collection.run()).failed
    assert [1, 1, 0] == await counts(bench)


async def test_rows_that_are_there_twice_or_unreadable_are_counted():
    shop = shop_of()
    shop.listings[("ListAppInstance", "1/11")] = Listing((), False, duplicates=2, unreadable=3)
    bench = await collected(shop)
    labels = {"collector": "retailcloud_instances", "account": "shop"}
    assert 2 == bench.counted("cluster_exporter_duplicate_rows_total", labels)
    assert 3 == bench.counted("cluster_exporter_unreadable_values_total", {"metric": f"{PREFIX}instances"})


async def test_an_environment_costs_one_call():
    shop = shop_of(WELL, other=[WELL])
    await collected(shop)
    assert {"ListApp": 1, "ListAppEnvironment": 1, "ListAppInstance": 2} == shop.calls


async def test_an_app_whose_environments_cannot_be_listed_does_not_stop_the_others():
    shop = shop_of(WELL)
    shop.apps.append({"AppId": 2, "Title": "search"})
    shop.environments["2"] = [{"EnvId": 21, "EnvName": "prod"}]
    shop.instances["21"] = [ILL]
    shop.broken[("ListAppEnvironment", "1")] = ServerError("500")
    bench = Bench(COLLECTOR, shop)
    assert (("1", "unavailable"),) == (await bench.collection.run()).failed
    assert ([], [0, 1, 0]) == (await counts(bench, "11"), await counts(bench, "21"))


async def test_a_run_stopped_by_its_timeout_keeps_what_it_read_and_takes_nothing_away():
    shop = shop_of(WELL, other=[WELL])
    bench = await collected(shop)
    shop.hanging = {"1/12"}
    shop.instances["11"] = [WELL, ILL]
    bench.collection.limits = Limits(600, 0.05, 1800, 50_000)
    status = await bench.collection.run()
    assert ("partial", (("1", "timeout"),)) == (status.result, status.failed)
    assert ([1, 1, 0], [1, 0, 0]) == (await counts(bench, "11"), await counts(bench, "12"))
