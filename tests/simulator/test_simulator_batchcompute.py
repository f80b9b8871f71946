"""Creating clusters in the simulated BatchCompute: what is refused, the idempotent token, machines that come up."""

import copy
import json

import pytest

REGION, SECOND_REGION = "cn-zhangjiakou", "cn-hangzhou"
GROUP = {"DesiredVMCount": 3, "InstanceType": "", "ResourceType": "OnDemand", "SpotStrategy": "", "SpotPriceLimit": 0.0}
SECRETS = {
    "AccessKeyId": "canary-sent-key-id",
    "AccessKeySecret": "canary-sent-key-secret",
    "AccessSecurityToken": "canary-sent-token",
}
DESCRIPTION = {
    "Name": "night-run",
    "Description": "demo",
    "ImageId": "m-2309yqb5n",
    "InstanceType": "bcs.a2.large",
    "UserData": {"key1": "value1"},
    "Notification": {"Topic": {"Name": "topic", "Endpoint": "", "Events": ["OnClusterDeleted"]}},
    "Configs": {
        "Disks": {"SystemDisk": {"Type": "cloud", "Size": 500}},
        "Mounts": {"Entries": [], "Locale": "GBK", "Lock": False, "OSS": SECRETS},
        "Networks": {"VPC": {"CidrBlock": "10.0.0.0/8"}},
    },
    "Groups": {
        "workers": GROUP,
        "cheap": GROUP | {"DesiredVMCount": 5, "ResourceType": "Spot", "SpotStrategy": "SpotAsPriceGo"},
    },
}


def changed(*path_and_value: object) -> dict:
    """The description with one value changed, or with one key gone where the value is the word ``gone``."""
    *path, key, value = path_and_value
    description = copy.deepcopy(DESCRIPTION)
    place = description
    for step in path:
        place = place[step]
    if value == "gone":
        del place[key]
    else:
        place[key] = value
    return description


async def create(simulator, description: object = DESCRIPTION, token: str = "", **options: object):
    target = "/clusters" + (f"?IdempotentToken={token}" if token else "")
    body = description if isinstance(description, bytes) else json.dumps(description).encode()
    return await simulator.roa(target, body=body, **options)


async def created(simulator, *arguments: object, **options: object) -> str:
    answer = await create(simulator, *arguments, **options)
    assert 201 == answer.status_code, answer.text
    assert ["Id"] == list(answer.json())
    return answer.json()["Id"]


async def listed(simulator, region: str = REGION) -> dict[str, dict]:
    rows = (await simulator.roa("/clusters", region=region)).json()["Items"]
    return {row["Id"]: row for row in rows}


async def test_a_created_cluster_is_listed_as_it_was_described(simulator):
    before = await listed(simulator)
    cluster_id = await created(simulator)
    after = await listed(simulator)
    assert {cluster_id} == after.keys() - before.keys()
    row = after[cluster_id]
    for name in ("Name", "Description", "ImageId", "InstanceType", "UserData", "Notification"):
        assert DESCRIPTION[name] == row[name]
    assert "Active" == row["State"]
    groups = {name: (group["DesiredVMCount"], group["ResourceType"]) for name, group in row["Groups"].items()}
    assert {"workers": (3, "OnDemand"), "cheap": (5, "Spot")} == groups
    assert {"bcs.a2.large"} == {group["InstanceType"] for group in row["Groups"].values()}


async def test_the_credentials_of_mounts_come_back(simulator):
    cluster_id = await created(simulator)
    row = (await listed(simulator))[cluster_id]
    assert SECRETS == row["Configs"]["Mounts"]["OSS"]


async def test_machines_start_and_then_run_by_the_clock_of_the_world(simulator):
    cluster_id = await created(simulator)
    seen = []
    for seconds in (0, 60, 90, 90, 3600):
        simulator.clock.advance(seconds)
        row = (await listed(simulator))[cluster_id]
        actual = sum(group["ActualVMCount"] for group in row["Groups"].values())
        assert actual == row["Metrics"]["RunningCount"]
        assert 8 == row["Metrics"]["RunningCount"] + row["Metrics"]["StartingCount"]
        seen.append(actual)
    assert [0, 0, 3, 8, 8] == seen


async def test_one_cluster_by_its_id(simulator):
    cluster_id = await created(simulator)
    answer = await simulator.roa(f"/clusters/{cluster_id}")
    assert (await listed(simulator))[cluster_id] == answer.json()
    for target, region in (("/clusters/cls-none", REGION), (f"/clusters/{cluster_id}", SECOND_REGION)):
        lost = await simulator.roa(target, region=region)
        assert (404, "InvalidResource.NotFound") == (lost.status_code, lost.json()["Code"])


async def test_a_cluster_is_in_the_region_of_the_call(simulator):
    cluster_id = await created(simulator, region=SECOND_REGION)
    assert cluster_id in await listed(simulator, SECOND_REGION)
    assert cluster_id not in await listed(simulator)
    assert 404 == (await create(simulator, region="mars-1")).status_code


