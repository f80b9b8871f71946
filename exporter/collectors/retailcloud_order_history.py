"""The search for an environment's deploy orders: few calls, whatever the length of the history.

Each poll reads the orders of one app that started within the window. What came before is looked up once, when the
exporter meets an environment: all orders of the last ``history`` that did not succeed with one filtered call for the
app, and for an environment without a success in them, windows that widen fourfold. From then on memory has it, and
only an order that is still open is asked for by itself. Every environment is handed over as soon as it is known, so
that a run which is stopped leaves the next one only the rest. A list that lacks the latest order it had, and has no
newer one, tells nothing of that environment.

Nothing is known for certain of ListDeployOrders: not the zone of its filter, not the order of its rows, and not which
filters it honours. So the windows overlap by `MARGIN`, and every row is judged here again.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo
from typing import Never

from exporter.clouds.aliyun.retailcloud import LIST_DEPLOY_ORDERS, RetailCloud
from exporter.clouds.aliyun.retailcloud_models import DeployOrder
from exporter.clouds.errors import BadResponseError, CloudError, RejectedError
from exporter.clouds.paging import Listing
from exporter.clouds.values import Raw
from exporter.collectors.retailcloud_orders import (
    NOT_SUCCESS,
    Order,
    Standing,
    is_scale_order,
    read_order,
    standing,
    without_old,
)
from exporter.collectors.run import Run
from exporter.metric import Metric

_LATE = 6 * 3600.0  # seconds between the start that is filtered by and the one that is shown
MARGIN = 8 * 3600.0 + _LATE  # seconds: the filter's zone may be off by 8 h either way
_LOOKS = 15  # lists in a row without an order, before it is asked whether there still is one
_WIDER = 4


@dataclass(frozen=True, slots=True)
class Remembered:
    """What is remembered of an environment: its standing, known without a gap up to ``read_at`` (epoch seconds).

    ``open`` are the orders that may have changed by the next poll: the latest while it is not finished, and one that
    was the latest when it could not be asked for. ``lacked`` is how many lists in a row were without the latest.
    """

    read_at: float
    standing: Standing
    open: tuple[Order, ...] = ()
    lacked: int = 0


@dataclass(frozen=True, slots=True)
class Reading:
    """What a poll gave of one environment: the memory for the next, and the orders started within the window.

    ``recent`` is None where they cannot be told, because the start (``odd_starts``) or the number of one cannot be
    read; ``odd_numbers`` are those of orders of any age.
    """

    memory: Remembered
    recent: tuple[Order, ...] | None
    odd_numbers: tuple[str, ...] = ()
    odd_starts: tuple[Raw, ...] = ()


@dataclass(slots=True)
class _Sight:
    """What was seen of an environment in this poll; ``unasked`` are open orders that could not be asked for."""

    orders: dict[int, Order] = field(default_factory=dict)
    odd_numbers: set[str] = field(default_factory=set)
    odd_starts: list[Raw] = field(default_factory=list)
    countable: bool = True
    unasked: list[Order] = field(default_factory=list)


class OrderHistory:
    """The orders of one app in one run; ``metric`` is charged with odd rows."""

    def __init__(self, cloud: RetailCloud, app_id: str, run: Run[Never], metric: Metric) -> None:
        self._cloud = cloud
        self._app_id = app_id
        self._run = run
        self._metric = metric
        self._now, self._place = run.now, run.place
        self._reach = run.place.window + MARGIN
        self._furthest = run.place.history + MARGIN
        self._seen: dict[str, _Sight] = {}
        self._listed: set[str] = set()
        self._rows_lost = False

    async def poll(self) -> Collection[str]:
        """Read the orders of the window: the environments that have some.

        Raises CloudError, also where there are orders and none can be read: what is remembered would be shown as if it
        had been read now, for as long as that lasts. A mere total that promises some is not believed so far.
        """
        listing = await self._list(self._reach)
        self._run.listed_of(self._app_id, listing, self._metric)
        failure = listing.failure(LIST_DEPLOY_ORDERS.name)
        if failure is not None and listing.unreadable:
            raise failure
        self._add(listing.items)
        self._listed = {wire.deploy_order_id for wire in listing.items}
        for sight in self._seen.values():
            sight.odd_starts = [order.wire.start_time for order in sight.orders.values() if order.odd_start]
            sight.countable = not sight.odd_starts and not sight.odd_numbers
        self._rows_lost = listing.unreadable > 0
        return tuple(self._seen)

    async def follow(
        self,
        environments: Iterable[str],
        earlier: Mapping[str, Remembered],
        met: Callable[[str, Reading], None],
        doubted: Callable[[str, Remembered], None],
    ) -> None:
        """Hand over every environment as soon as it is known, those that cost a call last.

        What cannot be read of one environment, or is ``doubted`` because the list lacks its latest order, is noted as
        the app's failure and does not keep the others back. Raises CloudError where what came before the window cannot
        be read.
        """
        known = {env_id: earlier[env_id] for env_id in environments if env_id in earlier}
        unmet: dict[str, Remembered | None] = {env_id: None for env_id in environments if env_id not in known}
        for env_id in sorted(known, key=lambda env_id: len(known[env_id].open)):
            remembered = known[env_id]
            lacking = self._lacking(env_id, remembered)
            if lacking is not None:
                remembered = replace(remembered, lacked=remembered.lacked + 1)
                if await self._was_deleted(lacking, remembered.lacked):
                    unmet[env_id] = _without(lacking, remembered)
                else:
                    doubted(env_id, remembered)
            elif self._now - remembered.read_at < self._place.window:
                await self._ask_for_open(env_id, remembered)
                met(env_id, self._reading(env_id, remembered))
            else:  # a memory older than the window has a gap after it: what fell in between must be looked up
                unmet[env_id] = remembered
        if unmet:
            await self._look_up(unmet, met)

    def _lacking(self, env_id: str, remembered: Remembered) -> Order | None:
        """The latest order, if the list should have it and has neither that nor a newer one, which may be there too."""
        latest = remembered.standing.latest
        if latest is None or latest.start is None or latest.wire.deploy_order_id in self._listed:
            return None
        # Once it is lacking, it is waited for until a good list may be without it.
        reach = self._place.window + (_LATE if remembered.lacked else 0)
        newer = any(number > latest.number for number in self._sight(env_id).orders)
        return None if newer or self._now - latest.start > reach else latest

    async def _was_deleted(self, lacking: Order, looks: int) -> bool:
        """Ask, with some of the looks, whether there still is an order that lists lack; a failure where there is."""
        text = f"{LIST_DEPLOY_ORDERS.name}: order {lacking.number}, which the list had before, is not in it"
        error: CloudError = BadResponseError(text, operation=LIST_DEPLOY_ORDERS.name)
        if looks % _LOOKS == 0:
            try:
                await self._described(lacking)
            except RejectedError:
                return True
            except CloudError as unknown:
                error = unknown
        self._run.fail(self._app_id, error)
        return False

    async def _ask_for_open(self, env_id: str, remembered: Remembered) -> None:
        """Ask for what is still open and too old for the list; it stays as it was where that fails."""
        sight = self._sight(env_id)
        for order in remembered.open:
            if order.number in sight.orders:
                continue
            try:
                sight.orders[order.number] = await self._described(order)
            except CloudError as error:
                self._run.fail(self._app_id, error)
                sight.unasked.append(order)

    async def _described(self, order: Order) -> Order:
        described = read_order(await self._cloud.deploy_order(order.wire.deploy_order_id), self._place.zone)
        if described is None or described.number != order.number:
            raise BadResponseError(
                "DescribeDeployOrderDetail: the answer has another order", operation="DescribeDeployOrderDetail"
            )
        return replace(described, env_id=order.env_id)

    async def _look_up(self, unmet: Mapping[str, Remembered | None], met: Callable[[str, Reading], None]) -> None:
        """Add what came before the window for environments that are not remembered, or only up to a gap."""
        gaps = {env_id: self._gap(remembered) for env_id, remembered in unmet.items()}
        listing = await self._list(max(gaps.values()), results=NOT_SUCCESS)
        self._run.odd_rows(listing, self._metric)
        if listing.complete:  # a part of it may be any orders of any age: a success among them need not be the last
            self._add(listing.items)

        def turn(env_id: str) -> tuple[bool, bool]:
            found = standing(self._sight(env_id).orders.values())
            return found.last_success is None, not found.failing

        for env_id in sorted(gaps, key=turn):
            remembered = unmet[env_id]
            try:
                await self._widen(env_id, gaps[env_id], failures_known=listing.complete)
            except CloudError as error:
                self._run.fail(self._app_id, error)
                continue
            if remembered is not None:
                await self._ask_for_open(env_id, remembered)
            met(env_id, self._reading(env_id, remembered))

    def _gap(self, remembered: Remembered | None) -> float:
        """How many seconds back an environment is not known."""
        return self._furthest if remembered is None else min(self._now - remembered.read_at + MARGIN, self._furthest)

    async def _widen(self, env_id: str, limit: float, *, failures_known: bool) -> None:
        """Look further back for one environment until a success is found (and a failure, where those are not known)."""
        back = self._reach
        while back < limit:
            found = standing(self._sight(env_id).orders.values())
            if found.last_success and (failures_known or found.last_failure):
                return
            nearer, back = back, min(back * _WIDER, limit)
            listing = await self._list(back, env_id=env_id, started_before=self._written(nearer - MARGIN))
            self._run.odd_rows(listing, self._metric)
            self._add(listing.items)

    async def _list(
        self,
        seconds_back: float,
        *,
        env_id: str | None = None,
        started_before: str | None = None,
        results: Sequence[int] = (),
    ) -> Listing[DeployOrder]:
        """A list of orders; raises CloudError also where it was cut, because half an answer may hide a failure."""
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

    def _add(self, wires: Iterable[DeployOrder]) -> None:
        for wire in wires:
            if is_scale_order(wire):
                continue
            order = read_order(wire, self._place.zone)
            if order is None:
                self._sight(wire.env_id).odd_numbers.add(wire.deploy_order_id)
            else:
                self._sight(wire.env_id).orders[order.number] = order

    def _sight(self, env_id: str) -> _Sight:
        return self._seen.setdefault(env_id, _Sight())

    def _reading(self, env_id: str, remembered: Remembered | None) -> Reading:
        sight, since = self._sight(env_id), self._now - self._place.window
        orders = {**(remembered.standing.orders if remembered else {}), **sight.orders}
        current = without_old(standing(orders.values()), self._now - self._place.history)
        succeeded = current.last_success.number if current.last_success else -1
        may_change = [order for order in sight.unasked if order.number > succeeded]
        if current.open is not None and current.open not in may_change:
            may_change.append(current.open)
        recent = tuple(order for order in sight.orders.values() if order.start is not None and order.start >= since)
        return Reading(
            Remembered(self._now, current, tuple(may_change)),
            recent if sight.countable and not self._rows_lost else None,
            tuple(sorted(sight.odd_numbers)),
            tuple(sight.odd_starts),
        )

    def _written(self, seconds_ago: float) -> str:
        return written(self._now - seconds_ago, self._place.zone)


def _without(deleted: Order, remembered: Remembered) -> Remembered:
    """What is remembered without an order: what came before it must be looked up."""
    left = standing(order for order in remembered.standing.orders.values() if order.number != deleted.number)
    return Remembered(0.0, left, tuple(order for order in remembered.open if order.number != deleted.number))


def written(moment: float, zone: tzinfo) -> str:
    """A moment (epoch seconds) as the filters of ListDeployOrders want it, in a zone."""
    return datetime.fromtimestamp(moment, zone).strftime("%Y-%m-%d %H:%M:%S")
