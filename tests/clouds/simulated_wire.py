"""A channel into the simulated cloud, with the keys that it publishes."""

from collections.abc import Mapping

import httpx

from exporter.clouds.credentials import StaticCredentials
from exporter.simulator import Quirks, SimulatedClock, Sizes, World, create_app
from tests.clouds.wire import Wire
from tests.doubles import FakeClock

REGION = "cn-zhangjiakou"  # the one that has something in it
PROJECT = "0123456789abcdef0123456789abcdef"


class SimulatedWire(Wire):
    """A channel and the world behind it; ``calls`` counts what arrived there."""

    def __init__(
        self,
        product: str,
        *,
        provider: str = "aliyun",
        sizes: Sizes = Sizes(),  # noqa: B008 -- frozen
        region: str = REGION,
        secret: str = "simulated-secret",
        project: str = "",
        **quirks: object,
    ) -> None:
        clock = FakeClock()
        self.world = World(7, sizes, SimulatedClock(clock.now))
        app = create_app(self.world, quirks=Quirks().changed(quirks))
        self.calls: Mapping[str, int] = app.state.calls
        self.faults = app.state.faults
        super().__init__(
            httpx.ASGITransport(app),
            product=product,
            provider=provider,
            endpoint="http://127.0.0.1:10991",
            region=region,
            project=project,
            credentials=StaticCredentials("simulated-id", secret),
            clock=clock,
        )
