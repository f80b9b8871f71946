"""Alertmanager's example and the guide's configuration: checked by the servers' own tools, routes and silence tried."""

import json
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.alertmanager_server import Alertmanager
from tests.short_time import ALERTS, EXAMPLE, ROOT, short_routes
from tests.waiting import wait_until
from tests.webhook_receiver import receiving

TEMPLATES = EXAMPLE.parent / "cloud-cluster.tmpl"
DEPLOY = {"account": "shop", "app_id": "5601", "env_id": "1100"}
CLUSTER = {"account": "shop", "region_id": "cn-zhangjiakou", "cluster_id": "c1"}
COLLECTION = {"account": "shop", "region_id": "global", "collector": "retailcloud_deploys"}
# What follows from what: an alert, the one that is not told beside it, and the object that both are about.
FOLLOWS = [
    ("RetailCloudDeployFailed", "RetailCloudDeployStuck", DEPLOY),
    ("RetailCloudDeployFailed", "RetailCloudInstancesAbnormal", DEPLOY),
    ("RetailCloudDeployFailed", "RetailCloudInstancesRestarting", DEPLOY),
    ("RetailCloudClusterNotRunning", "RetailCloudClusterCpuRequestsCritical", CLUSTER),
    ("RetailCloudClusterNotRunning", "RetailCloudClusterMemoryUsageHigh", CLUSTER),
    ("RetailCloudClusterNotRunning", "RetailCloudClusterPodHeadroomLow", CLUSTER),
    ("RetailCloudClusterNotRunning", "RetailCloudClusterDetailFailing", CLUSTER),
    ("RetailCloudClusterCpuRequestsCritical", "RetailCloudClusterCpuRequestsHigh", CLUSTER),
    ("RetailCloudClusterMemoryRequestsCritical", "RetailCloudClusterMemoryRequestsHigh", CLUSTER),
    ("RetailCloudNodeExpired", "RetailCloudNodeExpiring", {**CLUSTER, "node_id": "i-1"}),
    ("RdsBackupNeverSucceeded", "RdsBackupOverdue", {"account": "shop", "db_instance_id": "rm-1"}),
    ("ModelArtsClusterAbnormal", "ModelArtsClusterNodesUnavailable", CLUSTER),
    ("ModelArtsPoolFrozen", "ModelArtsPoolNodesShort", {"account": "ml", "region_id": "cn-north-4", "pool_id": "p1"}),
    ("CloudClusterExporterDeploysUnseen", "CloudClusterExporterCollectionStale", COLLECTION),
    ("CloudClusterExporterProductRetired", "CloudClusterExporterObjectsFellToNone", COLLECTION),
    ("CloudClusterExporterCollectionFailing", "CloudClusterExporterCollectionStale", COLLECTION),
    ("CloudClusterExporterCollectionNeverWorked", "CloudClusterExporterCollectionStale", COLLECTION),
]


def run(*command: object) -> str:
    done = subprocess.run([str(each) for each in command], capture_output=True, text=True, timeout=60, check=False)
    assert 0 == done.returncode, done.stdout + done.stderr
    return done.stdout


def test_amtool_finds_nothing_wrong_with_the_example_and_its_templates(amtool, tmp_path):
    here = tmp_path / "alertmanager.yml"
    here.write_text(EXAMPLE.read_text().replace("/etc/alertmanager/cloud-cluster.tmpl", str(TEMPLATES)))
    told = run(amtool, "check-config", here)
    assert " - 3 receivers" in told
    assert " - 1 templates" in told


@pytest.mark.parametrize(
    ("labels", "receiver"),
    [
        ({"alertname": "RetailCloudDeployFailed", "severity": "critical", **DEPLOY}, "on-call"),
        ({"alertname": "RetailCloudDeployStuck", "severity": "warning", **DEPLOY}, "tickets"),
        ({"alertname": "RetailCloudVolumeReleased", "severity": "info", **CLUSTER}, "chat"),
        ({"alertname": "SomebodyElse'sAlert", "severity": "page"}, "chat"),
    ],
)
def test_who_is_told_hangs_on_the_severity_alone(amtool, labels, receiver):
    pairs = [f"{name}={value}" for name, value in labels.items()]
    assert receiver == run(amtool, "config", "routes", "test", f"--config.file={EXAMPLE}", *pairs).strip()


def test_no_secret_stands_in_the_example():
    text = EXAMPLE.read_text()
    assert [] == re.findall(r"(?m)^\s*\S*(?:password|secret|token|credentials|key):", text)
    assert "access_token" not in text


