"""What grafana/dashboard-linter wants of a dashboard, rule by rule.

These do not apply: template-job, template-instance, target-job and target-instance, because several exporters say the
same of the same objects and no panel may tell them apart; target-logql and target-logql-auto, because there is no Loki.
target-promql is test_prometheus_understands_every_question, of test_project_dashboard_queries.py.
"""

import re

import pytest
from grafana_foundation_sdk.models import units

from tests.project.panels import asked_by_variable, dashboards, filled, panels_of
from tests.project.watching import mistakes

DASHBOARDS = dashboards()
UNITS = {value for name, value in vars(units).items() if isinstance(value, str) and not name.startswith("_")}


@pytest.fixture(params=DASHBOARDS)
def dashboard(request):
    return DASHBOARDS[request.param]


def queries(dashboard):
    return [variable for variable in dashboard["templating"]["list"] if variable["type"] == "query"]


def test_template_datasource_the_data_source_is_chosen(dashboard):
    [variable] = [each for each in dashboard["templating"]["list"] if each["type"] == "datasource"]
    assert ("datasource", "Data source", "prometheus") == tuple(variable[key] for key in ("name", "label", "query"))


def test_template_label_promql_a_variable_asks_for_what_is_made(dashboard):
    for variable in queries(dashboard):
        assert [] == mistakes(filled(asked_by_variable(variable)))


def test_template_on_time_change_reload(dashboard):
    assert {2} >= {variable["refresh"] for variable in queries(dashboard)}


def test_panel_datasource_every_panel_asks_the_chosen_one(dashboard):
    parts = [part for panel in dashboard["panels"] for part in (panel, *panel.get("targets", []))]
    assert {("prometheus", "${datasource}")} == {
        (part["datasource"]["type"], part["datasource"]["uid"]) for part in parts
    }


def test_panel_title_description_every_panel_says_what_it_shows(dashboard):
    assert [] == [panel["id"] for panel in panels_of(dashboard) if not (panel["title"] and panel["description"])]


def test_panel_units_every_value_has_one(dashboard):
    for panel in panels_of(dashboard):
        config = panel["fieldConfig"]
        properties = [each for override in config["overrides"] for each in override["properties"]]
        named = {each["value"] for each in properties if each["id"] == "unit"}
        assert {config["defaults"]["unit"]} | named <= UNITS, panel["title"]


def test_panel_no_targets_every_panel_asks_something(dashboard):
    assert [] == [panel["title"] for panel in panels_of(dashboard) if not panel["targets"]]


def test_target_rate_interval_and_rule_target_counter_agg(dashboard):
    for panel in panels_of(dashboard):
        for target in panel["targets"]:
            bare = re.sub(r"\b(?:rate|increase)\(\w+(?:\{[^}]*\})?\[[^]]+\]\)", "", target["expr"])
            assert not re.search(r"_total\b", bare), target["expr"]
            ranges = re.findall(r"\bi?rate\([^[]*\[([^]]+)\]", target["expr"])
            assert {"$__rate_interval"} >= set(ranges), target["expr"]


def test_uneditable_dashboard(dashboard):
    assert dashboard["editable"] is False
