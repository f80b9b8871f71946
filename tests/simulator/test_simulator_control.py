"""Driving the simulated cloud over HTTP: faults, scenarios, quirks, its clock, and what it tells about itself."""

import asyncio
import socket

import httpx
import pytest
import uvicorn

from exporter.simulator import Fault, SimulatedClock, Sizes, World, create_app


async def codes(simulator, action: str = "ListCluster", **query: object) -> tuple[int, str]:
    answer = await simulator.rpc(action, **query)
    return answer.status_code, answer.json().get("Code")


@pytest.mark.parametrize(
    ("fault", "aliyun", "huawei"),
    [
        ("throttled", (400, "Throttling.User"), (429, "APIGW.0308")),
        ("unavailable", (503, "ServiceUnavailable"), (503, "APIGW.0201")),
        ("internal_error", (500, "InternalError"), (500, "APIGW.0601")),
        ("forbidden", (403, "Forbidden.RAM"), (403, "APIGW.0302")),
        ("invalid_key", (404, "InvalidAccessKeyId.NotFound"), (401, "APIGW.0301")),
        ("expired_token", (400, "InvalidSecurityToken.Expired"), (401, "APIGW.0307")),
        ("clock_skew", (400, "InvalidTimeStamp.Expired"), (401, "APIGW.0303")),
        ("not_found_api", (404, "InvalidApi.NotFound"), (404, "APIGW.0101")),
        ("not_offered", (400, "InvalidRegionId.NotFound"), (404, "APIGW.0101")),
    ],
)
async def test_faults_that_are_error_answers(simulator, fault, aliyun, huawei):
    simulator.app.state.faults.add(Fault(fault=fault))
    assert aliyun == await codes(simulator)
    roa = await simulator.roa()
    assert aliyun == (roa.status_code, roa.json()["Code"])
    answer = await simulator.huawei()
    assert huawei == (answer.status_code, answer.json()["error_code"])


async def test_throttling_says_when_to_come_back_in_milliseconds(simulator):
    simulator.app.state.faults.add(Fault(fault="throttled", retry_after=250))
    assert "250" == (await simulator.rpc("ListCluster")).headers["x-acs-retry-after"]
    assert "x-acs-retry-after" not in (await simulator.huawei()).headers


async def test_answers_that_are_broken(simulator):
    good = (await simulator.rpc("ListCluster")).content
    for fault in ("html", "truncated_json", "empty_object", "nulls", "wrong_types", "business_error"):
        simulator.app.state.faults.add(Fault(fault=fault, times=1))
    html = await simulator.rpc("ListCluster")
    assert (502, "text/html") == (html.status_code, html.headers["content-type"].split(";")[0])
    assert len(good) // 2 == len((await simulator.rpc("ListCluster")).content)
    assert {} == (await simulator.rpc("ListCluster")).json()
    nulls = (await simulator.rpc("ListCluster")).json()
    assert (0, {None}) == (nulls["Code"], {nulls["Data"][0][name] for name in ("InstanceId", "EnvType", "Status")})
    assert {"unexpected": True} == (await simulator.rpc("ListCluster")).json()["Data"][0]["InstanceId"]
    refused = (await simulator.rpc("ListCluster")).json()
    assert (100500, True) == (refused["Code"], "ErrorMsg" in refused)
    assert 0 == (await simulator.rpc("ListCluster")).json()["Code"]


async def test_a_fault_ends_by_real_time_or_by_calls(simulator):
    simulator.app.state.faults.add(Fault(fault="forbidden", seconds=10))
    simulator.app.state.faults.add(Fault(fault="unavailable", times=2))
    assert (403, "Forbidden.RAM") == await codes(simulator)
    simulator.clock.advance(3600)
    assert (403, "Forbidden.RAM") == await codes(simulator)
    simulator.real += 10
    assert [503, 503, 200] == [(await codes(simulator))[0] for _ in range(3)]


async def test_a_fault_for_one_operation_and_one_object(simulator):
    one, other = (cluster.instance_id for cluster in simulator.world.clusters[:2])
    order = {"operation": "QueryClusterDetail", "fault": "internal_error", "match": {"ClusterInstanceId": one}}
    assert 200 == (await simulator.tell("faults", order)).status_code
    assert 200 == (await simulator.rpc("ListCluster")).status_code
    assert 200 == (await simulator.rpc("QueryClusterDetail", ClusterInstanceId=other)).status_code
    assert 500 == (await simulator.rpc("QueryClusterDetail", ClusterInstanceId=one)).status_code
    volumes = {"operation": "ListPersistentVolume", "fault": "forbidden", "match": {"ClusterInstanceId": other}}
    await simulator.tell("faults", volumes)
    form = {"ClusterInstanceId": other, "PageNumber": 1, "PageSize": 10}
    assert 403 == (await simulator.rpc("ListPersistentVolume", form)).status_code


