"""The simulated ModelArts pools: Kubernetes' shape, statuses, labels, nodes in several rows of one flavor."""

from collections import Counter

import pytest

from exporter.simulator import Sizes

DAY = 86400.0
POOLS = "/v2/{}/pools"


async def pools(simulator, query: str = "") -> list[dict]:
    answer = await simulator.huawei(query, path=POOLS)
    assert 200 == answer.status_code, answer.text
    assert ("v2", "PoolList") == (answer.json()["apiVersion"], answer.json()["kind"])
    return answer.json()["items"]


def phases(rows: list[dict]) -> list[str]:
    return [row["status"]["phase"] for row in rows]


def nodes(row: dict) -> dict[tuple[str, str], int]:
    found: Counter[tuple[str, str]] = Counter()
    for state, rows in row["status"]["resources"].items():
        for each in rows if isinstance(rows, list) else [rows]:
            found[each["flavor"], state] += each["count"]
            assert each["count"] == sum(zone["count"] for zone in each["azs"])
    return dict(found)


async def test_failed_pools_are_listed_only_when_asked_for(simulator):
    assert {"Running", "Creating", "Abnormal", "Deleting"} == set(phases(await pools(simulator)))
    assert ["Error"] == phases(await pools(simulator, "status=failed"))
    assert ["Creating"] == phases(await pools(simulator, "status=creating"))
    assert {"Running", "Abnormal", "Deleting"} == set(phases(await pools(simulator, "status=created")))


async def test_a_failed_pool_is_forgotten_after_three_days(simulator):
    simulator.clock.advance(3 * DAY)
    assert [] == await pools(simulator, "status=failed")
    assert 5 == len(simulator.world.truth()["modelarts_pools"])


async def test_a_pool_is_named_by_its_id_and_labelled_with_its_name(simulator):
    row, pool = (await pools(simulator))[0], simulator.world.pools[0]
    labels = row["metadata"]["labels"]
    assert (pool.id, pool.name) == (row["metadata"]["name"], labels["os.modelarts/name"])
    assert 36 <= len(pool.id) <= 63
    assert row["metadata"]["creationTimestamp"].endswith("Z")


async def test_nodes_of_one_flavor_come_in_several_rows(simulator):
    row = (await pools(simulator))[0]
    flavors = [each["flavor"] for each in row["spec"]["resources"]]
    assert 2 == flavors.count(flavors[0])
    assert 3 == len(flavors)
    assert 2 == len({each["nodePool"] for each in row["status"]["resources"]["available"][:2]})


async def test_nodes_add_up_to_the_truth(simulator):
    truth = {pool["pool_id"]: pool["nodes"] for pool in simulator.world.truth()["modelarts_pools"]}
    for row in await pools(simulator):
        wanted = {
            (flavor, state): count
            for flavor, states in truth[row["metadata"]["name"]].items()
            for state, count in states.items()
            if count
        }
        assert wanted == nodes(row)


async def test_resources_as_the_single_object_of_the_sdk(simulator):
    as_lists = await pools(simulator)
    simulator.set_quirks(pool_resources="object")
    for row, before in zip(await pools(simulator), as_lists, strict=True):
        assert row["status"]["resources"].keys() == before["status"]["resources"].keys()
        assert all(isinstance(each, dict) for each in row["status"]["resources"].values())
        assert nodes(row).items() <= nodes(before).items()


async def test_frozen_pools_show_it_in_the_control_mode(simulator_of):
    rows = await pools(simulator_of(sizes=Sizes(modelarts_pools=8)))
    modes = [row["spec"]["controlMode"] for row in rows]
    assert {0, 1 | 8, 8 | 16, 4, 16} == set(modes)


async def test_billing_stands_in_the_annotations(simulator):
    rows = [row["metadata"]["annotations"] for row in await pools(simulator)]
    assert {"0", "1"} == {row["os.modelarts/billing.mode"] for row in rows}
    assert all(("os.modelarts/period.type" in row) == (row["os.modelarts/billing.mode"] == "1") for row in rows)


@pytest.mark.parametrize(
    ("selector", "names"),
    [
        ("os.modelarts%2Fname%3Dtrain-2", ["train-2"]),
        ("os.modelarts%2Fname%3D%3Dtrain-2", ["train-2"]),
        ("os.modelarts%2Fname%21%3Dtrain-2%2Cos.modelarts.pool%2Fbiz%3Dpublic", ["train-4"]),
        ("os.modelarts%2Fregion", ["train-1", "train-2", "train-3", "train-4", "train-6"]),
        ("%21os.modelarts%2Fregion", []),
    ],
)
async def test_labels_select(simulator, selector, names):
    rows = await pools(simulator, f"labelSelector={selector}")
    assert names == [row["metadata"]["labels"]["os.modelarts/name"] for row in rows]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("status=gone", "ModelArts.0101"),
        ("workspaceId=moon", "ModelArts.0104"),
        ("labelSelector=a%20b", "ModelArts.0101"),
        ("labelSelector=%21a%3Db", "ModelArts.0101"),
    ],
)
async def test_queries_that_are_refused(simulator, query, code):
    answer = await simulator.huawei(query, path=POOLS)
    assert (400, code) == (answer.status_code, answer.json()["error_code"])


async def test_the_default_workspace_may_be_named(simulator):
    assert 5 == len(await pools(simulator, "workspaceId=0"))


async def test_pools_are_refused_like_everything_else(simulator):
    assert 403 == (await simulator.huawei(project="f" * 32, path=POOLS)).status_code
    simulator.secret = "wrong"
    assert 401 == (await simulator.huawei(path=POOLS)).status_code
    assert {"ModelArts.ListPools": 2} == dict(simulator.app.state.calls)
