"""What the simulated gateways refuse, with the vendors' codes, and the shapes in which they do."""

import pytest

from exporter.simulator import Sizes

FOUR_MINUTES, SIXTEEN_MINUTES = 240, 960


async def test_a_signed_call_is_answered(simulator):
    answer = await simulator.data("ListCluster", PageNum=1, PageSize=20)
    assert 0 == answer["Code"]
    assert 3 == answer["TotalCount"] == len(answer["Data"])


async def test_a_wrong_secret_is_refused_with_the_servers_text(simulator):
    simulator.secret = "a wrong secret"
    answer = await simulator.rpc("ListCluster", x_note="1")
    assert 400 == answer.status_code
    assert {"RequestId", "HostId", "Code", "Message", "Recommend"} == answer.json().keys()
    assert "SignatureDoesNotMatch" == answer.json()["Code"]
    assert "server string to sign is:ACS3-HMAC-SHA256\n" in answer.json()["Message"]


async def test_an_unknown_access_key_is_not_found(simulator):
    simulator.access_key_id = "nobody"
    for call in (simulator.rpc("ListCluster"), simulator.roa()):
        answer = await call
        assert (404, "InvalidAccessKeyId.NotFound") == (answer.status_code, answer.json()["Code"])


async def test_the_skew_is_judged_by_real_time_not_by_the_worlds(simulator):
    simulator.clock.advance(SIXTEEN_MINUTES)
    assert 200 == (await simulator.rpc("ListCluster")).status_code


@pytest.mark.parametrize(("skew", "code"), [(FOUR_MINUTES, None), (SIXTEEN_MINUTES, "InvalidTimeStamp.Expired")])
async def test_a_skewed_clock_is_refused_from_fifteen_minutes_on(simulator, skew, code):
    headers = simulator.rpc_headers("ListCluster", {})
    simulator.real += skew
    answer = await simulator.client.post("/", headers=headers)
    assert code == answer.json().get("Code") or (code is None and 200 == answer.status_code)


async def test_a_nonce_is_good_for_one_call(simulator):
    headers = simulator.rpc_headers("ListCluster", {})
    assert 200 == (await simulator.client.post("/", headers=headers)).status_code
    answer = await simulator.client.post("/", headers=headers)
    assert (400, "SignatureNonceUsed") == (answer.status_code, answer.json()["Code"])


async def test_a_changed_body_does_not_match(simulator):
    headers = simulator.rpc_headers("ListPersistentVolume", {}, b"PageNumber=1")
    answer = await simulator.client.post("/", headers=headers, content=b"PageNumber=2")
    assert "SignatureDoesNotMatch" == answer.json()["Code"]


async def test_headers_that_have_to_be_signed(simulator):
    headers = simulator.rpc_headers("ListCluster", {}) | {"x-acs-more": "unsigned"}
    answer = await simulator.client.post("/", headers=headers)
    assert (400, "IncompleteSignature") == (answer.status_code, answer.json()["Code"])
    assert "x-acs-more" in answer.json()["Message"]


async def test_a_call_without_signature(simulator):
    answer = await simulator.client.post("/", headers={"x-acs-action": "ListCluster", "x-acs-version": "2018-03-13"})
    assert (400, "MissingAccessKeyId") == (answer.status_code, answer.json()["Code"])


async def test_a_token_may_be_sent_where_none_is_asked_for(simulator):
    headers = simulator.rpc_headers("ListCluster", {}, x_acs_security_token="any")
    assert 200 == (await simulator.client.post("/", headers=headers)).status_code


@pytest.mark.parametrize(
    ("token", "code"),
    [("right", None), ("wrong", "InvalidSecurityToken.MismatchWithAccessKey"), (None, "MissingSecurityToken")],
)
async def test_a_configured_token_has_to_match(simulator_of, token, code):
    simulator = simulator_of(security_token="right")
    extra = {"x_acs_security_token": token} if token else {}
    answer = await simulator.client.post("/", headers=simulator.rpc_headers("ListCluster", {}, **extra))
    assert code == (None if answer.status_code == 200 else answer.json()["Code"])


