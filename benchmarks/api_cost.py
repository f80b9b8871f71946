"""What a large fleet costs in API calls against a naive exporter, and how soon it shows a failed deploy.

The fleet is 100 clusters of 20 nodes, 200 apps with 3 environments each, 5 deploy orders a day and environment, and
20 RDS instances; every collector has its default interval, every product the default budget. The exporter is the real
one, its collections run at their own due times; the clouds are the simulated ones, 150 ms away. Time is simulated, too,
so that the hour takes some minutes.

    python benchmarks/api_cost.py [--minutes 60] [--failures 40]

The peer is computed, not run. A naive exporter asks on every scrape, and two Prometheus servers scrape it every 30 s:
240 scrapes an hour. It makes one call for each

    cluster + cluster x {detail, nodes, volumes} + app + app x environments
    + environment x {first page of orders, instances} + RDS instance

where "app x environments" is the list of an app's environments, one call an app. That leaves out its further pages
of lists, EMR, HPC, claims and pods, all of which our figure has.
"""

import argparse
import asyncio
import json
import random
import statistics
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from itertools import count

import httpx
from simulated_time import LoopClock, live
from starlette.types import ASGIApp

from exporter import logs
from exporter.app import Exporter, collector_defaults
from exporter.collection import Collection
from exporter.schedule import offset
from exporter.self_metrics import FINE_RESULTS
from exporter.settings.loading import load
from exporter.simulator import SimulatedClock, Sizes, World, create_app
from exporter.simulator.world.apps import Environment
from exporter.simulator.world.deploys import CLOSED, FAILED, Plan
from exporter.surroundings import Surroundings

FLEET = Sizes(
    clusters=100,
    nodes=2000,
    apps=200,
    environments=3,
    volumes=600,
    rds_instances=20,
    backup_days=14,
    orders_per_day=5.0,
)
LATENCY = 0.15  # seconds
WARM_UP = 900.0  # seconds: longer than it takes to look up the history of all environments
SCRAPES_AN_HOUR = 2 * 3600 // 30
REGION = "cn-zhangjiakou"
URL = "http://127.0.0.1:10991"
PRODUCTS = ("retailcloud", "emr", "ecs", "rds", "batchcompute")


class FarAway(httpx.AsyncBaseTransport):
    """The simulated clouds at the end of a long line."""

    def __init__(self, transport: httpx.AsyncBaseTransport) -> None:
        self._transport = transport

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer after a while."""
        await asyncio.sleep(LATENCY)
        return await self._transport.handle_async_request(request)


@dataclass
class Failure:
    """A deploy that goes wrong: from when on the page should tell it, where one of which signs, and when it did."""

    what: str
    due: float
    metric: bytes
    signs: list[bytes]
    seen: float | None = None


@dataclass
class Findings:
    """What was measured; times in simulated seconds since the cold start."""

    first_data: dict[str, float] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)
    calls: Counter[str] = field(default_factory=Counter)
    busiest_minute: int = 0
    stretched: set[str] = field(default_factory=set)
    failed_runs: Counter[str] = field(default_factory=Counter)


def naive_calls(sizes: Sizes) -> dict[str, int]:
    """The naive exporter's calls on one scrape, by what they ask for."""
    environments = sizes.apps * sizes.environments
    return {
        "cluster": sizes.clusters,
        "cluster x {detail, nodes, volumes}": 3 * sizes.clusters,
        "app": sizes.apps,
        "app x environments": sizes.apps,
        "environment x {orders, instances}": 2 * environments,
        "RDS instance": sizes.rds_instances,
    }


def exporter_of(app: ASGIApp, clock: LoopClock) -> Exporter:
    """An exporter of the simulated clouds with the settings that a user would write."""
    account = json.dumps(
        [
            {
                "name": "shop",
                "provider": "aliyun",
                "regions": [REGION],
                "credentials": {"access_key_id": "simulated-id", "access_key_secret": "simulated-secret"},
                "endpoints": dict.fromkeys(PRODUCTS, URL),
            }
        ]
    )
    nonces = count()
    chance = random.Random(1)
    surroundings = Surroundings(
        environ={},
        clock=clock,
        sleep=asyncio.sleep,
        chance=chance.random,
        nonce=lambda: f"nonce-{next(nonces)}",
        transport=FarAway(httpx.ASGITransport(app)),
    )
    return Exporter(load(None, {"CLOUD_CLUSTER_EXPORTER_ACCOUNTS": account}, collector_defaults()), surroundings)


