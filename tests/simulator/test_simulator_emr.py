"""EMR's newer API in the simulated cloud: every state, two regions, filters, pages by token."""

import pytest

from exporter.simulator import Sizes

REGION, SECOND_REGION = "cn-zhangjiakou", "cn-hangzhou"
HOUR = 3600.0
FAILED = {"START_FAILED", "TERMINATED_WITH_ERRORS", "TERMINATE_FAILED"}
STATES = FAILED | {"STARTING", "BOOTSTRAPPING", "RUNNING", "TERMINATING", "TERMINATED"}


async def clusters(simulator, region: str = REGION, **query: object) -> list[dict]:
    names = {name.replace("_", "."): value for name, value in query.items()}
    answer = await simulator.data("ListClusters", RegionId=region, **names)
    assert len(answer["Clusters"]) == answer["TotalCount"]
    return answer["Clusters"]


async def test_the_first_region_shows_every_state(simulator):
    rows = await clusters(simulator)
    assert STATES == {row["ClusterState"] for row in rows}
    assert 10 == len(rows)


async def test_the_second_region_has_clusters_of_its_own(simulator):
    there = {cluster.id for cluster in simulator.world.emr_clusters if cluster.region == SECOND_REGION}
    assert there == {row["ClusterId"] for row in await clusters(simulator, SECOND_REGION)}
    assert 2 == len(there)
    assert [] == await clusters(simulator, "cn-beijing")


async def test_a_reason_belongs_to_what_failed(simulator):
    for row in await clusters(simulator):
        failed = row["ClusterState"] in FAILED
        assert failed == ("StateChangeReason" in row)
        assert not failed or row["StateChangeReason"].keys() == {"Code", "Message"}


async def test_only_what_was_terminated_has_an_end_some_of_them_long_ago(simulator):
    rows = await clusters(simulator)
    ended = [row for row in rows if "EndTime" in row]
    assert {"TERMINATED", "TERMINATED_WITH_ERRORS"} == {row["ClusterState"] for row in ended}
    ages = [simulator.world.now - row["EndTime"] / 1000 for row in ended]
    assert any(age < 24 * HOUR for age in ages)
    assert any(age > 72 * HOUR for age in ages)


async def test_only_a_subscription_expires(simulator):
    for row in await clusters(simulator):
        assert (row["PaymentType"] == "Subscription") == ("ExpireTime" in row)


async def test_times_follow_each_other_in_milliseconds(simulator):
    for row in await clusters(simulator):
        times = [row[name] for name in ("CreateTime", "ReadyTime", "EndTime") if name in row]
        assert sorted(times) == times
        assert times[-1] <= simulator.world.now * 1000


@pytest.mark.parametrize(
    ("query", "field", "values"),
    [
        ({"ClusterStates_1": "RUNNING", "ClusterStates_2": "STARTING"}, "ClusterState", {"RUNNING", "STARTING"}),
        ({"ClusterTypes_1": "OLAP"}, "ClusterType", {"OLAP"}),
        ({"PaymentTypes_1": "Subscription"}, "PaymentType", {"Subscription"}),
        ({"ClusterName": "lake-2"}, "ClusterName", {"lake-2"}),
        ({"ResourceGroupId": "rg-other"}, "ClusterName", set()),
        ({"Tags_1_Key": "team", "Tags_1_Value": "nobody"}, "ClusterName", set()),
        ({"Tags_1_Key": "owner"}, "ClusterName", set()),
    ],
)
async def test_filters(simulator, query, field, values):
    assert values == {row[field] for row in await clusters(simulator, **query)}


async def test_clusters_by_id(simulator):
    wanted = [row["ClusterId"] for row in await clusters(simulator)][2:4]
    query = {"ClusterIds_1": wanted[0], "ClusterIds_2": wanted[1]}
    assert wanted == [row["ClusterId"] for row in await clusters(simulator, **query)]


async def test_pages_by_token(simulator_of):
    simulator = simulator_of(sizes=Sizes(emr_2021_clusters=57))
    found, token, sizes = [], "", []
    while token or not sizes:
        query = {"NextToken": token} if token else {}
        answer = await simulator.data("ListClusters", RegionId=REGION, MaxResults=20, **query)
        found += [row["ClusterId"] for row in answer["Clusters"]]
        sizes.append(len(answer["Clusters"]))
        token = answer["NextToken"]
    here = [cluster.id for cluster in simulator.world.emr_clusters if cluster.region == REGION]
    assert ([20, 20, 3], here) == (sizes, found)


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ({"RegionId": ""}, 400, "MissingRegionId"),
        ({"RegionId": "mars-1"}, 404, "InvalidRegionId.NotFound"),
        ({"MaxResults": 101}, 400, "InvalidMaxResults"),
        ({"MaxResults": 0}, 400, "InvalidMaxResults"),
        ({"NextToken": "x"}, 400, "InvalidNextToken"),
        ({"ClusterStates.1": "HAPPY"}, 400, "InvalidClusterStates"),
        ({f"PaymentTypes.{n}": "Subscription" for n in (1, 2, 3)}, 400, "InvalidPaymentTypes"),
    ],
)
async def test_queries_that_are_refused(simulator, query, status, code):
    answer = await simulator.rpc("ListClusters", **({"RegionId": REGION} | query))
    assert (status, code) == (answer.status_code, answer.json()["Code"])


async def test_calls_are_counted_under_a_name_of_their_own(simulator):
    await clusters(simulator)
    assert {"Emr.ListClusters": 1} == dict(simulator.app.state.calls)
    overview = (await simulator.client.get("/_sim")).json()
    assert len(overview["operations"]) == len(set(overview["operations"]))
    assert 200 == (await simulator.tell("faults", {"fault": "forbidden", "operation": "Emr.ListClusters"})).status_code
    assert 403 == (await simulator.rpc("ListClusters", RegionId=REGION)).status_code


async def test_a_key_without_the_permission_is_told_the_actions_own_name(simulator):
    order = {"access_key_id": "simulated-id", "access_key_secret": "simulated-secret", "denied": ["Emr.ListClusters"]}
    assert 200 == (await simulator.tell("keys", order)).status_code
    answer = await simulator.rpc("ListClusters", RegionId=REGION)
    detail = answer.json()["AccessDeniedDetail"]
    assert (403, "emr:ListClusters") == (answer.status_code, detail["AuthAction"])
