"""STS in the simulated cloud: who may assume which role, with either signature, and what the keys are good for."""

import base64
import hmac
import urllib.parse
import uuid
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

import pytest

from exporter.simulator.signatures import rpc

ARN = "acs:ram::123456789012:role/{}"
PROVIDER = "acs:ram::123456789012:oidc-provider/simulated"


def quoted(text: str) -> str:
    return urllib.parse.quote(text, safe="-_.~")


def encoded(parameters: dict[str, str]) -> str:
    return "&".join(f"{quoted(name)}={quoted(parameters[name])}" for name in sorted(parameters))


def stamp(simulator) -> str:
    return datetime.fromtimestamp(simulator.real, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def signed(simulator, method: str = "GET", **parameters: str) -> dict[str, str]:
    """The parameters of AssumeRole with the old signature, as the vendor's document makes it."""
    everything = {
        "Action": "AssumeRole",
        "Version": "2015-04-01",
        "Format": "JSON",
        "AccessKeyId": simulator.access_key_id,
        "RoleArn": ARN.format("reader"),
        "RoleSessionName": "exporter",
        "SignatureMethod": "HMAC-SHA1",
        "SignatureVersion": "1.0",
        "SignatureNonce": uuid.uuid4().hex,
        "Timestamp": stamp(simulator),
    } | parameters
    text = f"{method}&%2F&{quoted(encoded(everything))}"
    digest = hmac.new(f"{simulator.secret}&".encode(), text.encode(), "sha1").digest()
    return everything | {"Signature": base64.b64encode(digest).decode()}


async def assume(simulator, **parameters: str):
    return await simulator.client.get(f"/?{encoded(signed(simulator, **parameters))}")


async def with_oidc(simulator, **parameters: str):
    order = {
        "Action": "AssumeRoleWithOIDC",
        "Version": "2015-04-01",
        "Format": "JSON",
        "RoleArn": ARN.format("reader"),
        "RoleSessionName": "exporter",
        "OIDCProviderArn": PROVIDER,
        "OIDCToken": "simulated-oidc-token",
        "Timestamp": stamp(simulator),
    } | parameters
    return await simulator.client.post("/", data=order)


def go_on_with(simulator, credentials: dict[str, str]) -> str:
    simulator.access_key_id, simulator.secret = credentials["AccessKeyId"], credentials["AccessKeySecret"]
    return credentials["SecurityToken"]


async def call_with(simulator, token: str, action: str = "ListCluster"):
    headers = simulator.rpc_headers(action, {}, x_acs_security_token=token)
    return await simulator.client.post("/", headers=headers)


def outcome(answer) -> tuple[int, str]:
    return answer.status_code, answer.json()["Code"]


@pytest.mark.parametrize(
    ("key", "wanted"), [("Timestamp", "OLeaidS1JvxuMvnyHOwuJ+uX5qY="), ("TimeStamp", "CT9X0VtwR86fNWSnsc6v8YGOjuE=")]
)
def test_the_old_signature_agrees_with_the_documented_request(key, wanted):
    parameters = {
        "AccessKeyId": "testid",
        "Action": "DescribeRegions",
        "Format": "XML",
        "SignatureMethod": "HMAC-SHA1",
        "SignatureNonce": "3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf",
        "SignatureVersion": "1.0",
        "Version": "2014-05-26",
        key: "2016-02-23T12:46:24Z",
    }
    assert wanted == rpc.signature("testsecret", rpc.string_to_sign("GET", parameters))


def test_the_old_signature_agrees_with_the_sdk():
    text = rpc.string_to_sign("GET", {"query": "test", "body": "test"})
    assert "XlUyV4sXjOuX5FnjUz9IF9tm5rU=" == rpc.signature("secret", text)


async def test_a_role_is_assumed_and_its_key_is_good_until_its_end(simulator):
    answer = (await assume(simulator, DurationSeconds="900")).json()
    assert {"RequestId", "AssumedRoleUser", "Credentials"} == answer.keys()
    assert "acs:ram::123456789012:role/reader/exporter" == answer["AssumedRoleUser"]["Arn"]
    credentials = answer["Credentials"]
    assert "2026-01-05T08:15:00Z" == credentials["Expiration"]
    assert credentials["AccessKeyId"].startswith("STS.")
    assert credentials["AccessKeySecret"].startswith("canary-secret-")
    token = go_on_with(simulator, credentials)
    assert token.startswith("canary-token-")
    assert 200 == (await call_with(simulator, token)).status_code
    simulator.clock.advance(900)
    assert (400, "InvalidSecurityToken.Expired") == outcome(await call_with(simulator, token))


async def test_the_new_signature_is_as_good(simulator):
    query = {"RoleArn": ARN.format("reader"), "RoleSessionName": "exporter"}
    headers = simulator.rpc_headers("AssumeRole", query, x_acs_version="2015-04-01")
    answer = await simulator.client.post(f"/?{encoded(query)}", headers=headers)
    assert "STS." == answer.json()["Credentials"]["AccessKeyId"][:4]


async def test_the_parameters_may_be_in_the_form(simulator):
    answer = await simulator.client.post("/", data=signed(simulator, method="POST"))
    assert 200 == answer.status_code


async def test_a_temporary_key_may_assume_a_role_with_its_token(simulator):
    token = go_on_with(simulator, (await assume(simulator)).json()["Credentials"])
    assert "STS." == (await assume(simulator, SecurityToken=token)).json()["Credentials"]["AccessKeyId"][:4]
    assert (400, "MissingSecurityToken") == outcome(await assume(simulator))


async def test_a_wrong_secret_is_refused_with_the_servers_text(simulator):
    simulator.secret = "wrong"
    answer = await assume(simulator)
    assert (400, "SignatureDoesNotMatch") == outcome(answer)
    assert "server string to sign is:GET&%2F&AccessKeyId%3Dsimulated-id" in answer.json()["Message"]


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({"AccessKeyId": "nobody"}, (404, "InvalidAccessKeyId.NotFound")),
        ({"AccessKeyId": ""}, (400, "MissingAccessKeyId")),
        ({"SignatureNonce": ""}, (400, "MissingSignatureNonce")),
        ({"SignatureMethod": "HMAC-SHA256"}, (400, "InvalidSignatureMethod")),
        ({"Timestamp": "2026-01-05T07:40:00Z"}, (400, "InvalidTimeStamp.Expired")),
        ({"Timestamp": "yesterday"}, (400, "InvalidTimeStamp.Format")),
        ({"Action": "AssumeMoon"}, (404, "InvalidAction.NotFound")),
        ({"RoleArn": ""}, (400, "MissingRoleArn")),
        ({"RoleArn": "reader"}, (400, "InvalidParameter.RoleArn")),
        ({"RoleArn": ARN.format("forbidden")}, (403, "NoPermission")),
        ({"RoleArn": ARN.format("missing")}, (404, "EntityNotExist.Role")),
        ({"RoleArn": ARN.format("external")}, (403, "NoPermission")),
        ({"RoleArn": ARN.format("external"), "ExternalId": "other"}, (403, "NoPermission")),
        ({"ExternalId": "a b"}, (400, "InvalidParameter.ExternalId")),
        ({"RoleSessionName": "x"}, (400, "InvalidParameter.RoleSessionName")),
        ({"RoleSessionName": "a b"}, (400, "InvalidParameter.RoleSessionName")),
        ({"DurationSeconds": "899"}, (400, "InvalidParameter.DurationSeconds")),
        ({"DurationSeconds": "3601"}, (400, "InvalidParameter.DurationSeconds")),
        ({"RoleArn": ARN.format("long"), "DurationSeconds": "43201"}, (400, "InvalidParameter.DurationSeconds")),
        ({"Policy": "{"}, (400, "InvalidParameter.PolicyGrammar")),
        ({"Policy": " " * 2049}, (400, "InvalidParameter.PolicySize")),
    ],
)
async def test_what_sts_refuses(simulator, changes, wanted):
    assert wanted == outcome(await assume(simulator, **changes))


