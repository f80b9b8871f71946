"""Deploy orders of the simulated world: what one is at any moment, and the book in which they are started."""

import heapq
from collections import defaultdict
from dataclasses import dataclass

from exporter.simulator.world.apps import Environment
from exporter.simulator.world.dice import DAY, HOUR

DEPLOYING, PAUSED, FINISHED = 1, 2, 3
IN_PROGRESS, SUCCESS, FAILED, CLOSED = 0, 1, 2, 4
_ORDER_SECONDS = 140.0
"""How long an ordinary order runs on average."""
HISTORY_DAYS = 50.0
"""How far back the orders of an ordinary environment reach; a quiet one's reach as far beyond its last order."""


@dataclass(slots=True)
class DeployOrder:
    """One order, planned when it starts; all times are epoch seconds, ``failures`` the instants of failing instances.

    ``ready`` instances come up evenly until ``ready_by``; a pause is from ``paused[0]`` to ``paused[1]``.
    """

    id: int
    environment: Environment
    category: str
    name: str
    start: float
    end: float
    result: int
    instances: int
    ready: int
    ready_by: float
    partitions: int = 1
    pause: str = "none"
    paused: tuple[float, float] | None = None
    failures: tuple[float, ...] = ()

    def is_open(self, now: float) -> bool:
        """Whether it is neither finished nor closed."""
        return now < self.end

    def status(self, now: float) -> int:
        """1 deploying, 2 paused, 3 finished."""
        if not self.is_open(now):
            return FINISHED
        return PAUSED if self.paused and self.paused[0] <= now < self.paused[1] else DEPLOYING

    def result_at(self, now: float) -> int:
        """0 in progress, 1 success, 2 failed, 4 closed by a person."""
        return IN_PROGRESS if self.is_open(now) else self.result

    def ready_at(self, now: float) -> int:
        """Instances that are up."""
        moment = min(now, self.end)
        if moment >= self.ready_by:
            return self.ready
        return int(self.ready * max(moment - self.start, 0.0) / (self.ready_by - self.start))

    def failed_at(self, now: float) -> int:
        """Instances that failed."""
        moment = min(now, self.end)
        return sum(instant <= moment for instant in self.failures)

    def partition_at(self, now: float) -> int:
        """The batch in progress, from 1."""
        done = self.ready_at(now) + self.failed_at(now)
        return min(self.partitions, 1 + done * self.partitions // max(self.instances, 1))

    def elapsed(self, now: float) -> int:
        """Seconds it has run, or ran."""
        return int(max(min(now, self.end) - self.start, 0.0))


@dataclass(frozen=True, slots=True)
class Plan:
    """An order that is still to start: how it will go. ``failing`` are seconds after its start."""

    seconds: float
    result: int = SUCCESS
    name: str = ""
    category: str = "deploy"
    instances: int = 0
    ready: int | None = None
    ready_within: float | None = None
    failing: tuple[float, ...] = ()
    pause: str = "none"
    paused: tuple[float, float] | None = None


class OrderBook:
    """All orders by id, started in order of time, so that a higher id is a later start; held environments rest.

    ``a_day`` is how many an environment starts on average; None is the rhythm of an ordinary shop, where some
    environments are busy and some rest for weeks.
    """

    def __init__(self, environments: list[Environment], born: float, a_day: float | None = None) -> None:
        self.born = born
        self._a_day = a_day
        self.held: set[int] = set()
        self.by_id: dict[int, DeployOrder] = {}
        self.by_app: dict[int, list[DeployOrder]] = defaultdict(list)
        self.by_environment: dict[int, list[DeployOrder]] = defaultdict(list)
        self._next_id = 41_001
        self._sequence = 0
        self._due: list[tuple[float, int, Environment, Plan | None]] = []
        for environment in environments if a_day != 0 else ():
            first = born - (HISTORY_DAYS + (environment.quiet_days if a_day is None else 0)) * DAY
            self._schedule(first + environment.rolls.random() * 2 * DAY, environment, None)

    def latest(self, environment: Environment) -> DeployOrder | None:
        """The newest order of any category, or None."""
        orders = self.by_environment.get(environment.id)
        return orders[-1] if orders else None

    def plan(self, at: float, environment: Environment, plan: Plan) -> None:
        """Let an order start at a moment to come."""
        self._schedule(at, environment, plan)

    def advance(self, now: float) -> None:
        """Start everything that is due."""
        while self._due and self._due[0][0] <= now:
            at, _, environment, plan = heapq.heappop(self._due)
            latest = self.latest(environment)
            if latest is not None and latest.is_open(at):
                # RetailCloud allows no new order while one is unfinished.
                self._schedule(latest.end + 1, environment, plan)
            elif plan is not None:
                self.start(at, environment, plan)
            else:
                self._ordinary(at, environment, latest)

    def start(self, at: float, environment: Environment, plan: Plan) -> DeployOrder:
        """Start an order as planned."""
        instances = plan.instances or environment.replicas
        ready = instances - len(plan.failing) if plan.ready is None else plan.ready
        order = DeployOrder(
            id=self._next_id,
            environment=environment,
            category=plan.category,
            name=plan.name or f"{environment.app.title}-{self._next_id}",
            start=at,
            end=at + plan.seconds,
            result=plan.result,
            instances=instances,
            ready=ready,
            ready_by=at + (plan.ready_within or plan.seconds),
            partitions=min(2, instances),
            pause=plan.pause,
            paused=plan.paused and (at + plan.paused[0], at + plan.paused[1]),
            failures=tuple(at + seconds for seconds in plan.failing),
        )
        self._next_id += 1
        self.by_id[order.id] = order
        self.by_app[environment.app.id].append(order)
        self.by_environment[environment.id].append(order)
        return order

    def _schedule(self, at: float, environment: Environment, plan: Plan | None) -> None:
        heapq.heappush(self._due, (at, self._sequence, environment, plan))
        self._sequence += 1

    def _ordinary(self, at: float, environment: Environment, latest: DeployOrder | None) -> None:
        """An environment's everyday life: deploys and scalings, now and then a failure and soon its retry."""
        if environment.id in self.held:
            self._schedule(at + HOUR / 2, environment, None)
            return
        retry = latest is not None and latest.result != SUCCESS
        order = self.start(at, environment, self._everyday_plan(at, environment, retry=retry))
        if order.result == SUCCESS:
            self._schedule(self._next_start(order.end, environment), environment, None)
        else:
            self._schedule(order.end + environment.rolls.uniform(600, 2400), environment, None)

    def _everyday_plan(self, at: float, environment: Environment, *, retry: bool) -> Plan:
        rolls = environment.rolls
        seconds = rolls.uniform(45, 240)
        chance = rolls.random()
        # Calm means that production is well: what failed there lies, with its retry, before the world's start.
        may_fail = not retry and (not environment.production or at < self.born - 2 * HOUR)
        if may_fail and chance < 0.06:
            failing = tuple(seconds * share for share in (0.3, 0.6))[: environment.replicas]
            return Plan(seconds=seconds * 3, result=(FAILED, CLOSED)[chance < 0.03], failing=failing)
        if not retry and chance > 0.9:
            least, most = (2, 8) if environment.production else (1, 3)
            environment.replicas = max(least, min(most, environment.replicas + rolls.choice((-1, 1))))
            return Plan(seconds=seconds / 3, category="scale", name=f"应用实例数扩缩容至{environment.replicas}个")
        if 0.8 < chance < 0.9:
            paused = (seconds * 0.4, seconds * 0.7)
            return Plan(seconds=seconds, pause="first", paused=paused, name="retry" if retry else "")
        return Plan(seconds=seconds)

    def _next_start(self, after: float, environment: Environment) -> float:
        if self._a_day is not None:
            rest = max(DAY / self._a_day - _ORDER_SECONDS, 0.0)
            return after + 1 + environment.rolls.expovariate(1 / rest if rest else 1.0)
        busy = HOUR if after > self.born else 5 * HOUR  # so that a demonstration has something to show
        mean = busy if environment.busy else 20 * HOUR if environment.quiet_days < 1 else 4 * DAY
        start = after + 120 + environment.rolls.expovariate(1 / mean)
        quiet_from = self.born - environment.quiet_days * DAY
        if environment.quiet_days > 1 and quiet_from < start < self.born:
            return self.born + environment.rolls.uniform(1, 10) * DAY
        return start
