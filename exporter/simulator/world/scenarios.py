"""The named scenarios: what each does to the deploys of the world, and when."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from exporter.simulator.world.apps import Environment
from exporter.simulator.world.deploys import CLOSED, FAILED, SUCCESS, Plan

if TYPE_CHECKING:
    from exporter.simulator.world.world import World

OPEN_SECONDS = 300.0
"""How long the order of deploy-fails stays open before a person closes it."""
_STAYS_OPEN = Plan(
    seconds=OPEN_SECONDS,
    result=CLOSED,
    instances=10,
    ready=2,
    ready_within=25.0,
    failing=(5.0, 30.0, 60.0, 90.0, 120.0, 150.0),
)
_FAILS_AT_ONCE = Plan(seconds=5.0, result=FAILED, instances=4, ready=0, failing=(1.0, 2.0, 3.0, 4.0))


@dataclass(frozen=True, slots=True)
class Scenario:
    """A scenario by its timeline, in simulated seconds after its start."""

    timeline: str
    begin: Callable[["World"], None]


class UnknownScenarioError(ValueError):
    """There is no scenario of this name; the text lists the known ones."""


def begin(name: str, world: "World") -> None:
    """Start a scenario at once; raises UnknownScenarioError."""
    if name not in SCENARIOS:
        raise UnknownScenarioError(f"no such scenario: {name}; there are {', '.join(SCENARIOS)}")
    SCENARIOS[name].begin(world)


def _calm(world: "World") -> None:
    book = world.orders
    for environment in world.environments:
        if environment.id in book.held:
            book.plan(world.now + 600.0, environment, Plan(seconds=120.0))
    book.held.clear()


def _deploy_fails(world: "World") -> None:
    for environment in _healthy_production(world):
        _break(world, environment, _STAYS_OPEN)


def _deploy_fails_at_once(world: "World") -> None:
    for environment in _healthy_production(world):
        _break(world, environment, _FAILS_AT_ONCE)


def _scale_follows_failure(world: "World") -> None:
    for environment in _healthy_production(world):
        _break(world, environment, _FAILS_AT_ONCE)
        name = f"应用实例数扩缩容至{environment.replicas}个"
        world.orders.plan(world.now + 20.0, environment, Plan(seconds=20.0, category="scale", name=name))


def _new_environment_fails(world: "World") -> None:
    for app in world.apps[:1]:
        _break(world, world.add_environment(app), _STAYS_OPEN)


def _break(world: "World", environment: Environment, plan: Plan) -> None:
    world.orders.held.add(environment.id)
    world.orders.start(world.now, environment, plan)


def _retry_succeeds(world: "World") -> None:
    book, now = world.orders, world.now
    broken = [environment for environment in world.environments if environment.id in book.held]
    for environment in broken:
        latest = book.latest(environment)
        if latest is not None and latest.is_open(now):
            latest.end, latest.result = now, CLOSED
        book.start(now, environment, Plan(seconds=60.0, name="retry"))
        book.held.discard(environment.id)
    if not broken:
        for environment in _healthy_production(world):
            book.start(now, environment, Plan(seconds=20.0, result=FAILED, instances=4, ready=3, failing=(10.0,)))
            book.plan(now + 60.0, environment, Plan(seconds=60.0, name="retry"))


def _healthy_production(world: "World") -> list[Environment]:
    """The one environment a scenario picks: the first healthy one, in production where there is one."""
    for environment in sorted(world.environments, key=lambda environment: not environment.production):
        latest = world.orders.latest(environment)
        if latest is not None and not latest.is_open(world.now) and latest.result == SUCCESS:
            return [environment]
    return []


SCENARIOS: dict[str, Scenario] = {
    "calm": Scenario(
        "Production deploys succeed; a deploy of a test environment fails now and then and is retried within an hour. "
        "An environment that another scenario broke gets its next deploy, a good one, at 600 s.",
        _calm,
    ),
    "deploy-fails": Scenario(
        "0 s: a production environment starts an order of 10 instances. 5 s: the first one fails; 30, 60, 90, 120 and "
        "150 s: one more each, so the failure rate rises from 0.1 to 0.6; two come up. The order stays deploying "
        "(status 1, result 0). 300 s: a person closes it (status 3, result 4). No order follows.",
        _deploy_fails,
    ),
    "deploy-fails-at-once": Scenario(
        "0 s: a production environment starts an order of 4 instances, which all fail within 4 s. 5 s: it is finished "
        "with result 2. No order follows.",
        _deploy_fails_at_once,
    ),
    "scale-follows-failure": Scenario(
        "The first 5 s are those of deploy-fails-at-once. 20 s: an order of category scale starts in the same "
        "environment, which succeeds at 40 s and mends nothing. No other order follows.",
        _scale_follows_failure,
    ),
    "new-environment-fails": Scenario(
        "0 s: the first app gets one more production environment, and its very first order goes as that of "
        "deploy-fails does. Each start of the scenario adds another one.",
        _new_environment_fails,
    ),
    "retry-succeeds": Scenario(
        "Where a scenario left an environment broken: its open order is closed and a new one starts at 0 s, which "
        "succeeds at 60 s. Where nothing is broken: 0 s an order that fails at 20 s (result 2), 60 s its retry, which "
        "succeeds at 120 s. Ordinary deploys follow.",
        _retry_succeeds,
    ),
}
"""The scenarios by name, with their timelines."""
