"""Apps and environments: every series, what is optional, and what a stopped run remembers."""

import pytest

from exporter.clouds.aliyun.retailcloud_models import App, Environment, ResourceAllocation
from exporter.clouds.errors import NotOfferedError, PermissionDeniedError, ServerError, ThrottledError
from exporter.clouds.paging import Listing
from exporter.collection import Limits
from exporter.collectors.retailcloud_apps import COLLECTOR
from exporter.collectors.retailcloud_inventory import AppInventory, KnownEnvironment
from tests.collectors.retailcloud_shop import Shop, read
from tests.doubles import Bench

PREFIX = "aliyun_retailcloud_"
BASKET = {
    "AppId": 1,
    "Title": "basket",
    "AppStateType": "stateless",
    "DeployType": "ContainerDeployment",
    "Language": "Java",
}
PROD = {"AppId": 1, "EnvId": 11, "EnvName": "basket-prod", "EnvType": 1, "Region": "cn-zhangjiakou"}
KEY = 'account="shop",app_id="1",app_name="basket",env_id="11",env_name="basket-prod"'
IN_TWO = [{"AppEnvId": 11, "AppId": 1, "ClusterId": "c1"}, {"AppEnvId": 11, "AppId": "1", "ClusterId": "c2"}]


def shop_of(*apps):
    """A shop of these apps, with one environment each (11 in app 1, 21 in app 2 …), all allowed in cluster c1."""
    environments = {
        str(app["AppId"]): [PROD | {"AppId": app["AppId"], "EnvId": int(f"{app['AppId']}1")}] for app in apps
    }
    allocations = [{"AppEnvId": int(f"{app['AppId']}1"), "AppId": app["AppId"], "ClusterId": "c1"} for app in apps]
    return Shop(apps=list(apps), environments=environments, allocations=allocations)


def limits(timeout=50):
    return Limits(600, timeout, 1800, 50_000)


async def collected(shop):
    bench = Bench(COLLECTOR, shop, limits=limits())
    await bench.collection.run()
    return bench


async def ids(bench, name, label):
    rows = (await bench.page(f"{PREFIX}{name}{{")).splitlines()
    return sorted(row.partition(f'{label}="')[2].partition('"')[0] for row in rows)


async def test_every_series_of_an_app_and_its_environment():
    bench = await collected(Shop(apps=[BASKET], environments={"1": [PROD]}, allocations=IN_TWO))
    kind = 'state_type="stateless",deploy_type="ContainerDeployment",language="Java"'
    assert [
        f'{PREFIX}app_info{{account="shop",app_id="1",app_name="basket",app_title="basket",{kind}}} 1',
        f'{PREFIX}environment_info{{{KEY},env_type="prod",region_id="cn-zhangjiakou"}} 1',
        f'{PREFIX}environment_cluster_info{{{KEY},cluster_id="c1"}} 1',
        f'{PREFIX}environment_cluster_info{{{KEY},cluster_id="c2"}} 1',
    ] == (await bench.page(PREFIX)).splitlines()


@pytest.mark.parametrize(
    ("raw", "name", "shown"),
    [
        (0, "", "test"),
        (1, "", "prod"),
        (2, "", "prod"),
        ("test", "", "test"),
        ("online", "", "prod"),
        (1, "测试环境", "test"),
        (0, "正式", "prod"),
        (7, "", "unknown"),
        (None, "", "unknown"),
    ],
)
async def test_every_encoding_of_env_type_and_the_name_wins(raw, name, shown):
    environment = PROD | {"EnvType": raw, "EnvTypeName": name}
    bench = await collected(Shop(apps=[BASKET], environments={"1": [environment]}))
    assert [shown] == await ids(bench, "environment_info", "env_type")