async def keep_running(collection: Collection, clock: LoopClock, findings: Findings) -> None:
    """Run a collection at its due times, as the schedule does: at once, then at its own offset every interval."""
    interval = collection.limits.interval
    due = interval * (0.5 + 0.5 * offset(str(collection.key)))
    while True:
        status = await collection.run()
        not_all_yet = status.result == "partial" and not status.failed  # the first runs of a large fleet
        if status.result not in FINE_RESULTS and not not_all_yet:
            findings.failed_runs[f"{collection.collector.name} {status.result}"] += 1
        if status.interval > interval and clock.monotonic() > WARM_UP:
            findings.stretched.add(collection.collector.name)
        while due <= clock.monotonic():
            due += interval
        await asyncio.sleep(due - clock.monotonic())


async def watch_first_data(exporter: Exporter, clock: LoopClock, findings: Findings) -> None:
    """Note when each collector has something on the page for the first time, or knows that there is nothing."""
    while len(findings.first_data) < len(exporter.collections):
        for collection in exporter.collections:
            record = collection.record
            if record.block.series or record.status.last_success is not None:
                findings.first_data.setdefault(collection.collector.name, clock.monotonic())
        await asyncio.sleep(1)


async def break_deploys(world: World, clock: LoopClock, seconds: float, failures: int, findings: Findings) -> None:
    """Let deploys fail at any moment of the hour, half of them with an order that stays open, half at an end."""
    dice = random.Random(2)
    hopeful = [environment for environment in world.environments if environment.production]
    chosen = dice.sample(hopeful, failures)
    moments = sorted(dice.uniform(0, seconds - 180) for _ in chosen)
    for number, (environment, moment) in enumerate(zip(chosen, moments, strict=True)):
        await asyncio.sleep(max(0.0, WARM_UP + moment - clock.monotonic()))
        world.advance()
        findings.failures.append(break_one(world, clock, environment, stays_open=number % 2 == 0))


def break_one(world: World, clock: LoopClock, environment: Environment, *, stays_open: bool) -> Failure:
    """Start an order that fails after 5 s; what the page must say of it, and from when on."""
    latest = world.orders.latest(environment)
    if latest is not None and latest.is_open(world.now):
        latest.end = world.now - 1
    world.orders.held.add(environment.id)
    labels = f'env_id="{environment.id}",env_name="{environment.name}"'
    due = clock.monotonic() + 5
    if stays_open:
        plan = Plan(1800, CLOSED, instances=4, ready=1, ready_within=20, failing=(5.0, 30.0))
        world.orders.start(world.now, environment, plan)
        steps = ("start_app_instance", "stop_app_instance", "delete_app_instance", "unknown")
        signs = [f'{labels},step="{step}"}} {pods}\n'.encode() for step in steps for pods in (1, 2)]
        return Failure("first failed pod", due, b"aliyun_retailcloud_deploy_latest_failed_pods", signs)
    world.orders.start(world.now, environment, Plan(5, FAILED, instances=4, ready=0, failing=(1.0, 2.0)))
    signs = [f'{labels},result="failed"}} 1\n'.encode()]
    return Failure("end", due, b"aliyun_retailcloud_deploy_last_finished_result", signs)


async def watch_failures(exporter: Exporter, clock: LoopClock, findings: Findings) -> None:
    """Look at every new page for the failures that are not on it yet."""
    looked_at: object = None
    while True:
        page = await exporter.store.page()
        if page is not looked_at:
            looked_at = page
            for failure in findings.failures:
                if failure.seen is None and failed_on(page.plain, failure):
                    failure.seen = clock.monotonic()
        await asyncio.sleep(1)


def failed_on(page: bytes, failure: Failure) -> bool:
    """Whether a page tells of a failure."""
    start = page.find(b"\n%s{" % failure.metric)
    end = page.find(b"\n# ", start)
    return start >= 0 and any(page.find(sign, start, end) >= 0 for sign in failure.signs)


