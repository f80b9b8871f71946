"""An exporter lives through minutes in which a product is throttled or a host is dead, in simulated time."""

import asyncio
import random
from collections import Counter
from itertools import count, pairwise

import httpx
import pytest

from benchmarks.simulated_time import LoopClock, live
from exporter.app import Exporter, Surroundings
from exporter.schedule import offset
from exporter.simulator import Fault, SimulatedClock, World, create_app
from tests.simulated import KEYS, SMALL, settings_of

pytestmark = pytest.mark.whole

LATENCY = 0.1  # seconds
COLLECTORS = ("retailcloud_clusters", "retailcloud_deploys")
RATE, BURST = 10, 20
REGIONS = ("cn-zhangjiakou", "cn-beijing")
_nonces = count()


class Clouds(httpx.AsyncBaseTransport):
    """Two accounts' worlds, a tenth of a second away; what is in ``down`` refuses connections, or hangs."""

    def __init__(self, clock: LoopClock) -> None:
        self.apps = {name: create_app(World(seed, SMALL, SimulatedClock(clock.now))) for seed, name in enumerate("ab")}
        self.down: dict[str, str] = {}
        self.calls: list[tuple[float, str]] = []
        self._clock = clock

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.calls.append((self._clock.monotonic(), request.url.host))
        if request.url.host in self.down:
            await asyncio.sleep(3600 if self.down[request.url.host] == "hangs" else 0)
            raise httpx.ConnectError("refused")
        await asyncio.sleep(LATENCY)
        return await httpx.ASGITransport(self.apps[request.url.host.split(".")[-2]]).handle_async_request(request)

    def sent(self, host: str, since: float = 0.0, until: float = 1e9) -> list[float]:
        return [at for at, to in self.calls if to == host and since <= at < until]


class Days:
    """An exporter of both accounts whose collections run at their own due times; ``results`` are theirs, in order."""

    def __init__(self, clock: LoopClock, only: tuple[str, ...] = COLLECTORS) -> None:
        self.clock = clock
        self.clouds = Clouds(clock)
        document = {
            "accounts": [
                {
                    "name": name,
                    "provider": "aliyun",
                    "regions": REGIONS,
                    "credentials": KEYS,
                    "endpoints": {
                        "retailcloud": f"https://retailcloud.{name}.example",
                        "ecs": f"https://ecs.{{region}}.{name}.example",
                    },
                }
                for name in "ab"
            ],
            "collectors": {"ecs_hpc_clusters": {"interval": "1m", "timeout": "50s"}},
        }
        chance = random.Random(3)
        surroundings = Surroundings(
            environ={},
            clock=clock,
            sleep=asyncio.sleep,
            chance=chance.random,
            nonce=lambda: f"day-{next(_nonces)}",
            transport=self.clouds,
        )
        self.exporter = Exporter(settings_of(document), surroundings, only=only)
        self.results: list[tuple[float, str, str, str]] = []  # ended at, account, region, result
        self._lives: list[asyncio.Task] = []

    async def __aenter__(self) -> "Days":
        self._lives = [asyncio.create_task(self._run(each)) for each in self.exporter.collections]
        return self

    async def __aexit__(self, *_) -> None:
        for life in self._lives:
            life.cancel()
        await asyncio.gather(*self._lives, return_exceptions=True)
        await self.exporter.close()

    async def _run(self, collection) -> None:
        interval = collection.limits.interval
        due = interval * (0.5 + 0.5 * offset(str(collection.key)))
        while True:
            status = await collection.run()
            self.results.append((self.clock.monotonic(), *collection.key[1:], status.result))
            while due <= self.clock.monotonic():
                due += interval
            await asyncio.sleep(due - self.clock.monotonic())

    async def pass_by(self, minutes: float) -> float:
        """Let time pass; the moment it is then."""
        await asyncio.sleep(60 * minutes)
        return self.clock.monotonic()

    def ended(self, account: str, since: float, until: float = 1e9, region: str | None = None) -> Counter[str]:
        """How the runs of an account ended that ended within this time."""
        return Counter(
            result
            for at, name, where, result in self.results
            if name == account and since <= at < until and region in {None, where}
        )


