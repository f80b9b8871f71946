"""A fault in front of everything that one account asks for: the other account does not notice."""

import asyncio

import pytest

from benchmarks.simulated_time import LoopClock, live
from tests.faults.bench import Bench
from tests.faults.kinds import FAULTS, REASONS, FaultKind
from tests.faults.network import Target

pytestmark = pytest.mark.whole

# One fault of each effect, and three ways in which nobody answers.
WIDE = (
    "throttled",
    "refused",
    "unresolved",
    "silence",
    "truncated_json",
    "expired_token",
    "forbidden",
    "not_offered",
    "nulls",
)
INVENTORIES = ("retailcloud_clusters", "retailcloud_apps")  # others live by what these list
_MINUTE = 60.0


@pytest.mark.parametrize("name", WIDE)
def test_no_fault_of_one_account_is_noticed_by_another(name):
    [fault] = [each for each in FAULTS if each.name == name]
    assert "" == "\n".join(live(lambda clock: _differences(clock, fault)))


async def _differences(clock: LoopClock, fault: FaultKind) -> list[str]:
    """What the fault did to the account that had it, where that was nothing, and to the one that had not."""
    async with Bench(clock) as bench:
        spoiled = [each for each in bench.exporter.collections if each.place.account == "shop"]
        others = [each for each in bench.exporter.collections if each.place.account == "other"]
        good = await bench.run(*spoiled, *others)
        found = [f"no good run: {each.status}" for each in good if not each.is_well]
        bench.begin(fault, Target("*"))
        outcomes = await bench.run(*spoiled, *others)
        hit, spared = outcomes[: len(spoiled)], outcomes[len(spoiled) :]
        found += [f"in another account {each.status}" for each in spared if not each.is_well]
        if fault.group in REASONS and any(each.status.result == "success" for each in hit):
            found.append("not everything of the account met it")
        bench.deny(())
        await asyncio.sleep(_MINUTE)
        await bench.run(*(each for each in spoiled if each.collector.name in INVENTORIES))
        after = await bench.run(*spoiled)
        found += [f"the run after it: {each.status}" for each in after if not each.is_well]
        return [*found, *(f"escaped: {each}" for each in bench.complaints)]