@pytest.mark.parametrize("error", [NotOfferedError("gone"), PermissionDeniedError("no"), ServerError("500")])
async def test_allocations_are_optional_and_keep_their_rows_while_they_fail(error):
    shop = shop_of(BASKET)
    bench = await collected(shop)
    shop.broken["ListAppResourceAllocs"] = error
    bench.clock.advance(600)
    assert "success" == (await bench.collection.run()).result
    assert ["c1"] == await ids(bench, "environment_cluster_info", "cluster_id")
    bench.clock.advance(1201)
    await bench.collection.run()
    assert [] == await ids(bench, "environment_cluster_info", "cluster_id")
    assert ["11"] == await ids(bench, "environment_info", "env_id")


async def test_allocations_that_were_never_there_leave_the_rest_complete():
    shop = shop_of(BASKET)
    shop.broken["ListAppResourceAllocs"] = NotOfferedError("no such API")
    bench = Bench(COLLECTOR, shop, limits=limits())
    status = await bench.collection.run()
    assert ("success", ()) == (status.result, status.failed)
    assert [] == await ids(bench, "environment_cluster_info", "cluster_id")


async def test_a_list_of_allocations_that_is_cut_takes_no_row_away():
    shop = shop_of(BASKET)
    shop.allocations = IN_TWO
    bench = await collected(shop)
    shop.listings["ListAppResourceAllocs"] = Listing(read(ResourceAllocation, IN_TWO[1:]), False, ServerError("500"))
    await bench.collection.run()
    assert ["c1", "c2"] == await ids(bench, "environment_cluster_info", "cluster_id")


async def test_an_allocation_that_ended_is_gone_and_one_of_an_unknown_environment_is_not_shown():
    shop = shop_of(BASKET)
    shop.allocations = [*IN_TWO, {"AppEnvId": 99, "AppId": 1, "ClusterId": "c3"}]
    bench = await collected(shop)
    assert ["c1", "c2"] == await ids(bench, "environment_cluster_info", "cluster_id")
    shop.allocations = IN_TWO[1:]
    await bench.collection.run()
    assert ["c2"] == await ids(bench, "environment_cluster_info", "cluster_id")


async def test_an_app_whose_environments_fail_keeps_them():
    shop = shop_of(BASKET, BASKET | {"AppId": 2})
    bench = await collected(shop)
    shop.broken[("ListAppEnvironment", "1")] = ThrottledError("slow down")
    status = await bench.collection.run()
    assert ("partial", (("1", "throttled"),)) == (status.result, status.failed)
    assert ["11", "21"] == await ids(bench, "environment_info", "env_id")
    assert ["11", "21"] == await ids(bench, "environment_cluster_info", "env_id")


async def test_environments_missing_from_a_cut_list_stay_and_from_a_complete_one_go():
    shop = shop_of(BASKET)
    shop.environments["1"].append(PROD | {"EnvId": 12})
    bench = await collected(shop)
    shop.listings[("ListAppEnvironment", "1")] = Listing(read(Environment, [PROD]), False, ServerError("500"))
    await bench.collection.run()
    assert ["11", "12"] == await ids(bench, "environment_info", "env_id")
    assert ["11", "12"] == sorted(known.env_id for known in bench.collection.record.memory.of_app("1"))
    del shop.listings[("ListAppEnvironment", "1")]
    shop.environments["1"].pop()
    await bench.collection.run()
    assert ["11"] == await ids(bench, "environment_info", "env_id")


async def test_a_deleted_app_goes_with_the_next_complete_list_and_not_with_a_partial_one():
    shop = shop_of(BASKET, BASKET | {"AppId": 2})
    bench = await collected(shop)
    shop.listings["ListApp"] = Listing(read(App, [BASKET]), complete=False)
    await bench.collection.run()
    assert ["1", "2"] == await ids(bench, "app_info", "app_id")
    shop.listings["ListApp"] = Listing(read(App, [BASKET]))
    await bench.collection.run()
    assert ["1"] == await ids(bench, "app_info", "app_id")
    assert ["11"] == await ids(bench, "environment_info", "env_id")


