"""The one way to the clouds: what is retried and paid for, what each failure is called, and what an error may say."""

import asyncio
import gzip
import socket
import ssl
import zlib

import httpx
import pytest

from exporter.clouds import body as bodies
from exporter.clouds.account_calls import AccountCalls
from exporter.clouds.errors import (
    AuthError,
    BadResponseError,
    CallTimeoutError,
    CredentialsError,
    NonceUsedError,
    NotOfferedError,
    PermissionDeniedError,
    ProxyAuthError,
    RejectedError,
    RetiredError,
    ServerError,
    ThrottledError,
    TokenError,
    UnavailableError,
    UnknownHostError,
)
from exporter.clouds.exchange import Request
from tests.clouds.wire import ACCESS_KEY_ID, SECRET, TOKEN, Wire, answers

REQUEST = Request("ListCluster", "GET", "/?PageNum=1", {"x-acs-action": "ListCluster", "x-acs-version": "2018-03-13"})
GOOD = {"Code": 0, "Data": []}


class Chunks(httpx.AsyncByteStream):
    """A body that comes in pieces; an exception among them is raised in its turn."""

    def __init__(self, *pieces) -> None:
        self.pieces = pieces

    async def __aiter__(self):
        for piece in self.pieces:
            if isinstance(piece, Exception):
                raise piece
            yield piece


class Endless(httpx.AsyncByteStream):
    """A body that never ends; ``sent`` counts its bytes."""

    def __init__(self, piece: bytes, *, pause: bool = False) -> None:
        self.piece = piece
        self.pause = pause
        self.sent = 0

    async def __aiter__(self):
        while True:
            self.sent += len(self.piece)
            yield self.piece
            if self.pause:
                await asyncio.Event().wait()


def failing(*errors, then=GOOD):
    """Raise these errors, or answer with these responses, in turn; then succeed."""
    left = list(errors)

    def respond(request):
        if not left:
            return httpx.Response(200, json=then)
        error = left.pop(0)
        if isinstance(error, httpx.Response):
            return error
        raise error

    return respond


def refused(status, code, message="no", headers=None):
    return httpx.Response(status, json={"Code": code, "Message": message, "RequestId": "r-1"}, headers=headers)


# Success


async def test_a_good_answer():
    wire = Wire(answers(GOOD))

    answer = await wire.channel.send(REQUEST)

    assert (200, GOOD) == (answer.status, answer.value)
    assert {"ok": 1} == wire.outcomes()
    assert 1 == wire.metrics.registry.get_sample_value(
        "cluster_exporter_api_request_duration_seconds_count",
        {"provider": "aliyun", "product": "retailcloud", "operation": "ListCluster"},
    )
    assert "https://cloud.example/?PageNum=1" == str(wire.requests[0].url)


async def test_the_counters_of_a_product_are_there_from_the_start():
    wire = Wire(answers(GOOD))

    for name in ("retries", "throttled", "budget_wait_seconds"):
        assert 0 == wire.counted(f"cluster_exporter_api_{name}_total")


async def test_a_host_that_answered_is_known_to_the_account():
    wire = Wire(answers(GOOD), endpoint="https://one.example")
    other = Wire(answers(GOOD), endpoint="https://two.example").channel
    other.account = wire.account

    before = other.another_host_answered(300)
    await wire.channel.send(REQUEST)

    assert not before
    assert other.another_host_answered(300)
    assert not wire.channel.another_host_answered(300)


async def test_a_host_that_answered_long_ago_does_not_count():
    wire = Wire(answers(GOOD))
    await wire.channel.send(REQUEST)
    wire.clock.advance(301)

    assert not wire.account.another_host_answered("two.example", wire.clock.monotonic() - 300)


@pytest.mark.parametrize("compress", [gzip.compress, zlib.compress])
async def test_compressed_answers_are_read(compress):
    encoding = "gzip" if compress is gzip.compress else "deflate"
    body = Chunks(compress(b'{"Code": 0, "Data": []}'))
    wire = Wire(lambda _: httpx.Response(200, headers={"content-encoding": encoding}, stream=body))

    assert GOOD == (await wire.channel.send(REQUEST)).value


# Retries


@pytest.mark.parametrize(
    "failure",
    [
        httpx.ConnectError("refused"),
        httpx.ReadError("reset"),
        ConnectionResetError("reset"),
        httpx.RemoteProtocolError("peer closed connection"),
        refused(500, "InternalError"),
        refused(503, "ServiceUnavailable"),
        refused(500, "UnknownError"),
        httpx.Response(502, text="<html>Bad Gateway</html>"),
    ],
)
async def test_a_passing_fault_is_retried(failure):
    wire = Wire(failing(failure))

    answer = await wire.channel.send(REQUEST)

    assert GOOD == answer.value
    assert 1 == wire.counted("cluster_exporter_api_retries_total")
    assert [0.25] == wire.naps


