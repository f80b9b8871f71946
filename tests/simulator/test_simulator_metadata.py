"""The metadata services and the credentials URI of the simulated cloud."""

import pytest

ALIYUN_TTL, HUAWEI_TTL = "X-aliyun-ecs-metadata-token-ttl-seconds", "X-Metadata-Token-Ttl-Seconds"
ROLE_KEY = "/latest/meta-data/ram/security-credentials/simulated-role"
HUAWEI_KEY = "/openstack/latest/securitykey"


async def aliyun_token(simulator, seconds: str = "21600"):
    return await simulator.client.put("/latest/api/token", headers={ALIYUN_TTL: seconds})


async def huawei_token(simulator, seconds: str = "21600"):
    return await simulator.client.put("/meta-data/latest/api/token", headers={HUAWEI_TTL: seconds})


async def aliyun(simulator, path: str = ROLE_KEY, token: str | None = None):
    return await simulator.client.get(path, headers={"X-aliyun-ecs-metadata-token": token} if token else {})


async def huawei(simulator, token: str | None = None):
    return await simulator.client.get(HUAWEI_KEY, headers={"X-Metadata-Token": token} if token else {})


async def call_with(simulator, key: dict[str, str]):
    simulator.access_key_id, simulator.secret = key["AccessKeyId"], key["AccessKeySecret"]
    headers = simulator.rpc_headers("ListCluster", {}, x_acs_security_token=key["SecurityToken"])
    return await simulator.client.post("/", headers=headers)


async def test_a_machine_learns_its_role_and_gets_its_key(simulator):
    token = (await aliyun_token(simulator)).text
    role = await aliyun(simulator, "/latest/meta-data/ram/security-credentials/", token)
    assert ("simulated-role", "text/plain; charset=utf-8") == (role.text, role.headers["content-type"])
    key = (await aliyun(simulator, ROLE_KEY, token)).json()
    assert ("Success", "2026-01-05T14:00:00Z") == (key["Code"], key["Expiration"])
    assert "2026-01-05T08:00:00Z" == key["LastUpdated"]
    assert 200 == (await call_with(simulator, key)).status_code


async def test_a_machine_at_huawei_gets_its_key(simulator):
    credential = (await huawei(simulator, (await huawei_token(simulator)).text)).json()["credential"]
    assert {"access", "secret", "securitytoken", "expires_at"} == credential.keys()
    assert "2026-01-05T14:00:00.000000Z" == credential["expires_at"]
    simulator.access_key_id, simulator.secret = credential["access"], credential["secret"]
    assert 200 == (await simulator.huawei(x_security_token=credential["securitytoken"])).status_code


async def test_what_a_machine_says_of_itself(simulator):
    texts = [(await aliyun(simulator, f"/latest/meta-data/{item}")).text for item in ("region-id", "instance-id")]
    assert ["cn-zhangjiakou", "i-simulated0000000001"] == texts
    assert 404 == (await aliyun(simulator, "/latest/meta-data/moon")).status_code


async def test_a_role_that_the_machine_has_not(simulator):
    answer = await aliyun(simulator, "/latest/meta-data/ram/security-credentials/other")
    assert (404, "text/html; charset=utf-8") == (answer.status_code, answer.headers["content-type"])


async def test_the_key_is_the_same_until_half_an_hour_before_its_end(simulator):
    first = (await aliyun(simulator)).json()["AccessKeyId"]
    simulator.clock.advance(5.5 * 3600 - 1)
    assert first == (await aliyun(simulator)).json()["AccessKeyId"]
    simulator.clock.advance(1)
    renewed = (await aliyun(simulator)).json()
    assert (True, "2026-01-05T19:30:00Z") == (first != renewed["AccessKeyId"], renewed["Expiration"])


async def test_a_key_that_was_made_to_end_is_renewed(simulator):
    key = (await aliyun(simulator)).json()
    await simulator.tell("expire")
    assert "InvalidSecurityToken.Expired" == (await call_with(simulator, key)).json()["Code"]
    assert 200 == (await call_with(simulator, (await aliyun(simulator)).json())).status_code


@pytest.mark.parametrize("seconds", ["0", "21601", "long", "-1", ""])
async def test_a_token_needs_seconds_in_range(simulator, seconds):
    assert [400, 400] == [(await put(simulator, seconds)).status_code for put in (aliyun_token, huawei_token)]


