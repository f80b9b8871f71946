"""The findings of ``plan`` for people."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from exporter.cli.plan_report import DAY, MINUTE, AccountPlan, Failure, first_cycle_calls
from exporter.plan import Demand, Supply, Usage, known_limit
from exporter.settings.duration import render_duration, render_rate
from exporter.store import CollectionKey

_HEAD = ("operation", "collector", "where", "every", "calls a run", "a minute", "a day", "of the budget")
_TEXT_COLUMNS = 4


@dataclass(frozen=True, slots=True)
class _Row:
    """One operation for one collector, in all its regions; ``rate`` is in calls a second."""

    operation: str
    collector: str
    regions: tuple[str, ...]
    interval: float
    calls: int
    rate: float
    at_start: int


def as_text(accounts: Sequence[AccountPlan], failures: Sequence[Failure]) -> str:
    """The plan for people."""
    lines = [line for plan in accounts for line in _account_lines(plan)]
    usages = [(demand, usage) for plan in accounts for demand in plan.demands for usage in demand.usages]
    rate = sum(usage.calls / demand.interval for demand, usage in usages)
    at_start = sum(usage.at_start for _, usage in usages)
    more = f"; {at_start:,} more once, at the start" if at_start else ""
    lines.append(f"together: {rate * MINUTE:,.1f} calls a minute, {rate * DAY:,.0f} a day{more}")
    stretched = [line for plan in accounts for line in _stretch_lines(plan)]
    fine = "nothing is stretched: every run can make its calls within its timeout"
    lines += ["", *(stretched or [f"as far as is known, {fine}" if failures else fine])]
    if failures:
        lines += ["", "not known, or only in part, as it failed:"]
        lines += [f"  {failure.key}: {failure.result}" for failure in failures]
    return "\n".join(lines) + "\n"


def _account_lines(plan: AccountPlan) -> Iterator[str]:
    yield f"account {plan.account} ({plan.provider})"
    counts: dict[str, int] = {}
    for each in plan.found:
        counts[each.metric] = counts.get(each.metric, 0) + each.count
    for metric, count in counts.items():
        if count:
            yield f"  {count:>8,} {metric}"
    yield ""
    for product, supply in plan.supplies.items():
        if not plan.usages(product):  # nothing is known of it, as all that calls it failed
            continue
        yield from _product_lines(plan, product, supply)
        yield ""


def _product_lines(plan: AccountPlan, product: str, supply: Supply) -> Iterator[str]:
    limit = known_limit(plan.provider, product)
    yield f"  {product}: budget {render_rate(supply.rate)}, burst {supply.burst}"
    yield f"    limit of the vendor: {limit.text if limit else 'not published'}"
    if limit is not None and limit.rate is not None and supply.rate > limit.rate:
        yield f"    the budget is above that limit of {render_rate(limit.rate)}"
    if supply.answer > 0:
        slow = f"; with {supply.at_once} at once, {supply.capacity:.3g} calls a second" if supply.is_slow else ""
        yield f"    an answer takes {supply.answer:.2g} s{slow}"
    rows = sorted(_rows(plan.usages(product)), key=lambda row: -row.rate)
    cells = [_cells(row, supply) for row in rows if row.calls]
    if cells:
        together = ("together", "", "", "", "", *_amounts(sum(row.rate for row in rows), supply))
        yield from (f"    {line}" for line in _aligned([_HEAD, *cells, together]))
    calls = first_cycle_calls(plan, product)
    seconds = math.ceil(supply.seconds_for(calls))
    took = f", {render_duration(seconds)} at best" if seconds else ""
    once = ", ".join(f"{row.at_start:,} {row.operation}" for row in rows if row.at_start)
    yield f"    a start takes {_calls(calls)}{took}" + (f"; only then: {once}" if once else "")


def _rows(usages: Sequence[tuple[Demand, Usage]]) -> Iterator[_Row]:
    def key(pair: tuple[Demand, Usage]) -> tuple[str, str, float]:
        return pair[0].collector, pair[1].operation, pair[0].interval

    for (collector, operation, interval), group in groupby(sorted(usages, key=key), key):
        pairs = list(group)
        calls = sum(usage.calls for _, usage in pairs)
        yield _Row(
            operation,
            collector,
            tuple(dict.fromkeys(usage.region for _, usage in pairs)),
            interval,
            calls,
            calls / interval,
            sum(usage.at_start for _, usage in pairs),
        )


def _cells(row: _Row, supply: Supply) -> tuple[str, ...]:
    where = row.regions[0] if len(row.regions) == 1 else f"{len(row.regions)} regions"
    return (
        row.operation,
        row.collector,
        where,
        render_duration(row.interval),
        f"{row.calls:,}",
        *_amounts(row.rate, supply),
    )


def _amounts(rate: float, supply: Supply) -> tuple[str, str, str]:
    return f"{rate * MINUTE:,.1f}", f"{rate * DAY:,.0f}", f"{100 * rate / supply.rate:.1f} %"


def _aligned(table: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(len(row[column]) for row in table) for column in range(len(_HEAD))]
    for row in table:
        cells = [
            cell.ljust(width) if column < _TEXT_COLUMNS else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield "  ".join(cells).rstrip()


def _stretch_lines(plan: AccountPlan) -> Iterator[str]:
    for stretch, ways in plan.stretched:
        demand = stretch.demand
        yield (
            f"stretched: {CollectionKey(demand.collector, plan.account, demand.region)}: {stretch.calls:,} calls of "
            f"{stretch.product} a run, for which {stretch.share:.3g} a second are left, take longer than its "
            f"timeout of {render_duration(demand.timeout)}: an object is read every "
            f"{render_duration(stretch.effective_interval)}, not every {render_duration(demand.interval)}"
        )
        for way in ways:
            yield "  a way out: " + " and ".join(f"{each.key}: {each.value}" for each in way)


def _calls(number: int) -> str:
    return "1 call" if number == 1 else f"{number:,} calls"
