"""What the committed rules would have recorded and alerted: each is asked for the whole past, in the order of need.

Prometheus evaluates rules as time passes, and makes up for no past. So its own engine is asked for every rule's
expression at every minute, and what a rule makes of the answer is written back: a record as it is, an alert as the
series ALERTS and ALERTS_FOR_STATE. A rule that reads what it recorded itself is asked moment by moment.
"""

import http.client
import json
import re
import urllib.parse
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path

import yaml

from tools.screenshots.samples import STALE, Labels, Samples, labels_of, write

_RECORD = re.compile(r"[a-zA-Z_]\w*:[\w:]+")
_UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
Row = tuple[dict[str, str], list[tuple[float, float]]]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule as its file has it; ``reads`` are the records in its expression."""

    name: str
    records: bool
    expression: str
    labels: Mapping[str, str]
    wait: float
    keep: float
    reads: frozenset[str]


@dataclass(frozen=True, slots=True)
class Stretch:
    """The moments at which rules are evaluated: epoch seconds, ``step`` apart.

    Before ``dense_from``, a rule that is asked moment by moment is asked at every fourth: that takes long enough.
    """

    start: float
    end: float
    step: float
    dense_from: float = 0.0

    @property
    def moments(self) -> list[float]:
        """All of them."""
        return [self.start + index * self.step for index in range(int((self.end - self.start) / self.step) + 1)]

    @property
    def single_moments(self) -> list[float]:
        """Those for a rule that is asked moment by moment."""
        return [moment for index, moment in enumerate(self.moments) if index % 4 == 0 or moment >= self.dense_from]


def evaluate(address: str, files: Iterable[Path], stretches: Iterable[Stretch]) -> None:
    """Evaluate all rules of some files over stretches of time, one after the other."""
    rules = list(_in_order([rule for file in sorted(files) for rule in _rules_of(file)]))
    asked = _Asked(address)
    for stretch in stretches:
        for rule in rules:
            rows = asked.over(rule.expression, stretch)
            if rows and rule.name in rule.reads:  # what starts from nothing and comes to nothing stays nothing
                _live(asked, rule, stretch)
                continue
            samples = Samples()
            (_record if rule.records else _alert)(rule, rows, stretch, samples)
            write(address, samples)


def _rules_of(file: Path) -> Iterator[Rule]:
    for group in yaml.safe_load(file.read_text(encoding="utf-8"))["groups"]:
        for rule in group["rules"]:
            yield Rule(
                rule.get("record") or rule["alert"],
                "record" in rule,
                rule["expr"],
                rule.get("labels", {}),
                seconds(rule.get("for", "0s")),
                seconds(rule.get("keep_firing_for", "0s")),
                frozenset(_RECORD.findall(rule["expr"])),
            )


def _in_order(rules: list[Rule]) -> Iterator[Rule]:
    """Each rule after those whose records it reads."""
    recorded = {rule.name for rule in rules if rule.records}
    needs = {index: (rule.reads & recorded) - {rule.name} for index, rule in enumerate(rules)}
    makers = {name: [index for index, rule in enumerate(rules) if rule.name == name] for name in recorded}
    graph = {index: [maker for name in names for maker in makers[name]] for index, names in needs.items()}
    for index in TopologicalSorter(graph).static_order():
        yield rules[index]


class _Asked:
    """A Prometheus that is asked many things, over one connection."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._connection = http.client.HTTPConnection(address, timeout=300)

    def over(self, expression: str, stretch: Stretch) -> list[Row]:
        """What an expression gives at all moments of a stretch."""
        end = stretch.moments[-1]
        rows = self._ask("query_range", query=expression, start=stretch.start, end=end, step=stretch.step)
        return [(row["metric"], [(float(moment), float(value)) for moment, value in row["values"]]) for row in rows]

    def at(self, expression: str, moment: float) -> list[tuple[dict[str, str], float]]:
        """What an expression gives at a moment."""
        return [(row["metric"], float(row["value"][1])) for row in self._ask("query", query=expression, time=moment)]

    def _ask(self, what: str, **asked: object) -> list[dict[str, object]]:
        body = urllib.parse.urlencode(asked)
        headers = {"content-type": "application/x-www-form-urlencoded"}
        self._connection.request("POST", f"/api/v1/{what}", body, headers)
        answer = json.load(self._connection.getresponse())
        if answer["status"] != "success":
            raise RuntimeError(f"{asked['query']}: {answer['error']}")
        return list(answer["data"]["result"])


