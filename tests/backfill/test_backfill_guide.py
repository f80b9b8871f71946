"""The guide tells of every metric of the collectors that have a past whether it is written."""

import re
from pathlib import Path

from exporter.backfill import METRICS, SUBJECTS

GUIDE = (Path(__file__).parents[2] / "docs" / "backfill.md").read_text(encoding="utf-8")
WRITTEN, LEFT_OUT = GUIDE.partition("## What is written")[2].split("And what is not", 1)


def named(part: str) -> set[str]:
    """The metrics that the first column of a table names, `…` standing for what the names have in common."""
    cells = [line.split("|")[1] for line in part.partition("\n## ")[0].splitlines() if line.startswith("| `")]
    words = [re.escape(word).replace("…", ".*") for cell in cells for word in re.findall(r"`([^`]+)`", cell)]
    known = {metric.name for subject in SUBJECTS.values() for metric in subject.collector.metrics}
    return {name for name in known if any(re.fullmatch(word, name) for word in words)}


def test_what_is_written_is_told():
    assert {metric.name for metric in METRICS} == named(WRITTEN)


def test_what_is_left_out_is_told_with_the_reason():
    every = {metric.name for subject in SUBJECTS.values() for metric in subject.collector.metrics}
    assert every - {metric.name for metric in METRICS} == named(LEFT_OUT)