async def test_every_attempt_is_signed_anew():
    wire = Wire(failing(httpx.ReadError("reset"), refused(400, "SignatureNonceUsed")))

    await wire.channel.send(REQUEST)

    assert 3 == len({request.headers["x-acs-signature-nonce"] for request in wire.requests})
    assert 3 == len({request.headers["authorization"] for request in wire.requests})


async def test_every_attempt_is_paid_for():
    wire = Wire(failing(httpx.ReadError("reset")), rate=0.1, burst=1)

    await wire.channel.send(REQUEST)

    # The retry comes after its pause of 0.25 s, and then waits until ten seconds after the first call.
    assert [0.25, 9.75] == wire.naps
    assert 9.75 == wire.counted("cluster_exporter_api_budget_wait_seconds_total")


@pytest.mark.parametrize(
    ("failure", "error", "outcome"),
    [
        (lambda: httpx.ConnectError("refused"), UnavailableError, "network"),
        (lambda: refused(500, "InternalError"), ServerError, "server_error"),
    ],
)
async def test_a_fault_that_does_not_pass_is_raised_after_three_attempts(failure, error, outcome):
    wire = Wire(failing(*(failure() for _ in range(5))))

    with pytest.raises(error):
        await wire.channel.send(REQUEST)

    assert {outcome: 3} == wire.outcomes()
    assert 2 == wire.counted("cluster_exporter_api_retries_total")
    assert [0.25, 0.5] == wire.naps


@pytest.mark.parametrize(
    ("failure", "error", "outcome"),
    [
        (refused(400, "SignatureDoesNotMatch"), AuthError, "auth"),
        (refused(403, "Forbidden.RAM"), PermissionDeniedError, "permission"),
        (refused(400, "InvalidParameter"), RejectedError, "client_error"),
        (refused(404, "InvalidAction.NotFound"), RetiredError, "client_error"),
        (refused(400, "InvalidRegionId.NotFound"), NotOfferedError, "client_error"),
        (httpx.Response(200, json={"Code": 7, "ErrMsg": "no"}), RejectedError, "client_error"),
        (httpx.Response(200, text="<html>"), BadResponseError, "bad_response"),
        (httpx.ReadTimeout("slow"), CallTimeoutError, "timeout"),
    ],
)
async def test_what_will_not_pass_is_not_retried(failure, error, outcome):
    wire = Wire(failing(failure))

    with pytest.raises(error):
        await wire.channel.send(REQUEST)

    assert {outcome: 1} == wire.outcomes()
    assert [] == wire.naps


async def test_a_used_nonce_costs_one_more_call_with_another_one_at_once():
    wire = Wire(failing(refused(400, "SignatureNonceUsed")))

    await wire.channel.send(REQUEST)

    assert [] == wire.naps
    assert 2 == len({request.headers["x-acs-signature-nonce"] for request in wire.requests})


async def test_a_nonce_that_is_refused_twice_is_no_accident():
    wire = Wire(failing(*(refused(400, "SignatureNonceUsed") for _ in range(5))))

    with pytest.raises(NonceUsedError):
        await wire.channel.send(REQUEST)

    assert {"client_error": 2} == wire.outcomes()


# Time


async def test_a_cloud_that_does_not_answer_is_given_up():
    async def never(request):
        await asyncio.Event().wait()

    wire = Wire(never, timeout=0.02)

    with pytest.raises(CallTimeoutError, match=r"ListCluster: no whole answer within 0\.02 s"):
        await wire.channel.send(REQUEST)

    assert {"timeout": 1} == wire.outcomes()


async def test_the_time_holds_for_the_whole_answer_and_not_from_byte_to_byte():
    wire = Wire(lambda _: httpx.Response(200, stream=Endless(b"[", pause=True)), timeout=0.02)

    with pytest.raises(CallTimeoutError):
        await wire.channel.send(REQUEST)


async def test_a_call_that_the_run_gives_up_is_counted_as_a_timeout_and_frees_its_slot():
    async def never(request):
        await asyncio.Event().wait()

    wire = Wire(never)

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(wire.channel.send(REQUEST), 0.02)

    assert {"timeout": 1} == wire.outcomes()
    assert 10 == wire.account.slots._value


async def test_no_more_than_ten_calls_of_an_account_are_under_way():
    under_way, most = 0, 0
    gate = asyncio.Event()

    async def respond(request):
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        if under_way == 10:
            gate.set()
        await gate.wait()
        under_way -= 1
        return httpx.Response(200, json=GOOD)

    wire = Wire(respond)

    await asyncio.gather(*(wire.channel.send(REQUEST) for _ in range(30)))

    assert 10 == most


