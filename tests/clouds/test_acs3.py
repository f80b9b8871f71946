"""ACS3-HMAC-SHA256: the published examples, and that httpx sends what was signed."""

import hashlib
import hmac
import traceback
from collections.abc import Callable
from itertools import count

import httpx
import pytest

from exporter.clouds.aliyun import acs3
from exporter.clouds.credentials import Credentials
from exporter.clouds.encoding import encode_form, encode_query

EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
PUBLISHED = Credentials("YourAccessKeyId", "YourAccessKeySecret")
PUBLISHED_QUERY = "ImageId=win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd&RegionId=cn-shanghai"
PUBLISHED_HEADERS = [
    ("Host", "ecs.cn-shanghai.aliyuncs.com"),
    ("x-acs-action", "RunInstances"),
    ("x-acs-version", "2014-05-26"),
]
SIGNED = "host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version"

published = pytest.mark.parametrize(
    ("now", "date", "nonce", "canonical_hash", "signature"),
    [
        (
            1698315752,
            "2023-10-26T10:22:32Z",
            "3156853299f313e23d1673dc12e1703d",
            "7ea06492da5221eba5297e897ce16e55f964061054b7695beedaac1145b1e259",
            "06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0",
        ),
        (
            1698310861,
            "2023-10-26T09:01:01Z",
            "d410180a5abf7fe235dd9b74aca91fc0",
            "29622f5feb1e9fcaaa2e276a72889c975f7b16f00e02be1ca34965b18cd85015",
            "e521358f7776c97df52e6b2891a8bc73026794a071b50c3323388c4e0df64804",
        ),
    ],
)


@published
def test_the_published_requests_have_their_published_headers(
    now: float, date: str, nonce: str, canonical_hash: str, signature: str
):
    added = acs3.sign("POST", "/", PUBLISHED_QUERY, PUBLISHED_HEADERS, b"", credentials=PUBLISHED, now=now, nonce=nonce)

    assert added == {
        "x-acs-date": date,
        "x-acs-signature-nonce": nonce,
        "x-acs-content-sha256": EMPTY,
        "authorization": (f"ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders={SIGNED},Signature={signature}"),
    }


@published
def test_the_published_requests_have_their_published_intermediate_hash(
    now: float, date: str, nonce: str, canonical_hash: str, signature: str
):
    headers = [
        *PUBLISHED_HEADERS,
        ("x-acs-date", date),
        ("x-acs-signature-nonce", nonce),
        ("x-acs-content-sha256", EMPTY),
    ]
    canonical = acs3.canonical_request("POST", "/", PUBLISHED_QUERY, headers, EMPTY)

    assert acs3.string_to_sign(canonical) == f"ACS3-HMAC-SHA256\n{canonical_hash}"
    assert acs3.signature("YourAccessKeySecret", canonical) == signature


def test_the_vendors_own_signature_test_gives_the_same():
    payload_hash = "55e12e91650d2fec56ec74e1d3e4ddbfce2ef3a65890c2a19ecf88a307e76a23"
    headers = [("x-acs-test", "http"), ("x-acs-TEST", "https")]
    canonical = acs3.canonical_request("GET", "/", "test=ok&empty=", headers, payload_hash)

    assert canonical == f"GET\n/\nempty=&test=ok\nx-acs-test:http,https\n\nx-acs-test\n{payload_hash}"
    assert acs3.signature("secret", canonical) == "d16b30a7699ae9e43875b13195b2f81bcc3ed10c14a9b5eb780e51619aa50be1"


def test_the_body_is_signed_by_its_sha_256():
    added = acs3.sign("POST", "/", "", [], b"test", credentials=PUBLISHED, now=0, nonce="n")

    assert added["x-acs-content-sha256"] == "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


def test_a_header_that_a_proxy_may_change_is_not_signed():
    plain = acs3.sign("GET", "/", "", PUBLISHED_HEADERS, b"", credentials=PUBLISHED, now=0, nonce="n")
    headers = [*PUBLISHED_HEADERS, ("user-agent", "x"), ("accept", "application/json"), ("connection", "close")]

    assert acs3.sign("GET", "/", "", headers, b"", credentials=PUBLISHED, now=0, nonce="n") == plain


def verified(request: httpx.Request, secret: str) -> bool:
    """Check a received request in the words of the vendor's document, with none of the signer's code."""
    algorithm, _, rest = request.headers["authorization"].partition(" ")
    fields = dict(field.split("=", 1) for field in rest.split(","))
    names = fields["SignedHeaders"].split(";")
    must = {n for n in request.headers if n in {"host", "content-type"} or n.startswith("x-acs-")}
    assert algorithm == "ACS3-HMAC-SHA256"
    assert names == sorted(must)
    path, _, query = request.url.raw_path.decode().partition("?")
    body_hash = hashlib.sha256(request.content).hexdigest()
    assert request.headers["x-acs-content-sha256"] == body_hash
    lines = "".join(f"{name}:{request.headers[name]}\n" for name in names)
    canonical = f"{request.method}\n{path}\n{query}\n{lines}\n{';'.join(names)}\n{body_hash}"
    text = f"ACS3-HMAC-SHA256\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    return hmac.new(secret.encode(), text.encode(), "sha256").hexdigest() == fields["Signature"]


