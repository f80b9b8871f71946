"""What the simulated RetailCloud tells about environments and orders: instances, claims, pods."""

import pytest

from exporter.simulator import Sizes
from exporter.simulator.world.deploys import FAILED, Plan

PAGES = {"PageNumber": 1, "PageSize": 50}
HOUR = 3600.0


def ids_of(environment) -> dict[str, int]:
    return {"AppId": environment.app.id, "EnvId": environment.id}


async def instances(simulator, environment) -> list[dict]:
    answer = await simulator.data("ListAppInstance", ids_of(environment) | PAGES)
    assert len(answer["Data"]) == answer["TotalCount"]
    return answer["Data"]


async def pods(simulator, order_id: int, form: dict | None = None) -> list[dict]:
    return (await simulator.data("ListPods", form, DeployOrderId=order_id, **PAGES))["Data"]


def broken_order(simulator):
    """The order that the scenario deploy-fails has just started."""
    return max(simulator.world.orders.by_id.values(), key=lambda order: order.id)


async def test_an_environment_has_as_many_instances_as_replicas(simulator):
    for environment in simulator.world.environments:
        rows = await instances(simulator, environment)
        assert simulator.world.replicas(environment) == len(rows)
        assert len(rows) == len({row["AppInstanceId"] for row in rows})


async def test_an_instance_has_the_documented_fields(simulator):
    row = (await instances(simulator, simulator.world.environments[0]))[0]
    wanted = (
        "AppInstanceId CreateTime Health HostIp Limits PodIp Requests RestartCount Spec Status Version"  # the SDK's
    )
    assert set(wanted.split()) == row.keys()
    assert len("2019-12-31T15:06:20") == len(row["CreateTime"])
    assert row["HostIp"] in {node.private_ip for node in simulator.world.environments[0].cluster.nodes}


async def test_instances_keep_their_ids_until_the_next_deploy(simulator):
    environment = simulator.world.environments[0]
    before = await instances(simulator, environment)
    simulator.world.orders.plan(simulator.world.now + 10, environment, Plan(seconds=60))
    assert before == await instances(simulator, environment)
    simulator.clock.advance(100)
    after = await instances(simulator, environment)
    assert not {row["AppInstanceId"] for row in before} & {row["AppInstanceId"] for row in after}


async def test_an_open_failing_order_has_abnormal_instances_that_restart(simulator_of):
    simulator = simulator_of(scenario="deploy-fails")
    environment = broken_order(simulator).environment
    assert {"RUNNING"} == {row["Health"] for row in await instances(simulator, environment)}
    simulator.clock.advance(40)
    early = [row for row in await instances(simulator, environment) if row["Health"] == "ABNORMAL"]
    assert 2 == len(early)
    simulator.clock.advance(HOUR)
    late = [row for row in await instances(simulator, environment) if row["Health"] == "ABNORMAL"]
    assert len(late) > len(early)
    assert max(row["RestartCount"] for row in late) > max(row["RestartCount"] for row in early)


async def test_what_failed_is_not_well_until_a_deploy_succeeds(simulator_of):
    simulator = simulator_of(scenario="deploy-fails-at-once")
    environment = broken_order(simulator).environment
    simulator.clock.advance(HOUR)
    assert "ABNORMAL" in {row["Health"] for row in await instances(simulator, environment)}
    simulator.world.start("retry-succeeds")
    simulator.clock.advance(61)
    assert {"RUNNING"} == {row["Health"] for row in await instances(simulator, environment)}


async def test_instances_and_pods_of_an_order_are_the_same_ones(simulator_of):
    simulator = simulator_of(scenario="deploy-fails")
    simulator.clock.advance(100)
    order = broken_order(simulator)
    failed = {row["AppInstanceId"] for row in await pods(simulator, order.id) if row["Result"] == FAILED}
    abnormal = {r["AppInstanceId"] for r in await instances(simulator, order.environment) if r["Health"] == "ABNORMAL"}
    assert abnormal
    assert abnormal <= failed


async def test_instances_of_a_strange_environment_are_a_business_error(simulator):
    answer = await simulator.data("ListAppInstance", {"AppId": 1, "EnvId": 2} | PAGES)
    assert (102407, "The environment does not exist") == (answer["Code"], answer["ErrMsg"])
    query = await simulator.rpc("ListAppInstance", **ids_of(simulator.world.environments[0]), **PAGES)
    assert "MissingAppId" == query.json()["Code"], "the parameters are in the form"


async def claims(simulator, environment) -> list[dict]:
    return (await simulator.data("ListPersistentVolumeClaim", **ids_of(environment), **PAGES))["Data"]


async def test_every_bound_volume_has_its_claim(simulator):
    rows = [row for environment in simulator.world.environments for row in await claims(simulator, environment)]
    bound = {row["VolumeName"]: row["Name"] for row in rows if row["Status"] == "Bound"}
    volumes = [volume for cluster in simulator.world.clusters for volume in cluster.volumes]
    assert {volume.name: volume.claim for volume in volumes if volume.status == "Bound"} == bound
    assert {"Bound", "Pending", "Lost"} == {row["Status"] for row in rows}


