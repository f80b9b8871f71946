"""A whole exporter in front of the simulated clouds, in one process and without a network or a real clock."""

import json
from collections.abc import Mapping
from itertools import count

import httpx

from exporter.app import Exporter, collector_defaults
from exporter.settings.loading import load
from exporter.settings.model import Settings
from exporter.simulator import Quirks, SimulatedClock, Sizes, World, create_app
from exporter.surroundings import Surroundings
from tests.doubles import FakeClock

URL = "http://127.0.0.1:10991"
KEYS = {"access_key_id": "simulated-id", "access_key_secret": "simulated-secret"}
_NONCES = count()  # the simulated clouds refuse one that they have seen, whichever exporter it came from
SMALL = Sizes(
    clusters=2,
    nodes=4,
    apps=2,
    environments=2,
    volumes=3,
    rds_instances=2,
    backup_days=3,
    emr_clusters=3,
    hpc_clusters=1,
    batchcompute_clusters=1,
    modelarts_clusters=2,
)


def document(world: World, keys: Mapping[str, str] = KEYS) -> dict[str, object]:
    """Settings for all products of the simulated clouds."""
    return {
        "accounts": [
            {
                "name": "shop",
                "provider": "aliyun",
                "regions": ["cn-zhangjiakou"],
                "credentials": dict(keys),
                "endpoints": dict.fromkeys(("retailcloud", "emr", "ecs", "rds", "batchcompute"), URL),
                "rds_instances": world.rds_instance_ids,
            },
            {
                "name": "ml",
                "provider": "huaweicloud",
                "regions": ["cn-north-4"],
                "project_id": "0123456789abcdef0123456789abcdef",
                "credentials": dict(keys),
                "endpoints": {"modelarts": URL},
            },
        ],
        "collectors": {"batchcompute_clusters": {"enabled": True}},
    }


def settings_of(document: Mapping[str, object]) -> Settings:
    """Settings read from the environment, as a user's would be."""
    prefix = "CLOUD_CLUSTER_EXPORTER_"
    written = {key: each if isinstance(each, str) else json.dumps(each) for key, each in document.items()}
    return load(None, {f"{prefix}{key.upper()}": each for key, each in written.items()}, collector_defaults())


class Counting(httpx.AsyncBaseTransport):
    """Counts the requests that pass."""

    def __init__(self, transport: httpx.AsyncBaseTransport) -> None:
        self.requests = 0
        self._transport = transport

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests += 1
        return await self._transport.handle_async_request(request)


class Simulated:
    """The simulated clouds and an exporter of them; both go by ``clock``, and waiting costs no time."""

    def __init__(
        self,
        *,
        sizes: Sizes = SMALL,
        seed: int = 7,
        quirks: Quirks = Quirks(),  # noqa: B008 -- frozen
        only: tuple[str, ...] = (),
    ) -> None:
        self.clock = FakeClock()
        self.world = World(seed, sizes, SimulatedClock(self.clock.now))
        self.clouds = create_app(self.world, quirks=quirks)
        self.transport = Counting(httpx.ASGITransport(self.clouds))
        self.exporter = exporter_of(settings_of(document(self.world)), self.transport, self.clock, only=only)

    async def run(self, seconds: float = 0) -> None:
        """Let time pass, then run every collection once."""
        self.clock.advance(seconds)
        await self.exporter.collect_once()

    async def page_of(self, collector: str) -> str:
        """The page of one collector, without the process' own counters."""
        return (await self.exporter.store.page_of({collector})).plain.decode()

    async def get(self, target: str, **headers: str) -> httpx.Response:
        """An answer of the exporter's own pages."""
        return await get(self.exporter, target, **headers)


def exporter_of(
    settings: Settings,
    transport: httpx.AsyncBaseTransport,
    clock: FakeClock,
    *,
    environ: Mapping[str, str] | None = None,
    only: tuple[str, ...] = (),
) -> Exporter:
    """An exporter whose network is ``transport``, and for which nothing is left to chance."""
    surroundings = Surroundings(
        environ=environ or {},
        clock=clock,
        sleep=_no_sleep,
        chance=lambda: 0.5,
        nonce=lambda: f"nonce-{next(_NONCES)}",
        transport=transport,
    )
    return Exporter(settings, surroundings, only=only)


async def get(exporter: Exporter, target: str, **headers: str) -> httpx.Response:
    """An answer of an exporter's pages."""
    transport = httpx.ASGITransport(exporter.web())
    async with httpx.AsyncClient(transport=transport, base_url="http://exporter") as client:
        return await client.get(target, headers={"accept-encoding": "identity", **headers})


async def _no_sleep(seconds: float) -> None:
    """Time is not waited for."""
