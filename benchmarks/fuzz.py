"""Whether anything that comes from outside can do more than be refused: values, answers, settings, requests.

    python benchmarks/fuzz.py [--cases 200000] [--seed 1] [--only TARGET] [--failures DIR]

Every case is made by dice of its own, `SEED/TARGET/NUMBER`, out of good documents: types changed, keys dropped, doubled
and nested, huge, odd and broken texts, duplicate keys, NaN. A target says what may come of it; anything else is written
to a file, with the input, and makes the exit code 1.
"""

import argparse
import asyncio
import inspect
import json
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fuzzing.answers import WholeAnswers
from fuzzing.outside import Logins, Requests, SettingsFiles
from fuzzing.readers import duration, hide, look_into, read_value, say_no, show_label

SLOWEST = 2.0  # seconds of work that a case may take
_MOST_FILES = 20

# The share of all cases that each target has; those that run a whole exporter are dear.
SHARES = {
    "values": 0.34,
    "labels": 0.1,
    "refusals": 0.15,
    "redaction": 0.05,
    "envelopes": 0.1,
    "durations": 0.08,
    "settings": 0.02,
    "requests": 0.03,
    "logins": 0.03,
    "answers": 0.1,
}


Target = Callable[[random.Random], Any]


@dataclass(slots=True)
class Findings:
    """What was tried and found, by target."""

    cases: Counter[str] = field(default_factory=Counter)
    seconds: Counter[str] = field(default_factory=Counter)
    slowest: dict[str, float] = field(default_factory=dict)
    failures: list[dict[str, Any]] = field(default_factory=list)


def target(name: str, seed: int, folder: Path) -> Target:
    """A target: a generator that yields its input and then does what may fail."""
    simple: dict[str, Target] = {
        "values": read_value,
        "labels": show_label,
        "refusals": say_no,
        "redaction": hide,
        "envelopes": look_into,
        "durations": duration,
    }
    with_state: dict[str, Callable[[], Target]] = {
        "settings": lambda: SettingsFiles(folder).case,
        "requests": lambda: Requests().case,
        "logins": lambda: Logins(folder).case,
        "answers": lambda: WholeAnswers(seed).case,
    }
    return simple[name] if name in simple else with_state[name]()


def fuzz(seed: int, cases: int, folder: Path, *, only: str = "") -> Findings:
    """Try so many cases, dealt to the targets by their shares."""
    findings = Findings()
    for name in [only] if only else SHARES:
        number = max(int(cases * (1 if only else SHARES[name])), 1)
        asyncio.run(_cases(name, number, target(name, seed, folder), seed, findings))
    return findings


async def _cases(name: str, cases: int, tried: Target, seed: int, findings: Findings) -> None:
    for number in range(cases):
        await _case(name, number, tried, random.Random(f"{seed}/{name}/{number}"), findings)


async def _case(name: str, number: int, target: Target, dice: random.Random, findings: Findings) -> None:
    tried: Any = None
    started = time.process_time()
    try:
        steps = target(dice)
        if inspect.isasyncgen(steps):
            tried = await anext(steps)
            await anext(steps, None)
        else:
            tried = next(steps)
            next(steps, None)
    except Exception as error:  # noqa: BLE001 -- whatever it is, it is what is looked for
        kind = f"{type(error).__name__}: {error}"
        findings.failures.append(
            {"target": name, "number": number, "error": kind[:1000], "input": repr(tried)[:20_000]}
        )
    took = time.process_time() - started
    findings.cases[name] += 1
    findings.seconds[name] += took  # type: ignore[assignment]  # a Counter of floats
    findings.slowest[name] = max(findings.slowest.get(name, 0.0), took)


def report(findings: Findings, seed: int, folder: Path | None) -> bool:
    """Print cases by target, write the failures down; whether there are none."""
    print(f"{'target':<12} {'cases':>9} {'a second':>9} {'slowest':>9}  failures")
    failed = Counter(each["target"] for each in findings.failures)
    for name, cases in findings.cases.items():
        pace = cases / max(findings.seconds[name], 1e-9)
        print(f"{name:<12} {cases:>9,} {pace:>9,.0f} {findings.slowest[name] * 1000:>7,.0f}ms  {failed[name]}")
    print(
        f"{'all':<12} {sum(findings.cases.values()):>9,}  seed {seed}, {sum(findings.seconds.values()):,.0f} s of work"
    )
    slow = [name for name, seconds in findings.slowest.items() if seconds > SLOWEST]
    if slow:
        print(f"too slow: {', '.join(slow)}")
    for number, failure in enumerate(findings.failures[:_MOST_FILES]):
        print(f"FAILED {failure['target']} {failure['number']}: {failure['error'][:300]}")
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            path = folder / f"{failure['target']}-{seed}-{failure['number']}-{number}.json"
            path.write_text(json.dumps(failure, indent=1), encoding="utf-8")
            print(f"       {path}")
    return not findings.failures and not slow


def main() -> None:
    """Fuzz and report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=[*SHARES], default="")
    parser.add_argument("--failures", type=Path, default=Path(tempfile.gettempdir()) / "exporter-fuzz")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        findings = fuzz(options.seed, options.cases, Path(folder), only=options.only)
    sys.exit(0 if report(findings, options.seed, options.failures) else 1)


if __name__ == "__main__":
    main()
