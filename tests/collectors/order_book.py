"""A tiny RetailCloud of deploy orders, with every liberty that the vendor's document leaves."""

import asyncio
import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone

from exporter.clouds.aliyun.retailcloud_models import App, DeployOrder, Environment, Pod
from exporter.clouds.errors import CloudError, RejectedError
from exporter.clouds.paging import Listing
from exporter.collection import Limits
from exporter.collectors.retailcloud_deploys import COLLECTOR
from exporter.collectors.run import Place
from exporter.store import Status
from tests.doubles import NOW, PLACE, Bench, FakeClock

HOUR = 3600.0
DAY = 24 * HOUR
DEPLOYING, PAUSED, FINISHED = 1, 2, 3
IN_PROGRESS, SUCCESS, FAILED, CLOSED = 0, 1, 2, 4
PREFIX = "aliyun_retailcloud_deploy_"


@dataclass
class Booked:
    """An order, its start and end in seconds before NOW (a later one is negative)."""

    number: int
    env_id: str = "11"
    status: int = FINISHED
    result: int = SUCCESS
    start: float = HOUR
    end: float | None = None
    scale: bool = False
    extra: dict[str, object] = field(default_factory=dict)
    pods: list[dict[str, object]] = field(default_factory=list)


@dataclass
class OrderBook:
    """Answers what `exporter.clouds.aliyun.retailcloud.RetailCloud` answers, and counts the calls.

    ``filter_zone`` is the zone the server reads filters in, ``order`` how it sorts. ``broken``: what is raised instead,
    by operation or by (operation, id); after ``patience`` calls for orders the next ones hang, ``hanging`` operations
    and ids always do. ``pod_lists`` are whole answers of ListPods by order; with ``totals_of_all_pods`` its total
    leaves the filter out of account. ``unlisted`` orders are in no list. ``told`` are all calls in turn.
    """

    orders: list[Booked] = field(default_factory=list)
    environments: dict[str, list[str]] = field(default_factory=lambda: {"1": ["11", "12"]})
    filter_zone: timezone = timezone(timedelta(hours=8))
    order: str = "descending"
    ignores_category: bool = False
    ignores_results: bool = False
    ignores_times: bool = False
    totals_of_all_pods: bool = False
    calls: Counter[str] = field(default_factory=Counter)
    rows_sent: int = 0
    unreadable: int = 0
    patience: int | None = None
    broken: dict[object, CloudError] = field(default_factory=dict)
    hanging: set[str] = field(default_factory=set)
    pod_lists: dict[str, Listing[Pod]] = field(default_factory=dict)
    unlisted: set[int] = field(default_factory=set)
    told: list[str] = field(default_factory=list)

    async def _called(self, operation: str, about: str = "") -> None:
        self.calls[operation] += 1
        self.told.append(operation)
        if operation in self.hanging or about in self.hanging:
            await asyncio.Event().wait()
        if operation == "ListDeployOrders" and self.patience is not None and self.calls[operation] > self.patience:
            await asyncio.Event().wait()
        error = self.broken.get((operation, about)) or self.broken.get(operation)
        if error is not None:
            raise error

    async def list_apps(self) -> Listing[App]:
        await self._called("ListApp")
        return Listing(tuple(App.model_validate({"AppId": int(a), "Title": f"app-{a}"}) for a in self.environments))

    async def list_app_environments(self, app_id: str) -> Listing[Environment]:
        await self._called("ListAppEnvironment", app_id)
        ids = self.environments[app_id]
        return Listing(tuple(Environment.model_validate({"EnvId": int(e), "EnvName": f"env-{e}"}) for e in ids))

    async def deploy_order(self, order_id: str) -> DeployOrder:
        await self._called("DescribeDeployOrderDetail", order_id)
        for order in self.orders:
            if str(order.number) == order_id:
                return self._wire(order)
        raise RejectedError("there is no such order")

    async def list_pods(self, order_id: str, results=()) -> Listing[Pod]:
        await self._called("ListPods", order_id)
        order = next(order for order in self.orders if str(order.number) == order_id)
        pods = [pod for pod in order.pods if self.ignores_results or not results or pod.get("Result") in results]
        whole = not (self.totals_of_all_pods and len(pods) < len(order.pods))
        return self.pod_lists.get(order_id) or Listing(tuple(Pod.model_validate(pod) for pod in pods), whole)

    async def list_deploy_orders(
        self, app_id, *, env_id=None, started_from=None, started_before=None, results=()
    ) -> Listing[DeployOrder]:
        await self._called("ListDeployOrders", env_id or app_id)
        found = [
            order
            for order in self.orders
            if order.number not in self.unlisted
            and (self._app_of(order.env_id) == app_id and env_id in {None, order.env_id})
            and (self.ignores_category or not order.scale)
            and (self.ignores_times or self._within(order, started_from, started_before))
            and (self.ignores_results or not results or order.result in results)
        ]
        found.sort(key=lambda order: order.number, reverse=self.order == "descending")
        if self.order == "shuffled":
            random.Random(7).shuffle(found)
        self.rows_sent += len(found)
        honoured = not (self.ignores_results and results and len(found) > 50)
        items = tuple(self._wire(order) for order in (found if honoured else found[:50]))
        return Listing(items, honoured and not self.unreadable, unreadable=self.unreadable)

    def _app_of(self, env_id: str) -> str:
        known = (app_id for app_id, environments in self.environments.items() if env_id in environments)
        return next(known, "1")

    def _within(self, order: Booked, started_from, started_before) -> bool:
        start = NOW - order.start
        return (started_from is None or start >= self._filter(started_from)) and (
            started_before is None or start < self._filter(started_before)
        )

    def _filter(self, written: str) -> float:
        return datetime.strptime(written, "%Y-%m-%d %H:%M:%S").replace(tzinfo=self.filter_zone).timestamp()

    def _wire(self, order: Booked) -> DeployOrder:
        end = order.end if order.end is not None or order.status != FINISHED else order.start - 60
        return DeployOrder.model_validate(
            {
                "DeployOrderId": order.number,
                "EnvId": int(order.env_id),
                "Name": "应用实例数扩缩容至3个" if order.scale else f"release {order.number}",
                "Status": order.status,
                "Result": order.result,
                "StartTime": _utc(NOW - order.start),
                "EndTime": None if end is None else _utc(NOW - end),
                **order.extra,
            }
        )


