"""Every quirk shows in the answers, and only where it belongs."""

import json
import re

import pytest

from exporter.simulator import Quirks, Sizes

PAGES = {"PageNumber": 1, "PageSize": 50}


async def detail(simulator) -> dict:
    cluster = simulator.world.clusters[0].instance_id
    return (await simulator.data("QueryClusterDetail", ClusterInstanceId=cluster))["Result"]


async def backups(simulator) -> dict:
    return await simulator.data("GetRdsBackUp", {"DbInstanceId": simulator.world.rds_instance_ids[0]})


async def test_numbers_as_strings_leave_the_code_a_number(simulator):
    simulator.set_quirks(numbers="strings")
    answer = await simulator.data("ListCluster")
    assert 0 == answer["Code"]
    assert "3" == answer["TotalCount"]
    assert all(isinstance(answer["Data"][0][name], str) for name in ("WorkLoadCpu", "EnvType", "Id"))
    assert all(isinstance(value, str) for value in (await detail(simulator))["WorkLoad"].values())


async def test_strings_as_numbers(simulator):
    simulator.set_quirks(numbers="numbers")
    cluster = simulator.world.clusters[0].instance_id
    node = (await simulator.data("ListClusterNode", ClusterInstanceId=cluster))["Data"][0]
    assert all(isinstance(node[name], int) for name in ("EcsCpu", "EcsMemory", "InternetMaxBandwidthIn"))
    assert isinstance((await backups(simulator))["Result"]["TotalRecordCount"], int)


@pytest.mark.parametrize(
    ("encoding", "test", "production"),
    [("zero_one", 0, 1), ("one_two", 1, 2), ("TEST_PRO", "TEST", "PRO"), ("test_online", "test", "online")],
)
async def test_four_encodings_of_the_environment_type(simulator, encoding, test, production):
    simulator.set_quirks(env_type=encoding, env_type_name=False)
    clusters = (await simulator.data("ListCluster"))["Data"]
    assert [production, production, test] == [cluster["EnvType"] for cluster in clusters]
    assert production == (await detail(simulator))["BasicInfo"]["EnvType"]
    app = simulator.world.apps[0].id
    rows = (await simulator.data("ListAppEnvironment", AppId=app, **PAGES))["Data"]
    assert [production, test] == [row["EnvType"] for row in rows]
    assert "EnvTypeName" not in rows[0]


async def test_backups_in_lower_camel_case(simulator):
    simulator.set_quirks(rds_casing="lower", rds_counters="numbers")
    answer = await backups(simulator)
    assert {"requestId", "code", "success", "result"} == answer.keys()
    item = answer["result"]["items"][0]
    assert {"dBInstanceId", "hostInstanceId", "backupDBNames", "backupStartTime"} <= item.keys()
    assert isinstance(answer["result"]["totalRecordCount"], int)


@pytest.mark.parametrize("word", ["cup", "cpu"])
async def test_one_spelling_of_cpu_request(simulator, word):
    simulator.set_quirks(cpu_request=word)
    info = (await detail(simulator))["InstanceInfo"]
    assert all(f"{word}Request" in row for row in info["AllocatedPodInfoList"] + info["AvailablePodInfoList"])


async def test_pods_as_json_strings(simulator):
    simulator.set_quirks(pod_lists="json_strings")
    rows = (await detail(simulator))["InstanceInfo"]["AllocatedPodInfoList"]
    assert "appId" in json.loads(rows[0])


@pytest.mark.parametrize("field", ["ErrMsg", "ErrorMsg"])
async def test_the_field_of_an_error_text(simulator, field):
    simulator.set_quirks(error_text=field)
    assert field in await simulator.data("QueryClusterDetail", ClusterInstanceId="c0")
    assert field in await simulator.data("ListClusterNode", ClusterInstanceId="c0")


@pytest.mark.parametrize(("style", "wanted"), [("ratio", "0.1"), ("percent", "10"), ("percent_sign", "10%")])
async def test_failure_rates(simulator, style, wanted):
    simulator.set_quirks(failure_rate=style)
    simulator.world.start("deploy-fails")
    simulator.clock.advance(6)
    app = simulator.world.apps[0].id
    rows = (await simulator.data("ListDeployOrders", AppId=app, Status=1, EnvType="online", **PAGES))["Data"]
    assert [wanted] == [row["FailureRate"] for row in rows]


