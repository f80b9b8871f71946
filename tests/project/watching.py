"""What rules, dashboards and documents ask Prometheus for, and whether anybody makes it."""

import re
from functools import cache
from pathlib import Path
from typing import Any

import promql_parser as promql
import yaml

from exporter.catalog import CATALOG

ROOT = Path(__file__).resolve().parents[2]
METRICS = {entry.metric.name: entry.metric for entry in CATALOG}
RULE_FILES = sorted((ROOT / "alerts").glob("*.rules.yaml"))

Labels = frozenset[str]

_TARGET: Labels = frozenset({"instance", "job"})  # what Prometheus adds to every series
_ALERT: Labels = frozenset({"alertname", "alertstate", "severity"})
_EVERY: Labels = frozenset(label for metric in METRICS.values() for label in metric.labels) | _TARGET
_OTHERS: dict[str, Labels] = {"up": _TARGET, "ALERTS": _EVERY | _ALERT, "ALERTS_FOR_STATE": _EVERY | _ALERT}
_BEING_READ: set[str] = set()  # records of which the labels are being found out
_PICKING = {"topk", "bottomk"}  # they group, and keep the labels
_WORD = re.compile(r"(?<![\w:…])(?:aliyun|huaweicloud|cluster_exporter)_[a-z0-9_]*[a-z0-9](?![\w…*])")


def rules_of(path: Path) -> list[dict[str, Any]]:
    """The rules of a file, in their order."""
    groups = yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def named(rule: dict[str, Any]) -> str:
    """The name of an alert or of a recorded series."""
    return str(rule.get("alert") or rule["record"])


@cache
def records() -> dict[str, dict[str, Any]]:
    """The recording rules, by the series they make."""
    return {rule["record"]: rule for path in RULE_FILES for rule in rules_of(path) if "record" in rule}


def filled_in(expression: str) -> str:
    """A panel's expression with Grafana's intervals in it: what else it has stands in strings."""
    return re.sub(r"\$(?:__(?:rate_interval|interval|range)|\{__(?:rate_interval|interval|range)\})", "5m", expression)


def mistakes(expression: str) -> list[str]:
    """What an expression asks for and nobody makes: metrics, labels, words of a state set."""
    found: list[str] = []
    _labels(promql.parse(filled_in(expression)), found)
    return found


def labels_of(expression: str) -> Labels:
    """The labels that the series of an expression may have."""
    return _labels(promql.parse(filled_in(expression)), [])


def asked_in_text(text: str) -> list[str]:
    """The expressions that the templates of an annotation ask Prometheus for, any value in place of the labels'."""
    printed = re.findall(r'printf\s+(?:"((?:[^"\\]|\\.)*)"|`([^`]*)`)[^}]*\|\s*query', text)
    plain = re.findall(
        r'(?:"((?:[^"\\]|\\.)*)"|`([^`]*)`)\s*\|\s*query|query\s+(?:"((?:[^"\\]|\\.)*)"|`([^`]*)`)', text
    )
    found = [part for parts in (*printed, *plain) for part in parts if part]
    return [re.sub(r"%\w", "1", each.replace("'%s'", "'x'").replace('\\"', '"')) for each in found]


def strange_names(text: str) -> list[str]:
    """The words of a text that look like a metric and are none; with … or * in them they stand for several."""
    return sorted({word for word in _WORD.findall(text) if family(word) not in METRICS})


def family(name: str) -> str:
    """The metric a series belongs to: a histogram has three kinds."""
    stem = re.sub(r"_(bucket|sum|count)$", "", name)
    return stem if stem in METRICS and METRICS[stem].type == "histogram" else name


