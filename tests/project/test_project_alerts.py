import subprocess
from functools import cache
from typing import Any

import pytest
import yaml

from tests.project.watching import ROOT, RULE_FILES, named, rules_of

TEST_FILES = sorted((ROOT / "alerts" / "tests").glob("*.yaml"))
RULES = [rule for path in RULE_FILES for rule in rules_of(path)]
ALERTS = [rule for rule in RULES if "alert" in rule]


@cache
def cases_of_all() -> list[dict[str, Any]]:
    """What the tests of the rules expect of alerts; read once, because it takes a second."""
    documents = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in TEST_FILES]
    return [case for each in documents for test in each["tests"] for case in test.get("alert_rule_test", [])]


@pytest.mark.parametrize("rule", ALERTS, ids=named)
def test_an_alert_is_tested_firing_and_not_firing(rule):
    cases = [case for case in cases_of_all() if case["alertname"] == named(rule)]
    assert {bool(case["exp_alerts"]) for case in cases} == {True, False}


def test_promtool_finds_the_rules_correct(promtool):
    done = subprocess.run([promtool, "check", "rules", *RULE_FILES], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", TEST_FILES, ids=lambda path: path.stem)
def test_the_rules_fire_as_their_tests_say(promtool, path):
    done = subprocess.run([promtool, "test", "rules", path], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
