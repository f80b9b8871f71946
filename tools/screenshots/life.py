"""A day in the life of a simulated shop, as an exporter shows it: lived through in simulated time, in a minute or two.

The world, its clock and everything that happens are the same every time, so that the pictures only change when
something that they show does.
"""

import asyncio
import json
import math
import random
from collections.abc import Iterable, Mapping
from itertools import count

import httpx

from benchmarks.simulated_time import LoopClock, live
from exporter.app import Exporter, collector_defaults
from exporter.backfill import METRICS, Grid
from exporter.cli.backfill import read_past
from exporter.collection import Collection
from exporter.schedule import offset
from exporter.settings.loading import load
from exporter.simulator import SimulatedClock, Sizes, World, create_app
from exporter.simulator.faults import Faults
from exporter.surroundings import Surroundings
from tools.screenshots.events import DAY, EVENTS, HOUR, MINUTE
from tools.screenshots.samples import Samples, labels_of

END = 1_773_139_800.0
"""Now, in all pictures: 2026-03-10 10:50 UTC, almost seven in the evening in Shanghai."""
LIVED = 30 * HOUR
"""How long all collectors run before the end, scraped every minute."""
WEEK = 7 * DAY
"""How long before that only backups are collected, and deploys are filled in by ``backfill``."""
STEP = 5 * MINUTE
"""The time between two samples of that week."""
_SIZES = Sizes(nodes=12, apps=8, emr_2021_clusters=5, modelarts_pools=4)  # one cluster is rather full
_URL = "http://127.0.0.1:10991"
_JOB = "cloud-cluster-exporter"
_NONCES = count()


