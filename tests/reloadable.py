"""An exporter of the simulated clouds that runs on its timers and whose settings change."""

import asyncio
import copy
from collections.abc import Callable

import httpx

from exporter.reloading import Reloading
from exporter.settings.mistake import Mistake, SettingsError
from exporter.settings.model import Settings
from exporter.simulator import Sizes
from exporter.web import Reloaded
from tests.simulated import Simulated, document, settings_of

TINY = Sizes(
    clusters=2,
    nodes=2,
    apps=2,
    environments=2,
    orders_per_day=1,
    volumes=1,
    claims=1,
    rds_instances=1,
    rds_replicas=0,
    rds_elsewhere=0,
    backup_days=1,
    emr_clusters=1,
    emr_2021_clusters=1,
    hpc_clusters=1,
    batchcompute_clusters=1,
    modelarts_clusters=1,
    modelarts_pools=2,
)


class Gate(httpx.AsyncBaseTransport):
    """Holds the calls whose target holds ``held`` until it is opened or they are called off."""

    def __init__(self, transport: httpx.AsyncBaseTransport) -> None:
        self.held = ""
        self.waiting = 0
        self.called_off = 0
        self.reached = asyncio.Event()
        self._opened = asyncio.Event()
        self._transport = transport

    def hold(self, target: str) -> None:
        self.held, self._opened = target, asyncio.Event()

    def open(self) -> None:
        self.held = ""
        self._opened.set()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self.held and self.held in str(request.url):
            self.waiting += 1
            self.reached.set()
            try:
                await self._opened.wait()
            except asyncio.CancelledError:
                self.called_off += 1
                raise
        return await self._transport.handle_async_request(request)


class Reloadable(Simulated):
    """The settings are ``document``; tests change it and reload."""

    def __init__(self, *, sizes: Sizes = TINY, **more: object) -> None:
        super().__init__(sizes=sizes, **more)
        self.gate = self.transport._transport = Gate(self.transport._transport)
        self.document = copy.deepcopy(document(self.world))
        self.mistake = ""
        self.reads = 0
        self.before_read: Callable[[], None] = lambda: None
        self.altered: Callable[[Settings], Settings] = lambda settings: settings
        self.reloading = Reloading(self.exporter, self._read, {})

    def _read(self) -> Settings:
        self.reads += 1
        self.before_read()
        if self.mistake:
            raise SettingsError([Mistake("accounts[0].name", self.mistake, "config.yml", 3)])
        return self.altered(settings_of(self.document))

    @property
    def shop(self) -> dict[str, object]:
        """The settings of the account at Alibaba Cloud."""
        return self.document["accounts"][0]

    @property
    def ml(self) -> dict[str, object]:
        """The settings of the account at Huawei Cloud."""
        return self.document["accounts"][1]

    async def start(self) -> None:
        """Run on timers; returns once every collection was tried."""
        self.exporter.schedule.start()
        await self.exporter.schedule.all_tried()

    async def reload(self) -> Reloaded:
        """Read the settings again; returns once what runs at once has run."""
        outcome = await self.reloading.reload("test")
        await self.exporter.schedule.all_tried()
        return outcome

    async def settled(self) -> None:
        """Return once the runs under way have ended and are on the page."""
        async with asyncio.timeout(10):
            await asyncio.gather(*self.exporter.schedule._runs)

    async def stop(self) -> None:
        """End it all."""
        await self.reloading.stop()
        await self.exporter.schedule.stop(0)
        await self.exporter.close()

    async def page(self) -> str:
        """The whole page, with the exporter's own counters."""
        return (await self.get("/metrics")).text

    def value(self, name: str, **labels: str) -> float | None:
        """One of the exporter's own counters."""
        return self.exporter.metrics.registry.get_sample_value(name, labels)

    def collection(self, name: str) -> object:
        """The collection of a collector."""
        [found] = [each for each in self.exporter.collections if each.key.collector == name]
        return found

    def starts(self) -> dict[str, float]:
        """When each collection last began to run."""
        return {str(each.key): each.started_at for each in self.exporter.collections}
