"""Reckons whether the calls of an account fit into its API budgets, and what would mend it where they do not.

The calls of a collection wait for the budget of their product in a lane, and lanes that wait take turns by weight
(clouds/budget.py). So a run has what the other collections leave on average, and never less than the share of its
weight. A run that cannot make all its calls within its timeout goes on with the next: the collection is stretched.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

_MOST = 2**20  # times the rate there is: whatever needs more is not mended by calling more often
_NEAR_ENOUGH = 1.001
_ROOM = 1.1  # an interval is to be a little longer than a run
_DURATION_STEPS = ((60, 5), (600, 30), (3600, 60), (math.inf, 300))  # seconds: below the first, in steps of the second


# What the vendors publish of their limits; they are counted for the whole account, other programs and the console too.
# ECS: https://help.aliyun.com/zh/ecs/developer-reference/api-throttling; Huawei Cloud's gateway: its error APIGW.0308.
_ECS = "counted by API, region and minute; what is refused is allowed again in the next minute; no numbers published"
_HUAWEI_GATEWAY = "200 calls a second for each API"


@dataclass(frozen=True, slots=True)
class Limit:
    """What is known of a vendor's limit; ``rate`` is in calls a second, for each operation."""

    text: str
    rate: float | None = None


_LIMITS = {
    ("aliyun", "ecs"): Limit(_ECS),
    ("huaweicloud", "modelarts"): Limit(_HUAWEI_GATEWAY, 200.0),
    ("huaweicloud", "iam"): Limit(_HUAWEI_GATEWAY, 200.0),
}


def known_limit(provider: str, product: str) -> Limit | None:
    """The vendor's limit of a product; None where none is published."""
    return _LIMITS.get((provider, product))


@dataclass(frozen=True, slots=True)
class Usage:
    """The calls of one operation in one run, and how many more the first run makes (``at_start``)."""

    product: str
    region: str
    operation: str
    calls: int
    at_start: int = 0


@dataclass(frozen=True, slots=True)
class Demand:
    """What one collection asks for; seconds."""

    collector: str
    region: str
    interval: float
    timeout: float
    weight: int
    usages: tuple[Usage, ...]

    def calls(self, product: str) -> int:
        """Its calls of a product in one run."""
        return sum(usage.calls for usage in self.usages if usage.product == product)

    @property
    def products(self) -> tuple[str, ...]:
        """The products it calls in every run."""
        return tuple(dict.fromkeys(usage.product for usage in self.usages if usage.calls))


@dataclass(frozen=True, slots=True)
class Supply:
    """What one product gives: the budget of ``rate`` calls a second and ``burst`` calls at once.

    An answer takes ``answer`` seconds (0: not known), and ``at_once`` calls may be under way.
    """

    rate: float
    burst: int
    answer: float
    at_once: int

    @property
    def capacity(self) -> float:
        """Calls a second that can be made."""
        return self.at_once / self.answer if self.is_slow else self.rate

    def seconds_for(self, calls: int) -> float:
        """How long it takes to make so many calls, after a pause."""
        return max(0, calls - self.burst) / self.capacity

    @property
    def is_slow(self) -> bool:
        """Whether it is the answers that hold up calls, and not the budget."""
        return self.rate * self.answer > self.at_once


@dataclass(frozen=True, slots=True)
class Stretch:
    """A collection that cannot do its run within its timeout, because of ``product`` most of all.

    It has ``share`` calls a second of that product and needs ``calls``; an object is read every ``effective_interval``
    seconds. ``rate`` of the product alone would mend it; so would ``timeout``, together with ``interval`` where that
    is not None. None: nothing of the kind would.
    """

    demand: Demand
    product: str
    calls: int
    share: float
    effective_interval: float
    rate: float | None
    timeout: float
    interval: float | None


def stretches(demands: Sequence[Demand], supplies: Mapping[str, Supply]) -> list[Stretch]:
    """The collections of one account that will be stretched; ``supplies`` are by product."""
    needs = [(demand, _seconds(demand, demands, supplies)) for demand in demands]
    short = [(demand, needed) for demand, needed in needs if sum(needed.values()) > demand.timeout]
    rates = {
        product: rate_needed(product, [demand for demand, _ in short], demands, supplies)
        for product in {_slowest(needed) for _, needed in short}
    }
    found = []
    for demand, needed in short:
        product = _slowest(needed)
        shares = {each: share(demand, demands, each, supplies[each].capacity) for each in demand.products}
        # Without what gathers between two runs: the longer a run, the less that is.
        whole = sum(demand.calls(each) / its for each, its in shares.items())
        found.append(
            Stretch(
                demand,
                product,
                demand.calls(product),
                shares[product],
                demand.interval * math.ceil(sum(needed.values()) / demand.timeout),
                rates[product],
                rounded_up(whole),
                rounded_up(whole * _ROOM) if rounded_up(whole) > demand.interval else None,
            )
        )
    return found


def share(demand: Demand, demands: Iterable[Demand], product: str, capacity: float) -> float:
    """Calls a second that a run can make of a product while the others call as often as they do on average.

    What a lane leaves of its weight's share goes to the others by their weights.
    """
    others = sorted(
        ((other.calls(product) / other.interval, other.weight) for other in demands if other is not demand),
        key=lambda lane: lane[0] / lane[1],
    )
    left, weights = capacity, demand.weight + sum(weight for _, weight in others)
    for rate, weight in others:
        if rate / weight > left / weights:
            break
        left, weights = left - rate, weights - weight
    return left * demand.weight / weights


def _seconds(demand: Demand, demands: Sequence[Demand], supplies: Mapping[str, Supply]) -> dict[str, float]:
    """How long a run has to wait for each product; what gathers in the burst between two runs goes at once."""
    needed = {}
    for product in demand.products:
        its = share(demand, demands, product, supplies[product].capacity)
        head_start = min(supplies[product].burst, its * (demand.interval - demand.timeout))
        needed[product] = max(0.0, demand.calls(product) - head_start) / its
    return needed


def _slowest(needed: Mapping[str, float]) -> str:
    return max(needed, key=lambda product: needed[product])


def rate_needed(
    product: str, short: Sequence[Demand], demands: Sequence[Demand], supplies: Mapping[str, Supply]
) -> float | None:
    """The least rate of a product, in calls a second, with which those that are ``short`` of it fit.

    None where no rate would do.
    """

    def fits(rate: float) -> bool:
        supply = {**supplies, product: replace(supplies[product], rate=rate)}
        return all(
            sum(_seconds(demand, demands, supply).values()) <= demand.timeout
            for demand in short
            if product in demand.products
        )

    low = supplies[product].rate
    high = low
    while not fits(high):
        low, high = high, high * 2
        if high > _MOST * supplies[product].rate:
            return None
    while high > low * _NEAR_ENOUGH:
        middle = (low + high) / 2
        low, high = (low, middle) if fits(middle) else (middle, high)
    size = 1 if high >= 1 else 60 if high >= 1 / 60 else 3600
    return math.ceil(high * size) / size


def rounded_up(seconds: float) -> float:
    """A duration at least as long that people would write."""
    step = next(step for limit, step in _DURATION_STEPS if seconds <= limit)
    return math.ceil(seconds / step) * step
