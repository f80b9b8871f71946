"""What is read of every environment: whose inventory it goes by, and when an environment is gone."""

import asyncio
from dataclasses import dataclass, field

import pytest

from exporter.clouds.aliyun.retailcloud_models import App, Environment
from exporter.clouds.errors import AuthError, ServerError
from exporter.clouds.paging import Listing
from exporter.collection import Limits
from exporter.collectors import retailcloud_apps, retailcloud_claims, retailcloud_instances
from tests.collectors.retailcloud_shop import Shop, read
from tests.doubles import Bench

APPS = [{"AppId": 1, "Title": "basket"}, {"AppId": 2, "Title": "search"}]
PROD, TEST = {"EnvId": 11, "EnvName": "prod"}, {"EnvId": 12, "EnvName": "test"}
OF_ENVIRONMENTS = [
    pytest.param(retailcloud_instances.COLLECTOR, "ListAppInstance", id="instances"),
    pytest.param(retailcloud_claims.COLLECTOR, "ListPersistentVolumeClaim", id="claims"),
]


def two_apps():
    """Two apps with three environments, each with one instance and one claim."""
    return Shop(
        apps=list(APPS),
        environments={"1": [PROD, TEST], "2": [{"EnvId": 21, "EnvName": "prod"}]},
        instances={env_id: [{"AppInstanceId": "a", "Health": "RUNNING"}] for env_id in ("11", "12", "21")},
        claims={env_id: [{"Name": "data"}] for env_id in ("11", "12", "21")},
    )


def beside_apps(collector, shop):
    """A collection and the one of apps, which it knows as its sibling."""
    apps, reader = Bench(retailcloud_apps.COLLECTOR, shop), Bench(collector, shop)
    reader.collection.siblings = {"retailcloud_apps": apps.collection}
    return apps, reader


async def environments(bench):
    """The environments that are on the page."""
    lines = (await bench.page("aliyun_")).splitlines()
    return sorted({line.partition('env_id="')[2].partition('"')[0] for line in lines})


@pytest.mark.parametrize(("collector", "operation"), OF_ENVIRONMENTS)
async def test_apps_and_environments_are_listed_once_for_all(collector, operation):
    shop = two_apps()
    apps, reader = beside_apps(collector, shop)
    await asyncio.gather(reader.collection.run(), apps.collection.run())
    del shop.calls["ListAppResourceAllocs"]
    assert {"ListApp": 1, "ListAppEnvironment": 2, operation: 3} == shop.calls
    assert ["11", "12", "21"] == await environments(reader)


@pytest.mark.parametrize(("collector", "operation"), OF_ENVIRONMENTS)
async def test_a_collection_alone_lists_them_itself_and_again_after_ten_minutes(collector, operation):
    shop = two_apps()
    reader = Bench(collector, shop)
    for seconds in (0, 599, 1):
        reader.clock.advance(seconds)
        await reader.collection.run()
    assert {"ListApp": 2, "ListAppEnvironment": 4, operation: 9} == shop.calls
    assert ["11", "12", "21"] == await environments(reader)


@pytest.mark.parametrize(("collector", "operation"), OF_ENVIRONMENTS)
async def test_a_deleted_environment_is_gone_only_when_the_siblings_list_was_complete(collector, operation):
    shop = two_apps()
    apps, reader = beside_apps(collector, shop)
    await apps.collection.run()
    await reader.collection.run()
    shop.listings[("ListAppEnvironment", "1")] = Listing(read(Environment, [PROD]), False)
    await apps.collection.run()
    shop.broken[(operation, "1/12")] = ServerError("the environment does not exist")
    await reader.collection.run()
    assert ["11", "12", "21"] == await environments(reader)
    shop.listings[("ListAppEnvironment", "1")] = Listing(read(Environment, [PROD]))
    await apps.collection.run()
    await reader.collection.run()
    assert ["11", "21"] == await environments(reader)


