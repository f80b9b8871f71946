"""SDK-HMAC-SHA256: the published examples, and that httpx sends what was signed."""

import hashlib
import hmac

import httpx
import pytest

from exporter.clouds.credentials import Credentials
from exporter.clouds.encoding import encode_query
from exporter.clouds.huaweicloud import sdk_hmac

NOW = 1591583940
DATE = "20200608T023900Z"
EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
HOST = "service.endpoint.myhuaweicloud.com"
PUBLISHED = Credentials("AccessKey", "SecretKey")


@pytest.mark.parametrize(
    ("method", "body", "signature"),
    [
        ("GET", b"", "cfb4171acec81de07d50e53d57eb77edd537414d66ddb1d7d780f128e12cd842"),
        ("POST", b'{"name":"test","id":1}', "436b1ac0a1ae03705934bb70ef2f2e09f7bfed2117d731a38235053199323a1f"),
    ],
)
def test_the_published_requests_have_their_published_signature(method: str, body: bytes, signature: str):
    headers = [("Host", HOST), ("TEST_UNDERSCORE", "TEST_VALUE")]

    assert sdk_hmac.sign(method, "/resources", "size=1", headers, body, credentials=PUBLISHED, now=NOW) == {
        "x-sdk-date": DATE,
        "authorization": (f"SDK-HMAC-SHA256 Access=AccessKey, SignedHeaders=host;x-sdk-date, Signature={signature}"),
    }


def test_the_published_request_has_its_published_intermediate_hash():
    canonical = sdk_hmac.canonical_request("GET", "/resources", "size=1", [("Host", HOST), ("X-Sdk-Date", DATE)], EMPTY)

    assert canonical == (f"GET\n/resources/\nsize=1\nhost:{HOST}\nx-sdk-date:{DATE}\n\nhost;x-sdk-date\n{EMPTY}")
    assert sdk_hmac.string_to_sign(DATE, canonical) == (
        f"SDK-HMAC-SHA256\n{DATE}\nde94dd1e1ccdb730b403ce35d7e14f7c7b04337f6def1c3a3a2ba936852b133f"
    )


def test_a_header_with_an_underscore_is_not_signed():
    headers = [("Host", HOST), ("x_test", "1"), ("x-a_b", "1")]
    added = sdk_hmac.sign("GET", "/", "", headers, b"", credentials=PUBLISHED, now=NOW)

    assert added == sdk_hmac.sign("GET", "/", "", [("Host", HOST)], b"", credentials=PUBLISHED, now=NOW)


def test_a_ready_content_hash_stands_for_the_body():
    headers = [("Host", HOST), ("X-Sdk-Content-Sha256", "UNSIGNED-PAYLOAD")]
    one, other = (
        sdk_hmac.sign("POST", "/", "", headers, body, credentials=PUBLISHED, now=NOW) for body in (b"one", b"other")
    )

    assert one == other
    assert "SignedHeaders=host;x-sdk-content-sha256;x-sdk-date," in one["authorization"]


def verified(request: httpx.Request, secret: str) -> bool:
    """Check a received request in the words of the vendor's document, with none of the signer's code."""
    algorithm, _, rest = request.headers["authorization"].partition(" ")
    fields = dict(field.split("=", 1) for field in rest.split(", "))
    names = fields["SignedHeaders"].split(";")
    must = {n for n in request.headers if n in {"host", "content-type"} or n.startswith("x-")}
    assert algorithm == "SDK-HMAC-SHA256"
    assert names == sorted(must)
    path, _, query = request.url.raw_path.decode().partition("?")
    path = path if path.endswith("/") else f"{path}/"
    lines = "".join(f"{name}:{request.headers[name]}\n" for name in names)
    body_hash = hashlib.sha256(request.content).hexdigest()
    canonical = f"{request.method}\n{path}\n{query}\n{lines}\n{';'.join(names)}\n{body_hash}"
    text = f"SDK-HMAC-SHA256\n{request.headers['x-sdk-date']}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
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


def auth(token: str = "", project_id: str = "", now: float = NOW) -> sdk_hmac.SdkHmacAuth:
    return sdk_hmac.SdkHmacAuth(Credentials("an-id", "a-secret", token), lambda: now, project_id)


@pytest.mark.parametrize("base", ["https://modelarts.example", "https://modelarts.example:8443"])
@pytest.mark.parametrize("path", ["/", "/v1/0123/clusters", "/v1/0123/clusters/", "/a/%E4%B8%80%20%2B%2A~%2F"])
@pytest.mark.parametrize(
    "pairs", [[], [("limit", "1"), ("test", "一 (&=?!#%.*)+~"), ("empty", ""), ("multi", "2"), ("multi", "1")]]
)
async def test_the_url_sent_is_the_url_signed(base: str, path: str, pairs: list[tuple[str, str]]):
    cloud = Cloud()
    target = f"{path}?{encode_query(pairs)}" if pairs else path
    async with cloud.client(auth()) as client:
        await client.get(base + target)

    [request] = cloud.received
    assert request.url.raw_path.decode() == target
    assert request.headers["host"] == base.partition("//")[2]
    assert verified(request, "a-secret")
    assert not verified(request, "another-secret")


async def test_the_body_sent_is_the_body_signed():
    cloud = Cloud()
    async with cloud.client(auth()) as client:
        await client.post("https://iam.example/v3/auth", json={"name": "一"})

    [request] = cloud.received
    assert "SignedHeaders=content-type;host;x-sdk-date," in request.headers["authorization"]
    assert verified(request, "a-secret")


async def test_project_and_security_token_are_sent_and_signed():
    cloud = Cloud()
    async with cloud.client(auth("a-token", "0123")) as client:
        await client.get("https://modelarts.example/v1/0123/clusters")

    [request] = cloud.received
    assert request.headers["x-project-id"] == "0123"
    assert request.headers["x-security-token"] == "a-token"
    assert verified(request, "a-secret")


async def test_a_request_sent_again_is_signed_again():
    cloud = Cloud()
    async with cloud.client(auth("a-token")) as client:
        request = client.build_request("GET", "https://modelarts.example/")
        await client.send(request)
        assert request.headers["x-sdk-date"] == DATE
        await client.send(request, auth=auth(now=NOW + 60))

    assert request.headers["x-sdk-date"] == "20200608T024000Z"
    assert "x-security-token" not in request.headers
    assert verified(request, "a-secret")