async def test_a_run_stopped_by_its_timeout_remembers_and_shows_what_it_read():
    shop = shop_of(BASKET, BASKET | {"AppId": 2})
    shop.hanging = {"2"}
    bench = Bench(COLLECTOR, shop, limits=limits(timeout=0.2))
    status = await bench.collection.run()
    assert ("partial", (("2", "timeout"),)) == (status.result, status.failed)
    known = KnownEnvironment("1", "basket", "11", "basket-prod", "prod")
    assert (
        AppInventory({"1": "basket", "2": "basket"}, {"1": (known,)}, complete=True) == await bench.collection.memory()
    )
    assert ["11"] == await ids(bench, "environment_info", "env_id")
    assert ["11"] == await ids(bench, "environment_cluster_info", "env_id")


@pytest.mark.parametrize("hanging", ["1", "ListAppResourceAllocs", "ListApp"])
async def test_a_run_stopped_anywhere_takes_no_row_away(hanging):
    shop = shop_of(BASKET, BASKET | {"AppId": 2})
    bench = await collected(shop)
    before = await bench.page(PREFIX)
    shop.hanging, bench.collection.limits = {hanging}, limits(timeout=0.05)
    await bench.collection.run()
    assert before == await bench.page(PREFIX)


async def test_a_later_stopped_run_still_remembers_the_environments_of_earlier_ones():
    shop = shop_of(BASKET, BASKET | {"AppId": 2})
    bench = await collected(shop)
    shop.hanging, bench.collection.limits = {"1", "2"}, limits(timeout=0.05)
    await bench.collection.run()
    memory = await bench.collection.memory()
    assert ["11", "21"] == [known.env_id for app_id in ("1", "2") for known in memory.of_app(app_id)]


async def test_duplicate_and_unreadable_rows_are_counted():
    shop = shop_of(BASKET)
    shop.listings["ListApp"] = Listing(read(App, [BASKET]), False, None, duplicates=1, unreadable=2)
    bench = await collected(shop)
    labels = {"collector": "retailcloud_apps", "account": "shop"}
    assert 1 == bench.counted("cluster_exporter_duplicate_rows_total", labels)
    assert 2 == bench.counted("cluster_exporter_unreadable_values_total", {"metric": f"{PREFIX}app_info"})


async def test_duplicate_and_unreadable_allocations_are_counted():
    shop = shop_of(BASKET)
    allocations = read(ResourceAllocation, IN_TWO)
    shop.listings["ListAppResourceAllocs"] = Listing(allocations, False, None, duplicates=3, unreadable=2)
    bench = await collected(shop)
    labels = {"collector": "retailcloud_apps", "account": "shop"}
    assert 3 == bench.counted("cluster_exporter_duplicate_rows_total", labels)
    metric = f"{PREFIX}environment_cluster_info"
    assert 2 == bench.counted("cluster_exporter_unreadable_values_total", {"metric": metric})


@pytest.mark.parametrize(
    ("raw", "name", "counted"),
    [(7, "", 1), ("staging", "预发", 1), (7, "测试环境", None), (None, "", None), (1, "", None)],
)
async def test_an_undocumented_env_type_is_counted(raw, name, counted):
    bench = await collected(Shop(apps=[BASKET], environments={"1": [PROD | {"EnvType": raw, "EnvTypeName": name}]}))
    labels = {"metric": f"{PREFIX}environment_info"}
    assert counted == bench.counted("cluster_exporter_unknown_states_total", labels)


async def test_allocations_of_which_none_can_be_read_leave_the_rows_that_were_there():
    shop = Shop(apps=[BASKET], environments={"1": [PROD]}, allocations=IN_TWO)
    bench = await collected(shop)
    before = await bench.page(f"{PREFIX}environment_cluster_info")
    shop.listings["ListAppResourceAllocs"] = Listing((), complete=False, unreadable=2)

    status = await bench.collection.run()

    assert "success" == status.result
    assert before == await bench.page(f"{PREFIX}environment_cluster_info")
