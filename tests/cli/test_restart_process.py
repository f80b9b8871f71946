"""A real daemon that is stopped and started again goes on from its snapshot."""

import pytest

from tests.waiting import wait_until

pytestmark = pytest.mark.whole

OFF = ("rds_backups", "emr_clusters", "emr_flow_clusters", "ecs_hpc_clusters", "retailcloud_claims")


def rows_of(page: str) -> list[str]:
    return [line for line in page.splitlines() if line.startswith("aliyun_retailcloud_deploy_")]


def test_the_first_page_of_a_daemon_that_was_restarted_is_the_last_one_before(serve, tmp_path, fault):
    settings = {"collectors": {name: {"enabled": False} for name in OFF}, "snapshot_path": "snapshot"}
    first = serve(**settings)
    first.wait_until_ready()
    rows = wait_until(lambda: rows_of(first.get("/metrics")[1]), lambda: "no deploys on the page")
    assert 0 == first.stop()[0]
    assert 0o600 == (tmp_path / "snapshot").stat().st_mode & 0o777

    fault("slow", "ListDeployOrders", delay=5)
    second = serve(**settings)
    page = second.get("/metrics")[1]
    assert rows == rows_of(page)
    assert "\ncluster_exporter_snapshot_last_success_timestamp_seconds " in page
    assert 200 == second.get("/-/ready")[0]
    code, log = second.stop()
    assert 0 == code
    assert ["went on from the snapshot"] == [line["event"] for line in log if "snapshot" in str(line["event"])]
