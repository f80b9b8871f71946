import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.project import rule_variants

TEST_FILES = sorted((Path(__file__).resolve().parents[2] / "alerts" / "tests").glob("*.yaml"))


@pytest.mark.parametrize("path", TEST_FILES, ids=lambda path: path.stem)
def test_two_replicas_a_rollout_and_an_exporter_that_sees_nothing_change_no_alert(promtool, path, tmp_path):
    made = rule_variants.write(path, tmp_path)
    done = subprocess.run([promtool, "test", "rules", made], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


words = st.one_of(st.just("_"), st.just("stale"), st.integers(-9, 9).map(str))


@given(st.lists(words, max_size=20))
def test_what_is_written_is_read_again(values):
    assert values == rule_variants.expanded(rule_variants.written(values))


@pytest.mark.parametrize(
    ("notation", "samples"),
    [
        ("1x2", ["1", "1", "1"]),
        ("_x2 3", ["_", "_", "3"]),
        ("0+5x2", ["0.0", "5.0", "10.0"]),
        ("4-1x1 stale", ["4.0", "3.0", "stale"]),
        ("0.5x1 1e9", ["0.5", "0.5", "1e9"]),
    ],
)
def test_the_notation_of_promtool_is_understood(notation, samples):
    assert samples == rule_variants.expanded(notation)


def test_a_series_without_labels_gets_its_instance():
    assert 'up{instance="a"}' == rule_variants.of_instance("up", "a")
    assert 'up{instance="a"}' == rule_variants.of_instance("up{}", "a")
    assert 'up{instance="a",job="x"}' == rule_variants.of_instance('up{job="x"}', "a")


NOT_RUNNING = {
    "name": "down",
    "interval": "1m",
    "input_series": [
        {"series": 'status{x="1"}', "values": "1x1 0x5"},
        {"series": 'cluster_exporter_collector_last_result{result="success"}', "values": "1x6"},
        {"series": "seen_total", "values": "0+10x6"},
    ],
    "alert_rule_test": [
        {"eval_time": "1m", "alertname": "Down", "exp_alerts": []},
        {"eval_time": "3m", "alertname": "Down", "exp_alerts": [{"exp_labels": {}}]},
    ],
}


def values_of(test) -> list[str]:
    return [series["values"] for series in test["input_series"]]


def test_two_replicas_show_the_same():
    [test] = rule_variants.with_two_replicas(NOT_RUNNING)
    assert ['status{instance="a",x="1"}', 'status{instance="b",x="1"}'] == [
        series["series"] for series in test["input_series"][:2]
    ]
    assert "1x1 0x5" == values_of(test)[0] == values_of(test)[1]


def test_a_rollout_ends_one_exporter_and_begins_another_whose_counters_are_new():
    pending, firing = rule_variants.with_a_rollout(NOT_RUNNING)
    assert ["1 1 0 stale", "_ _ _ 0 0 0 0 0"] == values_of(pending)[:2]
    assert ["0.0 10.0 20.0 stale", "_ _ _ 10.0 20.0 30.0 40.0"] == values_of(pending)[-2:]
    assert ["1 1 0 0 stale", "_ _ _ _ 0 0 0 0"] == values_of(firing)[:2]


def test_an_exporter_is_gone_or_blind_from_the_moment_that_an_alert_fires():
    gone, blind = rule_variants.with_nothing_seen(NOT_RUNNING)
    assert ["1 1 0 0 stale", "1 1 1 1 stale"] == values_of(gone)[:2]
    assert "1 1 0 0 stale" == values_of(blind)[0]
    assert values_of(blind)[1].startswith("1 1 1 0 0 0 ")
    assert ["180s", "780s", "10980s"] == [case["eval_time"] for case in gone["alert_rule_test"]]