def within_budget(sent: list[float]) -> bool:
    return all(
        last - first + 1 <= BURST + RATE * (sent[last] - sent[first]) + 1
        for first in range(len(sent))
        for last in range(first, len(sent))
    )


@pytest.mark.parametrize("retry_after", [0, 5000, 600_000])
def test_a_product_that_is_throttled_gets_no_more_than_its_budget_and_recovers_within_one_interval(retry_after):
    async def life(clock):
        async with Days(clock) as days:
            began = await days.pass_by(2.5)
            faults = days.clouds.apps["a"].state.faults
            faults.add(Fault(fault="throttled", retry_after=retry_after))
            over = await days.pass_by(6)
            faults.clear()
            await days.pass_by(3.5)
            return days, began, over

    days, began, over = live(life)

    sent = days.clouds.sent("retailcloud.a.example", began, over)
    assert within_budget(sent)
    # Those that were under way at first, and one call a pause.
    longest_quiet = min(max(retry_after / 1000, 0), 60)
    assert len(sent) <= 30 + 360 / max(longest_quiet, 1)
    quiet = [later - earlier for earlier, later in pairwise(sent) if later - earlier > 2 * LATENCY]
    assert all(pause >= longest_quiet for pause in quiet)
    # What fails says why, from the first run that began in it.
    during = days.ended("a", began + 110, over, "global")
    assert {"throttled"} == during.keys() - {"partial"}
    assert {"success"} == days.ended("b", 0).keys()
    # A run begins within one interval, and it may have to wait for the end of a pause.
    assert {"success"} == days.ended("a", over + 60 + min(75, 1.25 * longest_quiet), region="global").keys()


@pytest.mark.parametrize("retry_after", [0, 45_000])
def test_a_cold_start_in_a_throttled_account_says_throttled_also_where_one_waits_for_another(retry_after):
    async def life(clock):
        inventories = ("retailcloud_apps", "retailcloud_deploys", "retailcloud_instances", "retailcloud_claims")
        days = Days(clock, inventories)
        days.clouds.apps["a"].state.faults.add(Fault(fault="throttled", retry_after=retry_after))
        async with days:
            await days.pass_by(11)
            return days

    days = live(life)

    assert {"throttled"} == days.ended("a", 0).keys()
    assert {"success"} == days.ended("b", 0).keys()


@pytest.mark.parametrize("how", ["refuses", "hangs"])
def test_a_dead_host_costs_one_call_a_run_and_is_noticed_alive_by_the_next(how):
    async def life(clock):
        async with Days(clock) as days:
            began = await days.pass_by(2.5)
            days.clouds.down["retailcloud.a.example"] = how
            over = await days.pass_by(6)
            del days.clouds.down["retailcloud.a.example"]
            await days.pass_by(3.5)
            return days, began, over

    days, began, over = live(life)

    noticed = began + 110  # the first runs of both that poll every minute have ended
    runs = days.ended("a", noticed, over, "global")
    sent = days.clouds.sent("retailcloud.a.example", noticed, over)
    assert len(sent) <= runs.total() + 1
    assert runs.keys() <= ({"unavailable"} if how == "refuses" else {"timeout"})
    assert {"success"} == days.ended("b", 0).keys()
    assert {"success"} == days.ended("a", over + 60 + 20, region="global").keys()


def test_a_dead_region_takes_no_other_region_along():
    async def life(clock):
        async with Days(clock, ("retailcloud_clusters", "ecs_hpc_clusters")) as days:
            began = await days.pass_by(2.5)
            days.clouds.down["ecs.cn-beijing.a.example"] = "hangs"
            await days.pass_by(6)
            return days, began

    days, began = live(life)

    assert {"timeout"} == days.ended("a", began + 60, region="cn-beijing").keys()
    assert {"success"} == days.ended("a", 0, region="cn-zhangjiakou").keys()
    assert {"success"} == days.ended("a", 0, region="global").keys()
    assert len(days.clouds.sent("ecs.cn-beijing.a.example", began)) <= 6 + 3
    page = [
        sample.value
        for family in days.exporter.metrics.registry.collect()
        for sample in family.samples
        if sample.name == "cluster_exporter_api_silent_hosts" and sample.labels["product"] == "ecs"
    ]
    assert [0, 1] == sorted(page)
