"""Deploy orders as they matter here: which stand for the state of an environment, and which are worth remembering."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import tzinfo

from exporter.clouds.aliyun.retailcloud_models import DeployOrder
from exporter.clouds.values import Raw, Unreadable, instant, text

STATUSES = {"1": "deploying", "2": "paused", "3": "finished"}
RESULTS = {"0": "in_progress", "1": "success", "2": "failed", "4": "closed"}
NOT_SUCCESS = (0, 2, 4)
_FAILURES = ("failed", "closed")
# How the vendor names ScaleApp's orders. DeployCategory=deploy should leave them out; this is for when it does not.
_SCALE_ORDER = "应用实例数扩缩容"
_LONGEST = 40  # digits: no order number is longer


@dataclass(frozen=True, slots=True)
class Order:
    """A deploy order: its number, its state in the words of the labels, its times in epoch seconds, and the rest.

    ``odd_start`` where there is a start that cannot be read.
    """

    number: int
    env_id: str
    status: str
    result: str
    start: float | None
    end: float | None
    wire: DeployOrder
    odd_start: bool = False

    @property
    def finished(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.status == "finished"

    @property
    def failed(self) -> bool:
        """Whether it ended in failure, or was closed by a person."""
        return self.finished and self.result in _FAILURES

    @property
    def succeeded(self) -> bool:
        """Whether it ended in success."""
        return self.finished and self.result == "success"

    @property
    def ended(self) -> float | None:
        """When it ended; when it started, where there is no end."""
        return self.end if self.end is not None else self.start


@dataclass(frozen=True, slots=True)
class Standing:
    """The orders that make the state of one environment. "Last" and "latest" go by order number, not by time.

    ``first_failure`` is the first failed or closed order after the last success: while there is one, the environment
    is failing, whatever came after it.
    """

    latest: Order | None = None
    last_finished: Order | None = None
    last_success: Order | None = None
    last_failure: Order | None = None
    first_failure: Order | None = None

    @property
    def failing(self) -> bool:
        """Whether a deploy failed and none succeeded since."""
        return self.first_failure is not None

    @property
    def open(self) -> Order | None:
        """The order that may still change: the latest one, because there is no new one before it has ended.

        An earlier one that is not finished has a status that the vendor does not document.
        """
        return None if self.latest is None or self.latest.finished else self.latest

    @property
    def orders(self) -> dict[int, Order]:
        """All of these orders by number: what is worth remembering."""
        named = (self.latest, self.last_finished, self.last_success, self.last_failure, self.first_failure)
        return {order.number: order for order in named if order is not None}


def standing(orders: Iterable[Order]) -> Standing:
    """The standing of an environment with these orders."""
    by_number = sorted(orders, key=lambda order: order.number)
    finished = [order for order in by_number if order.finished]
    succeeded = [order for order in finished if order.succeeded]
    failed = [order for order in finished if order.failed]
    since = [order for order in failed if not succeeded or order.number > succeeded[-1].number]
    return Standing(
        latest=by_number[-1] if by_number else None,
        last_finished=finished[-1] if finished else None,
        last_success=succeeded[-1] if succeeded else None,
        last_failure=failed[-1] if failed else None,
        first_failure=since[0] if since else None,
    )


def without_old(current: Standing, horizon: float) -> Standing:
    """The standing without what started before ``horizon``, so that a restart, which looks no further, shows the same.

    What is still open or failing stays at any age: neither is over before the next success.
    """
    unsettled = [current.first_failure, current.open]
    if current.failing:
        unsettled += [current.latest, current.last_finished, current.last_failure]
    numbers = {order.number for order in unsettled if order is not None}
    return standing(
        order
        for order in current.orders.values()
        if order.number in numbers or order.start is None or order.start >= horizon
    )


def is_scale_order(order: DeployOrder) -> bool:
    """Whether an order only changes how many instances there are: it neither hides nor clears a failed deploy."""
    return order.name.startswith(_SCALE_ORDER)


def read_order(wire: DeployOrder, zone: tzinfo) -> Order | None:
    """An order as it was answered, or None where its number is none."""
    if not wire.deploy_order_id.isdecimal() or len(wire.deploy_order_id) > _LONGEST:
        return None
    start, odd_start = _time(wire.start_time, zone)
    return Order(
        number=int(wire.deploy_order_id),
        env_id=wire.env_id,
        status=STATUSES.get(text(wire.status), "unknown"),
        result=RESULTS.get(text(wire.result), "unknown"),
        start=start,
        end=_time(wire.end_time, zone)[0],
        wire=wire,
        odd_start=odd_start,
    )


def _time(raw: Raw, zone: tzinfo) -> tuple[float | None, bool]:
    """A time, and whether there is one that cannot be read; that is noted where samples are made."""
    try:
        return instant(raw, zone), False
    except Unreadable:
        return None, True