@pytest.mark.parametrize(
    ("style", "pattern"),
    [
        ("naive_local", r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"),
        ("utc_minutes", r"\d{4}-\d\d-\d\dT\d\d:\d\dZ"),
        ("utc_seconds", r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"),
    ],
)
async def test_styles_of_times(simulator, style, pattern):
    simulator.set_quirks(times=style)
    form = {"ClusterInstanceId": simulator.world.clusters[0].instance_id} | PAGES
    app = simulator.world.apps[0].id
    times = [
        (await simulator.data("ListPersistentVolume", form))["Data"][0]["CreateTime"],
        (await backups(simulator))["Result"]["Items"][0]["BackupStartTime"],
        (await simulator.data("ListDeployOrders", AppId=app, Status=3, **PAGES))["Data"][0]["StartTime"],
    ]
    assert all(re.fullmatch(pattern, text) for text in times)


@pytest.mark.parametrize(("lie", "claimed"), [("zero", 0), ("too_small", 2), ("too_large", 23)])
async def test_total_counts_that_lie(simulator, lie, claimed):
    simulator.set_quirks(total_count=lie)
    answer = await simulator.data("ListCluster")
    assert (claimed, 3) == (answer["TotalCount"], len(answer["Data"]))
    assert (await simulator.huawei("limit=20")).json()["total_count"] == claimed


async def test_the_same_page_for_ever(simulator):
    simulator.set_quirks(ignore_page_number=True)
    first = (await simulator.data("ListCluster", PageNum=1, PageSize=2))["Data"]
    assert first == (await simulator.data("ListCluster", PageNum=9, PageSize=2))["Data"]
    assert first


async def test_endless_pages(simulator):
    simulator.set_quirks(endless_pages=True)
    page = (await simulator.data("ListCluster", PageNum=1000, PageSize=20))["Data"]
    assert 20 == len(page)
    assert 100 == len((await simulator.huawei("limit=100&offset=900")).json()["clusters"])


@pytest.mark.parametrize(("moved", "second"), [("none", [2, 3]), ("added", [1, 2, 3]), ("deleted", [3])])
async def test_rows_that_move_between_pages(simulator_of, moved, second):
    simulator = simulator_of(sizes=Sizes(clusters=4))
    simulator.set_quirks(moving_pages=moved)
    ids = [cluster.instance_id for cluster in simulator.world.clusters]
    page = (await simulator.data("ListCluster", PageNum=2, PageSize=2))["Data"]
    assert second == [ids.index(cluster["InstanceId"]) for cluster in page]


async def test_pages_that_are_too_large(simulator):
    simulator.set_quirks(max_page_size=10)
    assert "InvalidPageSize" == (await simulator.rpc("ListCluster", PageSize=11)).json()["Code"]
    assert 200 == (await simulator.rpc("ListCluster", PageSize=10)).status_code


async def test_orders_ascending_and_shuffled(simulator):
    app = simulator.world.apps[0].id
    ids = {}
    for order in ("ascending", "descending", "shuffled"):
        simulator.set_quirks(deploy_order=order)
        rows = (await simulator.data("ListDeployOrders", AppId=app, PageNumber=1, PageSize=1000))["Data"]
        ids[order] = [row["DeployOrderId"] for row in rows]
    assert ids["ascending"] == sorted(ids["ascending"]) == ids["descending"][::-1] == sorted(ids["shuffled"])
    assert ids["shuffled"] not in (ids["ascending"], ids["descending"])


async def test_filters_that_do_nothing(simulator):
    query = {"AppId": simulator.world.apps[0].id, "PageNumber": 1, "PageSize": 1}
    everything = (await simulator.data("ListDeployOrders", **query))["TotalCount"]
    form = {"ResultList.1": 2}
    assert everything > (await simulator.data("ListDeployOrders", form, **query))["TotalCount"]
    simulator.set_quirks(ignore_deploy_category=True, ignore_deploy_lists=True)
    answer = await simulator.data("ListDeployOrders", form, DeployCategory="scale", **query)
    assert everything == answer["TotalCount"]


async def test_allocations_wrapped_and_absent(simulator):
    simulator.set_quirks(resource_allocs="wrapped")
    answer = await simulator.data("ListAppResourceAllocs", **PAGES)
    assert 24 == answer["ListAppResourceAllocsResponse"]["TotalCount"]
    simulator.set_quirks(resource_allocs="absent")
    assert "InvalidAction.NotFound" == (await simulator.rpc("ListAppResourceAllocs", **PAGES)).json()["Code"]


async def test_batchcompute_as_a_bare_array(simulator):
    simulator.set_quirks(batchcompute_bare_array=True)
    assert 2 == len((await simulator.roa()).json())


async def test_modelarts_offset_counts_rows_or_pages(simulator):
    assert ["pool-2"] == await names(simulator)
    simulator.set_quirks(modelarts_offset="pages")
    assert ["pool-3"] == await names(simulator)


async def names(simulator) -> list[str]:
    answer = (await simulator.huawei("limit=2&offset=1&order=asc&sort_by=cluster_name")).json()
    return [cluster["cluster_name"] for cluster in answer["clusters"]][:1]


@pytest.mark.parametrize(
    "changes", [{"env_type": "moon"}, {"max_page_size": -1}, {"max_page_size": True}, {"endless_pages": 1}, {"x": 1}]
)
def test_quirks_that_nobody_has(changes):
    with pytest.raises(ValueError, match=r"is one of|0 or more|no such quirk"):
        Quirks().changed(changes)
