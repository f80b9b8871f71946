"""The instances that an environment has at a moment: how old they are, how well, and how often they restarted."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from exporter.simulator.world.apps import Environment
from exporter.simulator.world.deploys import SUCCESS, DeployOrder
from exporter.simulator.world.dice import DAY, dice
from exporter.simulator.world.pods import instance_id, up_at

_BACK_OFF = 300.0
"""Seconds between two restarts of an instance that does not come up, as Kubernetes waits in the end."""


@dataclass(frozen=True, slots=True)
class AppInstance:
    """One instance; ``created`` is epoch seconds."""

    id: str
    number: int
    created: float
    healthy: bool
    restarts: int


def instances_of(
    seed: int, environment: Environment, orders: Sequence[DeployOrder], *, count: int, now: float, born: float
) -> list[AppInstance]:
    """The ``count`` instances there now: those of the latest deploy, and while it is not a success also older ones.

    What failed in the latest deploy is there and is not well until a deploy succeeds.
    """
    deploys = (order for order in reversed(orders) if order.category == "deploy")
    latest = next(deploys, None)
    if latest is None or (latest.result == SUCCESS and not latest.is_open(now)):
        return [_healthy(seed, environment, latest, number, born) for number in range(count)]
    failing = [instant for instant in latest.failures if instant <= min(now, latest.end)][:count]
    new = min(latest.ready_at(now), count - len(failing))
    before = _last_success(deploys)
    return [
        *(_healthy(seed, environment, latest, number, born) for number in range(new)),
        *(_healthy(seed, environment, before, number, born) for number in range(new, count - len(failing))),
        *(_abnormal(seed, latest, number, instant, now) for number, instant in enumerate(failing)),
    ]


def _last_success(deploys: Iterable[DeployOrder]) -> DeployOrder | None:
    return next((order for order in deploys if order.result == SUCCESS), None)


def _healthy(seed: int, environment: Environment, order: DeployOrder | None, number: int, born: float) -> AppInstance:
    order_id = order.id if order else 0
    rolls = dice(seed, "restarts", environment.number, order_id, number)
    return AppInstance(
        id=instance_id(seed, environment, order_id, number),
        number=number,
        created=up_at(order, number) if order else born - 60 * DAY,
        healthy=True,
        restarts=rolls.randint(1, 3) if rolls.random() < 0.15 else 0,
    )


def _abnormal(seed: int, order: DeployOrder, back: int, failed: float, now: float) -> AppInstance:
    """An instance of a deploy that failed; the deploy's own list of pods counts these from its end."""
    number = order.instances - 1 - back
    return AppInstance(
        id=instance_id(seed, order.environment, order.id, number),
        number=number,
        created=order.start,
        healthy=False,
        restarts=1 + int((now - failed) / _BACK_OFF),
    )
