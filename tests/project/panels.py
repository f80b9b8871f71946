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

# Panels whose query may rightly have no answer: a list of what is broken is empty while nothing is.
MAY_BE_EMPTY = {
    ("overview", "Alerts that fire"): "no alert fires in a healthy fleet",
    ("overview", "Deploys that fail"): "no deploy fails in a healthy fleet",
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
        """Why no answer is right, where it is."""
        return MAY_BE_EMPTY.get((self.dashboard, self.panel), "")


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
