"""Calls and logins: one login and one more try for a refused token, and honest reasons where there is no login."""

import asyncio

import httpx
import pytest

from exporter.clouds.credentials import Credentials, StaticCredentials
from exporter.clouds.errors import (
    CredentialsError,
    LoginError,
    NotOfferedError,
    PermissionDeniedError,
    Refusal,
    ServerError,
    ThrottledError,
    TokenError,
    UnknownHostError,
    login_refused,
)
from exporter.clouds.exchange import Answer, Request
from tests.clouds.wire import Wire

REQUEST = Request("ListCluster", "GET", "/", {"x-acs-action": "ListCluster", "x-acs-version": "2018-03-13"})
EXPIRED = httpx.Response(400, json={"Code": "InvalidSecurityToken.Expired", "Message": "no", "RequestId": "r-1"})


class Renewable:
    """Numbered temporary keys; ``left`` is how many more there are, ``error`` what a renewal raises."""

    def __init__(self, left: int = 1) -> None:
        self.number = 1
        self.left = left
        self.renewals = 0
        self.error: CredentialsError | None = None

    async def get(self) -> Credentials:
        return Credentials("an-id", f"secret-{self.number}", f"token-{self.number}")

    async def renew(self, used: Credentials) -> bool:
        self.renewals += 1
        if self.error is not None:
            raise self.error
        if self.left:
            self.left -= 1
            self.number += 1
        return await self.get() != used


def token_of(request: httpx.Request) -> str:
    return request.headers["x-acs-security-token"]


def knowing(*good: str):
    """A cloud that knows these tokens only."""

    def respond(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"Code": 0}) if token_of(request) in good else EXPIRED

    return respond


async def test_an_expired_token_costs_one_login_and_one_more_try():
    key = Renewable()
    wire = Wire(knowing("token-2"), credentials=key)

    await wire.channel.send(REQUEST)

    assert ["token-1", "token-2"] == [token_of(request) for request in wire.requests]
    assert 2 == len({request.headers["x-acs-signature-nonce"] for request in wire.requests})
    assert {"auth": 1, "ok": 1} == wire.outcomes()
    assert (1, 1) == (key.renewals, wire.counted("cluster_exporter_api_retries_total"))
    assert [] == wire.naps


async def test_the_try_after_a_login_is_paid_for():
    wire = Wire(knowing("token-2"), credentials=Renewable(), rate=1.0, burst=1)

    await wire.channel.send(REQUEST)

    assert 1.0 == wire.counted("cluster_exporter_api_budget_wait_seconds_total")


async def test_a_token_that_is_refused_again_is_not_renewed_again():
    key = Renewable(left=5)
    wire = Wire(knowing(), credentials=key)

    with pytest.raises(TokenError, match=r"ListCluster: InvalidSecurityToken\.Expired"):
        await wire.channel.send(REQUEST)

    assert (2, 1) == (len(wire.requests), key.renewals)


async def test_a_key_that_cannot_be_renewed_is_not_tried_again():
    wire = Wire(knowing(), credentials=StaticCredentials("an-id", "a-secret", "a-token"))

    with pytest.raises(TokenError):
        await wire.channel.send(REQUEST)

    assert 1 == len(wire.requests)


async def test_other_refusals_cost_no_login():
    key = Renewable()
    wire = Wire(lambda _: httpx.Response(400, json={"Code": "SignatureDoesNotMatch"}), credentials=key)

    with pytest.raises(Exception, match="the access key secret is wrong"):
        await wire.channel.send(REQUEST)

    assert (1, 0) == (len(wire.requests), key.renewals)


async def test_a_login_does_not_use_up_the_tries_for_passing_faults():
    left = [httpx.Response(503), EXPIRED, httpx.Response(503), httpx.Response(200, json={"Code": 0})]
    wire = Wire(lambda _: left.pop(0), credentials=Renewable())

    await wire.channel.send(REQUEST)

    assert {"server_error": 2, "auth": 1, "ok": 1} == wire.outcomes()


@pytest.mark.parametrize(("status", "code"), [(401, "APIGW.0307"), (401, "APIG.0301"), (401, "ModelArts.0001")])
async def test_huawei_tokens_are_renewed_after_a_401(status, code):
    def respond(request: httpx.Request) -> httpx.Response:
        is_good = request.headers["x-security-token"] == "token-2"
        return httpx.Response(200, json={}) if is_good else httpx.Response(status, json={"error_code": code})

    wire = Wire(respond, provider="huaweicloud", product="modelarts", credentials=Renewable())

    assert 200 == (await wire.channel.send(Request("ListClusters", "GET", "/v1/p/clusters"))).status