# Bodies


async def test_a_body_that_never_ends_is_cut_off():
    body = Endless(b"x" * 2**20)
    wire = Wire(lambda _: httpx.Response(200, stream=body))

    with pytest.raises(BadResponseError, match="the answer is longer than 32 MiB"):
        await wire.channel.send(REQUEST)

    assert body.sent <= bodies.BODY_CAP + 2**20
    assert {"bad_response": 1} == wire.outcomes()


async def test_a_small_body_that_unpacks_to_a_huge_one_is_cut_off():
    bomb = gzip.compress(b" " * (bodies.BODY_CAP + 1))
    pieces = Chunks(*(bomb[start : start + 1024] for start in range(0, len(bomb), 1024)))
    wire = Wire(lambda _: httpx.Response(200, headers={"content-encoding": "gzip"}, stream=pieces))

    with pytest.raises(BadResponseError, match="longer than 32 MiB"):
        await wire.channel.send(REQUEST)


async def test_a_body_of_exactly_the_cap_is_read():
    body = Chunks(b"[]" + b" " * (bodies.BODY_CAP - 2))
    wire = Wire(lambda _: httpx.Response(200, stream=body))

    assert [] == (await wire.channel.send(REQUEST)).value


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b'{"Code": 0, "Data": [{"Inst',
        b"<html><body>Please log in</body></html>",
        b"\xff\xfe\x00",
        b"1" * 5000,
    ],
    ids=["empty", "truncated", "html", "no text", "long number"],
)
async def test_a_body_that_is_no_json_is_a_bad_response(body):
    wire = Wire(lambda _: httpx.Response(200, content=body, headers={"content-type": "text/html; charset=x"}))

    with pytest.raises(BadResponseError) as caught:
        await wire.channel.send(REQUEST)

    assert f"ListCluster: HTTP 200 with {len(body)} bytes of text/html that are not JSON" == str(caught.value)
    assert "bad_response" == caught.value.reason


async def test_a_redirect_is_not_followed():
    wire = Wire(lambda _: httpx.Response(302, headers={"location": "https://elsewhere.example/?Signature=x"}))

    with pytest.raises(BadResponseError, match="HTTP 302 with 0 bytes of no content type"):
        await wire.channel.send(REQUEST)

    assert 1 == len(wire.requests)


async def test_broken_compression_is_a_bad_response():
    stream = Chunks(b"this is not gzip")
    wire = Wire(lambda _: httpx.Response(200, headers={"content-encoding": "gzip"}, stream=stream))

    with pytest.raises(BadResponseError, match="compression is broken"):
        await wire.channel.send(REQUEST)


async def test_a_connection_that_is_reset_in_the_middle_of_a_body():
    streams = [Chunks(b'{"Code"', httpx.ReadError("reset")) for _ in range(3)]
    wire = Wire(lambda _: httpx.Response(200, stream=streams.pop()))

    with pytest.raises(UnavailableError, match=r"ListCluster: cloud\.example gave no answer \(ReadError\)"):
        await wire.channel.send(REQUEST)

    assert {"network": 3} == wire.outcomes()


@pytest.mark.parametrize(
    ("status", "error", "outcome"),
    [
        (401, AuthError, "auth"),
        (403, PermissionDeniedError, "permission"),
        (407, ProxyAuthError, "auth"),
        (404, RejectedError, "client_error"),
        (429, ThrottledError, "throttled"),
        (500, ServerError, "server_error"),
        (503, ServerError, "server_error"),
    ],
)
@pytest.mark.parametrize("provider", ["aliyun", "huaweicloud"])
async def test_an_http_error_with_a_page_for_people_is_known_by_its_status(provider, status, error, outcome):
    page = {"content": b"<html>no</html>", "headers": {"content-type": "text/html"}}
    wire = Wire(lambda _: httpx.Response(status, **page), provider=provider)

    with pytest.raises(error, match=f"HTTP {status} .*: 15 bytes of text/html that are not JSON") as caught:
        await wire.channel.send(REQUEST)

    expected = TokenError if (provider, status) == ("huaweicloud", 401) else error
    assert type(caught.value) is expected
    assert {outcome} == set(wire.outcomes())


# Hosts


def because(error, cause):
    error.__cause__ = cause
    return error


async def test_a_host_that_does_not_resolve_is_not_tried_again():
    dns = because(httpx.ConnectError("x"), because(OSError("y"), socket.gaierror(-2, "Name or service not known")))
    wire = Wire(failing(dns))

    with pytest.raises(UnknownHostError, match=r"ListCluster: the host cloud\.example does not resolve"):
        await wire.channel.send(REQUEST)

    assert {"network": 1} == wire.outcomes()
    assert not wire.account.another_host_answered("other.example", 0)