class FarAway(httpx.AsyncBaseTransport):
    """The simulated clouds at the end of a line that is slow at times."""

    def __init__(self, transport: httpx.AsyncBaseTransport) -> None:
        self._transport = transport
        self._rolls = random.Random(5)  # noqa: S311 -- guards no secret

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer after a while; lists of orders take longest."""
        orders = "DeployOrder" in request.headers.get("x-acs-action", "")
        await asyncio.sleep(self._rolls.lognormvariate(math.log(0.35 if orders else 0.09), 0.5))
        return await self._transport.handle_async_request(request)


def past(replicas: int = 1) -> Samples:
    """Everything that Prometheus would have scraped until END, from as many exporters of the same cloud."""
    samples = [Samples() for _ in range(replicas)]
    live(lambda clock: _life(clock, samples), END - LIVED - WEEK)
    together = samples[0]
    for other in samples[1:]:
        together.series.update(other.series)
    return together


async def _life(clock: LoopClock, samples: list[Samples]) -> None:
    world = World(7, _SIZES, SimulatedClock(clock.now))
    app = create_app(world)
    transport = FarAway(httpx.ASGITransport(app))
    happening = asyncio.create_task(_happen(world, app.state.faults, clock))
    await asyncio.gather(*(_week(each, number, clock, transport) for number, each in enumerate(samples)))
    await asyncio.gather(*(_day(each, number, clock, transport) for number, each in enumerate(samples)))
    await happening


async def _week(samples: Samples, number: int, clock: LoopClock, transport: httpx.AsyncBaseTransport) -> None:
    """Backups are collected; at its end, deploys are filled in, as the command ``backfill`` does it."""
    exporter = _exporter(clock, transport, number, only=("rds_backups",))
    await _run(exporter, samples, number, clock, until=END - LIVED, step=STEP)
    exporter = _exporter(clock, transport, number, only=("retailcloud_deploys",), patient=True)
    grid = Grid.between(END - LIVED - WEEK, END - LIVED, STEP)
    timeline, _ = await read_past(exporter, _surroundings(clock, transport, number), (), grid)
    await exporter.close()
    for metric in METRICS:
        for values, runs in timeline.of(metric).items():
            labels = labels_of(metric.name, {**_target(number), **dict(zip(metric.labels, values, strict=True))})
            for run in runs:
                for index in range(run.start, run.end):
                    samples.add(labels, grid.moment(index), run.value)


async def _day(samples: Samples, number: int, clock: LoopClock, transport: httpx.AsyncBaseTransport) -> None:
    """Everything is collected."""
    exporter = _exporter(clock, transport, number)
    await _run(exporter, samples, number, clock, until=END, step=MINUTE)


async def _run(
    exporter: Exporter, samples: Samples, number: int, clock: LoopClock, *, until: float, step: float
) -> None:
    """Run an exporter until a moment, and scrape it."""
    tasks = [asyncio.create_task(_keep_running(each, clock)) for each in exporter.collections]
    await _scrape(exporter, samples, _target(number), clock, until=until, step=step)
    crashed = [task.exception() for task in tasks if task.done()]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await exporter.close()
    if crashed:
        raise crashed[0] or RuntimeError


def _exporter(
    clock: LoopClock,
    transport: httpx.AsyncBaseTransport,
    number: int,
    *,
    only: Iterable[str] = (),
    patient: bool = False,
) -> Exporter:
    prefix = "CLOUD_CLUSTER_EXPORTER_"
    environ = {f"{prefix}{key.upper()}": json.dumps(value) for key, value in _settings().items()}
    settings = load(None, environ, collector_defaults())
    return Exporter(settings, _surroundings(clock, transport, number), only=only, patient=patient)


def _surroundings(clock: LoopClock, transport: httpx.AsyncBaseTransport, number: int) -> Surroundings:
    return Surroundings(
        environ={},
        clock=clock,
        sleep=asyncio.sleep,
        chance=random.Random(number).random,  # noqa: S311 -- guards no secret
        nonce=lambda: f"nonce-{next(_NONCES)}",
        transport=transport,
    )


def _settings() -> dict[str, object]:
    keys = {"access_key_id": "simulated-id", "access_key_secret": "simulated-secret"}
    aliyun = dict.fromkeys(("retailcloud", "emr", "ecs", "rds", "batchcompute"), _URL)
    huawei = {"modelarts": _URL}
    project = {"project_id": "0123456789abcdef0123456789abcdef"}
    return {
        "accounts": [
            {
                "name": "shop",
                "provider": "aliyun",
                "regions": ["cn-zhangjiakou", "cn-hangzhou"],
                "credentials": keys,
                "endpoints": aliyun,
            },
            {
                "name": "ml",
                "provider": "huaweicloud",
                "regions": ["cn-north-4"],
                "credentials": keys,
                "endpoints": huawei,
                **project,
            },
        ],
        "collectors": {"batchcompute_clusters": {"enabled": True}},
    }


def _target(number: int) -> dict[str, str]:
    return {"job": _JOB, "instance": f"exporter-{number}:10990"}


async def _keep_running(collection: Collection, clock: LoopClock) -> None:
    """Run a collection at its due times, as the schedule does: at once, then at its own offset every interval."""
    interval = collection.limits.interval
    due = interval * (0.5 + 0.5 * offset(str(collection.key)))
    while True:
        await collection.run()
        while due <= clock.monotonic():
            due += interval
        await asyncio.sleep(due - clock.monotonic())


async def _scrape(
    exporter: Exporter, samples: Samples, target: Mapping[str, str], clock: LoopClock, *, until: float, step: float
) -> None:
    """Scrape an exporter every so many seconds until a moment, as Prometheus does."""
    transport = httpx.ASGITransport(exporter.web())
    async with httpx.AsyncClient(transport=transport, base_url="http://exporter") as client:
        while clock.now() + step <= until:
            await asyncio.sleep(step)
            moment = clock.now()
            answer = await client.get("/metrics", headers={"accept-encoding": "identity"})
            samples.scrape(answer.text, moment, target)
            samples.add(labels_of("up", target), moment, 1.0)


async def _happen(world: World, faults: Faults, clock: LoopClock) -> None:
    for event in sorted(EVENTS, key=lambda each: -each.before):
        await asyncio.sleep(max(0.0, END - event.before - clock.now()))
        world.advance()
        event.happen(world, faults)