async def test_the_same_token_and_request_make_one_cluster(simulator):
    first = await created(simulator, token="run_1")
    reordered = dict(reversed(DESCRIPTION.items()))
    assert first == await created(simulator, json.dumps(reordered, indent=2).encode(), token="run_1")
    simulator.clock.advance(365 * 86_400)
    assert first == await created(simulator, token="run_1")
    assert 3 == len(await listed(simulator))


async def test_a_token_is_of_one_request_only(simulator):
    await created(simulator, token="run_1")
    answer = await create(simulator, changed("Name", "day-run"), token="run_1")
    assert (400, "IdempotentTokenMismatch") == (answer.status_code, answer.json()["Code"])
    assert "IdempotentTokenMismatch" == (await create(simulator, token="run_1", region=SECOND_REGION)).json()["Code"]
    assert 3 == len(await listed(simulator))


async def test_without_a_token_every_request_makes_a_cluster(simulator):
    assert await created(simulator) != await created(simulator)
    assert await created(simulator, token="one") != await created(simulator, token="two")
    assert 6 == len(await listed(simulator))


async def test_a_refused_request_does_not_use_its_token(simulator):
    assert 400 == (await create(simulator, changed("Name", 1), token="run_1")).status_code
    assert await created(simulator, token="run_1")


@pytest.mark.parametrize("token", ["a" * 65, "a-b", "a.b", "%C3%A4"])
async def test_tokens_that_are_none(simulator, token):
    answer = await create(simulator, token=token)
    assert (400, "InvalidIdempotentToken") == (answer.status_code, answer.json()["Code"])


@pytest.mark.parametrize("body", [b"", b"{", b'{"Name": NaN}', b'{"Name": "\\ud800"}', b"[" * 100_000, b"\xff"])
async def test_bodies_that_are_not_json(simulator, body):
    answer = await create(simulator, body)
    assert (400, "InvalidJsonFormat") == (answer.status_code, answer.json()["Code"])


@pytest.mark.parametrize("body", [b"[]", b"1", b'"name"', b"null"])
async def test_bodies_that_are_no_object(simulator, body):
    answer = await create(simulator, body)
    assert (400, "InvalidHttpBody") == (answer.status_code, answer.json()["Code"])


VPC = ("Configs", "Networks", "VPC")
MANY_USER_DATA = {f"key{number}": "" for number in range(65)}


@pytest.mark.parametrize(
    ("description", "code"),
    [
        (changed("Name", "gone"), "MissingName"),
        (changed("Name", 7), "InvalidName"),
        (changed("Name", ""), "InvalidName"),
        (changed("Name", "n" * 65), "InvalidName"),
        (changed("Name", "7up"), "InvalidName"),
        (changed("Name", "night run"), "InvalidName"),
        (changed("Description", 7), "InvalidDescription"),
        (changed("Description", "d" * 1025), "InvalidDescription"),
        (changed("ImageId", "gone"), "MissingImageId"),
        (changed("ImageId", []), "InvalidImageId"),
        (changed("ImageId", "i" * 257), "InvalidImageId"),
        (changed("InstanceType", "gone"), "MissingInstanceType"),
        (changed("InstanceType", "huge"), "InvalidInstanceType"),
        (changed("InstanceType", []), "InvalidInstanceType"),
        (changed("UserData", []), "InvalidUserData"),
        (changed("UserData", MANY_USER_DATA), "InvalidUserData"),
        (changed("UserData", {"": "x"}), "InvalidUserData."),
        (changed("UserData", {"key": 1}), "InvalidUserData.key.value"),
        (changed("UserData", {"key": "v" * 1025}), "InvalidUserData.key.value"),
        (changed("EnvVars", "x"), "InvalidEnvVars"),
        (changed("Notification", "x"), "InvalidNotification"),
        (changed("Configs", "x"), "InvalidConfigs"),
        (changed("Configs", "Mounts", "x"), "InvalidConfigs.Mounts"),
        (changed("Configs", "Networks", "VPC", 1), "InvalidConfigs.Networks.VPC"),
        (changed(*VPC, "CidrBlock", "10.0.0.0"), "InvalidCidrBlock"),
        (changed(*VPC, "CidrBlock", "10.0.0.0/33"), "InvalidCidrBlock"),
        (changed(*VPC, "CidrBlock", 10), "InvalidCidrBlock"),
        (changed(*VPC, "OppositeRegionId", "cn-hangzhou"), "MissingConfigs.Networks.VPC.OppositeRouterId"),
        (changed(*VPC, "OppositeRouterId", "vrt-1"), "MissingConfigs.Networks.VPC.OppositeAccessPointId"),
        (
            changed("Configs", "Networks", "VPC", {"OppositeRouterId": "vrt-1", "OppositeAccessPointId": "ap-1"}),
            "MissingConfigs.Networks.VPC.OppositeRegionId",
        ),
        (changed("Groups", "gone"), "MissingGroups"),
        (changed("Groups", []), "InvalidGroups"),
        (changed("Groups", {}), "InvalidGroups"),
        (changed("Groups", {"workers": 3}), "InvalidGroups.workers"),
        (changed("Groups", {"g" * 65: GROUP}), f"InvalidGroups.{'g' * 65}"),
        (changed("Groups", "workers", "DesiredVMCount", "gone"), "MissingDesiredVMCount"),
        (changed("Groups", "workers", "DesiredVMCount", "3"), "InvalidDesiredVMCount"),
        (changed("Groups", "workers", "DesiredVMCount", True), "InvalidDesiredVMCount"),
        (changed("Groups", "workers", "DesiredVMCount", 0), "InvalidDesiredVMCount"),
        (changed("Groups", "workers", "DesiredVMCount", 65_537), "InvalidDesiredVMCount"),
        (changed("Groups", "workers", "InstanceType", "huge"), "InvalidInstanceType"),
        (changed("Groups", "workers", "ResourceType", "gone"), "MissingResourceType"),
        (changed("Groups", "workers", "ResourceType", "Free"), "InvalidResourceType"),
        (changed("Groups", "workers", "ResourceType", ["Spot"]), "InvalidResourceType"),
        (changed("Groups", "workers", "SpotStrategy", "Luck"), "InvalidSpotStrategy"),
        (changed("Groups", "workers", "SpotPriceLimit", -1), "InvalidSpotPriceLimit"),
    ],
)
async def test_the_documented_refusals(simulator, description, code):
    answer = await create(simulator, description)
    assert (400, code) == (answer.status_code, answer.json()["Code"])
    assert {"Code", "Message", "RequestId", "HostId"} == answer.json().keys()
    assert 2 == len(await listed(simulator))