def _utc(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Deploys:
    """The deploys of one account whose only cloud is an order book."""

    def __init__(self, book: OrderBook, place: Place = PLACE, clock: FakeClock | None = None) -> None:
        self.book = book
        self.bench = Bench(COLLECTOR, book, place=place, limits=Limits(60, 50, 300, 50_000), clock=clock)

    async def poll(self, seconds: float = 0) -> Status:
        """Let time pass and run once."""
        self.bench.clock.advance(seconds)
        return await self.bench.collection.run()

    async def value(self, name: str, env_id: str = "11", **labels: str) -> float | None:
        """The value of an environment's series; None where there is none."""
        wanted = [f'env_id="{env_id}"', *(f'{label}="{value}"' for label, value in labels.items())]
        lines = (await self.bench.page(f"{PREFIX}{name}{{")).splitlines()
        found = [line for line in lines if all(part in line for part in wanted)]
        assert len(found) <= 1, found
        return float(found[0].rpartition(" ")[2]) if found else None

    async def state(self, name: str, label: str, env_id: str = "11") -> str | None:
        """The one state that is 1; None where there is no set."""
        lines = (await self.bench.page(f"{PREFIX}{name}{{")).splitlines()
        ones = [line for line in lines if f'env_id="{env_id}"' in line and line.endswith(" 1")]
        assert len(ones) <= 1, ones
        return ones[0].partition(f'{label}="')[2].partition('"')[0] if ones else None


async def polled(*orders: Booked, **book: object) -> Deploys:
    """Deploys of an order book with these orders, after one run."""
    deploys = Deploys(OrderBook(list(orders), **book))
    await deploys.poll()
    return deploys