def _labels(node: Any, found: list[str]) -> Labels:  # noqa: PLR0911 -- one for each kind of node
    match node:
        case promql.VectorSelector():
            return _selected(node, found)
        case promql.MatrixSelector():
            return _selected(node.vector_selector, found)
        case promql.ParenExpr() | promql.UnaryExpr() | promql.SubqueryExpr():
            return _labels(node.expr, found)
        case promql.Call():
            return _called(node, found)
        case promql.AggregateExpr():
            return _aggregated(node, found)
        case promql.BinaryExpr():
            return _combined(node, found)
    return frozenset()


def _selected(selector: Any, found: list[str]) -> Labels:
    name, matchers = selector.name, selector.matchers.matchers
    if name is None:
        [name] = [each.value for each in matchers if each.name == "__name__"] or [""]
    labels = _made(name)
    if labels is None:
        found.append(f"there is no metric {name}")
        return _EVERY
    metric = METRICS.get(family(name))
    for each in matchers:
        words = re.split(r"[|]", each.value)
        if each.name not in labels | {"__name__"}:
            found.append(f"{name} has no label {each.name}")
        elif metric is not None and metric.states and each.name == metric.labels[-1] and "$" not in each.value:
            found += [f"{name} has no {each.name} {word}" for word in words if word not in {*metric.states, ".*", ".+"}]
    return labels


def _made(name: str) -> Labels | None:
    if name in _OTHERS:
        return _OTHERS[name]
    if name in records():
        return frozenset() if name in _BEING_READ else _recorded(name)
    metric = METRICS.get(family(name))
    if metric is None:
        return None
    return frozenset(metric.labels) | _TARGET | ({"le"} if name.endswith("_bucket") else frozenset())


@cache
def _recorded(name: str) -> Labels:
    """The labels of a recorded series; where its rule reads it itself, that adds none."""
    rule = records()[name]
    _BEING_READ.add(name)
    labels = labels_of(rule["expr"]) | frozenset(rule.get("labels", {}))
    _BEING_READ.discard(name)
    return labels


def _called(call: Any, found: list[str]) -> Labels:
    name, arguments = call.func.name, list(call.args)
    labels = frozenset[str]().union(*(_labels(each, found) for each in arguments))
    if name in {"label_replace", "label_join"}:
        return labels | {arguments[1].val}
    if name == "absent":  # it has what was asked for by name and value
        matchers = getattr(getattr(arguments[0], "matchers", None), "matchers", ())
        return frozenset(each.name for each in matchers if each.op == promql.MatchOp.Equal)
    if name in {"scalar", "vector", "time"}:
        return frozenset()
    return labels - {"le"} if name == "histogram_quantile" else labels


def _aggregated(node: Any, found: list[str]) -> Labels:
    labels = _labels(node.expr, found)
    named_labels = frozenset(node.modifier.labels) if node.modifier is not None else frozenset()
    found += [f"nothing of {node.prettify()} has a label {label}" for label in sorted(named_labels - labels)]
    if str(node.op) in _PICKING:
        return labels
    without = node.modifier is not None and node.modifier.type == promql.AggModifierType.Without
    return labels - named_labels if without else named_labels


def _combined(node: Any, found: list[str]) -> Labels:
    left, right = _labels(node.lhs, found), _labels(node.rhs, found)
    modifier, operator = node.modifier, str(node.op)
    matched = modifier.matching if modifier is not None else None
    on = frozenset(matched.labels) if matched and matched.type == promql.LabelModifierType.Include else None
    if on is not None:
        for side, labels in (("left", left), ("right", right)):
            found += [f"{label} is missing on the {side} of {node.prettify()}" for label in sorted(on - labels)]
    if operator in {"and", "unless"}:
        return left
    if operator == "or":
        return left | right
    extra = frozenset(modifier.group_labels or ()) if modifier is not None else frozenset()
    if modifier is not None and modifier.card == promql.VectorMatchCardinality.ManyToOne:
        return left | extra
    if modifier is not None and modifier.card == promql.VectorMatchCardinality.OneToMany:
        return right | extra
    if on is not None:
        return on
    return left or right
