import subprocess
from pathlib import Path

import pytest
import yaml

from tests.project.watching import mistakes

ALERTS = Path(__file__).resolve().parents[2] / "alerts"
RULE_FILES = sorted(ALERTS.glob("*.rules.yaml"))
TEST_FILES = sorted((ALERTS / "tests").glob("*.yaml"))
RULES = [
    rule
    for path in RULE_FILES
    for group in yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]
    for rule in group["rules"]
]


def named(rule: dict[str, str]) -> str:
    return rule.get("alert") or rule["record"]


@pytest.mark.parametrize("rule", RULES, ids=named)
def test_a_rule_asks_only_for_what_the_exporter_makes(rule):
    assert mistakes(rule["expr"]) == []


@pytest.mark.parametrize("rule", RULES, ids=named)
def test_a_rule_is_tested_firing_and_not_firing(rule):
    cases = [
        case
        for path in TEST_FILES
        for test in yaml.safe_load(path.read_text(encoding="utf-8"))["tests"]
        for case in test["alert_rule_test"]
        if case["alertname"] == named(rule)
    ]
    assert {bool(case["exp_alerts"]) for case in cases} == {True, False}


def test_promtool_finds_the_rules_correct(promtool):
    done = subprocess.run([promtool, "check", "rules", *RULE_FILES], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", TEST_FILES, ids=lambda path: path.stem)
def test_the_rules_fire_as_their_tests_say(promtool, path):
    done = subprocess.run([promtool, "test", "rules", path], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
