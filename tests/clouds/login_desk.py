"""A desk whose services are the test's own function; what was sent is kept, and which address it went to."""

from collections.abc import Callable
from dataclasses import replace
from itertools import count

import httpx

from exporter.clouds.account_calls import AccountCalls
from exporter.clouds.aliyun.dialect import AliyunDialect
from exporter.clouds.budget import Budget
from exporter.clouds.desk import Desk
from exporter.clouds.exchange import Dialect
from exporter.clouds.http import Channel, Outlet
from exporter.clouds.huaweicloud.dialect import HuaweiDialect
from exporter.clouds.signing import Access
from exporter.self_metrics import SelfMetrics
from tests.doubles import FakeClock

Respond = Callable[[httpx.Request], httpx.Response]
END = "2026-01-01T01:00:00Z"  # an hour after the clock's start


class LoginDesk:
    """The ``desk`` of one account.

    ``ends`` are those it was told, by slot, ``timeouts`` and ``regions`` those of its channels.
    """

    def __init__(self, respond: Respond, provider: str = "aliyun") -> None:
        self.clock = FakeClock()
        self.requests: list[httpx.Request] = []
        self.timeouts: dict[str, float] = {}
        self.regions: set[str] = set()
        self.ends: dict[str, float | None] = {}
        self.metrics = SelfMetrics("0", self.clock.now())
        self.desk = Desk("shop", self.clock, self._way, self.ends.__setitem__)
        self._provider = provider
        self._respond = respond
        client = httpx.AsyncClient(transport=httpx.MockTransport(self._answer))
        self._outlet = Outlet(client, self.metrics, self.clock.monotonic, self._nap, lambda: 0.5, 20.0)

    @property
    def targets(self) -> list[str]:
        """Method and URL of each request."""
        return [f"{request.method} {request.url}" for request in self.requests]

    def _way(
        self,
        product: str,
        endpoint: str,
        access: Access,
        *,
        region: str = "",
        dialect: Dialect | None = None,
        timeout: float | None = None,
    ) -> Channel:
        self.regions.add(region)
        self.timeouts[product] = timeout or self._outlet.timeout
        return Channel(
            replace(self._outlet, timeout=self.timeouts[product]),
            AccountCalls("shop", self._provider, 10),
            product=product,
            endpoint=endpoint,
            access=access,
            dialect=dialect or (AliyunDialect() if self._provider == "aliyun" else HuaweiDialect()),
            budget=Budget(1000, 1000, monotonic=self.clock.monotonic, sleep=self._nap),
        )

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        self.requests.append(request)
        return self._respond(request)

    async def _nap(self, seconds: float) -> None:
        self.clock.advance(seconds)


def lent(number: int = 1, **other: object) -> dict[str, object]:
    """A temporary key as Alibaba Cloud's services write it."""
    key = {"AccessKeyId": f"STS.id-{number}", "AccessKeySecret": f"secret-{number}", "SecurityToken": f"token-{number}"}
    return {**key, "Expiration": END, **other}


def nonces() -> Callable[[], str]:
    """Never the same twice."""
    numbers = count()
    return lambda: f"nonce-{next(numbers)}"
