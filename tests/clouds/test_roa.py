"""BatchCompute's HMAC-SHA1: the published examples, and that httpx sends what was signed."""

import base64
import hmac

import httpx
import pytest

from exporter.clouds.aliyun import roa
from exporter.clouds.credentials import Credentials
from exporter.clouds.encoding import encode_query


def test_an_empty_request_has_its_published_signature():
    text = roa.string_to_sign("GET", "", "", [])

    assert text == "GET\n\n\n\n\n"
    assert roa.signature("secret", text) == "XGXDWA78AEvx/wmfxKoVCq/afWw="


def test_the_published_string_to_sign():
    headers = [
        ("accept", "application/json"),
        ("content-md5", "md5"),
        ("content-type", "application/json"),
        ("date", "date"),
        ("x-acs-meta", "user"),
    ]

    assert roa.string_to_sign("GET", "Pathname", "test=tests&ccp=ok&test1=", headers) == (
        "GET\napplication/json\nmd5\napplication/json\ndate\nx-acs-meta:user\nPathname?ccp=ok&test=tests&test1"
    )


def test_the_published_signature_of_the_vendors_core():
    headers = [
        ("Accept", "application/octet-stream"),
        ("Date", "2018-12-04T03:55:31Z"),
        ("x-acs-signature-method", "HMAC-SHA1"),
        ("x-acs-signature-version", "1.0"),
    ]
    text = roa.string_to_sign("GET", "/", "", headers)

    assert roa.signature("access_key_secret", text) == "HKCpm41tJg6b3EYdtGMbNuwALZU="


def verified(request: httpx.Request, secret: str) -> bool:
    """Check a received request whose query is sorted, with none of the signer's code."""
    own = request.headers
    lines = "".join(f"{name}:{own[name]}\n" for name in sorted(own) if name.startswith("x-acs-"))
    first = "\n".join([request.method, own["accept"], "", own["content-type"], own["date"]])
    text = f"{first}\n{lines}{request.url.raw_path.decode()}"
    proof = base64.b64encode(hmac.new(secret.encode(), text.encode(), "sha1").digest()).decode()
    return own["authorization"] == f"acs an-id:{proof}"


async def sent(url: str, token: str = "", again: roa.RoaAuth | None = None) -> httpx.Request:
    received: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        received.append(request)
        return httpx.Response(200)

    auth = roa.RoaAuth(Credentials("an-id", "a-secret", token), lambda: 1477897533.9, lambda: "n", "cn-qingdao")
    async with httpx.AsyncClient(transport=httpx.MockTransport(answer), auth=auth) as client:
        request = client.build_request("GET", url)
        await client.send(request)
        if again:
            await client.send(request, auth=again)
    return received[-1]


async def test_the_headers_are_those_of_the_vendors_sdk():
    request = await sent("https://batchcompute.example/clusters")
    ours = {name: request.headers[name] for name in request.headers if name.startswith("x-acs-")}

    assert ours == {
        "x-acs-access-key-id": "an-id",
        "x-acs-region-id": "cn-qingdao",
        "x-acs-signature-method": "HMAC-SHA1",
        "x-acs-signature-nonce": "n",
        "x-acs-signature-version": "1.0",
        "x-acs-version": "2015-11-11",
    }
    assert request.headers.get_list("accept") == ["application/json"]
    assert request.headers.get_list("content-type") == ["application/json"]
    assert request.headers["date"] == "Mon, 31 Oct 2016 07:05:33 GMT"


@pytest.mark.parametrize(
    "target",
    [
        "/clusters",
        "/clusters?MaxItemCount=100",
        "/clusters?" + encode_query([("Marker", "标记 +*~/=&"), ("MaxItemCount", "100")]),
        "/clusters/cls-%E4%B8%80%20%2B%2A~/groups/g/instances?Marker",
    ],
)
@pytest.mark.parametrize("base", ["https://batchcompute.example", "http://127.0.0.1:10991"])
async def test_the_url_sent_is_the_url_signed(base: str, target: str):
    request = await sent(base + target)

    assert request.url.raw_path.decode() == target
    assert verified(request, "a-secret")
    assert not verified(request, "another-secret")


async def test_an_empty_parameter_is_signed_without_its_equals_sign():
    with_sign = await sent("https://batchcompute.example/clusters?Marker=")
    without = await sent("https://batchcompute.example/clusters?Marker")

    assert with_sign.headers["authorization"] == without.headers["authorization"]


async def test_a_security_token_is_sent_and_signed():
    request = await sent("https://batchcompute.example/clusters", token="a-token")

    assert request.headers["x-acs-security-token"] == "a-token"
    assert verified(request, "a-secret")


async def test_a_request_sent_again_is_signed_again():
    later = roa.RoaAuth(Credentials("an-id", "new-secret"), lambda: 1477897593, lambda: "m", "cn-qingdao")
    request = await sent("https://batchcompute.example/clusters", token="a-token", again=later)

    assert request.headers["x-acs-signature-nonce"] == "m"
    assert request.headers["date"] == "Mon, 31 Oct 2016 07:06:33 GMT"
    assert "x-acs-security-token" not in request.headers
    assert verified(request, "new-secret")
