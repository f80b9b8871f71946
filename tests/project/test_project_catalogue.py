"""Rules, runbooks and documents name only metrics and labels that the catalogue has."""

import re
from pathlib import Path

import pytest

from tests.project.watching import ROOT, RULE_FILES, asked_in_text, labels_of, mistakes, named, rules_of, strange_names

RULES = [rule for path in RULE_FILES for rule in rules_of(path)]
ALERTS = [rule for rule in RULES if "alert" in rule]
TEXTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")], key=lambda page: page.relative_to(ROOT).as_posix())
LABELS_OF_PROMETHEUS = {"alertname", "severity"}


def page_named(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("rule", RULES, ids=named)
def test_a_rule_asks_only_for_what_the_exporter_makes(rule):
    assert [] == mistakes(rule["expr"])


@pytest.mark.parametrize("rule", RULES, ids=named)
def test_a_rule_knows_nothing_of_the_exporter_that_it_comes_from(rule):
    allowed = {"instance", "job"} if named(rule) == "CloudClusterExporterInstanceDown" else set()
    assert set() == labels_of(rule["expr"]) & {"instance", "job"} - allowed


@pytest.mark.parametrize("rule", ALERTS, ids=named)
def test_the_texts_of_an_alert_ask_only_for_what_is_made(rule):
    for text in rule["annotations"].values():
        assert [] == [mistake for expression in asked_in_text(text) for mistake in mistakes(expression)]


@pytest.mark.parametrize("rule", ALERTS, ids=named)
def test_the_texts_of_an_alert_name_only_labels_that_it_has(rule):
    labels = labels_of(rule["expr"]) | LABELS_OF_PROMETHEUS
    for text in rule["annotations"].values():
        assert set(re.findall(r"\$labels\.(\w+)", text)) <= labels, text


@pytest.mark.parametrize("page", TEXTS, ids=page_named)
def test_a_document_names_only_metrics_that_there_are(page):
    assert [] == strange_names(page.read_text(encoding="utf-8"))


@pytest.mark.parametrize("page", TEXTS, ids=page_named)
def test_a_query_of_a_document_asks_only_for_what_is_made(page):
    blocks = re.findall(r"^```promql\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    assert [] == [mistake for block in blocks for mistake in mistakes(block)]
