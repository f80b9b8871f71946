"""Every operation × every fault: the result, the rows, the calls, the neighbours, and the run after it."""

import asyncio
from dataclasses import replace

import pytest

from benchmarks.simulated_time import LoopClock, live
from exporter.collectors import COLLECTORS
from exporter.collectors.rds_backup_sets import DENIED_FOR
from exporter.simulator.fault_kinds import KINDS
from tests.faults.bench import Bench, Outcome
from tests.faults.expectations import Expectation, Rows, expectation, expectation_for_all
from tests.faults.kinds import FAULTS, SIMULATOR, FaultKind
from tests.faults.network import Target
from tests.faults.subjects import SUBJECTS, Role, Subject

pytestmark = pytest.mark.whole

OF_ALL = ("throttled", "unavailable", "silence", "truncated_json", "expired_token", "forbidden")
"""One fault of each effect, for calls of every object at once."""


def test_every_operation_that_a_collector_asks_for_is_in_the_suite():
    asked = {operation for collector in COLLECTORS for operation in collector.operations}
    assert asked == {subject.operation for subject in SUBJECTS}


def test_every_fault_of_the_simulated_cloud_is_in_the_suite():
    assert {"slow"} == KINDS.keys() - {fault.name for fault in FAULTS}  # the right answer, after real seconds
    assert {fault.name for fault in FAULTS if fault.played_by == SIMULATOR} <= KINDS.keys()


@pytest.mark.parametrize("subject", SUBJECTS, ids=lambda subject: subject.name)
def test_faults_of_one_object(subject):
    wanted = [(fault, stated) for fault in FAULTS if (stated := expectation(subject, fault)) is not None]
    found = live(lambda clock: Cases(clock, subject).differences(wanted))
    assert "" == "\n".join(found)


@pytest.mark.parametrize("subject", [each for each in SUBJECTS if each.role is Role.OBJECT], ids=lambda each: each.name)
def test_faults_of_all_objects(subject):
    wanted = [(fault, expectation_for_all(subject, fault)) for fault in FAULTS if fault.name in OF_ALL]
    found = live(lambda clock: Cases(clock, subject, of_all=True).differences(wanted))
    assert "" == "\n".join(found)


@pytest.mark.parametrize(
    "name", ["ListClusterNode", "QueryClusterDetail", "ListAppResourceAllocs", "DescribeHpcClusters"]
)
def test_what_is_kept_goes_when_it_is_too_old(name):
    [subject] = [each for each in SUBJECTS if each.name == name]
    assert "" == "\n".join(live(lambda clock: _grown_old(Cases(clock, subject, of_all=True))))


async def _grown_old(cases: "Cases") -> list[str]:
    bench, tested, witness = cases.bench, cases.tested, cases.witness
    async with bench:
        good = (await bench.run(*bench.exporter.collections) and await bench.run(tested))[0]
        hangs = {key for key in good.parts if cases.subject.hangs_on_it(bench.world, key, of_all=True)}
        bench.begin(next(each for each in FAULTS if each.name == "unavailable"), cases.target)
        read_at, found = bench.clock.monotonic(), []
        while (age := bench.clock.monotonic() - read_at) <= tested.limits.max_staleness + tested.limits.interval:
            run, neighbour = await bench.run(tested, witness)
            left = run.parts & hangs
            if left != (hangs if age + 1 < tested.limits.max_staleness else set()):
                found.append(f"{len(left)} of {len(hangs)} parts are left after {age:g} s")
            found += [] if neighbour.is_well else [f"{neighbour.status}"]
            await asyncio.sleep(tested.limits.interval - 1)
        return [*found, *(f"escaped: {each}" for each in bench.complaints)] if hangs else ["nothing hangs on it"]


def test_a_statement_that_does_not_hold_is_found():
    [subject] = [each for each in SUBJECTS if each.name == "ListClusterNode"]
    [fault] = [each for each in FAULTS if each.name == "unavailable"]
    right = expectation(subject, fault)
    wrong = {
        "ended as": replace(right, results=("success",)),
        "failed (": replace(right, failed="throttled"),
        "fresh parts": replace(right, rows=Rows.FRESH),
        "parts left": replace(right, rows=Rows.GONE),
        "calls where": replace(right, calls=0),
    }
    assert [] == live(lambda clock: Cases(clock, subject).differences([(fault, right)]))
    for text, stated in wrong.items():
        found = live(lambda clock, stated=stated: Cases(clock, subject).differences([(fault, stated)]))
        assert text in " ".join(found)
    [once] = [each for each in FAULTS if each.name == "forbidden"]
    twice = replace(expectation(subject, once), again=True)
    assert ["forbidden: not asked again"] == live(lambda clock: Cases(clock, subject).differences([(once, twice)]))


