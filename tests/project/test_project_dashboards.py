import json
import subprocess
from pathlib import Path

import pytest

from tests.project.watching import mistakes

DASHBOARDS = sorted((Path(__file__).resolve().parents[2] / "dashboards").glob("*.json"))


@pytest.fixture(params=DASHBOARDS, ids=lambda path: path.stem)
def dashboard(request):
    return json.loads(request.param.read_text(encoding="utf-8"))


def expressions(dashboard) -> list[str]:
    return [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", [])]


def test_there_are_dashboards():
    assert DASHBOARDS


def test_a_dashboard_asks_only_for_what_the_exporter_makes(dashboard):
    assert [mistake for expression in expressions(dashboard) for mistake in mistakes(expression)] == []


def test_panels_have_ids_of_their_own(dashboard):
    ids = [panel["id"] for panel in dashboard["panels"]]
    assert sorted(set(ids)) == sorted(ids)


def test_panels_do_not_overlap(dashboard):
    taken = [
        (x, y)
        for panel in dashboard["panels"]
        for place in [panel["gridPos"]]
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(set(taken)) == len(taken)
    assert all(x < 24 for x, _ in taken)


def test_every_panel_reads_the_chosen_data_source(dashboard):
    assert "datasource" in {variable["name"] for variable in dashboard["templating"]["list"]}
    sources = [
        part["datasource"]["uid"] for panel in dashboard["panels"] for part in (panel, *panel.get("targets", []))
    ]
    assert set(sources) == {"${datasource}"}


def test_prometheus_understands_every_expression(dashboard, promtool, tmp_path):
    rules = [
        {"record": f"panel:expression:{number}", "expr": expression.replace("$account", "shop")}
        for number, expression in enumerate(expressions(dashboard))
    ]
    path = tmp_path / "rules.json"  # JSON is YAML, too
    path.write_text(json.dumps({"groups": [{"name": "panels", "rules": rules}]}), encoding="utf-8")
    done = subprocess.run([promtool, "check", "rules", path], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