@pytest.mark.parametrize(
    "changes",
    [
        {"RoleArn": ARN.format("external"), "ExternalId": "simulated-external-id"},
        {"RoleArn": ARN.format("long"), "DurationSeconds": "43200"},
        {"ExternalId": "not-asked-for"},
        {"Policy": '{"Version":"1","Statement":[]}'},
    ],
)
async def test_what_sts_grants(simulator, changes):
    assert 200 == (await assume(simulator, **changes)).status_code


async def test_a_nonce_is_good_for_one_login(simulator):
    url = f"/?{encoded(signed(simulator))}"
    assert 200 == (await simulator.client.get(url)).status_code
    assert (400, "SignatureNonceUsed") == outcome(await simulator.client.get(url))


async def test_a_key_without_the_permission_assumes_no_role(simulator):
    await simulator.tell("keys", {"access_key_id": "simulated-id", "denied": ["AssumeRole"]})
    answer = await assume(simulator)
    assert (403, "NoPermission") == outcome(answer)
    assert "sts:AssumeRole" == answer.json()["AccessDeniedDetail"]["AuthAction"]


@pytest.mark.parametrize("role", ["limited", "stranger"])
async def test_roles_that_lack_what_the_keys_of_their_name_lack(simulator, role):
    token = go_on_with(simulator, (await assume(simulator, RoleArn=ARN.format(role))).json()["Credentials"])
    answer = await call_with(simulator, token, "ListPersistentVolume" if role == "limited" else "ListApp")
    if role == "limited":
        assert (403, "Forbidden.RAM") == outcome(answer)
        assert "AssumedRoleUser" == answer.json()["AccessDeniedDetail"]["AuthPrincipalType"]
    else:
        assert [] == answer.json()["Data"]