async def test_a_renewal_that_fails_is_what_the_call_fails_with():
    key = Renewable()
    key.error = CredentialsError("role_arn: AssumeRole: NoPermission", reason="permission", outcome="permission")
    wire = Wire(knowing(), credentials=key)

    with pytest.raises(LoginError, match="ListCluster: role_arn: AssumeRole: NoPermission") as caught:
        await wire.channel.send(REQUEST)

    assert "permission" == caught.value.reason


class Without:
    """No key is to be had."""

    def __init__(self, error: CredentialsError) -> None:
        self.error = error

    async def get(self) -> Credentials:
        raise self.error

    async def renew(self, used: Credentials) -> bool:
        raise AssertionError(f"there was nothing to renew but {used}")


@pytest.mark.parametrize(
    ("error", "reason", "outcome"),
    [
        (
            PermissionDeniedError("no", operation="AssumeRole", request_id="r-9", code="NoPermission"),
            "permission",
            None,
        ),
        (
            ServerError("no", operation="AssumeRole", request_id="r-9", code="NoPermission"),
            "unavailable",
            "server_error",
        ),
        (ThrottledError("no", operation="AssumeRole", request_id="r-9", code="NoPermission"), "throttled", None),
        (NotOfferedError("no", operation="AssumeRole", request_id="r-9", code="NoPermission"), "auth", None),
        (
            UnknownHostError("no", operation="AssumeRole", request_id="r-9", code="NoPermission"),
            "unavailable",
            "network",
        ),
    ],
)
async def test_without_a_login_the_call_fails_once_with_the_reason_of_the_login(error, reason, outcome):
    wire = Wire(knowing(), credentials=Without(login_refused("role_arn", error)))

    with pytest.raises(LoginError, match=r"^ListCluster: role_arn: no$") as caught:
        await wire.channel.send(REQUEST)

    told = caught.value
    assert (reason, "AssumeRole", "r-9", "NoPermission") == (told.reason, told.operation, told.request_id, told.code)
    assert {outcome or reason: 1} == wire.outcomes()
    assert ([], []) == (wire.requests, wire.naps)


async def test_a_throttled_login_does_not_close_the_products_budget():
    wire = Wire(knowing(), credentials=Without(login_refused("role_arn", ThrottledError("no"))), rate=1000)
    with pytest.raises(LoginError):
        await wire.channel.send(REQUEST)

    other = Wire(knowing("token-1"), credentials=Renewable(), budget=wire.budget)
    await other.channel.send(REQUEST)

    assert 0 == wire.counted("cluster_exporter_api_throttled_total")
    assert [] == wire.naps


async def test_a_login_takes_no_slot_of_the_calls_that_wait_for_it():
    started, gate = asyncio.Event(), asyncio.Event()

    class Slow(Renewable):
        async def get(self) -> Credentials:
            started.set()
            await gate.wait()
            return await super().get()

    wire = Wire(knowing("token-1"), credentials=Slow())
    calls = [asyncio.create_task(wire.channel.send(REQUEST)) for _ in range(30)]
    await started.wait()
    taken = wire.account.slots.locked(), wire.account.slots_of("retailcloud").locked()
    gate.set()
    await asyncio.gather(*calls)

    assert (False, False) == taken


async def test_what_a_request_holds_itself_is_struck_from_the_error():
    def echo(request: httpx.Request) -> httpx.Response:
        return httpx.Response(400, json={"Code": "InvalidParameter.X", "Message": f"not a token: {request.content!r}"})

    wire = Wire(echo)
    request = Request("Login", "POST", "/", body=b"the-oidc-token", secrets=("the-oidc-token",))

    with pytest.raises(Exception, match="not a token") as caught:
        await wire.channel.send(request)

    assert "the-oidc-token" not in f"{caught.value} {caught.value!r} {request!r}"


async def test_the_secrets_struck_are_those_that_the_attempt_was_made_with():
    key = Renewable()

    def echo(request: httpx.Request) -> httpx.Response:
        key.number = 7
        return httpx.Response(400, json={"Code": "InvalidParameter.X", "Message": f"odd: {token_of(request)}"})

    with pytest.raises(Exception, match="odd") as caught:
        await Wire(echo, credentials=key).channel.send(REQUEST)

    assert "token-1" not in str(caught.value)


async def test_plain_text_is_read_where_it_is_asked_for():
    wire = Wire(lambda _: httpx.Response(200, text="a-role\n"))

    assert "a-role\n" == (await wire.channel.send(Request("GetRole", "GET", "/", text=True))).value


def test_an_answer_does_not_print_its_headers():
    assert "never-shown" not in repr(Answer(201, {"x-subject-token": "never-shown"}, {"token": "never-shown"}))
    assert "never-shown" not in repr(Request("A", "GET", "/never-shown", {"x": "never-shown"}, b"never-shown"))
    assert "r-1" in repr(Refusal(400, "A", "b", "r-1"))