@pytest.fixture(scope="module")
def message(tmp_path_factory) -> Path:
    """What a notification of a failed deploy and of the end of another one is made of."""
    alert = {
        "labels": {"alertname": "RetailCloudDeployFailed", "severity": "critical", **DEPLOY},
        "annotations": {
            "summary": "The deploy of checkout to prod is failing",
            "description": "Order 41756 is open. <Account> shop.",
            "runbook_url": "http://cloud-cluster-exporter:10990/runbooks/retailcloud-deploys.md#retailclouddeployfailed",
            "dashboard_url": "http://grafana:3000/d/cloud-cluster-retailcloud-deploys?var-account=shop&var-app=5601",
        },
        "startsAt": "2026-01-05T08:00:00Z",
        "endsAt": "2026-01-05T09:00:00Z",
        "generatorURL": "http://prometheus:9090/graph?g0.expr=up",
    }
    data = {
        "status": "firing",
        "groupLabels": {"alertname": "RetailCloudDeployFailed"},
        "alerts": [{"status": "firing", **alert}, {"status": "resolved", **alert}],
    }
    path = tmp_path_factory.mktemp("message") / "data.json"
    path.write_text(json.dumps(data))
    return path


def rendered(amtool: Path, name: str, message: Path, kind: str = "text") -> str:
    arguments = [f"--template.glob={TEMPLATES}", f"--template.type={kind}", f"--template.data={message}"]
    return run(amtool, "template", "render", *arguments, f'--template.text={{{{ template "cloud-cluster.{name}" . }}}}')


@pytest.mark.parametrize(("name", "kind"), [("text", "text"), ("markdown", "text"), ("html", "html")])
def test_messages_tell_what_since_when_and_where_to_look(amtool, message, name, kind):
    text = rendered(amtool, name, message, kind)
    for fact in ("critical", "resolved", "The deploy of checkout to prod is failing", "Order 41756 is open"):
        assert fact in text
    assert 2 == len(re.findall(r"since 2026-01-05", text))
    assert 1 == len(re.findall(r"until 2026-01-05", text))
    for link in (
        "/runbooks/retailcloud-deploys.md#retailclouddeployfailed",
        "d/cloud-cluster-retailcloud-deploys?var-",
    ):
        assert 2 == text.count(link)
    assert ("<Account>" in text) == (kind == "text")


def test_the_subject_of_one_alert_is_its_summary_and_that_of_many_their_number(amtool, message):
    assert "[1 firing, 1 resolved] RetailCloudDeployFailed" == rendered(amtool, "subject", message).strip()
    data = json.loads(message.read_text())
    one = message.with_name("one.json")
    one.write_text(json.dumps({**data, "alerts": data["alerts"][:1]}))
    assert "[critical] The deploy of checkout to prod is failing" == rendered(amtool, "subject", one).strip()


@pytest.fixture(scope="module")
def manager(alertmanager, tmp_path_factory):
    """An Alertmanager with the example's routes."""
    with receiving() as receiver:
        running = Alertmanager(alertmanager, tmp_path_factory.mktemp("manager"), short_routes(receiver.address))
        yield running
        running.stop()


@pytest.mark.parametrize(("cause", "consequence", "labels"), FOLLOWS)
def test_what_only_follows_from_another_alert_is_not_told(manager, cause, consequence, labels):
    here = {**labels, "account": f"{cause} {consequence}"}  # one of its own, apart from the other tries
    elsewhere = {**labels, "account": f"not {here['account']}"}
    manager.post([{"alertname": cause, **here}])
    manager.post([{"alertname": consequence, **here}, {"alertname": consequence, **elsewhere}])

    def state_of(labels: dict[str, str]) -> str:
        wanted = {"alertname": consequence, **labels}
        states = [each["status"]["state"] for each in manager.alerts() if each["labels"] == wanted]
        return states[0] if states else ""

    wait_until(lambda: state_of(here) == "suppressed", manager.alerts)
    wait_until(lambda: state_of(elsewhere) == "active", manager.alerts)


def test_without_an_exporter_nothing_else_is_told_of_it(manager):
    manager.post([{"alertname": "CloudClusterExporterDown", "severity": "critical"}])
    manager.post([{"alertname": "CloudClusterExporterReloadFailed", "account": "third"}])

    def states() -> dict[str, str]:
        return {each["labels"]["alertname"]: each["status"]["state"] for each in manager.alerts()}

    wait_until(lambda: states().get("CloudClusterExporterReloadFailed") == "suppressed", manager.alerts)
    assert "active" == states()["CloudClusterExporterDown"]


def test_promtool_finds_nothing_wrong_with_the_guides_configuration(promtool, tmp_path):
    (block,) = re.findall(r"```yaml\n(global:.*?)```", (ROOT / "docs" / "alerting.md").read_text(), re.DOTALL)
    config = yaml.safe_load(block)
    assert [True] == [job["honor_labels"] for job in config["scrape_configs"]]
    for path in ALERTS.glob("*.rules.yaml"):
        (tmp_path / path.name).write_text(path.read_text())
    (tmp_path / "prometheus.yml").write_text(block.replace("/etc/prometheus/cloud-cluster", str(tmp_path)))
    assert f"{len(list(ALERTS.glob('*.rules.yaml')))} rule files found" in run(
        promtool, "check", "config", tmp_path / "prometheus.yml"
    )