async def test_an_unknown_action(simulator):
    answer = await simulator.rpc("ListMoons")
    assert (404, "InvalidAction.NotFound") == (answer.status_code, answer.json()["Code"])


async def test_an_unknown_version(simulator):
    headers = simulator.rpc_headers("ListCluster", {}, x_acs_version="2010-01-01")
    answer = await simulator.client.post("/", headers=headers)
    assert (400, "InvalidVersion") == (answer.status_code, answer.json()["Code"])


async def test_a_required_parameter_counts_only_where_the_sdk_puts_it(simulator):
    cluster = simulator.world.clusters[0].instance_id
    where = {"ClusterInstanceId": cluster, "PageNumber": 1, "PageSize": 10}
    assert 6 == (await simulator.data("ListPersistentVolume", where))["TotalCount"]
    answer = await simulator.rpc("ListPersistentVolume", **where)
    assert (400, "MissingClusterInstanceId") == (answer.status_code, answer.json()["Code"])


async def test_a_number_that_is_none(simulator):
    answer = await simulator.rpc("ListCluster", PageNum="first")
    assert (400, "InvalidPageNum") == (answer.status_code, answer.json()["Code"])


async def test_batchcompute_refuses_a_wrong_secret_and_version(simulator):
    version = await simulator.roa(x_acs_version="2013-01-11")
    assert (403, "InvalidVersion.NotFound") == (version.status_code, version.json()["Code"])
    simulator.secret = "wrong"
    answer = await simulator.roa()
    assert (400, "SignatureDoesNotMatch") == (answer.status_code, answer.json()["Code"])
    assert "x-acs-request-id" in answer.headers


async def test_huawei_refuses_a_wrong_secret_with_the_request_in_its_text(simulator):
    simulator.secret = "wrong"
    answer = await simulator.huawei("limit=1")
    assert 401 == answer.status_code
    assert {"error_code", "error_msg", "request_id"} == answer.json().keys()
    assert "APIGW.0301" == answer.json()["error_code"]
    assert "Access=simulated-id" in answer.json()["error_msg"]
    assert "x-sdk-date" in answer.json()["error_msg"]


async def test_huawei_refuses_another_project(simulator):
    answer = await simulator.huawei(project="f" * 32)
    assert (403, "APIGW.0310") == (answer.status_code, answer.json()["error_code"])


async def test_huawei_refuses_a_skewed_clock(simulator):
    answer = await simulator.huawei(x_sdk_date="20200101T000000Z")
    assert (401, "APIGW.0303") == (answer.status_code, answer.json()["error_code"])


async def test_huawei_wants_the_token_signed_and_right(simulator_of):
    simulator = simulator_of(security_token="right")
    assert 200 == (await simulator.huawei(x_security_token="right")).status_code
    assert 401 == (await simulator.huawei(x_security_token="wrong")).status_code


async def test_paths_that_no_product_has(simulator):
    assert "APIGW.0101" == (await simulator.client.get("/v2/x/notebooks")).json()["error_code"]
    assert "InvalidUrlPattern" == (await simulator.client.get("/jobs")).json()["Code"]


async def test_calls_are_counted_also_when_refused(simulator):
    await simulator.rpc("ListCluster")
    simulator.secret = "wrong"
    await simulator.rpc("ListCluster")
    await simulator.roa()
    await simulator.huawei()
    wanted = {"ListCluster": 2, "BatchCompute.ListClusters": 1, "ModelArts.ListClusters": 1}
    assert wanted == dict(simulator.app.state.calls)
    assert wanted == (await simulator.client.get("/_sim/calls")).json()


async def test_an_empty_world_answers_empty_lists(simulator_of):
    simulator = simulator_of(
        sizes=Sizes(clusters=0, apps=0, rds_instances=0, emr_clusters=0, hpc_clusters=0, batchcompute_clusters=0)
    )
    assert [] == (await simulator.data("ListCluster"))["Data"]
    assert [] == (await simulator.data("ListApp"))["Data"]
    assert 0 == (await simulator.data("DescribeHpcClusters", RegionId="cn-zhangjiakou"))["TotalCount"]
    assert {"Items": [], "NextMarker": ""} == (await simulator.roa()).json()