async def test_an_oidc_token_is_exchanged_without_a_signature(simulator):
    answer = (await with_oidc(simulator)).json()
    assert "STS." == answer["Credentials"]["AccessKeyId"][:4]
    assert "simulated-subject" == answer["OIDCTokenInfo"]["Subject"]
    token = go_on_with(simulator, answer["Credentials"])
    assert 200 == (await call_with(simulator, token)).status_code


async def test_an_oidc_token_in_the_query(simulator):
    query = {
        "Action": "AssumeRoleWithOIDC",
        "Version": "2015-04-01",
        "Format": "JSON",
        "RoleArn": ARN.format("reader"),
        "RoleSessionName": "exporter",
        "OIDCProviderArn": PROVIDER,
        "OIDCToken": "simulated-oidc-token",
    }
    assert 200 == (await simulator.client.get(f"/?{encoded(query)}")).status_code


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({"OIDCToken": "simulated-oidc-token-expired"}, (401, "AuthenticationFail.OIDCToken.Expired")),
        ({"OIDCToken": "simulated-oidc-token\n"}, (401, "AuthenticationFail.OIDCToken.Invalid")),
        ({"OIDCToken": ""}, (400, "MissingOIDCToken")),
        ({"OIDCProviderArn": "simulated"}, (400, "InvalidParameter.OIDCProviderArn")),
        ({"RoleArn": ARN.format("forbidden")}, (401, "AuthenticationFail.NoPermission")),
        ({"DurationSeconds": "60"}, (400, "InvalidParameter.DurationSeconds")),
        ({"Timestamp": "2020-01-01T00:00:00Z"}, (400, "InvalidTimeStamp.Expired")),
    ],
)
async def test_what_the_exchange_refuses(simulator, changes, wanted):
    assert wanted == outcome(await with_oidc(simulator, **changes))


async def test_who_asks_for_no_format_gets_xml(simulator):
    answer = await assume(simulator, Format="XML")
    assert "text/xml;charset=utf-8" == answer.headers["content-type"]
    root = ET.fromstring(answer.text)  # noqa: S314 - our own answer
    assert ("AssumeRoleResponse", "STS.") == (root.tag, root.findtext("Credentials/AccessKeyId")[:4])
    error = ET.fromstring((await with_oidc(simulator, Format="", OIDCToken="other")).text)  # noqa: S314 - likewise
    assert ("Error", "AuthenticationFail.OIDCToken.Invalid") == (error.tag, error.findtext("Code"))


async def test_logins_are_counted_and_spoiled_like_all_calls(simulator):
    await simulator.tell("faults", {"operation": "AssumeRole", "fault": "throttled", "times": 1})
    throttled = await assume(simulator)
    assert (400, "Throttling.User", "1000") == (*outcome(throttled), throttled.headers["x-acs-retry-after"])
    await simulator.tell("faults", {"operation": "AssumeRole", "fault": "html", "times": 1})
    assert 502 == (await assume(simulator)).status_code
    await assume(simulator)
    await with_oidc(simulator)
    wanted = {"AssumeRole": 3, "AssumeRoleWithOIDC": 1}
    assert wanted == (await simulator.client.get("/_sim/calls")).json()


async def test_no_key_comes_twice(simulator):
    keys = [(await assume(simulator)).json()["Credentials"] for _ in range(3)]
    assert 3 == len({key["AccessKeyId"] for key in keys}) == len({key["SecurityToken"] for key in keys})


async def test_keys_long_ended_are_forgotten(simulator):
    await assume(simulator)
    simulator.clock.advance(86400 * 2)
    await assume(simulator)
    assert 4 == len((await simulator.client.get("/_sim/keys")).json()["keys"])
