"""How long it takes from the first failed pod of a deploy to a message on somebody's phone.

    python benchmarks/paging.py [--dice 100000] [--skip-measuring]

1. *Computed* for the default settings. Every wait on the way is drawn at random: the poll's turn (the collector's
   interval), the run itself, the scrape's turn (docs/alerting.md), the turn of the rule's group, ``for`` and
   Alertmanager's ``group_wait`` (its example). The figures are read from where they stand, so that they are those of
   what is committed.
   A run takes 2 s for some dozen apps, and 20 s for 200 within the default API budget.
2. *Measured* with real servers and short intervals: the end-to-end test, which writes its timeline.
"""

import argparse
import random
import re
import statistics
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import yaml

from exporter.collectors import COLLECTORS
from exporter.settings.duration import parse_duration

ROOT = Path(__file__).parent.parent
ALERT = "RetailCloudDeployFailed"
AIM, MEASURED_AIM = 150, 20  # seconds
RUNS = {"some dozen apps": 2.0, "200 apps": 20.0}  # seconds that a run of retailcloud_deploys takes
TEST = "tests/servers/test_paging.py"
TIMELINE = "first failed pod: "


@dataclass(frozen=True)
class Waits:
    """What a page waits for on its way, seconds: turns that come round, and spans that are waited out."""

    poll: float
    scrape: float
    evaluation: float
    alert_for: float
    group_wait: float

    def passed(self, dice: random.Random, run: float) -> float:
        """How long one page takes: a failure falls anywhere between two turns of each."""
        turns = (self.poll, run, self.scrape, self.evaluation)
        return sum(dice.uniform(0, turn) for turn in turns) + self.alert_for + self.group_wait

    def worst(self, run: float) -> float:
        """How long it takes when every turn has just passed."""
        return self.poll + run + self.scrape + self.evaluation + self.alert_for + self.group_wait


def committed() -> Waits:
    """The waits of the default settings, each from where it stands."""
    (poll,) = (each.interval for each in COLLECTORS if each.name == "retailcloud_deploys")
    guide = (ROOT / "docs" / "alerting.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```yaml\n(global:.*?)```", guide, re.DOTALL)
    prometheus = yaml.safe_load(block)["global"]
    rules = yaml.safe_load((ROOT / "alerts" / "retailcloud-deploys.rules.yaml").read_text(encoding="utf-8"))
    group, rule = next(
        (group, rule) for group in rules["groups"] for rule in group["rules"] if rule.get("alert") == ALERT
    )
    example = (ROOT / "alerts" / "alertmanager" / "alertmanager.example.yml").read_text(encoding="utf-8")
    critical = next(
        route for route in yaml.safe_load(example)["route"]["routes"] if 'severity="critical"' in route["matchers"]
    )
    return Waits(
        poll=poll,
        scrape=parse_duration(prometheus["scrape_interval"]),
        evaluation=parse_duration(group.get("interval", prometheus["evaluation_interval"])),
        alert_for=parse_duration(rule.get("for", 0.001)),
        group_wait=parse_duration(critical["group_wait"]),
    )


def compute(tries: int) -> None:
    """Print what the page waits for, and how long that is altogether."""
    waits = committed()
    print("computed for the default settings, seconds")
    for name, seconds in vars(waits).items():
        print(f"  {name.replace('_', ' '):<12} {seconds:>6.0f}")
    for fleet, run in RUNS.items():
        dice = random.Random(1)
        median = statistics.median(waits.passed(dice, run) for _ in range(tries))
        worst = waits.worst(run)
        print(f"  {fleet}: median {median:.0f} s, worst {worst:.0f} s   aim < {AIM} s")


def measure() -> int:
    """Run the end-to-end test and print its timeline; the test's exit code."""
    print("\nmeasured with real servers and short intervals")
    command = [sys.executable, "-m", "pytest", "-q", "-n", "0", "-s", TEST, "-k", "while_its_order_is_open"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    lines = [line for line in done.stdout.splitlines() if TIMELINE in line]
    print(*(f"  {line[line.index(TIMELINE) :]}   aim < {MEASURED_AIM} s" for line in lines), sep="\n")
    if done.returncode != 0 or not lines:
        print(done.stdout, done.stderr, sep="\n", file=sys.stderr)
    return done.returncode


def main() -> None:
    """Compute, measure, report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dice", type=int, default=100_000)
    parser.add_argument("--skip-measuring", action="store_true")
    options = parser.parse_args()
    compute(options.dice)
    if not options.skip_measuring:
        sys.exit(measure())


if __name__ == "__main__":
    main()
