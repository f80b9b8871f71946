"""A simulated cloud with a clock that stands still, and a client that signs as the vendors' documents say."""

import base64
import hashlib
import hmac
import json
import time
import urllib.parse
import uuid
from datetime import UTC, datetime
from email.utils import formatdate

import httpx
import pytest

from exporter.simulator import Quirks, SimulatedClock, Sizes, World, create_app

START = 1_767_600_000.0  # 2026-01-05 08:00:00 UTC
PROJECT = "0123456789abcdef0123456789abcdef"
VERSIONS = {
    "ListFlowProject": "2016-04-08",
    "ListFlowCluster": "2016-04-08",
    "DescribeHpcClusters": "2014-05-26",
    "DescribeRegions": "2014-05-26",
    "DescribeDBInstances": "2014-08-15",
    "DescribeBackups": "2014-08-15",
    "ListClusters": "2021-03-20",
}


def quoted(text: str) -> str:
    return urllib.parse.quote(text, safe="-_.~")


class Simulator:
    """The simulated cloud and signed calls to it; ``real`` is the real time that signatures are judged by."""

    def __init__(self, *, sizes: Sizes = Sizes(), scenario: str = "calm", seed: int = 7, **options: object) -> None:  # noqa: B008 - frozen
        self.real = START
        self.clock = SimulatedClock(lambda: self.real)
        self.world = World(seed, sizes, self.clock, scenario)
        self.app = create_app(self.world, **options)
        self.secret = "simulated-secret"
        self.access_key_id = "simulated-id"
        self.client = httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://simulated.test")

    def rpc_headers(self, action: str, query: dict[str, str], body: bytes = b"", **extra: str) -> dict[str, str]:
        headers = {
            "host": "simulated.test",
            "x-acs-action": action,
            "x-acs-version": VERSIONS.get(action, "2018-03-13"),
            "x-acs-date": datetime.fromtimestamp(self.real, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "x-acs-signature-nonce": uuid.uuid4().hex,
            "x-acs-content-sha256": hashlib.sha256(body).hexdigest(),
        } | {name.replace("_", "-"): value for name, value in extra.items()}
        if body:
            headers["content-type"] = "application/x-www-form-urlencoded"
        names = sorted(headers)
        pairs = "&".join(f"{quoted(key)}={quoted(query[key])}" for key in sorted(query))
        lines = "".join(f"{name}:{headers[name]}\n" for name in names)
        payload = headers["x-acs-content-sha256"]
        canonical = f"POST\n/\n{pairs}\n{lines}\n{';'.join(names)}\n{payload}"
        text = f"ACS3-HMAC-SHA256\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        signature = hmac.new(self.secret.encode(), text.encode(), "sha256").hexdigest()
        credential = f"Credential={self.access_key_id},SignedHeaders={';'.join(names)},Signature={signature}"
        return headers | {"authorization": f"ACS3-HMAC-SHA256 {credential}"}

    async def rpc(self, action: str, form: dict[str, object] | None = None, **query: object) -> httpx.Response:
        texts = {name: str(value) for name, value in query.items()}
        body = urllib.parse.urlencode({name: str(value) for name, value in (form or {}).items()}).encode()
        pairs = "&".join(f"{quoted(key)}={quoted(texts[key])}" for key in sorted(texts))
        url = "/" + (f"?{pairs}" if pairs else "")
        return await self.client.post(url, content=body, headers=self.rpc_headers(action, texts, body))

    async def data(self, action: str, form: dict[str, object] | None = None, **query: object) -> dict:
        answer = await self.rpc(action, form, **query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def roa(
        self, target: str = "/clusters", region: str = "cn-zhangjiakou", body: bytes | None = None, **extra: str
    ) -> httpx.Response:
        """A GET, or a POST where there is a body, which is not signed."""
        headers = {
            "accept": "application/json",
            "content-type": "application/json",
            "date": formatdate(self.real, usegmt=True),
            "x-acs-region-id": region,
            "x-acs-signature-method": "HMAC-SHA1",
            "x-acs-signature-nonce": uuid.uuid4().hex,
            "x-acs-signature-version": "1.0",
            "x-acs-version": "2015-11-11",
        } | {name.replace("_", "-"): value for name, value in extra.items()}
        method = "GET" if body is None else "POST"
        own = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers) if name.startswith("x-acs-"))
        text = f"{method}\n{headers['accept']}\n\n{headers['content-type']}\n{headers['date']}\n{own}{target}"
        signature = base64.b64encode(hmac.new(self.secret.encode(), text.encode(), "sha1").digest()).decode()
        headers["authorization"] = f"acs {self.access_key_id}:{signature}"
        if body is not None:
            headers["contentMd5"] = base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()
        return await self.client.request(method, target, content=body, headers=headers)

    async def huawei(
        self, query: str = "", project: str = PROJECT, path: str = "/v1/{}/clusters", **extra: str
    ) -> httpx.Response:
        headers = {
            "host": "simulated.test",
            "x-sdk-date": datetime.fromtimestamp(self.real, UTC).strftime("%Y%m%dT%H%M%SZ"),
        } | {name.replace("_", "-"): value for name, value in extra.items()}
        names = sorted(headers)
        lines = "".join(f"{name}:{headers[name]}\n" for name in names)
        path = path.format(project)
        canonical = f"GET\n{path}/\n{query}\n{lines}\n{';'.join(names)}\n{hashlib.sha256(b'').hexdigest()}"
        text = f"SDK-HMAC-SHA256\n{headers['x-sdk-date']}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        signature = hmac.new(self.secret.encode(), text.encode(), "sha256").hexdigest()
        authorization = (
            f"SDK-HMAC-SHA256 Access={self.access_key_id}, SignedHeaders={';'.join(names)}, Signature={signature}"
        )
        url = path + (f"?{query}" if query else "")
        return await self.client.get(url, headers=headers | {"authorization": authorization})

    async def tell(self, path: str, order: object = None) -> httpx.Response:
        """An order under /_sim."""
        return await self.client.post(f"/_sim/{path}", content=json.dumps(order).encode())

    def set_quirks(self, **changes: object) -> None:
        self.app.state.clouds.quirks = Quirks().changed(changes)


@pytest.fixture
def simulator() -> Simulator:
    """The default world, calm."""
    return Simulator()


@pytest.fixture
def simulator_of() -> type[Simulator]:
    """Simulators of other sizes, seeds and options."""
    return Simulator


@pytest.fixture
def stopwatch() -> object:
    """Real seconds, for tests of speed."""
    return time.perf_counter
