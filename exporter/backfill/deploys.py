"""Deploy orders over time: what retailcloud_deploys would have shown of each environment.

An order tells its start, its end and how it ended. So the state of an environment is known for any moment back to the
first order that is listed, but for what only a look at an open order tells: its failed and finished instances, its
batch, and whether it is paused, where its pause type lets it pause. Those are absent, or ``unknown``, while it is open.
"""

import math
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

from exporter.backfill.grid import Grid
from exporter.backfill.timeline import Span
from exporter.clouds.aliyun.retailcloud import RetailCloud
from exporter.clouds.aliyun.retailcloud_models import DeployOrder
from exporter.clouds.values import Unreadable, count
from exporter.collectors.retailcloud_deploy_pods import LATEST_FAILED_PODS
from exporter.collectors.retailcloud_deploys import COLLECTOR, EnvironmentDeploys, samples
from exporter.collectors.retailcloud_inventory import KnownEnvironment
from exporter.collectors.retailcloud_known_apps import known_apps
from exporter.collectors.retailcloud_latest_order import LATEST_INFO
from exporter.collectors.retailcloud_order_history import MARGIN, written
from exporter.collectors.retailcloud_orders import (
    Order,
    Standing,
    is_scale_order,
    read_order,
    standing,
    without_old,
)
from exporter.collectors.run import Place, Run

# Pods are listed as they are now, without the times of their steps.
METRICS = tuple(metric for metric in COLLECTOR.metrics if metric is not LATEST_FAILED_PODS)
_NEVER_PAUSES = "none"


@dataclass(frozen=True, slots=True)
class EnvironmentOrders:
    """The deploy orders of one environment by number; ``countable`` where none is missing and all starts are known."""

    environment: KnownEnvironment
    orders: tuple[Order, ...]
    countable: bool = True


async def fetch(cloud: RetailCloud, run: Run[EnvironmentOrders], since: float) -> None:
    """List the orders of every known app: one listing an app, back to what is needed to know the state at ``since``."""
    apps = await known_apps(cloud, run, LATEST_INFO, None)
    earliest = since - max(run.place.window, run.place.history) - MARGIN

    async def ask(app_id: str) -> None:
        known = {environment.env_id: environment for environment in await apps.environments_of(app_id)}
        if apps.leaves_out(app_id):
            return
        listing = await cloud.list_deploy_orders(app_id, started_from=written(earliest, run.place.zone))
        if listing.error is not None:
            raise listing.error  # half a list may hide a failure
        found: dict[str, list[DeployOrder]] = {}
        for wire in listing.items:
            if not is_scale_order(wire):
                found.setdefault(wire.env_id, []).append(wire)
        strangers = await apps.search(app_id, [env_id for env_id in found if env_id not in known], {})
        known |= {env_id: each.environment for env_id, each in strangers.items() if each.environment}
        odd = listing.unreadable
        for env_id, environment in known.items():
            orders, unplaced = _orders_of(found.get(env_id, ()), run.place)
            odd += unplaced
            whole = not (listing.unreadable or unplaced) and all(order.start is not None for order in orders)
            run.keep(app_id, EnvironmentOrders(environment, orders, whole), unit=env_id)
        run.listed_of(app_id, replace(listing, unreadable=odd), LATEST_INFO)

    await run.each(apps.ids, ask)


def _orders_of(wires: Iterable[DeployOrder], place: Place) -> tuple[tuple[Order, ...], int]:
    """The orders by number, and how many have no number or no time that can be read."""
    read = [read_order(wire, place.zone) for wire in wires]
    orders = [order for order in read if order is not None and _begin(order) is not None]
    return tuple(sorted(orders, key=lambda order: order.number)), len(read) - len(orders)


def spans(payload: EnvironmentOrders, place: Place, grid: Grid) -> Iterator[Span]:
    """What would have been shown of an environment, in order of time."""
    past = _Past(payload, place)
    for start, end in pairwise([*grid.turns(past.instants()), grid.size]):
        index = start
        while index < end:
            shown = past.at(grid.moment(index))
            # The duration of an open order grows with every moment; all else holds until something happens.
            until = index + 1 if shown.standing.open else end
            yield Span(index, until, samples(shown, place).samples)
            index = until


class _Past:
    """The orders of one environment, seen from one moment after the other.

    As the exporter does from poll to poll, it carries on the few orders that make the standing.
    """

    def __init__(self, payload: EnvironmentOrders, place: Place) -> None:
        self._payload = payload
        self._place = place
        self._orders: Mapping[int, Order] = {order.number: order for order in payload.orders}
        events = ((moment, order.number) for order in payload.orders for moment in (_begin(order), settled_at(order)))
        self._events = sorted((moment, number) for moment, number in events if moment is not None)
        self._happened = 0
        self._standing = Standing()
        self._started = sorted(
            ((order.start, order.number) for order in payload.orders if order.start is not None),
        )

    def instants(self) -> Iterator[float]:
        """When something changes: an order starts or ends, or is too old for the window or the history."""
        for moment, _ in self._events:
            if math.isfinite(moment):
                yield moment
        for start, _ in self._started:
            yield start + self._place.window
            yield start + self._place.history

    def at(self, moment: float) -> EnvironmentDeploys:
        """What was to be shown at a moment, which is not before those asked for earlier."""
        happened = bisect_right(self._events, (moment, math.inf), lo=self._happened)
        numbers = {*self._standing.orders, *(number for _, number in self._events[self._happened : happened])}
        self._happened = happened
        current = standing(as_of(self._orders[number], moment) for number in numbers)
        self._standing = without_old(current, moment - self._place.history)
        return EnvironmentDeploys(self._payload.environment, self._standing, self._recent(moment))

    def _recent(self, moment: float) -> Mapping[str, int] | None:
        if not self._payload.countable:
            return None
        first = bisect_left(self._started, (moment - self._place.window, -math.inf))
        end = bisect_right(self._started, (moment, math.inf))
        return Counter(as_of(self._orders[number], moment).result for _, number in self._started[first:end])


def _begin(order: Order) -> float | None:
    """When an order is seen for the first time: at its start, or where that cannot be read, at its end."""
    return order.start if order.start is not None else order.end


def settled_at(order: Order) -> float:
    """The moment from which an order is as it is listed; infinite while it is open.

    Where there is no end that can be read, its elapsed time tells.
    """
    if order.status in {"deploying", "paused"}:
        return math.inf
    begin = _begin(order)
    if begin is None:
        return -math.inf
    if order.end is not None:
        return max(order.end, begin)
    try:
        return begin + (count(order.wire.elapsed_time) or 0)
    except Unreadable:
        return begin


def as_of(order: Order, moment: float) -> Order:
    """An order as it would have been listed at a moment after its start."""
    if moment >= settled_at(order):
        return order
    deploying = order.wire.deploy_pause_type.lower() == _NEVER_PAUSES
    wire = order.wire.model_copy(
        update={
            "status": 1 if deploying else None,
            "result": 0,
            "end_time": None,
            "elapsed_time": None if order.start is None else moment - order.start,
            "failure_rate": None,
            "finish_app_instance_ct": None,
            "current_partition_num": None,
        }
    )
    status = "deploying" if deploying else "unknown"
    return replace(order, status=status, result="in_progress", end=None, wire=wire)
