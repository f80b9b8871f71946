"""``plan``: what collecting costs in API calls, measured in one real cycle, beside budgets and limits."""

import asyncio
import sys
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path

from exporter.app import Exporter
from exporter.assembly import PRODUCT_SLOTS, budget_of, lane_of
from exporter.cli.outcome import WorkFailedError
from exporter.cli.output import tell, write
from exporter.cli.plan_report import AccountPlan, Failure, Found, Setting, as_json
from exporter.cli.plan_text import as_text
from exporter.cli.serving import read_settings, surroundings
from exporter.clouds.tally import Call, Spent
from exporter.collection import Collection
from exporter.collectors.run import GLOBAL
from exporter.plan import Demand, Stretch, Supply, Usage, stretches
from exporter.self_metrics import FINE_RESULTS
from exporter.settings.duration import render_duration, render_rate
from exporter.settings.model import Account, Settings
from exporter.store import Status

_ONCE_IN_A_WHILE = 3600.0  # seconds


def plan(config: Path | None, *, for_programs: bool) -> None:
    """Collect once and print what it cost; WorkFailedError names the collections of which that is not known."""
    settings = read_settings(config)
    accounts, failures = asyncio.run(_measured(settings))
    write(as_json(accounts, failures) if for_programs else as_text(accounts, failures))
    if failures:
        raise WorkFailedError("\n".join(str(failure) for failure in failures))


async def _measured(settings: Settings) -> tuple[list[AccountPlan], list[Failure]]:
    exporter = Exporter(settings, surroundings(), patient=True)
    if not exporter.collections:
        raise WorkFailedError("no collection to run: no account offers what is enabled, see `check`")
    if sys.stderr.isatty():
        tell(f"running {len(exporter.collections)} collections once, within their budgets …")
    try:
        cycle = await Cycle.of(exporter)
    finally:
        await exporter.close()
    accounts = [cycle.account_plan(number, settings) for number in range(len(settings.accounts))]
    failures = [
        Failure(collection.key, status.result, status.message)
        for collection, status in cycle.ended.items()
        if status.result not in FINE_RESULTS
    ]
    return accounts, failures


@dataclass(frozen=True, slots=True)
class Cycle:
    """How each collection ended, those that ran twice, and by account the calls of the first runs and of all."""

    ended: Mapping[Collection, Status]
    twice: frozenset[Collection]
    first: Mapping[str, Mapping[Call, Spent]]
    all: Mapping[str, Mapping[Call, Spent]]

    @classmethod
    async def of(cls, exporter: Exporter) -> "Cycle":
        """Run every collection, and once more what looks up history when it first runs: later runs cost less."""
        ended = dict(await exporter.collect_once())
        first = {name: tally.so_far() for name, tally in exporter.tallies.items()}
        twice = [each for each, status in ended.items() if each.collector.history is not None and status.got_data]
        ended |= {
            each: status for each, status in await exporter.collect_once(twice) if ended[each].result in FINE_RESULTS
        }
        return cls(ended, frozenset(twice), first, {name: tally.so_far() for name, tally in exporter.tallies.items()})

    def account_plan(self, number: int, settings: Settings) -> AccountPlan:
        """What one account costs."""
        account = settings.accounts[number]
        its = [each for each in self.ended if each.key.account == account.name]
        demands = [self._demand(each, account) for each in its if self.ended[each].got_data]
        demands += self._logins(account, {_lane(each) for each in its})
        supplies = self._supplies(account)
        return AccountPlan(
            account=account.name,
            provider=account.provider,
            demands=tuple(demands),
            supplies=supplies,
            stretched=tuple(
                (stretch, tuple(_ways_out(number, settings, stretch))) for stretch in stretches(demands, supplies)
            ),
            found=tuple(found for each in its for found in _found(each)),
        )

    def _demand(self, collection: Collection, account: Account) -> Demand:
        key = collection.key
        chosen = account.collectors[key.collector]  # not the collection's own limits: it was patient
        return Demand(
            key.collector,
            key.region_id,
            chosen.interval,
            chosen.timeout,
            collection.collector.weight,
            tuple(self._usages(collection)),
        )

    def _logins(self, account: Account, lanes: Set[str]) -> list[Demand]:
        """The calls of no collection: keys, tokens and projects are had once and kept, and no run pays for them."""
        usages = tuple(
            Usage(call.product, call.region, call.operation, 0, spent.calls)
            for call, spent in self.all[account.name].items()
            if call.lane not in lanes
        )
        return [Demand("login", GLOBAL, _ONCE_IN_A_WHILE, _ONCE_IN_A_WHILE, 1, usages)] if usages else []

    def _usages(self, collection: Collection) -> Iterable[Usage]:
        key, ran_twice = collection.key, collection in self.twice
        first, together = self.first[key.account], self.all[key.account]
        for call, spent in together.items():
            if call.lane != _lane(collection):
                continue
            at_first = first.get(call, Spent()).calls
            usual = spent.calls - at_first if ran_twice else at_first
            yield Usage(call.product, call.region, call.operation, usual, max(0, at_first - usual))

    def _supplies(self, account: Account) -> dict[str, Supply]:
        spent: dict[str, Spent] = {}
        for call, each in self.all[account.name].items():
            spent[call.product] = spent.get(call.product, Spent()) + each
        budgets = {product: budget_of(account, product) for product in spent}
        return {
            product: Supply(budgets[product].rate, budgets[product].burst, its.seconds / its.calls, PRODUCT_SLOTS)
            for product, its in spent.items()
        }


def _lane(collection: Collection) -> str:
    return lane_of(collection.key.collector, collection.key.region_id)


def _found(collection: Collection) -> Iterable[Found]:
    """The objects on the page, by the metric that has one row for each."""
    texts = collection.record.block.texts
    for metric in collection.collector.metrics:
        if metric.name.endswith("_info"):
            yield Found(collection.key, metric.name, texts.get(metric, "").count("\n"))


def _ways_out(number: int, settings: Settings, stretch: Stretch) -> Sequence[tuple[Setting, ...]]:
    """The settings that would mend a stretch, each way by itself."""
    account, name = settings.accounts[number], stretch.demand.collector
    others = [other for other in settings.accounts if other is not account and name in other.collectors]
    is_for_all = not others and account.collectors[name] == settings.collectors[name]
    collector = f"collectors.{name}" if is_for_all else f"accounts[{number}].collectors.{name}"
    ways: list[tuple[Setting, ...]] = []
    if stretch.rate is not None:
        ways.append((Setting(f"accounts[{number}].budget.{stretch.product}.rate", render_rate(stretch.rate)),))
    timeout = Setting(f"{collector}.timeout", render_duration(stretch.timeout))
    if stretch.interval is None:
        ways.append((timeout,))
    else:
        ways.append((Setting(f"{collector}.interval", render_duration(stretch.interval)), timeout))
    return ways
