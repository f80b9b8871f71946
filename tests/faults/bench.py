"""An exporter of three accounts in a time of its own, and one case after another of a fault in front of it."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count

import httpx
from structlog.testing import capture_logs

from benchmarks.simulated_time import LoopClock
from exporter.app import Exporter, Surroundings
from exporter.collection import Collection
from exporter.simulator import Fault, SimulatedClock, Sizes, World, create_app
from exporter.simulator.world.deploys import Plan
from exporter.store import PartKey, Status
from tests.faults.kinds import SIMULATOR, FaultKind
from tests.faults.network import FAILURES, Network, Target
from tests.simulated import KEYS, settings_of

SHOP, OTHER = "shop.example", "other.example"
MACHINE = ("100.100.100.200", "169.254.169.254", "127.0.0.1")
"""Where both vendors' machines, and a program beside the exporter, hand out keys."""
PROJECT = "0123456789abcdef0123456789abcdef"
SIZES = Sizes(
    clusters=2,
    nodes=4,
    apps=2,
    environments=1,
    volumes=4,
    claims=2,
    rds_instances=2,
    rds_replicas=0,
    rds_elsewhere=0,
    backup_days=2,
    emr_clusters=3,
    emr_2021_clusters=3,
    hpc_clusters=2,
    batchcompute_clusters=2,
    modelarts_clusters=2,
    modelarts_pools=2,
    orders_per_day=0,
)
_DAY = 86_400.0


def world_of(clock: LoopClock) -> World:
    """A small world that stands still, so that what changes on a page is the fault's doing.

    Of its two environments one is just deploying, and the other has been for days, with two pods that failed: an order
    open so long is in no list of the last day.
    """
    world = World(7, SIZES, SimulatedClock(clock.now))
    environment = world.environments[0]
    for days, plan in ((9, Plan(seconds=60)), (5, Plan(seconds=1e9, instances=4, failing=(60.0, 90.0)))):
        world.orders.plan(world.born - days * _DAY, environment, plan)
    world.clock.speed = 0
    return world


Login = Mapping[str, object]


def document(shop: Login = KEYS, ml: Login = KEYS, project: str = PROJECT) -> dict[str, object]:
    """An account of each vendor on one simulated cloud, and a third on another; budgets are no concern here.

    ``shop`` and ``ml`` are how the first two log in; an empty ``project`` has to be looked up.
    """
    products = ("retailcloud", "emr", "ecs", "rds", "batchcompute")

    def aliyun(name: str, host: str, credentials: Login) -> dict[str, object]:
        return {
            "name": name,
            "provider": "aliyun",
            "regions": ["cn-zhangjiakou"],
            "credentials": credentials,
            "endpoints": dict.fromkeys((*products, "sts"), f"https://{host}"),
            "budget": {product: {"rate": "1000/s", "burst": 1000} for product in products},
        }

    huawei = {
        "name": "ml",
        "provider": "huaweicloud",
        "regions": ["cn-north-4"],
        "credentials": ml,
        "endpoints": dict.fromkeys(("modelarts", "iam"), f"https://{SHOP}"),
        "budget": {"modelarts": {"rate": "1000/s", "burst": 1000}},
    } | ({"project_id": project} if project else {})
    return {
        "accounts": [aliyun("shop", SHOP, shop), huawei, aliyun("other", OTHER, KEYS)],
        "collectors": {"batchcompute_clusters": {"enabled": True}},
    }


@dataclass(frozen=True, slots=True)
class Outcome:
    """A collection after a run: how it ended, its samples, its parts, and those of them that the run read."""

    status: Status
    samples: frozenset[str]
    parts: frozenset[PartKey]
    fresh: frozenset[PartKey]

    @property
    def series(self) -> frozenset[str]:
        """The samples without their values."""
        return frozenset(sample.rpartition(" ")[0] for sample in self.samples)

    @property
    def is_well(self) -> bool:
        """Whether it ended as it should, with everything fresh."""
        return self.status.result == "success" and self.parts == self.fresh and bool(self.parts)


class Bench:
    """The exporter, the clouds behind its network, and whatever escaped it; to be used with ``async with``."""

    def __init__(
        self,
        clock: LoopClock,
        *only: str,
        make: Callable[[LoopClock], World] = world_of,
        settings: Mapping[str, object] | None = None,
    ) -> None:
        """An exporter of these collectors only, where some are named; ``settings`` are those of `document`."""
        self.clock = clock
        self.world = make(clock)
        self.clouds = create_app(self.world)
        applications = {**dict.fromkeys((SHOP, *MACHINE), self.clouds), OTHER: create_app(self.world)}
        transports = {host: httpx.ASGITransport(application) for host, application in applications.items()}
        self.network = Network(transports, frozenset({SHOP, *MACHINE}))
        nonces = count()
        surroundings = Surroundings(
            environ={},
            clock=clock,
            chance=lambda: 0.5,
            nonce=lambda: f"fault-{next(nonces)}",
            transport=self.network,
        )
        self.exporter = Exporter(settings_of(settings or document()), surroundings, only=only)
        self.escaped: list[object] = []
        self._logs = capture_logs()

    async def __aenter__(self) -> "Bench":
        asyncio.get_running_loop().set_exception_handler(lambda _, context: self.escaped.append(context))
        self._entries = self._logs.__enter__()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.exporter.close()
        self._logs.__exit__(None, None, None)

    @property
    def complaints(self) -> list[object]:
        """Exceptions that nobody caught, and whatever was logged as an error or as a bug."""
        logged = [
            entry
            for entry in self._entries
            if entry["log_level"] in {"error", "critical"} or "bug" in {entry.get("reason"), entry.get("cause")}
        ]
        return [*self.escaped, *logged]

    def collection(self, collector: str, account: str) -> Collection:
        """One of the exporter's collections."""
        return next(
            each
            for each in self.exporter.collections
            if (each.collector.name, each.place.account) == (collector, account)
        )

    async def run(self, *collections: Collection) -> list[Outcome]:
        """Run these at the same time, a moment after what was before; what became of each."""
        await asyncio.sleep(1.0)
        started = self.clock.monotonic()
        await self.exporter.collect_once(collections)
        return [await self.outcome(each, started) for each in collections]

    async def outcome(self, collection: Collection, started: float) -> Outcome:
        """A collection as it is now; fresh is what was read since ``started`` (monotonic seconds)."""
        record = self.exporter.store.records[collection.key]
        samples = [line for texts in record.block.texts.values() for line in texts.split("\n") if line]
        parts = record.block.parts
        fresh = {key for key, part in parts.items() if part.read_at >= started}
        return Outcome(record.status, frozenset(samples), frozenset(parts), frozenset(fresh))

    def begin(self, fault: FaultKind, target: Target) -> None:
        """Put a fault in force for the calls that are meant, and count those."""
        if fault.played_by == SIMULATOR:
            self.clouds.state.faults.add(Fault(fault=fault.name, operation=target.operation, match=target.match))
            self.network.aim(target)
        else:
            self.network.aim(target, FAILURES[fault.name])

    def deny(self, operations: Sequence[str]) -> None:
        """Take away all faults but the refusal of these operations."""
        self.network.aim(None)
        self.clouds.state.faults.clear()
        for operation in operations:
            self.clouds.state.faults.add(Fault(fault="forbidden", operation=operation))