async def test_faults_are_taken_away(simulator):
    await simulator.tell("faults", {"fault": "forbidden", "seconds": 60})
    assert [] == (await simulator.client.delete("/_sim/faults")).json()["faults"]
    assert 200 == (await simulator.rpc("ListCluster")).status_code


@pytest.mark.parametrize(
    ("path", "order", "reason"),
    [
        ("faults", {"fault": "meteor"}, "no such fault: meteor"),
        ("faults", {"operation": "*"}, "fault is missing"),
        ("faults", {"fault": "slow", "operation": "ListMoons"}, "no such operation: ListMoons"),
        ("faults", {"fault": "slow", "second": 1}, "unknown key: second"),
        ("faults", {"fault": "slow", "seconds": "1"}, "seconds cannot be"),
        ("faults", {"fault": "slow", "times": True}, "times cannot be true"),
        ("faults", ["slow"], "not a JSON object"),
        ("quirks", {"env_type": "moon"}, "env_type is one of zero_one"),
        ("quirks", {"moon": 1}, "no such quirk: moon"),
        ("clock", {"speed": -1}, "speed is a number, 0 or more"),
        ("clock", {"speed": True}, "speed is a number, 0 or more"),
        ("clock", {"back": 1}, "unknown key: back"),
    ],
)
async def test_orders_that_cannot_be_understood(simulator, path, order, reason):
    answer = await simulator.tell(path, order)
    assert 400 == answer.status_code
    assert reason in answer.json()["error"]


@pytest.mark.parametrize("path", ["faults", "quirks", "clock"])
async def test_a_body_that_is_not_json(simulator, path):
    answer = await simulator.client.post(f"/_sim/{path}", content=b"{")
    assert (400, "the body is not JSON") == (answer.status_code, answer.json()["error"])


async def test_a_clock_order_with_one_bad_part_changes_nothing(simulator):
    before = simulator.clock.now()
    await simulator.tell("clock", {"advance": 60, "speed": "fast"})
    assert before == simulator.clock.now()


async def test_scenarios_start_over_http(simulator):
    answer = await simulator.tell("scenario/deploy-fails-at-once")
    assert ("deploy-fails-at-once", True) == (answer.json()["scenario"], "5 s" in answer.json()["timeline"])
    unknown = await simulator.tell("scenario/chaos")
    known = [
        "calm",
        "deploy-fails",
        "deploy-fails-at-once",
        "scale-follows-failure",
        "new-environment-fails",
        "retry-succeeds",
    ]
    assert (404, known) == (unknown.status_code, unknown.json()["scenarios"])


async def test_quirks_and_clock_over_http(simulator):
    assert "one_two" == (await simulator.tell("quirks", {"env_type": "one_two"})).json()["env_type"]
    assert 2 == (await simulator.data("ListCluster"))["Data"][0]["EnvType"]
    answer = (await simulator.tell("clock", {"speed": 60, "advance": 3600})).json()
    assert (60.0, simulator.real + 3600) == (answer["speed"], answer["now"])


async def test_it_tells_what_it_can_do_and_what_is_the_case(simulator):
    overview = (await simulator.client.get("/_sim")).json()
    wanted = {"operations", "scenarios", "faults", "quirks", "clock", "orders", "keys", "logins", "truth"}
    assert wanted == overview.keys()
    assert "ListDeployOrders" in overview["operations"]
    assert "throttled" in overview["faults"]["known"]
    assert simulator.world.truth() == overview["truth"]
    assert {} == (await simulator.client.get("/_sim/calls")).json()


async def test_a_slow_answer_takes_its_time(simulator, stopwatch):
    simulator.app.state.faults.add(Fault(fault="slow", delay=0.05))
    began = stopwatch()
    assert 200 == (await simulator.rpc("ListCluster")).status_code
    assert stopwatch() - began >= 0.05


async def test_reset_and_endless_bodies_on_a_real_connection():
    world = World(7, Sizes(), SimulatedClock(lambda: 1_767_600_000.0))
    app = create_app(world)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan="off"))
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{listening.getsockname()[1]}", timeout=5) as client:
            app.state.faults.add(Fault(fault="reset", times=1))
            with pytest.raises(httpx.TransportError):
                await client.post("/")
            app.state.faults.add(Fault(fault="endless_body", times=1))
            read = 0
            async with client.stream("POST", "/") as answer:
                async for chunk in answer.aiter_bytes():
                    read += len(chunk)
                    if read > 1_000_000:
                        break
        server.should_exit = True
        await serving
    assert read > 1_000_000