async def test_a_certificate_that_is_not_trusted_says_what_to_set():
    refusal = ssl.SSLCertVerificationError(1, "certificate verify failed")
    refusal.verify_message = "self-signed certificate"
    wire = Wire(failing(*(because(httpx.ConnectError("x"), refusal) for _ in range(3))))

    with pytest.raises(
        UnavailableError, match=r"cloud\.example is not trusted: self-signed certificate .*http\.ca_file"
    ):
        await wire.channel.send(REQUEST)


# What an error may say

ECHOES = {
    "aliyun": (
        400,
        {
            "Code": "SignatureDoesNotMatch",
            "RequestId": "r-1",
            "Message": "Specified signature is not matched with our calculation. server string to sign is:"
            f"GET&%2F&AccessKeyId%3D{ACCESS_KEY_ID}%26SecurityToken%3Dthe-token%252Fof%252Bthis%253Dsession",
        },
    ),
    "huaweicloud": (
        401,
        {
            "error_code": "APIGW.0301",
            "request_id": "r-1",
            "error_msg": "Incorrect IAM authentication information: verify aksk signature fail, "
            f"canonicalRequest:GET|/v1/|limit=100|authorization:SDK-HMAC-SHA256 Access={ACCESS_KEY_ID}, "
            f"SignedHeaders=x-sdk-date, Signature=abcdef|x-security-token:{TOKEN}",
        },
    ),
}


@pytest.mark.parametrize("provider", ["aliyun", "huaweicloud"])
async def test_an_authentication_error_does_not_show_the_echoed_request(provider):
    status, body = ECHOES[provider]
    wire = Wire(answers(body, status=status), provider=provider)

    with pytest.raises(AuthError) as caught:
        await wire.channel.send(REQUEST)

    shown = f"{caught.value!r} {caught.value.code} {caught.value.request_id}"
    assert str(caught.value).startswith("ListCluster: ")
    for word in ("string to sign", "canonicalRequest", "verify aksk", ACCESS_KEY_ID, "SignedHeaders", "the-token"):
        assert word not in shown
    assert "r-1" == caught.value.request_id


async def test_secrets_in_any_part_of_a_refusal_are_masked():
    body = {
        "Code": f"Odd.{SECRET}",
        "Message": f"cannot use {SECRET} with {TOKEN} of {ACCESS_KEY_ID}",
        "RequestId": ACCESS_KEY_ID,
    }
    wire = Wire(answers(body, status=400))

    with pytest.raises(RejectedError) as caught:
        await wire.channel.send(REQUEST)

    shown = f"{caught.value} {caught.value.code} {caught.value.request_id}"
    for secret in (SECRET, TOKEN, ACCESS_KEY_ID):
        assert secret not in shown
    assert "cannot use ******** with ******** of ********" in shown


async def test_no_error_holds_the_url_or_the_body():
    target = "/?AppId=7&Secretive=never-shown"
    wire = Wire(failing(httpx.ConnectError(f"https://cloud.example{target}"), httpx.Response(200, text="never-shown")))

    with pytest.raises(BadResponseError) as caught:
        await wire.channel.send(Request("ListApp", "GET", target))

    assert "never-shown" not in repr(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


async def test_an_answer_does_not_print_its_body():
    wire = Wire(answers({"Data": [{"Password": "never-shown"}]}))

    assert "never-shown" not in repr(await wire.channel.send(REQUEST))


async def test_credentials_that_cannot_be_had_are_an_authentication_error():
    class Nothing:
        async def get(self):
            raise CredentialsError("accounts.shop.credentials: file not found")

    wire = Wire(answers(GOOD), credentials=Nothing())

    with pytest.raises(AuthError, match=r"ListCluster: accounts\.shop\.credentials: file not found"):
        await wire.channel.send(REQUEST)

    assert {"auth": 1} == wire.outcomes()
    assert [] == wire.requests


async def test_a_business_error_says_its_code_and_text():
    wire = Wire(answers({"Code": 102_000, "ErrorMsg": "no such cluster", "RequestId": "r-2"}))

    with pytest.raises(RejectedError) as caught:
        await wire.channel.send(REQUEST)

    shown = "ListCluster: business error 102000 (the call was refused): no such cluster"
    assert (shown, "102000", "r-2") == (str(caught.value), caught.value.code, caught.value.request_id)


async def test_a_product_that_hangs_leaves_slots_for_the_others():
    calls = AccountCalls("shop", "aliyun", 4, 2)
    for _ in range(2):
        await calls.slots_of("emr").acquire()
        await calls.slots.acquire()
    assert calls.slots_of("emr").locked()
    assert not calls.slots_of("retailcloud").locked()
    assert not calls.slots.locked()
