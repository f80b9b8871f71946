"""A channel to a pretended cloud: the test's own function answers, and what was sent is kept."""

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import parse_qsl

import httpx

from exporter.clouds.account_calls import AccountCalls
from exporter.clouds.aliyun.acs3 import Acs3Auth
from exporter.clouds.aliyun.dialect import AliyunDialect
from exporter.clouds.aliyun.roa import RoaAuth
from exporter.clouds.budget import Budget
from exporter.clouds.credentials import Credentials, CredentialsProvider, StaticCredentials
from exporter.clouds.http import Channel, Outlet
from exporter.clouds.huaweicloud.dialect import HuaweiDialect
from exporter.clouds.huaweicloud.sdk_hmac import SdkHmacAuth
from exporter.clouds.signing import Access, SignedAccess
from exporter.self_metrics import SelfMetrics
from tests.doubles import FakeClock

FIXTURES = Path(__file__).parent.parent / "fixtures"
ACCESS_KEY_ID, SECRET, TOKEN = "an-access-key-id", "the-secret/of+this=key", "the-token/of+this=session"

Respond = Callable[[httpx.Request], httpx.Response | Awaitable[httpx.Response]]


def sample(name: str) -> dict[str, object]:
    """An answer in the form of the vendor's own sample, by ``vendor/Operation``."""
    read: dict[str, object] = json.loads((FIXTURES / f"{name}.json").read_text())
    return read


def query_of(request: httpx.Request) -> dict[str, str]:
    """The parameters in the URL."""
    return dict(parse_qsl(request.url.query.decode(), keep_blank_values=True))


def form_of(request: httpx.Request) -> dict[str, str]:
    """The parameters in the body."""
    return dict(parse_qsl(request.content.decode(), keep_blank_values=True))


class Wire:
    """One account with a channel; waiting costs no time and is written down in ``naps`` (seconds)."""

    def __init__(
        self,
        respond: Respond | httpx.AsyncBaseTransport,
        *,
        product: str = "retailcloud",
        provider: str = "aliyun",
        endpoint: str = "https://cloud.example",
        region: str = "cn-hangzhou",
        project: str = "",
        credentials: CredentialsProvider | None = None,
        access: Access | None = None,
        timeout: float = 5.0,
        rate: float = 1000.0,
        burst: int = 1000,
        clock: FakeClock | None = None,
        kind: type[Channel] = Channel,
        budget: Budget | None = None,
        account: AccountCalls | None = None,
        metrics: SelfMetrics | None = None,
    ) -> None:
        self.requests: list[httpx.Request] = []
        self.naps: list[float] = []
        self.clock = clock or FakeClock()
        self.metrics = metrics or SelfMetrics("0", self.clock.now())
        self._respond = respond
        self._nonces = 0
        transport = respond if isinstance(respond, httpx.AsyncBaseTransport) else httpx.MockTransport(self._answer)
        outlet = Outlet(
            httpx.AsyncClient(transport=transport),
            self.metrics,
            self.clock.monotonic,
            self._nap,
            lambda: 0.5,
            timeout,
        )

        def auth(key: Credentials) -> httpx.Auth:
            if provider == "huaweicloud":
                return SdkHmacAuth(key, self.clock.now, project)
            if product == "batchcompute":
                return RoaAuth(key, self.clock.now, self._nonce, region)
            return Acs3Auth(key, self.clock.now, self._nonce)

        async def project_id() -> str:
            return project

        credentials = credentials or StaticCredentials(ACCESS_KEY_ID, SECRET, TOKEN)
        self.account = account or AccountCalls("shop", provider, 10)
        self.budget = budget or Budget(rate, burst, monotonic=self.clock.monotonic, sleep=self._nap)
        self.channel = kind(
            outlet,
            self.account,
            product=product,
            endpoint=endpoint,
            access=access or SignedAccess(credentials, auth),
            dialect=AliyunDialect() if provider == "aliyun" else HuaweiDialect(),
            budget=self.budget,
            region=region,
            project=project_id,
        )

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        self.requests.append(request)
        answer = self._respond(request)
        return answer if isinstance(answer, httpx.Response) else await answer

    async def _nap(self, seconds: float) -> None:
        self.naps.append(seconds)
        self.clock.advance(seconds)

    def _nonce(self) -> str:
        self._nonces += 1
        return f"nonce-{self._nonces}"

    def counted(self, name: str, **labels: str) -> float | None:
        """A value of the exporter's own counters, the labels of this channel filled in."""
        own = {"provider": self.account.provider, "account": self.account.name, "product": self.channel.product}
        return self.metrics.registry.get_sample_value(name, own | labels)

    def outcomes(self) -> dict[str, float]:
        """How often each outcome of a call was counted."""
        return {
            one.labels["outcome"]: one.value
            for family in self.metrics.registry.collect()
            for one in family.samples
            if one.name == "cluster_exporter_api_requests_total"
        }


def answers(*bodies: object, status: int = 200) -> Respond:
    """Answer with these JSON bodies in turn, the last one again and again."""
    left = list(bodies)

    def respond(request: httpx.Request) -> httpx.Response:
        body = left.pop(0) if len(left) > 1 else left[0]
        return httpx.Response(status, json=body)

    return respond