async def test_a_pending_claim_has_neither_volume_nor_capacity(simulator):
    rows = [row for environment in simulator.world.environments for row in await claims(simulator, environment)]
    pending = [row for row in rows if row["Status"] == "Pending"]
    assert 3 == len(pending)
    assert all({"VolumeName", "Capacity"}.isdisjoint(row) for row in pending)


async def test_a_claim_whose_volume_goes_is_lost(simulator):
    volume = simulator.world.clusters[0].volumes.pop(0)
    assert "Bound" == volume.status
    rows = [row for environment in simulator.world.environments for row in await claims(simulator, environment)]
    assert ["Lost"] == [row["Status"] for row in rows if row.get("VolumeName") == volume.name]


async def test_a_world_without_environments_has_no_claims(simulator_of):
    assert [] == simulator_of(sizes=Sizes(apps=0)).world.claims


async def test_claims_of_a_strange_environment_are_a_business_error(simulator):
    answer = await simulator.data("ListPersistentVolumeClaim", AppId=1, EnvId=2, **PAGES)
    assert (102407, "The environment does not exist") == (answer["Code"], answer["ErrorMsg"])


async def test_an_order_has_a_pod_for_each_instance(simulator_of):
    simulator = simulator_of(scenario="deploy-fails")
    order = broken_order(simulator)
    for seconds in (0, 6, 30, 120, 60, 100):
        simulator.clock.advance(seconds)
        rows = await pods(simulator, order.id)
        assert 10 == len(rows)
        now = simulator.world.now
        assert order.failed_at(now) == sum(row["Result"] == 2 for row in rows)
        assert order.ready_at(now) == sum(row["Result"] == 1 for row in rows)
        failing = [step["Status"] for row in rows if row["Result"] == 2 for step in row["DeploySteps"]]
        assert order.failed_at(now) == failing.count("FAIL")
    assert {3} == {row["Status"] for row in rows}
    assert 4 in {row["Result"] for row in rows}, "what was neither up nor failed was closed with the order"


async def test_pods_fail_at_one_step_of_their_order_and_mostly_at_the_start(simulator):
    steps = []
    for order in simulator.world.orders.by_id.values():
        if not order.failures:
            continue
        rows = await pods(simulator, order.id, {"ResultList.1": 2})
        failing = {row["DeploySteps"][-1]["StepCode"] for row in rows if row["DeploySteps"][-1]["Status"] == "FAIL"}
        assert 1 == len(failing)
        steps += failing
    assert {"StartAppInstance", "StopAppInstance", "DeleteAppInstance"} == set(steps)
    assert steps.count("StartAppInstance") > len(steps) / 2


async def test_pods_filter_by_status_and_result_in_the_form(simulator_of):
    simulator = simulator_of(scenario="deploy-fails")
    simulator.clock.advance(100)
    order = broken_order(simulator)
    assert 4 == len(await pods(simulator, order.id, {"ResultList.1": 2}))
    assert 6 == len(await pods(simulator, order.id, {"ResultList.1": 2, "ResultList.2": 1}))
    assert 4 == len(await pods(simulator, order.id, {"StatusList.1": 1}))
    simulator.set_quirks(ignore_deploy_lists=True)
    assert 10 == len(await pods(simulator, order.id, {"ResultList.1": 2}))


async def test_a_paused_order_has_paused_pods(simulator):
    environment = simulator.world.environments[0]
    plan = Plan(seconds=100, pause="first", paused=(40, 70))
    order = simulator.world.orders.start(simulator.world.now, environment, plan)
    simulator.clock.advance(50)
    rows = await pods(simulator, order.id)
    assert {2, 3} == {row["Status"] for row in rows}
    assert {"暂停", "已完成"} == {row["StatusName"] for row in rows}
    assert {1, 2} == {row["DeployPartitionNum"] for row in rows}


async def test_pods_of_a_strange_order_are_a_business_error(simulator):
    answer = await simulator.data("ListPods", DeployOrderId=1, **PAGES)
    assert (102405, "The deploy order does not exist") == (answer["Code"], answer["ErrorMsg"])


async def test_with_an_app_its_environments_are_gone(simulator):
    environment = simulator.world.environments[0]
    simulator.world.apps.remove(environment.app)
    answer = await simulator.data("ListAppInstance", ids_of(environment) | PAGES)
    assert (102407, "The environment does not exist") == (answer["Code"], answer["ErrMsg"])


@pytest.mark.parametrize("name", ["AppId", "EnvId", "PageNumber", "PageSize"])
async def test_every_parameter_of_instances_and_claims_is_required(simulator, name):
    sent = ids_of(simulator.world.environments[0]) | PAGES
    del sent[name]
    assert f"Missing{name}" == (await simulator.rpc("ListAppInstance", sent)).json()["Code"]
    assert f"Missing{name}" == (await simulator.rpc("ListPersistentVolumeClaim", **sent)).json()["Code"]


async def test_times_and_numbers_follow_the_quirks(simulator):
    environment = simulator.world.environments[0]
    simulator.set_quirks(times="utc_seconds", numbers="strings")
    row = (await simulator.data("ListAppInstance", ids_of(environment) | PAGES))["Data"][0]
    assert row["CreateTime"].endswith("Z")
    assert isinstance(row["RestartCount"], str)
    order = simulator.world.orders.latest(environment)
    pod = (await pods(simulator, order.id))[0]
    assert pod["UpdateTime"].endswith("Z")
    assert isinstance(pod["Result"], str)
