"""What each fault of the simulated cloud does to an answer, to one field of it, and to a list."""

import math

import pytest

from exporter.simulator import Fault, Sizes

PAGES = {"PageNumber": 1, "PageSize": 20}


def add(simulator, **fault: object) -> None:
    simulator.app.state.faults.clear()
    simulator.app.state.faults.add(Fault(**fault))


async def clusters(simulator, **query: object) -> dict:
    return await simulator.data("ListCluster", **query)


async def test_throttling_without_a_hint_and_with_the_older_one(simulator):
    add(simulator, fault="throttled_without_hint")
    answer = await simulator.rpc("ListCluster")
    assert (400, "Throttling.User") == (answer.status_code, answer.json()["Code"])
    assert not {"x-acs-retry-after", "x-ratelimit-user-api"} & answer.headers.keys()
    add(simulator, fault="throttled_old_hint", retry_after=2500)
    headers = (await simulator.rpc("ListCluster")).headers
    assert "TimeLeft:2500" in headers["x-ratelimit-user-api"]
    assert "x-acs-retry-after" not in headers
    assert 429 == (await simulator.huawei()).status_code


@pytest.mark.parametrize(("fault", "status"), [("html", 502), ("html_success", 200), ("too_many_requests", 429)])
async def test_web_pages_in_place_of_an_answer(simulator, fault, status):
    add(simulator, fault=fault)
    for answer in (await simulator.rpc("ListCluster"), await simulator.roa(), await simulator.huawei()):
        assert (status, True) == (answer.status_code, answer.text.startswith("<html>"))


@pytest.mark.parametrize(
    ("fault", "shown"),
    [
        ("nulls", None),
        ("wrong_types", {"unexpected": True}),
        ("lists", ["unexpected"]),
        ("strings", "unexpected"),
        ("booleans", True),
    ],
)
async def test_a_value_in_place_of_every_scalar_below_the_envelope(simulator, fault, shown):
    add(simulator, fault=fault)
    answer = await clusters(simulator)
    assert (0, 3) == (answer["Code"], answer["TotalCount"])
    row = answer["Data"][0]
    assert all(shown == row[name] for name in ("InstanceId", "EnvType", "WorkLoadCpu"))
    assert isinstance(row["EcsIds"], list)


async def test_fields_that_are_missing(simulator):
    add(simulator, fault="missing_fields")
    answer = await clusters(simulator)
    assert [{"EcsIds": [], "VswitchIds": []}] * 3 == answer["Data"]
    assert 3 == answer["TotalCount"]


async def test_numbers_that_no_number_can_be(simulator):
    add(simulator, fault="huge_numbers")
    row = (await clusters(simulator))["Data"][0]
    assert row["WorkLoadCpu"] > 10**399
    assert row["InstanceId"].startswith("c")
    add(simulator, fault="not_a_number")
    text = (await simulator.rpc("ListCluster")).text
    assert '"WorkLoadCpu": NaN' in text
    cluster = simulator.world.clusters[0].instance_id
    node = (await simulator.data("ListClusterNode", ClusterInstanceId=cluster))["Data"][0]
    assert math.isnan(node["EcsCpu"])


async def test_strings_that_utf_8_does_not_have(simulator):
    add(simulator, fault="odd_strings")
    answer = await simulator.rpc("ListCluster")
    assert "\\ud800" in answer.text
    title = answer.json()["Data"][0]["ClusterTitle"]
    assert (5000, True) == (len(title), '"' in title)


async def test_one_field_alone_wherever_it_stands(simulator):
    add(simulator, fault="nulls", field="WorkLoadCpu")
    rows = (await clusters(simulator))["Data"]
    assert {None} == {row["WorkLoadCpu"] for row in rows}
    assert None not in {row["WorkLoadMem"] for row in rows}
    add(simulator, fault="wrong_types", field="totalcount")
    assert {"unexpected": True} == (await clusters(simulator))["TotalCount"]
    add(simulator, fault="missing_fields", field="Data")
    assert "Data" not in await clusters(simulator)


def test_a_field_is_for_faults_of_values_only():
    with pytest.raises(ValueError, match="field is for nulls, missing_fields"):
        Fault(fault="html", field="Data")


async def test_every_row_twice(simulator):
    add(simulator, fault="duplicates")
    ids = [row["InstanceId"] for row in (await clusters(simulator))["Data"]]
    assert ids[:3] == ids[3:]


async def test_the_first_page_again_and_again(simulator):
    add(simulator, fault="repeated_pages")
    first, second = [await clusters(simulator, PageNum=number, PageSize=2) for number in (1, 2)]
    assert first["Data"] == second["Data"]
    assert 5 == first["TotalCount"]


async def test_pages_that_never_end(simulator):
    add(simulator, fault="endless_pages")
    met = set()
    for number in range(1, 6):
        answer = await clusters(simulator, PageNum=number, PageSize=20)
        assert 1_000_000 == answer["TotalCount"]
        met |= {row["InstanceId"] for row in answer["Data"]}
    assert 5 == len(met)
    query = {"RegionId": "cn-zhangjiakou", "MaxResults": 10}
    token = (await simulator.data("ListClusters", **query))["NextToken"]
    answer = await simulator.data("ListClusters", **query, NextToken=token)
    assert answer["NextToken"] not in {"", token}


@pytest.mark.parametrize(
    ("fault", "total"), [("total_too_large", 23), ("total_too_small", 2), ("total_zero", 0), ("total_missing", None)]
)
async def test_totals_that_are_wrong(simulator, fault, total):
    add(simulator, fault=fault)
    answer = await clusters(simulator, PageSize=20)
    assert (total, 3) == (answer.get("TotalCount"), len(answer["Data"]))


async def test_a_total_that_is_missing_deep_in_the_answer(simulator):
    add(simulator, fault="total_missing")
    form = {"DbInstanceId": simulator.world.rds_instance_ids[0]}
    result = (await simulator.data("GetRdsBackUp", form))["Result"]
    assert "TotalRecordCount" not in result
    assert {"TotalBackupSize", "PageNumber"} <= result.keys()


async def test_an_object_that_was_deleted_a_moment_ago(simulator_of):
    simulator = simulator_of(sizes=Sizes(clusters=1, apps=1))
    add(simulator, fault="gone")
    cluster, app = simulator.world.clusters[0].instance_id, simulator.world.apps[0].id
    assert 102404 == (await simulator.data("QueryClusterDetail", ClusterInstanceId=cluster))["Code"]
    assert [] == (await simulator.data("ListAppEnvironment", AppId=app, **PAGES))["Data"]
    assert 1 == len((await clusters(simulator))["Data"])


async def test_a_field_is_named_over_http(simulator):
    await simulator.tell("faults", {"fault": "nulls", "operation": "ListCluster", "field": "Status"})
    assert "Status" == (await simulator.client.get("/_sim")).json()["faults"]["in_force"][0]["field"]
    assert None is (await clusters(simulator))["Data"][0]["Status"]
    refused = await simulator.tell("faults", {"fault": "html", "field": "Status"})
    assert (400, True) == (refused.status_code, "fault of the whole answer" in refused.json()["error"])
