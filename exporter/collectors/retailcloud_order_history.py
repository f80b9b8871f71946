"""The search for an environment's deploy orders: few calls, whatever the length of the history.

Each poll reads the orders of one app that started within the window. What came before is looked up once, when the
exporter meets an environment: all orders of the last ``history`` that did not succeed with one filtered call for the
app, and for an environment without a success in them, windows that widen fourfold. From then on memory has it, and
only orders that are still open are asked for one by one.

Nothing is known for certain of ListDeployOrders: not the zone of its filter, not the order of its rows, and not which
filters it honours. So the windows overlap by `MARGIN`, and every row is judged here again.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from exporter.clouds.aliyun.retailcloud import RetailCloud
from exporter.clouds.aliyun.retailcloud_models import DeployOrder
from exporter.clouds.paging import Listing
from exporter.collectors.retailcloud_orders import (
    NOT_SUCCESS,
    Order,
    Standing,
    is_scale_order,
    read_order,
    standing,
    without_old,
)
from exporter.collectors.run import Place

MARGIN = 14 * 3600.0  # seconds: the filter's zone may be off by 8 h either way, and a little for late edits
_WIDER = 4

Orders = dict[str, dict[int, Order]]  # by environment, then by order number


@dataclass(frozen=True, slots=True)
class AppOrders:
    """What is remembered of an app: when it was last read (epoch seconds), and the standing by environment."""

    read_at: float = 0
    standings: Mapping[str, Standing] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Poll:
    """What one poll of an app gave: the memory for the next, and the orders started within the window."""

    memory: AppOrders
    recent: Mapping[str, tuple[Order, ...]]
    listing: Listing[DeployOrder]


class OrderHistory:
    """The orders of one app; ``now`` in epoch seconds."""

    def __init__(self, cloud: RetailCloud, app_id: str, place: Place, now: float) -> None:
        self._cloud = cloud
        self._app_id = app_id
        self._place = place
        self._now = now
        self._reach = place.window + MARGIN
        self._horizon = now - place.history

    async def poll(self, environments: Iterable[str], earlier: AppOrders | None) -> Poll:
        """Read what changed; raises CloudError when any call fails, because half an answer may hide a failure."""
        listing = await self._list(self._reach)
        seen: Orders = {env_id: {} for env_id in environments}
        self._add(seen, listing.items)
        # A memory older than the window has a gap after it: what fell in between must be looked up.
        known = earlier.standings if earlier and self._now - earlier.read_at < self._place.window else {}
        await self._add_open_orders(seen, known)
        unmet = [env_id for env_id in seen if env_id not in known]
        if unmet:
            await self._look_up(unmet, seen)
        standings = {
            env_id: without_old(standing({**_remembered(known, env_id), **orders}.values()), self._horizon)
            for env_id, orders in seen.items()
        }
        since = self._now - self._place.window
        recent = {
            env_id: tuple(order for order in orders.values() if order.start is not None and order.start >= since)
            for env_id, orders in seen.items()
        }
        return Poll(AppOrders(self._now, standings), recent, listing)

    async def _add_open_orders(self, seen: Orders, known: Mapping[str, Standing]) -> None:
        """Ask for the orders that are still open and too old for the list."""
        for env_id in seen:
            for order in known[env_id].unfinished if env_id in known else ():
                if order.number not in seen[env_id]:
                    self._add(seen, [await self._cloud.deploy_order(order.wire.deploy_order_id)])

    async def _look_up(self, unmet: Iterable[str], seen: Orders) -> None:
        """Add what came before the window for environments that are not remembered."""
        listing = await self._list(self._place.history + MARGIN, results=NOT_SUCCESS)
        if listing.complete:  # a part of it may be any orders of any age: a success among them need not be the last
            self._add(seen, listing.items)
        for env_id in unmet:
            await self._widen(env_id, seen, failures_known=listing.complete)

    async def _widen(self, env_id: str, seen: Orders, *, failures_known: bool) -> None:
        """Look further back for one environment until a success is found (and a failure, where those are not known)."""
        back, limit = self._reach, self._place.history + MARGIN
        while back < limit:
            found = standing(seen[env_id].values())
            if found.last_success and (failures_known or found.last_failure):
                return
            nearer, back = back, min(back * _WIDER, limit)
            listing = await self._list(back, env_id=env_id, started_before=self._written(nearer - MARGIN))
            self._add(seen, listing.items)

    async def _list(
        self,
        seconds_back: float,
        *,
        env_id: str | None = None,
        started_before: str | None = None,
        results: Sequence[int] = (),
    ) -> Listing[DeployOrder]:
        listing = await self._cloud.list_deploy_orders(
            self._app_id,
            env_id=env_id,
            started_from=self._written(seconds_back),
            started_before=started_before,
            results=results,
        )
        if listing.error is not None:
            raise listing.error
        return listing

    def _add(self, seen: Orders, wires: Iterable[DeployOrder]) -> None:
        for wire in wires:
            order = None if is_scale_order(wire) else read_order(wire, self._place.zone)
            if order is not None:
                seen.setdefault(order.env_id, {})[order.number] = order

    def _written(self, seconds_ago: float) -> str:
        moment = datetime.fromtimestamp(self._now - seconds_ago, self._place.zone)
        return moment.strftime("%Y-%m-%d %H:%M:%S")


def _remembered(known: Mapping[str, Standing], env_id: str) -> dict[int, Order]:
    return known[env_id].orders if env_id in known else {}
