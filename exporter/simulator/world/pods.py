"""The pods of a deploy order in the simulated world: what became of each instance, and at which step."""

from dataclasses import dataclass

from exporter.simulator.world.apps import Environment
from exporter.simulator.world.deploys import CLOSED, FAILED, FINISHED, IN_PROGRESS, SUCCESS, DeployOrder
from exporter.simulator.world.dice import dice, letters

STEPS = ("StartAppInstance", "StopAppInstance", "DeleteAppInstance")
"""What a deploy does for each instance: the new one starts, then the old one is stopped and deleted."""


@dataclass(frozen=True, slots=True)
class Pod:
    """One instance of an order at a moment; ``updated`` is epoch seconds, ``steps`` pairs of code and status."""

    id: str
    number: int
    partition: int
    status: int
    result: int
    updated: float
    steps: tuple[tuple[str, str], ...]


def pods_of(seed: int, order: DeployOrder, now: float) -> list[Pod]:
    """One pod for each instance: the first ones come up in turn, the last ones fail, those between are in progress."""
    return [_pod(seed, order, number, now) for number in range(order.instances)]


def instance_id(seed: int, environment: Environment, order_id: int, number: int) -> str:
    """The id of an instance, which stays the same until the next order replaces it."""
    rolls = dice(seed, "instance", environment.number, order_id, number)
    return f"{environment.app.title}-{environment.name}-{order_id}-{letters(rolls, 5)}"


def up_at(order: DeployOrder, number: int) -> float:
    """When the instance of this number came up, or will."""
    share = min(number + 1, order.ready) / max(order.ready, 1)
    return order.start + share * (order.ready_by - order.start)


def failing_step(seed: int, order: DeployOrder) -> str:
    """The step at which instances of an order fail: nearly always the start of the new one."""
    roll = dice(seed, "step", order.id).random()
    return STEPS[0] if roll < 0.7 else STEPS[1] if roll < 0.85 else STEPS[2]


def _pod(seed: int, order: DeployOrder, number: int, now: float) -> Pod:
    result, updated = _outcome(order, number, now)
    return Pod(
        id=instance_id(seed, order.environment, order.id, number),
        number=number,
        partition=_partition(order, number),
        status=order.status(now) if result == IN_PROGRESS else FINISHED,
        result=result,
        updated=updated,
        steps=_steps(seed, order, number, result, now),
    )


def _outcome(order: DeployOrder, number: int, now: float) -> tuple[int, float]:
    """The result of one pod and the instant from which it stands."""
    back = order.instances - 1 - number
    if back < len(order.failures) and order.failures[back] <= min(now, order.end):
        return FAILED, order.failures[back]
    if number < order.ready_at(now):
        return SUCCESS, up_at(order, number)
    if order.is_open(now):
        return IN_PROGRESS, order.start
    return (SUCCESS if order.result == SUCCESS else CLOSED), order.end


def _steps(seed: int, order: DeployOrder, number: int, result: int, now: float) -> tuple[tuple[str, str], ...]:
    """The steps taken so far; a pod whose batch has not begun has none, one that was closed was amid its first."""
    steps = STEPS if order.category == "deploy" else STEPS[:1]
    if result == SUCCESS:
        return tuple((step, "SUCCESS") for step in steps)
    if result == FAILED:
        failing = failing_step(seed, order)
        done = steps[: steps.index(failing)] if failing in steps else ()
        return (*((step, "SUCCESS") for step in done), (failing, "FAIL"))
    begun = _partition(order, number) <= order.partition_at(now)
    return ((steps[0], "PROCESSING"),) if begun else ()


def _partition(order: DeployOrder, number: int) -> int:
    return 1 + number * order.partitions // max(order.instances, 1)
