"""The dashboards as they are committed, and every question that a panel of theirs asks Prometheus."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted((ROOT / "dashboards").glob("*.json"))
VARIABLES = ("account", "region", "cluster", "app", "environment")
ALL: Mapping[str, str] = dict.fromkeys(VARIABLES, ".*")  # what Grafana puts in for «All»

# Queries that may rightly have no answer, by dashboard and panel, and why.
MAY_BE_EMPTY = {
    ("overview", "Alerts that fire"): ("BC", "nothing fires"),
    ("overview", "Deploys that fail"): ("BC", "no deploy fails"),
    ("retailcloud-deploys", "Time to restore"): ("A", "no failure has ended"),
    ("retailcloud-deploys", "Environments"): ("EG", "no deploy fails"),
    ("retailcloud-deploys", "Last time to restore"): ("A", "no failure has ended"),
    ("retailcloud-deploys", "Failed pods"): ("A", "no pod failed"),
    ("exporter", "Credentials end in"): ("A", "keys have no end"),
    ("exporter", "Series on the page"): ("B", "no series is dropped"),
    ("exporter", "What could not be shown, in a day"): ("ABC", "nothing was odd"),
}


@dataclass(frozen=True)
class Question:
    """A query of a panel, with Grafana's variables in it."""

    dashboard: str
    panel: str
    kind: str
    ref: str
    expression: str
    legend: str
    over_time: bool

    def __str__(self) -> str:
        return f"{self.dashboard}: {self.panel} {self.ref}"

    @property
    def may_be_empty(self) -> str:
        """When no answer is right, where it ever is."""
        refs, why = MAY_BE_EMPTY.get((self.dashboard, self.panel), ("", ""))
        return why if self.ref in refs else ""


def dashboards() -> dict[str, dict[str, Any]]:
    """The dashboards by the names of their files."""
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in FILES}


def panels_of(dashboard: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The panels that show something: not the headings of rows."""
    return [panel for panel in dashboard["panels"] if panel["type"] != "row"]


def questions() -> Iterator[Question]:
    """All questions of all panels."""
    for stem, dashboard in dashboards().items():
        for panel in panels_of(dashboard):
            for target in panel["targets"]:
                yield Question(
                    dashboard=stem,
                    panel=panel["title"],
                    kind=panel["type"],
                    ref=target["refId"],
                    expression=target["expr"],
                    legend=target["legendFormat"],
                    over_time=target["range"],
                )


def asked_by_variable(variable: Mapping[str, Any]) -> str:
    """The expression in the query of a variable."""
    match = re.fullmatch(r"label_values\((.+), \w+\)|query_result\((.+)\)", variable["definition"])
    assert match is not None, variable["definition"]
    return match[1] or match[2]


def filled(expression: str, values: Mapping[str, str] = ALL) -> str:
    """An expression with the variables and intervals filled in, as Grafana does."""
    for name, value in values.items():
        expression = re.sub(rf"\$(?:{name}\b|\{{{name}\}})", lambda _, value=value: value, expression)
    return re.sub(r"\$__(rate_interval|interval|range)\b", "5m", expression)