class Cloud:
    """Keeps what it is sent."""

    def __init__(self) -> None:
        self.received: list[httpx.Request] = []

    def client(self, auth: httpx.Auth) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=httpx.MockTransport(self.answer), auth=auth)

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.received.append(request)
        return httpx.Response(200)


def nonces() -> Callable[[], str]:
    numbers = count(1)
    return lambda: f"nonce-{next(numbers)}"


def auth(token: str = "") -> acs3.Acs3Auth:
    return acs3.Acs3Auth(Credentials("an-id", "a-secret", token), lambda: 1698315752.9, nonces())


odd = pytest.mark.parametrize(
    "pairs",
    [
        [],
        [("Name", "店铺 一号"), ("Empty", "")],
        [("Sum", "1+1"), ("Star", "*"), ("Tilde", "~"), ("Rest", "!'()#&=?/:@%2B,;$[]|^`{}<>\"\\")],
        [("PageSize", "100"), ("PageNum", "1"), ("StatusList.1", "4")],
    ],
)


@odd
@pytest.mark.parametrize("base", ["https://cloud.example", "https://cloud.example:8443", "http://127.0.0.1:10991"])
async def test_the_query_sent_is_the_query_signed(pairs: list[tuple[str, str]], base: str):
    cloud = Cloud()
    async with cloud.client(auth()) as client:
        await client.get(f"{base}/?{encode_query(pairs)}", headers={"x-acs-action": "A", "x-acs-version": "V"})

    [request] = cloud.received
    assert request.headers["host"] == base.partition("//")[2]
    assert verified(request, "a-secret")
    assert not verified(request, "another-secret")


@odd
async def test_the_form_sent_is_the_form_signed(pairs: list[tuple[str, str]]):
    cloud = Cloud()
    form = encode_form(pairs)
    headers = {"x-acs-action": "A", "x-acs-version": "V", "content-type": "application/x-www-form-urlencoded"}
    async with cloud.client(auth()) as client:
        await client.post("https://cloud.example/?AppId=1", content=form, headers=headers)

    [request] = cloud.received
    assert request.content == form
    assert "content-type" in request.headers["authorization"]
    assert verified(request, "a-secret")


async def test_a_query_in_another_spelling_is_signed_as_the_server_reads_it():
    cloud = Cloud()
    async with cloud.client(auth()) as client:
        await client.get("https://cloud.example/?b=*&a=%7E")
        await client.get("https://cloud.example/?a=~&b=%2A")
    loose, strict = cloud.received
    names = "host;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce"
    lines = "".join(f"{name}:{loose.headers[name]}\n" for name in names.split(";"))
    canonical = f"GET\n/\na=~&b=%2A\n{lines}\n{names}\n{EMPTY}"

    assert loose.headers["authorization"].endswith(acs3.signature("a-secret", canonical))
    assert verified(strict, "a-secret")


async def test_a_security_token_is_sent_and_signed():
    cloud = Cloud()
    async with cloud.client(auth("a-token")) as client:
        await client.get("https://cloud.example/")

    [request] = cloud.received
    assert request.headers["x-acs-security-token"] == "a-token"
    assert verified(request, "a-secret")


async def test_a_request_sent_again_is_signed_again():
    cloud = Cloud()
    times = iter([1698315752.0, 1698315812.0])
    again = acs3.Acs3Auth(Credentials("an-id", "a-secret"), lambda: next(times), nonces())
    async with cloud.client(again) as client:
        request = client.build_request("GET", "https://cloud.example/")
        seen = []
        for _ in range(2):
            await client.send(request)
            assert verified(request, "a-secret")
            seen.append((request.headers["x-acs-date"], request.headers["x-acs-signature-nonce"]))

    assert seen == [("2023-10-26T10:22:32Z", "nonce-1"), ("2023-10-26T10:23:32Z", "nonce-2")]


async def test_a_token_of_an_earlier_key_is_not_sent_again():
    cloud = Cloud()
    async with cloud.client(auth("a-token")) as client:
        request = client.build_request("GET", "https://cloud.example/")
        await client.send(request)
        await client.send(request, auth=auth())

    assert "x-acs-security-token" not in request.headers
    assert verified(request, "a-secret")


async def test_the_error_of_a_signed_request_shows_no_secret():
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError(f"refused {request} {request.headers['host']}", request=request)

    key = Credentials("LTAI5tExampleKeyId", "very-secret-value", "very-long-token")
    signing = acs3.Acs3Auth(key, lambda: 0, nonces())
    async with httpx.AsyncClient(transport=httpx.MockTransport(refuse), auth=signing) as client:
        with pytest.raises(httpx.ConnectError) as caught:
            await client.get("https://cloud.example/?PageNum=1")

    text = "".join(traceback.format_exception(caught.value))
    assert "PageNum=1" in text
    assert [secret for secret in key.secrets() if secret in text] == []