def _live(asked: _Asked, rule: Rule, stretch: Stretch) -> None:
    """Evaluate and record moment by moment."""
    before: set[Labels] = set()
    for moment in stretch.single_moments:
        found = {_labels(rule, metric): value for metric, value in asked.at(rule.expression, moment)}
        samples = Samples()
        for labels, value in found.items():
            samples.add(labels, moment, value)
        for labels in before - found.keys():
            samples.add(labels, moment, STALE)
        write(asked.address, samples)
        before = set(found)


def _record(rule: Rule, rows: Iterable[Row], stretch: Stretch, samples: Samples) -> None:
    for metric, values in rows:
        labels = _labels(rule, metric)
        for run in _runs(values, stretch.step):
            for moment, value in run:
                samples.add(labels, moment, value)
            _end(samples, labels, run[-1][0], stretch)


def _alert(rule: Rule, rows: Iterable[Row], stretch: Stretch, samples: Samples) -> None:
    for metric, values in rows:
        named = {**metric, "alertname": rule.name}
        for run in _runs(values, stretch.step + rule.keep):
            begin = run[0][0]
            states = dict(_states(rule, begin, run[-1][0], stretch))
            for state, moments in states.items():
                _span(samples, _labels(rule, {**named, "alertstate": state}, "ALERTS"), moments, 1.0, stretch)
            since = _labels(rule, named, "ALERTS_FOR_STATE")
            _span(samples, since, [*states["pending"], *states["firing"]], begin, stretch)


def _span(samples: Samples, labels: Labels, moments: list[float], value: float, stretch: Stretch) -> None:
    for moment in moments:
        samples.add(labels, moment, value)
    if moments:
        _end(samples, labels, moments[-1], stretch)


def _states(rule: Rule, begin: float, last: float, stretch: Stretch) -> Iterator[tuple[str, list[float]]]:
    """Pending until it has lasted, then firing; kept firing for a while where the rule says so."""
    count = round((last - begin) / stretch.step)
    moments = [begin + index * stretch.step for index in range(count + 1)]
    yield "pending", [moment for moment in moments if moment - begin < rule.wait]
    firing = [moment for moment in moments if moment - begin >= rule.wait]
    if firing:
        more = int(min(rule.keep, stretch.end - last) / stretch.step)
        firing += [last + (index + 1) * stretch.step for index in range(more)]
    yield "firing", firing


def _labels(rule: Rule, metric: Mapping[str, str], name: str = "") -> Labels:
    return labels_of(name or rule.name, {**{key: metric[key] for key in metric if key != "__name__"}, **rule.labels})


def _runs(values: list[tuple[float, float]], gap: float) -> list[list[tuple[float, float]]]:
    """Samples in a row, parted where one is missing for longer than ``gap``."""
    runs: list[list[tuple[float, float]]] = []
    for moment, value in values:
        if runs and moment - runs[-1][-1][0] <= gap:
            runs[-1].append((moment, value))
        else:
            runs.append([(moment, value)])
    return runs


def _end(samples: Samples, labels: Labels, last: float, stretch: Stretch) -> None:
    """Mark the end of a series, unless it goes on to the end of the stretch."""
    if last + stretch.step <= stretch.end:
        samples.add(labels, last + stretch.step, STALE)


def seconds(duration: str) -> float:
    """A duration as Prometheus writes it, such as 1h30m."""
    return sum(float(number) * _UNITS[unit] for number, unit in re.findall(r"(\d+)(ms|[smhdw])", duration))
