"""The keys of the simulated clouds: what each lacks, how temporary ones end, and how they are driven over HTTP."""

import pytest

from exporter.simulator import OPERATION_NAMES

PAGES = {"PageNumber": 1, "PageSize": 30}


def use(simulator, name: str) -> None:
    simulator.access_key_id, simulator.secret = f"{name}-id", f"{name}-secret"


async def volumes(simulator):
    cluster = simulator.world.clusters[0].instance_id
    return await simulator.rpc("ListPersistentVolume", {"ClusterInstanceId": cluster} | PAGES)


async def backups(simulator):
    return await simulator.rpc("GetRdsBackUp", {"DbInstanceId": simulator.world.rds_instance_ids[0]} | PAGES)


async def as_temporary(simulator, token: str = "right", **key: object) -> None:
    """Go on with a key that has this token; sends no token yet."""
    order = {"access_key_id": "mine-id", "access_key_secret": "mine-secret", "security_token": token, **key}
    assert 200 == (await simulator.tell("keys", order)).status_code
    use(simulator, "mine")


async def code_with(simulator, token: str | None) -> tuple[int, str | None]:
    extra = {} if token is None else {"x_acs_security_token": token}
    answer = await simulator.client.post("/", headers=simulator.rpc_headers("ListCluster", {}, **extra))
    return answer.status_code, answer.json()["Code"] or None


async def test_the_limited_key_lacks_two_permissions_and_nothing_else(simulator):
    use(simulator, "limited")
    assert 200 == (await simulator.rpc("ListCluster")).status_code
    for call in (volumes, backups):
        answer = await call(simulator)
        assert (403, "Forbidden.RAM") == (answer.status_code, answer.json()["Code"])
    use(simulator, "simulated")
    assert [200, 200] == [(await call(simulator)).status_code for call in (volumes, backups)]


async def test_a_missing_permission_is_explained(simulator):
    use(simulator, "limited")
    detail = (await volumes(simulator)).json()["AccessDeniedDetail"]
    assert ("retailcloud:ListPersistentVolume", "SubUser") == (detail["AuthAction"], detail["AuthPrincipalType"])
    assert "ImplicitDeny" == detail["NoPermissionType"]


async def test_a_wrong_secret_comes_before_a_missing_permission(simulator):
    use(simulator, "limited")
    simulator.secret = "wrong"
    assert "SignatureDoesNotMatch" == (await volumes(simulator)).json()["Code"]


async def test_a_stranger_sees_no_app_but_the_clusters(simulator):
    use(simulator, "stranger")
    apps = await simulator.data("ListApp")
    assert (0, 0, []) == (apps["Code"], apps["TotalCount"], apps["Data"])
    assert [] == (await simulator.data("ListAppResourceAllocs", PageNumber=1, PageSize=30))["Data"]
    assert 3 == (await simulator.data("ListCluster"))["TotalCount"]


async def test_a_stranger_is_refused_by_the_operations_of_an_app(simulator):
    use(simulator, "stranger")
    app = simulator.world.apps[0].id
    order = next(iter(simulator.world.orders.by_id))
    for answer in (
        await simulator.data("ListAppEnvironment", AppId=app, **PAGES),
        await simulator.data("ListDeployOrders", AppId=app, **PAGES),
        await simulator.data("DescribeDeployOrderDetail", DeployOrderId=order),
        await simulator.data("ListPods", DeployOrderId=order, **PAGES),
        await simulator.data("ListPersistentVolumeClaim", AppId=app, **PAGES),
        await simulator.data("ListAppInstance", {"AppId": app} | PAGES),
    ):
        assert 102403 == answer["Code"]
        assert "no role" in answer.get("ErrorMsg", answer.get("ErrMsg"))


async def test_permissions_at_the_other_gateways(simulator):
    denied = [
        "Emr.ListClusters",
        "BatchCompute.ListClusters",
        "ModelArts.ListClusters",
        "ModelArts.ListPools",
    ]
    await simulator.tell("keys", {"access_key_id": "simulated-id", "denied": denied})
    headers = simulator.rpc_headers("ListClusters", {}, x_acs_version="2021-03-20")
    emr = (await simulator.client.post("/", headers=headers)).json()
    assert ("Forbidden.RAM", "emr:ListClusters") == (emr["Code"], emr["AccessDeniedDetail"]["AuthAction"])
    roa = await simulator.roa()
    assert (403, "Forbidden") == (roa.status_code, roa.json()["Code"])
    huawei = [await simulator.huawei(), await simulator.huawei(path="/v2/{}/pools")]
    assert [403, 403] == [answer.status_code for answer in huawei]
    assert ["APIGW.0302", "ModelArts.0105"] == [answer.json()["error_code"] for answer in huawei]


async def test_an_inactive_key(simulator):
    await simulator.tell("keys", {"access_key_id": "simulated-id", "inactive": True})
    for answer in (await simulator.rpc("ListCluster"), await simulator.roa()):
        assert (400, "InvalidAccessKeyId.Inactive") == (answer.status_code, answer.json()["Code"])
    huawei = await simulator.huawei()
    assert (401, "APIGW.0301") == (huawei.status_code, huawei.json()["error_code"])