async def count_minutes(calls: Counter[str], clock: LoopClock, findings: Findings) -> None:
    """Note the busiest minute after the warm-up."""
    before = sum(calls.values())
    while True:
        await asyncio.sleep(60)
        now = sum(calls.values())
        if clock.monotonic() > WARM_UP + 60:
            findings.busiest_minute = max(findings.busiest_minute, now - before)
        before = now


async def live_through(clock: LoopClock, minutes: float, failures: int) -> Findings:
    """A cold start, the warm-up, and the hour that is measured."""
    findings = Findings()
    world = World(3, FLEET, SimulatedClock(clock.now))
    app = create_app(world)
    calls: Counter[str] = app.state.calls
    exporter = exporter_of(app, clock)
    lives = [
        *(keep_running(collection, clock, findings) for collection in exporter.collections),
        watch_first_data(exporter, clock, findings),
        break_deploys(world, clock, minutes * 60, failures, findings),
        watch_failures(exporter, clock, findings),
        count_minutes(calls, clock, findings),
    ]
    tasks = [asyncio.create_task(each) for each in lives]
    await asyncio.sleep(WARM_UP)
    before = Counter(calls)
    for passed in range(int(minutes)):
        print(f"\rminute {passed + 1} of {int(minutes)} ", end="", file=sys.stderr, flush=True)
        await asyncio.sleep(60)
        crashed = [task for task in tasks if task.done() and task.exception()]
        if crashed:
            raise crashed[0].exception() or RuntimeError
    print(file=sys.stderr)
    findings.calls = calls - before
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await exporter.close()
    return findings


def report(findings: Findings, minutes: float) -> None:
    """Print the figures beside what is aimed at."""
    ours = sum(findings.calls.values()) * 60 / minutes
    naive = naive_calls(FLEET)
    theirs = sum(naive.values()) * SCRAPES_AN_HOUR
    print(f"{'operation':<32} {'calls an hour':>14} {'a minute':>10}")
    for operation, calls in findings.calls.most_common():
        print(f"{operation:<32} {calls * 60 / minutes:>14,.0f} {calls / minutes:>10.1f}")
    print(f"{'all':<32} {ours:>14,.0f} {ours / 60:>10.1f}   busiest minute {findings.busiest_minute}, budget 600")
    print(f"\nnaive, each of {SCRAPES_AN_HOUR} scrapes an hour:")
    for what, calls in naive.items():
        print(f"  {what:<40} {calls:>8,}")
    print(f"  {'all, an hour':<40} {theirs:>8,}")
    print(f"\nfewer calls than the naive exporter: {theirs / ours:.1f} times   aim >= 15")
    first = sorted(findings.first_data.items(), key=lambda each: each[1])
    print(f"first data of every collector: {first[-1][1]:.0f} s   aim <= 120 s")
    print("  " + ", ".join(f"{name} {seconds:.0f} s" for name, seconds in first))
    print(f"stretched: {', '.join(sorted(findings.stretched)) or 'none'}")
    print(f"runs that failed: {', '.join(sorted(findings.failed_runs)) or 'none'}")
    for what in ("first failed pod", "end"):
        delays(what, [each for each in findings.failures if each.what == what])
    delays("both", findings.failures)


def delays(what: str, failures: list[Failure]) -> None:
    """Print how long failures took to get to the page."""
    waits = [each.seen - each.due for each in failures if each.seen is not None]
    found = f"{len(waits)} of {len(failures)} deploys seen"
    shown = f"median {statistics.median(waits):.1f} s, worst {max(waits):.1f} s, " if waits else ""
    print(f"failing deploy on the page, {what}: {shown}{found}   aim <= 75 s, 120 s")


def main() -> None:
    """Live through the hour and report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=int, default=60)
    parser.add_argument("--failures", type=int, default=40)
    options = parser.parse_args()
    logs.set_up("error", "text", sys.stderr)
    started = time.perf_counter()
    findings = live(lambda clock: live_through(clock, options.minutes, options.failures))
    print(f"{options.minutes} simulated minutes after {WARM_UP / 60:.0f} of warm-up\n")
    report(findings, options.minutes)
    print(f"\n(took {time.perf_counter() - started:.0f} s)")


if __name__ == "__main__":
    main()