@pytest.mark.parametrize(
    ("description", "code"),
    [
        (changed("Groups", {f"g{n}": GROUP for n in range(17)}), "QuotaExhausted.MaxClusterGroupCount"),
        (changed("Groups", "workers", "DesiredVMCount", 1001), "QuotaExhausted.MaxClusterGroupDesiredVMCount"),
        (changed(*VPC, "OppositeRouterType", "Moon"), "QuotaExhausted.Configs.Networks.VPC.OppositeRouterType"),
    ],
)
async def test_quotas(simulator, description, code):
    answer = await create(simulator, description)
    assert (403, code) == (answer.status_code, answer.json()["Code"])


async def test_the_quota_of_clusters_is_of_a_region(simulator):
    for _ in range(48):
        await created(simulator)
    answer = await create(simulator)
    assert (403, "QuotaExhausted.MaxClusterCount") == (answer.status_code, answer.json()["Code"])
    assert await created(simulator, region=SECOND_REGION)


async def test_a_peered_network_with_all_of_its_parts_is_fine(simulator):
    parts = ("OppositeRouterId", "OppositeAccessPointId", "OppositeRegionId")
    network = {"OppositeRouterType": "VRouter"} | dict.fromkeys(parts, "x")
    assert await created(simulator, changed("Configs", "Networks", "VPC", network))


async def test_only_what_is_required_will_do(simulator):
    group = {"DesiredVMCount": 1, "ResourceType": "OnDemand"}
    least = {"Name": "n", "ImageId": "i", "InstanceType": "ecs.sn1ne.large", "Groups": {"g": group}}
    cluster_id = await created(simulator, least)
    row = (await listed(simulator))[cluster_id]
    assert ({}, {}, "") == (row["UserData"], row["Configs"], row["Description"])


@pytest.mark.parametrize("name", ["Description", "UserData", "EnvVars", "Notification", "Configs"])
async def test_what_is_optional_may_be_null(simulator, name):
    assert await created(simulator, changed(name, None))


async def test_the_body_is_not_signed_and_everything_else_is(simulator):
    assert 201 == (await create(simulator)).status_code
    simulator.secret = "wrong"
    answer = await create(simulator)
    assert (400, "SignatureDoesNotMatch") == (answer.status_code, answer.json()["Code"])
    assert "server string to sign is:POST\napplication/json\n\napplication/json\n" in answer.json()["Message"]


async def test_a_query_that_cannot_be_decoded(simulator):
    answer = await create(simulator, token="%zz")
    assert (403, "InvalidQueryString") == (answer.status_code, answer.json()["Code"])


async def test_creations_are_counted_and_can_be_told_to_fail(simulator):
    simulator.app.state.faults.clear()
    order = {"fault": "throttled", "operation": "BatchCompute.CreateCluster", "times": 1}
    await simulator.tell("faults", order)
    assert 400 == (await create(simulator)).status_code
    cluster_id = await created(simulator)
    await simulator.roa(f"/clusters/{cluster_id}")
    assert {"BatchCompute.CreateCluster": 2, "BatchCompute.GetCluster": 1} == dict(simulator.app.state.calls)