@pytest.mark.parametrize(("collector", "operation"), OF_ENVIRONMENTS)
async def test_a_deleted_app_takes_its_environments_along_only_when_the_list_was_complete(collector, operation):
    shop = two_apps()
    apps, reader = beside_apps(collector, shop)
    await apps.collection.run()
    await reader.collection.run()
    shop.broken[(operation, "2/21")] = ServerError("the app does not exist")
    for complete, left in ((False, ["11", "12", "21"]), (True, ["11", "12"])):
        shop.listings["ListApp"] = Listing(read(App, APPS[:1]), complete)
        await apps.collection.run()
        await reader.collection.run()
        assert left == await environments(reader)


@pytest.mark.parametrize(("collector", "operation"), OF_ENVIRONMENTS)
async def test_without_the_apps_collector_a_deleted_environment_is_gone_with_the_run_that_lists_it_no_more(
    collector, operation
):
    shop = two_apps()
    reader = Bench(collector, shop)
    await reader.collection.run()
    shop.environments["1"] = [PROD]
    shop.apps = APPS[:1]
    reader.clock.advance(600)
    await reader.collection.run()
    assert ["11"] == await environments(reader)


@pytest.mark.parametrize(("collector", "operation"), OF_ENVIRONMENTS)
async def test_when_the_sibling_falls_silent_nothing_is_taken_for_gone(collector, operation):
    shop = two_apps()
    apps, reader = beside_apps(collector, shop)
    await apps.collection.run()
    await reader.collection.run()
    apps.clock.advance(10_000)
    shop.broken = {("ListAppEnvironment", "1"): ServerError("500"), (operation, "2/21"): ServerError("500")}
    await reader.collection.run()
    assert ["11", "12", "21"] == await environments(reader)


@pytest.mark.parametrize(("collector", "operation"), OF_ENVIRONMENTS)
async def test_the_failure_of_the_list_is_the_readers_own_where_nobody_else_has_one(collector, operation):
    shop = two_apps()
    shop.broken["ListApp"] = AuthError("wrong key")
    apps, reader = beside_apps(collector, shop)
    await apps.collection.run()
    assert "auth" == (await reader.collection.run()).result


@dataclass
class Growing(Shop):
    """A shop that lists the environments of its second app only when all of the first were asked for."""

    let_go: asyncio.Event = field(default_factory=asyncio.Event)

    async def _called(self, operation, about=""):
        if about == "1/12":
            self.let_go.set()
        if (operation, about) == ("ListAppEnvironment", "2"):
            await self.let_go.wait()
        return await super()._called(operation, about)


@pytest.mark.parametrize(("collector", "operation"), OF_ENVIRONMENTS)
async def test_environments_that_come_up_while_the_first_are_read_are_read_in_the_same_run(collector, operation):
    shop = Growing(**vars(two_apps()))
    apps, reader = beside_apps(collector, shop)
    reader.collection.limits = Limits(600, 50, 1800, 50_000, memory_wait=0.3)
    await asyncio.gather(apps.collection.run(), reader.collection.run())
    assert (3, ["11", "12", "21"]) == (shop.calls[operation], await environments(reader))


@pytest.mark.parametrize(("collector", "operation"), OF_ENVIRONMENTS)
async def test_an_account_without_apps_is_a_success_without_data(collector, operation):
    apps, reader = beside_apps(collector, Shop())
    await apps.collection.run()
    assert "success" == (await reader.collection.run()).result
    assert 0 == reader.collection.record.block.series


@pytest.mark.parametrize(("collector", "operation"), OF_ENVIRONMENTS)
async def test_two_hundred_apps_of_three_environments_cost_one_call_an_environment(collector, operation):
    apps = [{"AppId": number, "Title": f"app-{number}"} for number in range(1, 201)]
    environments_of = {
        str(app["AppId"]): [{"EnvId": app["AppId"] * 10 + index, "EnvName": f"env-{index}"} for index in range(3)]
        for app in apps
    }
    shop = Shop(apps=apps, environments=environments_of)
    inventory, reader = beside_apps(collector, shop)
    await inventory.collection.run()
    shop.calls.clear()
    assert "success" == (await reader.collection.run()).result
    assert {operation: 600} == shop.calls
