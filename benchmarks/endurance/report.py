"""What a soak found, as a line for each promise."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from endurance.exporter_life import Runs
from endurance.life import PLAYED
from endurance.oracle import SUBJECTS
from endurance.page import Verdicts
from endurance.resources import Holding, Holdings

MOST_GROWTH = 0.05  # of memory after the warm-up, as a share
_MOST_MORE = 60  # tasks or files above those of the first look: the calls that are under way differ


@dataclass(slots=True)
class Outcome:
    """All that was found."""

    verdicts: Verdicts = field(default_factory=Verdicts)
    runs: Runs = field(default_factory=Runs)
    holdings: Holdings = field(default_factory=Holdings)
    escaped: list[str] = field(default_factory=list)
    played: set[str] = field(default_factory=set)
    calls: int = 0
    events: int = 0
    observations: int = 0
    calm_checks: int = 0
    dark_pages: int = 0
    blackout: int = 0


@dataclass(frozen=True, slots=True)
class Promise:
    """What is promised, whether it was kept, and what speaks against it."""

    what: str
    kept: bool
    findings: tuple[str, ...] = ()


def report(outcome: Outcome, cycles: int, seconds: float) -> bool:
    """Print what was found; whether all promises were kept."""
    verdicts, runs = outcome.verdicts, outcome.runs
    results = ", ".join(f"{name} {number:,}" for name, number in runs.results.most_common())
    print(
        f"{cycles} simulated minutes in {seconds:.0f} s: {outcome.calls:,} calls, {sum(runs.results.values()):,} runs"
    )
    print(f"  runs by result: {results}")
    print(f"  {outcome.events:,} events; faults played: {len(outcome.played)} of {len(PLAYED)} kinds")
    print(f"  {verdicts.pages:,} pages, {verdicts.samples:,} samples of the clouds, each checked by its age;")
    print(f"  {verdicts.share:.0%} by value too, of {len(verdicts.by_value)} of {len(SUBJECTS)} collectors,")
    print(f"  against {outcome.observations:,} looks at the world")
    print(f"  {verdicts.expected:,} samples looked for after {outcome.calm_checks} calm times")
    kept = True
    for promise in promises(outcome):
        kept = kept and promise.kept
        print(f"{'kept  ' if promise.kept else 'BROKEN'}  {promise.what}")
        for finding in filter(None, promise.findings):
            print(f"          {finding}")
    return kept


def promises(outcome: Outcome) -> Iterator[Promise]:
    """Every promise, and whether it was kept."""
    verdicts, runs = outcome.verdicts, outcome.runs
    for what, findings in (
        ("false samples", verdicts.false),
        ("samples older than allowed", verdicts.stale),
        ("broken pages", verdicts.broken),
        ("samples lacking after a calm time", verdicts.lacking),
        ("missed runs", runs.missed),
        ("exceptions that escaped", outcome.escaped),
    ):
        yield Promise(f"{what}: {len(findings)}", not findings, tuple(findings))
    yield Promise(f"runs that ended in a bug: {runs.results['bug']}", not runs.results["bug"])
    if outcome.blackout:
        yield Promise(f"pages without a row that nobody could read: {outcome.dark_pages}", outcome.dark_pages > 0)
    if outcome.holdings.looks:
        yield from _held(outcome.holdings)


def _held(holdings: Holdings) -> Iterator[Promise]:
    first, last = holdings.alike()
    growth = _memory(last) / _memory(first) - 1
    yield Promise(
        f"memory for each sample on a page: {growth:+.1%}, "
        f"{first.memory / 2**20:.2f} MiB for {first.samples:,} in cycle {first.cycle}, "
        f"{last.memory / 2**20:.2f} MiB for {last.samples:,} in cycle {last.cycle} "
        f"(with the simulated clouds {holdings.growth(_rss):+.1%}, {last.rss / 2**20:.0f} MiB resident)",
        growth <= MOST_GROWTH,
        tuple(holdings.grown()),
    )
    for name, (first, most) in {
        "open files": holdings.most(lambda each: each.files),
        "threads": holdings.most(lambda each: each.threads),
        "tasks": holdings.most(lambda each: each.tasks),
    }.items():
        yield Promise(f"{name}: {first} at first, {most} at most", most <= first + _MOST_MORE)


def _memory(holding: Holding) -> float:
    return holding.memory / max(holding.samples, 1)


def _rss(holding: Holding) -> float:
    return holding.rss
