"""The findings of ``plan``, and their form for programs."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from exporter.plan import Demand, Stretch, Supply, Usage, known_limit
from exporter.store import CollectionKey

MINUTE, DAY = 60, 86_400  # seconds


@dataclass(frozen=True, slots=True)
class Failure:
    """A collection whose calls are not known, because its run failed."""

    key: CollectionKey
    result: str
    message: str

    def __str__(self) -> str:
        """One line."""
        return f"{self.key}: {self.result}: {self.message}"


@dataclass(frozen=True, slots=True)
class Found:
    """How many objects a collection found; ``metric`` has one row for each."""

    key: CollectionKey
    metric: str
    count: int


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting and the value that it should have."""

    key: str
    value: str


@dataclass(frozen=True, slots=True)
class AccountPlan:
    """What one account costs. What is stretched comes with the ways to mend it: the settings of one go together."""

    account: str
    provider: str
    demands: tuple[Demand, ...]
    supplies: Mapping[str, Supply]
    stretched: tuple[tuple[Stretch, tuple[tuple[Setting, ...], ...]], ...]
    found: tuple[Found, ...]

    def usages(self, product: str) -> list[tuple[Demand, Usage]]:
        """Who calls which operations of a product."""
        return [(demand, usage) for demand in self.demands for usage in demand.usages if usage.product == product]


def as_json(accounts: Sequence[AccountPlan], failures: Sequence[Failure]) -> str:
    """The plan as JSON; units stand in the names of its keys."""
    document = {
        "accounts": [_account(plan) for plan in accounts],
        "failures": [
            {**_key(failure.key), "result": failure.result, "message": failure.message} for failure in failures
        ],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _key(key: CollectionKey) -> dict[str, object]:
    return {"collector": key.collector, "account": key.account, "region_id": key.region_id}


def _account(plan: AccountPlan) -> dict[str, object]:
    return {
        "account": plan.account,
        "provider": plan.provider,
        "objects": [
            {
                "collector": each.key.collector,
                "region_id": each.key.region_id,
                "metric": each.metric,
                "count": each.count,
            }
            for each in plan.found
        ],
        "products": [_product(plan, product) for product in plan.supplies],
        "stretched": [_stretch(stretch, ways) for stretch, ways in plan.stretched],
    }


def _product(plan: AccountPlan, product: str) -> dict[str, object]:
    supply, usages = plan.supplies[product], plan.usages(product)
    limit = known_limit(plan.provider, product)
    rate = sum(usage.calls / demand.interval for demand, usage in usages)
    return {
        "product": product,
        "budget": {"calls_per_second": supply.rate, "burst_calls": supply.burst},
        "known_limit": None if limit is None else {"text": limit.text, "calls_per_second_per_operation": limit.rate},
        "mean_answer_seconds": round(supply.answer, 3),
        **_rates(rate, supply),
        "calls_at_start": sum(usage.at_start for _, usage in usages),
        "first_cycle_calls": first_cycle_calls(plan, product),
        "first_cycle_seconds": round(supply.seconds_for(first_cycle_calls(plan, product)), 3),
        "operations": [
            {
                "operation": usage.operation,
                "collector": demand.collector,
                "region_id": demand.region,
                "called_region_id": usage.region,
                "interval_seconds": demand.interval,
                "calls_per_run": usage.calls,
                **_rates(usage.calls / demand.interval, supply),
                "calls_at_start": usage.at_start,
            }
            for demand, usage in usages
        ],
    }


def first_cycle_calls(plan: AccountPlan, product: str) -> int:
    """The calls of a product when every collection runs for the first time."""
    return sum(usage.calls + usage.at_start for _, usage in plan.usages(product))


def _rates(rate: float, supply: Supply) -> dict[str, object]:
    return {
        "calls_per_minute": round(rate * MINUTE, 3),
        "calls_per_day": round(rate * DAY, 1),
        "budget_share_ratio": round(rate / supply.rate, 6),
    }


def _stretch(stretch: Stretch, ways: Iterable[Sequence[Setting]]) -> dict[str, object]:
    demand = stretch.demand
    return {
        "collector": demand.collector,
        "region_id": demand.region,
        "product": stretch.product,
        "calls_per_run": stretch.calls,
        "available_calls_per_second": round(stretch.share, 3),
        "interval_seconds": demand.interval,
        "timeout_seconds": demand.timeout,
        "effective_interval_seconds": stretch.effective_interval,
        "ways_out": [[{"setting": each.key, "value": each.value} for each in way] for way in ways],
    }
