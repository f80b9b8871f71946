"""What the panels ask Prometheus: it is made, it is one series with two exporters, and it has what is shown of it."""

import json
import re
import subprocess

import pytest

from tests.project.panels import MAY_BE_EMPTY, dashboards, filled, panels_of, questions
from tests.project.replicas import doubled
from tests.project.watching import METRICS, labels_of, mistakes, records

QUESTIONS = list(questions())
TABLES = [
    pytest.param(panel, id=f"{stem}: {panel['title']}")
    for stem, dashboard in dashboards().items()
    for panel in panels_of(dashboard)
    if panel["type"] == "table"
]
# Recorded series whose rules come with the subjects' own files.
PROMISED = {
    "account:aliyun_retailcloud_cluster_cpu_request_ratio:ratio",
    "account:aliyun_retailcloud_cluster_memory_request_ratio:ratio",
    "account:aliyun_retailcloud_deploy_orders:per_day",
    "account:aliyun_retailcloud_deploy_change_failure_ratio:ratio",
    "app:aliyun_retailcloud_deploy_change_failure_ratio:ratio",
    "environment:aliyun_retailcloud_deploy_restore_seconds:last",
    "account:aliyun_retailcloud_deploy_restore_seconds:avg7d",
    "environment:aliyun_retailcloud_deploy_failing:held6h_max",
    "collection:cluster_exporter_collector_freshness:ratio",
    "product:cluster_exporter_api_requests:increase1d",
    "account:cluster_exporter_api_requests:increase1d",
}


def organized(panel) -> dict[str, dict]:
    [transformation] = [each for each in panel["transformations"] if each["id"] == "organize"]
    return transformation["options"]


def hidden_in(panel) -> set[str]:
    hiding = {"id": "custom.hidden", "value": True}
    overrides = panel["fieldConfig"]["overrides"]
    return {override["matcher"]["options"] for override in overrides if hiding in override["properties"]}


@pytest.fixture(params=sorted(dashboards()))
def asked(request):
    """The questions of a dashboard."""
    return [question for question in QUESTIONS if question.dashboard == request.param]


def test_a_panel_asks_only_for_what_is_made(asked):
    promised = {f"there is no metric {name}" for name in PROMISED - records().keys()}
    for question in asked:
        assert [] == [each for each in mistakes(filled(question.expression)) if each not in promised], str(question)


def test_a_second_exporter_changes_nothing(asked):
    for question in asked:
        assert [] == doubled(filled(question.expression)), str(question)


def test_every_variable_of_a_question_is_one_of_its_dashboard(asked):
    known = {variable["name"] for variable in dashboards()[asked[0].dashboard]["templating"]["list"]}
    for question in asked:
        used = set(re.findall(r"\$\{?([a-z_]\w*)", question.expression)) - {"__rate_interval", "__interval", "__range"}
        assert used <= known, str(question)


def test_what_has_an_account_is_asked_of_the_chosen_ones(asked):
    for question in asked:
        names = set(re.findall(r"\w+", question.expression)) & METRICS.keys()
        of_account = any("account" in METRICS[name].labels for name in names)
        assert ("$account" in question.expression) >= of_account, str(question)


def test_a_legend_names_labels_that_the_series_have(asked):
    for question in asked:
        named = set(re.findall(r"\{\{\s*(\w+)\s*\}\}", question.legend))
        assert named <= labels_of(filled(question.expression)) - {"instance", "job"}, str(question)


@pytest.mark.parametrize("panel", TABLES)
def test_the_columns_of_a_table_are_the_labels_of_its_rows_and_its_values(panel):
    labels = labels_of(filled(panel["targets"][0]["expr"]))
    values = {f"Value #{target['refId']}" for target in panel["targets"][1:]}
    options = organized(panel)
    left_out = set(options["excludeByName"]) - {"Time", "Value", "Value #A"}
    assert labels | values == set(options["indexByName"]) | hidden_in(panel) | left_out
    assert options["renameByName"].keys() == options["indexByName"].keys()


@pytest.mark.parametrize("panel", TABLES)
def test_the_links_of_a_table_find_their_labels(panel):
    links = [each["value"] for override in panel["fieldConfig"]["overrides"] for each in override["properties"]]
    linked = set(re.findall(r"__data\.fields\.(\w+)", json.dumps(links)))
    assert linked <= set(organized(panel)["indexByName"]) | hidden_in(panel)


@pytest.mark.parametrize("panel", TABLES)
def test_what_is_said_of_a_column_is_said_by_its_heading(panel):
    headings = list(organized(panel)["renameByName"].values())
    assert sorted(set(headings)) == sorted(headings)
    matched = [override["matcher"]["options"] for override in panel["fieldConfig"]["overrides"]]
    assert [*headings, *sorted(hidden_in(panel))] == [*matched[: len(headings)], *sorted(matched[len(headings) :])]
    assert {field["displayName"] for field in panel["options"]["sortBy"]} <= set(headings)


@pytest.mark.parametrize("panel", TABLES)
def test_a_label_is_never_taken_for_a_number(panel):
    labels = {heading for name, heading in organized(panel)["renameByName"].items() if not name.startswith("Value")}
    text = {"id": "unit", "value": "string"}
    overrides = panel["fieldConfig"]["overrides"]
    assert labels == {override["matcher"]["options"] for override in overrides if text in override["properties"]}


@pytest.mark.parametrize("panel", TABLES)
def test_the_values_of_a_table_find_their_rows(panel):
    """Grafana puts rows together whose common fields agree: all values must have the same labels, and the rows them."""
    rows, *values = [labels_of(filled(target["expr"])) for target in panel["targets"]]
    assert all(labels == values[0] and labels <= rows for labels in values)


def test_what_may_have_no_answer_is_asked():
    listed = {(*where, ref) for where, (refs, _) in MAY_BE_EMPTY.items() for ref in refs}
    assert listed <= {(question.dashboard, question.panel, question.ref) for question in QUESTIONS}


def test_prometheus_understands_every_question(promtool, tmp_path):
    rules = [
        {"record": f"panel:question:{at}", "expr": filled(question.expression)} for at, question in enumerate(QUESTIONS)
    ]
    path = tmp_path / "rules.json"  # JSON is YAML, too
    path.write_text(json.dumps({"groups": [{"name": "panels", "rules": rules}]}), encoding="utf-8")
    done = subprocess.run([promtool, "check", "rules", path], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
