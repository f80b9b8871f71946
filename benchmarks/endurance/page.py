"""A page against the oracle: every sample is true within its allowed age, and what has stood long enough is there."""

import math
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from endurance.oracle import INVENTORIES, KEYS, KNOWN_LONGER, SUBJECTS, UNTIL_LISTED, Oracle
from endurance.shop import environments_of, named
from prometheus_client.parser import text_string_to_metric_families

from exporter.collectors import COLLECTORS

COLLECTOR_OF: Mapping[str, str] = {metric.name: each.name for each in COLLECTORS for metric in each.metrics}
TIMEOUTS: Mapping[str, float] = {each.name: each.timeout for each in COLLECTORS}
PROMPT = (  # those whose interval is a few minutes: after a calm half hour all they have is there
    *("retailcloud_clusters", "retailcloud_nodes", "retailcloud_volumes", "retailcloud_apps", "retailcloud_deploys"),
    *("emr_flow_clusters", "emr_clusters", "batchcompute_clusters", "modelarts_clusters", "modelarts_pools"),
)
_DEPLOY = "aliyun_retailcloud_deploy_"
ABSENT = ("aliyun_retailcloud_deploy_last_", "aliyun_retailcloud_deploy_latest_")  # older than the history
_MOST_TOLD = 20
_WHOLE = 10  # every tenth page is read by Prometheus' own parser as well, which takes half a second for one
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
_ESCAPED = {r"\\": "\\", r"\"": '"', r"\n": "\n"}


class Sample(NamedTuple):
    """One line of a page."""

    name: str
    labels: Mapping[str, str]
    value: float


@dataclass(slots=True)
class Verdicts:
    """What was looked at and what was wrong with it."""

    samples: int = 0
    by_value: Counter[str] = field(default_factory=Counter)
    by_age: int = 0
    expected: int = 0
    pages: int = 0
    false: list[str] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    lacking: list[str] = field(default_factory=list)

    @property
    def share(self) -> float:
        """The share of cloud samples whose value was checked."""
        return sum(self.by_value.values()) / max(self.samples, 1)


def note(where: list[str], what: str) -> None:
    """Keep a finding; the first ones are told, the others counted."""
    where.append(what if len(where) < _MOST_TOLD else "")


def check(text: str, oracle: Oracle, verdicts: Verdicts) -> list[Sample]:
    """Check every sample of a page; gives the samples of the clouds."""
    oracle.world.advance()
    samples = _read(text, verdicts)
    limits = {
        (sample.labels["account"], sample.labels["collector"]): sample.value
        for sample in samples
        if sample.name == "cluster_exporter_collector_max_staleness_seconds"
    }
    verdicts.pages += 1
    cloud = [sample for sample in samples if sample.name in COLLECTOR_OF]
    for sample in cloud:
        _check_one(sample, limits, oracle, verdicts)
    return cloud


def _read(text: str, verdicts: Verdicts) -> list[Sample]:
    samples = [_sample(line) for line in text.split("\n") if line and not line.startswith("#")]
    series = {(sample.name, tuple(sample.labels.items())) for sample in samples}
    if len(series) != len(samples):
        note(verdicts.broken, f"{len(samples) - len(series)} series are there twice")
    for sample in samples:
        if not math.isfinite(sample.value):
            note(verdicts.broken, f"not a number: {sample}")
    if verdicts.pages % _WHOLE == 0:
        by_parser = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
        if [(each.name, each.labels, each.value) for each in by_parser] != [tuple(each) for each in samples]:
            note(verdicts.broken, "Prometheus' parser reads the page otherwise")
    return samples


def _sample(line: str) -> Sample:
    head, _, value = line.rpartition(" ")
    return Sample(*_head(head), float(value))


@lru_cache(maxsize=10_000)
def _head(text: str) -> tuple[str, Mapping[str, str]]:
    name, _, labels = text.partition("{")
    return name, {key: re.sub(r"\\.", lambda found: _ESCAPED[found[0]], raw) for key, raw in _LABEL.findall(labels)}


def _check_one(sample: Sample, limits: Mapping[tuple[str, str], float], oracle: Oracle, verdicts: Verdicts) -> None:
    now, account, collector = oracle.world.now, sample.labels["account"], COLLECTOR_OF[sample.name]
    allowed = _allowed(collector, account, limits) + KNOWN_LONGER.get(sample.name, 0.0)
    verdicts.samples += 1
    verdicts.by_age += 1
    read = oracle.answered_at.get((account, collector), -math.inf)
    if now - read > allowed:
        note(verdicts.stale, f"{sample.name} {sample.labels}: nothing was read for {now - read:.0f} s of {allowed:.0f}")
    if sample.name in KEYS:
        verdicts.by_value[collector] += 1
        key = (sample.name, *(sample.labels[label] for label in KEYS[sample.name]))
        inventory = INVENTORIES.get(collector)
        of_inventory = _allowed(inventory, account, limits) if inventory else 0.0
        of_inventory += UNTIL_LISTED.get(sample.name, 0.0)
        if not oracle.was_true(key, sample.value, now - allowed, now - allowed - of_inventory):
            told = [(f"{now - at:.0f} s ago", value) for at, value in oracle.history.get(key, [])[-4:]]
            note(verdicts.false, f"{key} is {sample.value}, allowed age {allowed:.0f} s; the truth was {told}")


def _allowed(collector: str, account: str, limits: Mapping[tuple[str, str], float]) -> float:
    return limits.get((account, collector), 0.0) + TIMEOUTS[collector]


def check_whole(
    cloud: list[Sample], oracle: Oracle, verdicts: Verdicts, accounts: Mapping[str, set[str]], *, since: float
) -> None:
    """After a calm time, what has stood since then is on the page of every account that reads it, as it is."""
    shown = {
        (sample.labels["account"], sample.name, *(sample.labels[label] for label in KEYS[sample.name])): sample.value
        for sample in cloud
        if sample.name in KEYS
    }
    there = {named(environment) for environment in environments_of(oracle.world)}
    for account, collectors in accounts.items():
        for key, value in oracle.standing([each for each in PROMPT if each in collectors], since).items():
            if key[0].startswith(_DEPLOY) and key[1:5] not in there:
                continue  # the orders of a deleted environment
            seen = shown.get((account, *key))
            verdicts.expected += 1
            if seen is None and not key[0].startswith(ABSENT):
                note(verdicts.lacking, f"{account}: {key} is not on the page, the truth is {value}")
            elif seen is not None and abs(seen - value) > 60.0 + 0.005 * abs(value):
                note(verdicts.lacking, f"{account}: {key} is {seen}, the truth is {value}")


assert SUBJECTS.keys() == TIMEOUTS.keys(), "every collector has its truth"