@pytest.mark.parametrize(
    ("token", "wanted"),
    [
        ("right", (200, None)),
        (None, (400, "MissingSecurityToken")),
        ("other", (400, "InvalidSecurityToken.MismatchWithAccessKey")),
        ('"right"', (400, "InvalidSecurityToken.Malformed")),
    ],
)
async def test_the_token_of_a_temporary_key(simulator, token, wanted):
    await as_temporary(simulator)
    assert wanted == await code_with(simulator, token)


async def test_a_temporary_key_ends_by_the_worlds_clock(simulator):
    await as_temporary(simulator, seconds=900)
    simulator.clock.advance(899)
    assert (200, None) == await code_with(simulator, "right")
    simulator.clock.advance(1)
    assert (400, "InvalidSecurityToken.Expired") == await code_with(simulator, "right")
    assert "MismatchWithAccessKey" in (await code_with(simulator, "wrong"))[1]
    roa = await simulator.roa(x_acs_security_token="right")
    assert (400, "InvalidSecurityToken.Expired") == (roa.status_code, roa.json()["Code"])


async def test_a_temporary_key_at_huawei(simulator):
    await as_temporary(simulator, seconds=900)
    answers = [await simulator.huawei(x_security_token="right")]
    answers += [await simulator.huawei(), await simulator.huawei(x_security_token="wrong")]
    assert [200, 401, 401] == [answer.status_code for answer in answers]
    assert ["APIGW.0301"] * 2 == [answer.json()["error_code"] for answer in answers[1:]]
    simulator.clock.advance(900)
    expired = await simulator.huawei(x_security_token="right")
    assert (401, "APIGW.0307") == (expired.status_code, expired.json()["error_code"])


async def test_all_temporary_keys_end_at_once_and_no_other(simulator):
    await as_temporary(simulator, seconds=900)
    keys = (await simulator.tell("expire")).json()["keys"]
    assert [None, None, None, simulator.world.clock.now()] == [key["expires"] for key in keys]
    assert (400, "InvalidSecurityToken.Expired") == await code_with(simulator, "right")
    use(simulator, "simulated")
    assert 200 == (await simulator.rpc("ListCluster")).status_code


async def test_keys_are_listed_without_secrets(simulator):
    await as_temporary(simulator, token="canary-token", denied=["ListApp"])
    listing = await simulator.client.get("/_sim/keys")
    ids = ["limited-id", "stranger-id", "simulated-id", "mine-id"]
    assert ids == [key["access_key_id"] for key in listing.json()["keys"]]
    assert (["ListApp"], True) == tuple(listing.json()["keys"][-1][name] for name in ("denied", "temporary"))
    for page in (listing.text, (await simulator.client.get("/_sim")).json()["keys"]):
        assert "secret" not in str(page)
        assert "canary" not in str(page)


async def test_what_an_order_leaves_out_stays(simulator):
    await as_temporary(simulator, denied=["ListApp"])
    await simulator.tell("keys", {"access_key_id": "mine-id", "member_of_no_app": True})
    key = simulator.app.state.clouds.keys.find("mine-id")
    assert ("mine-secret", "right") == (key.secret, key.security_token)
    assert ({"ListApp"}, True) == (key.lacks.denied, key.lacks.member_of_no_app)
    await simulator.tell("keys", {"access_key_id": "mine-id", "denied": []})
    assert frozenset() == simulator.app.state.clouds.keys.find("mine-id").lacks.denied


async def test_a_key_is_taken_away(simulator):
    assert 200 == (await simulator.client.delete("/_sim/keys/simulated-id")).status_code
    assert "InvalidAccessKeyId.NotFound" == (await simulator.rpc("ListCluster")).json()["Code"]
    assert 404 == (await simulator.client.delete("/_sim/keys/simulated-id")).status_code


@pytest.mark.parametrize(
    ("order", "reason"),
    [
        ({"access_key_secret": "s"}, "access_key_id is missing"),
        ({"access_key_id": "a"}, "access_key_secret is missing"),
        ({"access_key_id": "a", "access_key_secret": 42}, "access_key_secret cannot be that"),
        ({"access_key_id": "a", "access_key_secret": "s", "denied": ["ListMoons"]}, "no such operation: ListMoons"),
        ({"access_key_id": "a", "access_key_secret": "s", "denied": "ListApp"}, "denied cannot be"),
        ({"access_key_id": "a", "access_key_secret": "s", "seconds": 60}, "security_token is missing"),
        ({"access_key_id": "a", "access_key_secret": "s", "inactive": 1}, "inactive cannot be 1"),
        ({"access_key_id": "a", "secret": "s"}, "unknown key: secret"),
    ],
)
async def test_orders_for_keys_that_cannot_be_understood(simulator, order, reason):
    answer = await simulator.tell("keys", order)
    assert 400 == answer.status_code
    assert reason in answer.json()["error"]
    assert 3 == len((await simulator.client.get("/_sim/keys")).json()["keys"])


async def test_every_operation_can_be_denied(simulator):
    order = {"access_key_id": "a", "access_key_secret": "s", "denied": list(OPERATION_NAMES)}
    assert sorted(OPERATION_NAMES) == (await simulator.tell("keys", order)).json()["keys"][-1]["denied"]