async def test_a_token_needs_its_header(simulator):
    paths = ("/latest/api/token", "/meta-data/latest/api/token")
    assert [400, 400] == [(await simulator.client.put(path)).status_code for path in paths]


async def test_tokens_end_by_the_worlds_clock(simulator):
    tokens = [(await put(simulator, "60")).text for put in (aliyun_token, huawei_token)]
    simulator.clock.advance(59)
    assert [200, 200] == [
        (await aliyun(simulator, ROLE_KEY, tokens[0])).status_code,
        (await huawei(simulator, tokens[1])).status_code,
    ]
    simulator.clock.advance(1)
    assert [401, 401] == [
        (await aliyun(simulator, ROLE_KEY, tokens[0])).status_code,
        (await huawei(simulator, tokens[1])).status_code,
    ]


async def test_a_token_of_the_other_service_is_not_known(simulator):
    assert 401 == (await huawei(simulator, (await aliyun_token(simulator)).text)).status_code
    assert 401 == (await aliyun(simulator, ROLE_KEY, "made up")).status_code


@pytest.mark.parametrize(
    ("mode", "token", "aliyun_without", "huawei_without"),
    [("both", 200, 200, 200), ("v2_only", 200, 403, 401), ("v1_only", 404, 200, 200), ("absent", 404, 404, 404)],
)
async def test_services_of_either_version(simulator, mode, token, aliyun_without, huawei_without):
    simulator.set_quirks(metadata=mode)
    assert [token] * 2 == [(await put(simulator)).status_code for put in (aliyun_token, huawei_token)]
    assert aliyun_without == (await aliyun(simulator)).status_code
    assert huawei_without == (await huawei(simulator)).status_code
    assert aliyun_without == (await aliyun(simulator, "/latest/meta-data/region-id")).status_code


async def test_a_machine_without_a_role(simulator):
    simulator.set_quirks(metadata="no_role")
    token = (await aliyun_token(simulator)).text
    paths = ("/latest/meta-data/ram/security-credentials/", ROLE_KEY, "/latest/meta-data/region-id")
    assert [404, 404, 200] == [(await aliyun(simulator, path, token)).status_code for path in paths]
    for answer in (await huawei(simulator, (await huawei_token(simulator)).text), await huawei(simulator)):
        assert (401, True) == (answer.status_code, "configure Cloud Service Agency first" in answer.text)


async def test_the_credentials_uri_hands_out_a_key(simulator):
    key = (await simulator.client.get("/credentials")).json()
    assert {"Code", "AccessKeyId", "AccessKeySecret", "SecurityToken", "Expiration"} == key.keys()
    assert ("Success", "2026-01-05T09:00:00Z") == (key["Code"], key["Expiration"])
    assert 200 == (await call_with(simulator, key)).status_code


async def test_they_are_counted_and_spoiled_like_all_calls(simulator):
    for name in ("Metadata.Token", "HuaweiMetadata.Credentials", "Credentials.Uri"):
        await simulator.tell("faults", {"operation": name, "fault": "unavailable", "times": 1})
    first = [await aliyun_token(simulator), await huawei(simulator), await simulator.client.get("/credentials")]
    assert [503, 503, 503] == [answer.status_code for answer in first]
    await simulator.tell("faults", {"operation": "Metadata.Credentials", "fault": "truncated_json", "times": 1})
    assert not (await aliyun(simulator)).text.endswith("}")
    await huawei_token(simulator)
    await aliyun(simulator, "/latest/meta-data/ram/security-credentials/")
    await aliyun(simulator, "/latest/meta-data/region-id")
    wanted = {
        "Metadata.Token": 1,
        "Metadata.Role": 1,
        "Metadata.Credentials": 1,
        "Metadata.Instance": 1,
        "HuaweiMetadata.Token": 1,
        "HuaweiMetadata.Credentials": 1,
        "Credentials.Uri": 1,
    }
    assert wanted == dict(simulator.app.state.calls)


async def test_everything_handed_out_is_a_canary(simulator):
    tokens = [(await put(simulator)).text for put in (aliyun_token, huawei_token)]
    key = (await aliyun(simulator)).json()
    credential = (await huawei(simulator)).json()["credential"]
    secrets = [key["AccessKeySecret"], key["SecurityToken"], credential["secret"], credential["securitytoken"]]
    assert all(text.startswith("canary-") for text in [*tokens, *secrets])