class Cases:
    """One case after another against one exporter: the fault, what came of it, and the run after the fault."""

    def __init__(self, clock: LoopClock, subject: Subject, *, of_all: bool = False) -> None:
        self.subject = subject
        self.of_all = of_all
        self.bench = Bench(clock, subject.collector, subject.witness, "ecs_hpc_clusters")
        self.target = Target(subject.name, {} if of_all else subject.victim(self.bench.world).match)
        self.tested = self.bench.collection(subject.collector, subject.account)
        self.witness = self.bench.collection(subject.witness, subject.account)
        self.other = self.bench.collection("ecs_hpc_clusters", "other")
        self.denied = (subject.denied,) if subject.denied else ()

    async def differences(self, wanted: list[tuple[FaultKind, Expectation]]) -> list[str]:
        """What was not as stated, in all cases."""
        found: list[str] = []
        async with self.bench as bench:
            bench.deny(self.denied)
            await bench.run(*bench.exporter.collections)
            bench.network.aim(self.target)
            good = (await bench.run(self.tested))[0]
            if not good.is_well or not bench.network.met:
                return [f"no good run to begin with: {good.status}, {bench.network.met} calls"]
            for fault, stated in wanted:
                calls = bench.network.met
                found += [f"{fault.name}: {text}" for text in await self._case(fault, stated, good, calls)]
                bench.deny(self.denied)
                await self._wait(DENIED_FOR if stated.rows is Rows.FRESH and fault.name != "duplicates" else 0)
                bench.network.aim(self.target)
                found += [f"{fault.name}: {text}" for text in await self._recovery(good)]
            found += [f"escaped: {each}" for each in bench.complaints]
        return found

    async def _wait(self, seconds: float) -> None:
        is_denied = self.subject.name == "DescribeBackups"
        await asyncio.sleep(max(self.tested.limits.interval, seconds if is_denied else 0))

    async def _case(self, fault: FaultKind, stated: Expectation, good: Outcome, calls: int) -> list[str]:
        self.bench.begin(fault, self.target)
        run, witness, other = await self.bench.run(self.tested, self.witness, self.other)
        return [
            *_results(self.subject, stated, run, self.subject.victim(self.bench.world).owner),
            *self._rows(stated, good, run),
            *_calls(stated, calls, self.bench.network.met),
            *([] if witness.is_well else [f"the account's {self.subject.witness}: {witness.status}"]),
            *([] if other.is_well else [f"the other account's collection: {other.status}"]),
        ]

    async def _recovery(self, good: Outcome) -> list[str]:
        run = (await self.bench.run(self.tested))[0]
        if not run.is_well:
            return [f"the run after it ended as {run.status}, stale {sorted(run.parts - run.fresh)}"]
        return _difference("the samples after it", good.samples, run.samples)

    def _rows(self, stated: Expectation, good: Outcome, run: Outcome) -> list[str]:
        parts = frozenset(key for key in good.parts if key.kind not in self.subject.either)
        hangs = {key for key in parts if self.subject.hangs_on_it(self.bench.world, key, of_all=self.of_all)}
        if stated.rows is Rows.OPTIONAL_KEPT:  # what is refused for one object may be left out for all
            parts -= {key for key in parts - hangs if self.subject.hangs_on_it(self.bench.world, key, of_all=True)}
        if not hangs:
            return ["nothing on the page hangs on the call"]
        was, found = (_without(self.subject.told, each.samples) for each in (good, run))
        lost = _difference("samples that are lost", frozenset(), was - found)
        more = [] if stated.more else _difference("samples that came up", frozenset(), found - was)
        stale = {Rows.KEPT: parts, Rows.FRESH: frozenset()}.get(stated.rows, frozenset(hangs))
        fresh = _difference("fresh parts", parts - stale, run.fresh & parts)
        match stated.rows:
            case Rows.LISTED:
                return _difference("fresh parts", run.parts, run.fresh)
            case Rows.GONE:
                return more + fresh + _difference("parts left", parts - hangs, run.parts & parts)
            case Rows.THINNER:
                owners = {key.owner for key in parts}
                return more + _difference("owners", frozenset(owners), owners & {key.owner for key in run.parts})
        return lost + more + fresh


def _results(subject: Subject, stated: Expectation, run: Outcome, owner: str) -> list[str]:
    found = []
    if run.status.result not in stated.results:
        found.append(f"ended as {run.status}, not {' or '.join(stated.results)}")
    if stated.failed and (owner, stated.failed) not in run.status.failed:
        found.append(f"failed {run.status.failed}, not {(owner, stated.failed)}")
    if stated.results == ("success",) and run.status.failed:
        found.append(f"failed {run.status.failed}")
    return found


def _calls(stated: Expectation, good: int, met: int) -> list[str]:
    if not met:
        return ["nobody met the fault"]
    if stated.again and met < 2:
        return ["not asked again"]
    return [] if met <= stated.calls * good else [f"{met} calls where {good} do in a good run"]


def _without(metrics: tuple[str, ...], samples: frozenset[str]) -> frozenset[str]:
    return frozenset(sample for sample in samples if sample.partition("{")[0] not in metrics)


def _difference(what: str, wanted: frozenset, found: frozenset) -> list[str]:
    if set(wanted) == set(found):
        return []
    return [f"{what}: missing {sorted(wanted - found)[:3]}, too many {sorted(found - wanted)[:3]}"]
