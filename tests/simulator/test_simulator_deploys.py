"""Deploy orders in the simulated cloud: the filters of ListDeployOrders, and the scenarios' timelines."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from exporter.simulator import Sizes, UnknownScenarioError

DAY = 86_400
ALL = {"PageNumber": 1, "PageSize": 1000}
SHANGHAI = timezone(timedelta(hours=8))


def local(instant: float) -> str:
    return datetime.fromtimestamp(instant, SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")


def open_orders(simulator) -> list:
    return [order for order in simulator.world.orders.by_id.values() if order.is_open(simulator.world.now)]


async def orders(simulator, form=None, **query) -> list[dict]:
    app = simulator.world.apps[0].id
    return (await simulator.data("ListDeployOrders", form, **({"AppId": app} | ALL | query)))["Data"]


async def test_orders_have_the_documented_fields_and_come_newest_first(simulator):
    found = await orders(simulator)
    ids = [order["DeployOrderId"] for order in found]
    assert sorted(ids, reverse=True) == ids
    wanted = (
        "AppInstanceType CurrentPartitionNum DeployOrderId DeployPauseType DeployPauseTypeName DeployType "
        "DeployTypeName Description ElapsedTime EndTime EnvId EnvType FailureRate FinishAppInstanceCt Name "
        "PartitionType PartitionTypeName Result ResultName SchemaId StartTime Status StatusName TotalAppInstanceCt "
        "TotalPartitions UserId UserNick"
    )
    assert set(wanted.split()) == found[-1].keys()
    assert found[-1]["EndTime"].endswith("Z")
    assert found[-1]["UserNick"].startswith("canary-user-nick-")


async def test_every_plain_filter(simulator):
    environment = simulator.world.environments[0]
    everything = await orders(simulator)
    of_environment = await orders(simulator, EnvId=environment.id)
    assert {environment.id} == {order["EnvId"] for order in of_environment}
    assert of_environment == await orders(simulator, EnvType="online")
    scalings = await orders(simulator, DeployCategory="scale")
    assert scalings
    assert all(order["Name"].startswith("应用实例数扩缩容至") for order in scalings)
    assert len(everything) == len(scalings) + len(await orders(simulator, DeployCategory="deploy"))
    assert {"first"} == {order["DeployPauseType"] for order in await orders(simulator, PauseType="first")}
    assert everything == await orders(simulator, DeployType="partition_parallel", PartitionType="group_even")
    assert [] == await orders(simulator, DeployType="other")
    assert {3} == {order["Status"] for order in await orders(simulator, Status=3)}


async def test_lists_filter_from_the_form_alone(simulator):
    everything = await orders(simulator)
    failed = await orders(simulator, {"ResultList.1": 2, "ResultList.2": 4, "StatusList.1": 3})
    assert {2, 4} >= {order["Result"] for order in failed} != set()
    assert everything == await orders(simulator, **{"ResultList.1": 2})


@pytest.mark.parametrize("side", ["StartTime", "EndTime"])
async def test_comparisons_of_times_are_exact_and_in_shanghai_time(simulator, side):
    book = simulator.world.orders.by_app[simulator.world.apps[0].id]
    pivot = book[len(book) // 2]
    for order in book:
        order.start, order.end = round(order.start), round(order.end)
    instant = pivot.start if side == "StartTime" else pivot.end
    found = {
        word: {order["DeployOrderId"] for order in await orders(simulator, **{side + word: local(instant)})}
        for word in ("GreaterThan", "GreaterThanOrEqualTo", "LessThan", "LessThanOrEqualTo")
    }
    assert {pivot.id} == found["GreaterThanOrEqualTo"] - found["GreaterThan"]
    assert {pivot.id} == found["LessThanOrEqualTo"] - found["LessThan"]
    assert not found["GreaterThan"] & found["LessThan"]


async def test_an_open_order_fits_no_end(simulator):
    simulator.world.start("deploy-fails")
    (order,) = [order for order in open_orders(simulator) if order.environment.production]
    ids = [row["DeployOrderId"] for row in await orders(simulator, EndTimeGreaterThan="2000-01-01 00:00:00")]
    assert order.id not in ids


async def test_times_of_another_form_are_refused(simulator):
    query = {"AppId": simulator.world.apps[0].id, "StartTimeGreaterThan": "2026-01-01T00:00:00Z"} | ALL
    assert "InvalidStartTimeGreaterThan" == (await simulator.rpc("ListDeployOrders", **query)).json()["Code"]


async def test_the_filter_zone_is_a_quirk(simulator):
    order = simulator.world.orders.by_app[simulator.world.apps[0].id][3]
    utc = datetime.fromtimestamp(order.start, UTC).strftime("%Y-%m-%d %H:%M:%S")
    simulator.set_quirks(deploy_filter_zone="UTC")
    found = await orders(simulator, StartTimeGreaterThanOrEqualTo=utc)
    assert order.id == found[-1]["DeployOrderId"]


async def test_detail_has_the_fields_of_the_list(simulator):
    first = (await orders(simulator))[0]
    answer = await simulator.data("DescribeDeployOrderDetail", DeployOrderId=first["DeployOrderId"])
    assert first == answer["Result"]
    assert 102405 == (await simulator.data("DescribeDeployOrderDetail", DeployOrderId=1))["Code"]


async def failing_order(simulator) -> dict:
    (order,) = [order for order in open_orders(simulator) if order.instances == 10]
    return (await simulator.data("DescribeDeployOrderDetail", DeployOrderId=order.id))["Result"]


async def test_deploy_fails_stays_open_while_instances_fail_until_a_person_closes_it(simulator):
    simulator.world.start("deploy-fails")
    order_id = (await failing_order(simulator))["DeployOrderId"]
    story = []
    for _ in range(11):
        row = (await simulator.data("DescribeDeployOrderDetail", DeployOrderId=order_id))["Result"]
        story.append((row["ElapsedTime"], row["Status"], row["Result"], row["FailureRate"]))
        simulator.clock.advance(30)
    assert [
        (0, 1, 0, "0"),
        (30, 1, 0, "0.2"),
        (60, 1, 0, "0.3"),
        (90, 1, 0, "0.4"),
        (120, 1, 0, "0.5"),
        (150, 1, 0, "0.6"),
        (180, 1, 0, "0.6"),
        (210, 1, 0, "0.6"),
        (240, 1, 0, "0.6"),
        (270, 1, 0, "0.6"),
        (300, 3, 4, "0.6"),
    ] == story
    simulator.clock.advance(86400)
    failing = [e for e in simulator.world.truth()["environments"] if e["failing_since"] and e["env_type"] == "prod"]
    assert [order_id] == [environment["latest"]["order_id"] for environment in failing]


async def test_deploy_fails_at_once_is_finished_with_result_two(simulator):
    simulator.world.start("deploy-fails-at-once")
    simulator.clock.advance(6)
    failing = [e for e in simulator.world.truth()["environments"] if e["failing_since"]]
    assert [(3, 2, 4)] == [(e["latest"]["status"], e["latest"]["result"], e["latest"]["failed"]) for e in failing]


async def test_a_scale_order_follows_a_failure_and_mends_nothing(simulator):
    simulator.world.start("scale-follows-failure")
    simulator.clock.advance(41)
    (broken,) = [e for e in simulator.world.truth()["environments"] if e["failing_since"]]
    (environment,) = [each for each in simulator.world.environments if each.id == broken["env_id"]]
    latest = simulator.world.orders.latest(environment)
    assert ("scale", 1, 3) == (
        latest.category,
        latest.result_at(simulator.world.now),
        latest.status(simulator.world.now),
    )
    assert latest.name.startswith("应用实例数扩缩容至")
    assert 2 == broken["latest"]["result"]
    simulator.clock.advance(DAY)
    assert broken["env_id"] in {e["env_id"] for e in simulator.world.truth()["environments"] if e["failing_since"]}


async def test_the_first_order_of_a_new_environment_fails(simulator):
    app = simulator.world.apps[0].id
    query = {"AppId": app, "PageNumber": 1, "PageSize": 100}
    before = {row["EnvId"] for row in (await simulator.data("ListAppEnvironment", **query))["Data"]}
    simulator.world.start("new-environment-fails")
    simulator.clock.advance(6)
    (new,) = [
        row for row in (await simulator.data("ListAppEnvironment", **query))["Data"] if row["EnvId"] not in before
    ]
    assert "prod-2" == new["EnvName"]
    (order,) = await orders(simulator, EnvId=new["EnvId"])
    assert (1, 0, "0.1") == (order["Status"], order["Result"], order["FailureRate"])
    at_home = {each.id for cluster in simulator.world.clusters for each, _ in simulator.world.pods(cluster)}
    assert new["EnvId"] in at_home


async def test_each_start_brings_one_more_new_environment(simulator):
    before = len(simulator.world.environments)
    for _ in range(2):
        simulator.world.start("new-environment-fails")
    names = [environment.name for environment in simulator.world.environments[before:]]
    assert ["prod-2", "prod-3"] == names
    assert before + 2 == len({environment.id for environment in simulator.world.environments})


def test_a_world_without_apps_has_no_new_environment(simulator_of):
    empty = simulator_of(sizes=Sizes(apps=0))
    empty.world.start("new-environment-fails")
    assert [] == empty.world.environments


@pytest.mark.parametrize("first", ["deploy-fails", "deploy-fails-at-once", "new-environment-fails"])
async def test_retry_succeeds_mends_what_was_broken(simulator, first):
    simulator.world.start(first)
    simulator.clock.advance(30)
    simulator.world.start("retry-succeeds")
    failing = [e for e in simulator.world.truth()["environments"] if e["failing_since"]]
    assert [("retry", 1)] == [(e["latest"]["name"], e["latest"]["status"]) for e in failing]
    simulator.clock.advance(61)
    assert [] == [e for e in simulator.world.truth()["environments"] if e["failing_since"]]


async def test_retry_succeeds_alone_fails_first(simulator):
    simulator.world.start("retry-succeeds")
    simulator.clock.advance(30)
    (broken,) = [e for e in simulator.world.truth()["environments"] if e["failing_since"]]
    simulator.clock.advance(91)
    (mended,) = [e for e in simulator.world.truth()["environments"] if e["env_id"] == broken["env_id"]]
    assert (None, "retry", 1) == (mended["failing_since"], mended["latest"]["name"], mended["latest"]["result"])


async def test_calm_lets_ordinary_deploys_go_on(simulator):
    simulator.world.start("deploy-fails")
    simulator.world.start("calm")
    simulator.clock.advance(3600)
    environments = [e for e in simulator.world.truth()["environments"] if e["env_type"] == "prod"]
    assert [] == [e for e in environments if e["failing_since"]]


def test_an_unknown_scenario_lists_the_known(simulator):
    with pytest.raises(UnknownScenarioError, match=r"calm, deploy-fails, .*, retry-succeeds"):
        simulator.world.start("chaos")


async def test_a_world_may_begin_in_a_scenario(simulator_of):
    assert 10 == (await failing_order(simulator_of(scenario="deploy-fails")))["TotalAppInstanceCt"]
