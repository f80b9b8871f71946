"""Reads the rule files of alerts/: what every alert and recording rule says, with the comments above them."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ALERTS = Path(__file__).resolve().parent.parent / "alerts"
# From what pages most to what is least of the cloud's; a subject that is not here comes after them, by name.
_SUBJECTS = ("retailcloud-deploys", "retailcloud-clusters", "retailcloud-environments", "retailcloud-volumes")
_SUBJECTS += ("rds-backups", "emr", "modelarts", "batchcompute", "exporter")
_RULE = re.compile(r"^ *- (?:alert|record): \S+$")


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert; ``wait`` and ``keep`` are durations as Prometheus writes them, empty where there is none."""

    name: str
    severity: str
    wait: str
    keep: str
    expression: str
    annotations: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Record:
    """A recording rule and the comment above it."""

    name: str
    expression: str
    comment: str


@dataclass(frozen=True, slots=True)
class RuleFile:
    """A rule file: its subject, the first paragraph of its comment, its rules in order."""

    stem: str
    about: str
    alerts: tuple[Alert, ...]
    records: tuple[Record, ...]


def rule_files(folder: Path = ALERTS) -> list[RuleFile]:
    """All of them, in the order in which people should read them."""
    stems = [path.name.removesuffix(".rules.yaml") for path in folder.glob("*.rules.yaml")]
    order = sorted(stems, key=lambda stem: (_SUBJECTS.index(stem) if stem in _SUBJECTS else len(_SUBJECTS), stem))
    return [rule_file(stem, (folder / f"{stem}.rules.yaml").read_text(encoding="utf-8")) for stem in order]


def rule_file(stem: str, text: str) -> RuleFile:
    """Read one; ValueError where a rule does not begin with its name on a line of its own."""
    rules = [rule for group in yaml.safe_load(text)["groups"] for rule in group["rules"]]
    lines = text.splitlines()
    starts = [number for number, line in enumerate(lines) if _RULE.match(line)]
    if len(starts) != len(rules):
        raise ValueError(f"{stem}: a rule must begin with `- alert: Name` or `- record: name` on a line of its own")
    head = list(_comment(reversed(lines[: lines.index("groups:")])))
    return RuleFile(
        stem,
        " ".join(head[: head.index("")] if "" in head else head),
        tuple(_alert(rule) for rule in rules if "alert" in rule),
        tuple(
            Record(rule["record"], rule["expr"].strip(), " ".join(_comment(reversed(lines[:start]))))
            for rule, start in zip(rules, starts, strict=True)
            if "record" in rule
        ),
    )


def _alert(rule: Mapping[str, Any]) -> Alert:
    severity = rule.get("labels", {}).get("severity", "")
    wait, keep = rule.get("for", ""), rule.get("keep_firing_for", "")
    return Alert(rule["alert"], severity, wait, keep, rule["expr"].strip(), rule.get("annotations", {}))


def _comment(lines_upwards: Iterator[str]) -> list[str]:
    """The comment that ends where a reading upwards begins, line by line without its marks."""
    found: list[str] = []
    for line in lines_upwards:
        if not line.lstrip().startswith("#"):
            break
        found.insert(0, line.strip().lstrip("#").strip())
    return found
