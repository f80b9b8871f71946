"""What the rules and dashboards ask Prometheus for, and whether the catalogue has it."""

import re
from collections.abc import Iterator

from exporter.catalog import CATALOG

METRICS = {entry.metric.name: entry.metric for entry in CATALOG}
_SELECTOR = re.compile(r"\b((?:aliyun|huaweicloud|cluster_exporter)_[a-z0-9_]+)\b(?:\{([^}]*)\})?")
_MATCHER = re.compile(r"(\w+)\s*(?:=~|!~|!=|=)\s*\"([^\"]*)\"")


def family(name: str) -> str:
    """The metric a series belongs to: a histogram has three kinds."""
    stem = re.sub(r"_(bucket|sum|count)$", "", name)
    return stem if stem in METRICS and METRICS[stem].type == "histogram" else name


def mistakes(expression: str) -> list[str]:
    """What an expression asks for and nobody makes: metrics, labels, words of a state set."""
    return [mistake for name, matchers in _SELECTOR.findall(expression) for mistake in _mistakes(name, matchers)]


def _mistakes(name: str, matchers: str) -> Iterator[str]:
    metric = METRICS.get(family(name))
    if metric is None:
        yield f"there is no metric {name}"
        return
    for label, values in _MATCHER.findall(matchers):
        if label not in {*metric.labels, "instance", "job", "le"}:
            yield f"{name} has no label {label}"
        elif metric.states and label == metric.labels[-1]:
            yield from (f"{name} has no {label} {word}" for word in values.split("|") if word not in metric.states)
