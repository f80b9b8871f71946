"""From a failing deploy to somebody's phone: what pages, what stays, and what ends a page, with real servers."""

import sys
import time

import pytest

from tests.watched_stack import PAGE, WatchedStack

TIMELINE = "first failed pod: "
DOWN = "CloudClusterExporterDown"
STALE = "CloudClusterExporterCollectionStale"
GOOD_RUN = 'cluster_exporter_collector_last_success_timestamp_seconds{collector="retailcloud_deploys"}'
PARTIAL = 'cluster_exporter_collector_last_result{collector="retailcloud_deploys",result="partial"} == 1'


@pytest.fixture
def stack(watched_stack) -> WatchedStack:
    """The running servers, left as they were found: nothing is broken, nobody is paged."""
    yield watched_stack
    first, second = watched_stack.exporters
    second.stop()
    first.start()
    watched_stack.tell("quirks", {"ignore_deploy_category": False})
    watched_stack.mend()
    watched_stack.wait_for(f'absent(ALERTS{{alertname="{PAGE}"}})')


def test_a_failing_deploy_pages_while_its_order_is_open_and_until_the_next_success(stack):
    deploy = stack.start("deploy-fails")
    steps = [f"{what} {seconds:.1f} s" for what, seconds in stack.timeline(deploy).items()]
    sys.stdout.write(f"{TIMELINE}{', '.join(steps)}\n")  # benchmarks/paging.py shows it
    page = stack.page_of(deploy)
    assert "on-call" == page.receiver
    assert stack.is_open(deploy)
    told = " ".join(page.annotations.values())
    assert [] == [fact for fact in (deploy.app_name, deploy.env_name, deploy.order_id, deploy.step) if fact not in told]

    stack.pass_time(295)
    stack.wait_for(deploy.rows("last_finished_result", result="closed") + " == 1")
    stack.let_rules_run()
    assert stack.alerts(PAGE, **deploy.key), "a person closed the order, which mended nothing"

    stack.retry()
    stack.wait_for(deploy.rows("latest_result", result="in_progress") + " == 1")
    stack.let_rules_run()
    assert stack.alerts(PAGE, **deploy.key), "a retry is under way, which may fail, too"

    stack.pass_time(61)
    stack.ended_once(deploy)


def test_throttling_beyond_max_staleness_does_not_end_a_page_and_is_told_before_the_data_goes(stack):
    deploy = stack.start("deploy-fails")
    stack.page_of(deploy)
    rows = deploy.rows("latest_status", status="deploying")

    stack.tell("faults", {"fault": "throttled", "retry_after": 100})
    stack.wait_for(f"absent({rows})")
    last_seen = max(float(series["values"][-1][0]) for series in stack.query(f"{rows}[1m]"))
    stale = f'ALERTS{{alertname="{STALE}",collector="retailcloud_deploys",alertstate="firing"}}'
    assert stack.query(stale, at=last_seen)
    stack.let_rules_run()
    assert stack.alerts(PAGE, **deploy.key)

    stack.mend()
    stack.ended_once(deploy)


def test_a_killed_exporter_is_paged_for_and_its_return_pages_nobody_twice(stack):
    deploy = stack.start("deploy-fails")
    stack.page_of(deploy)
    (exporter, _), killed = stack.exporters, time.time()

    exporter.kill()
    assert "on-call" == stack.told(DOWN, "firing", killed).receiver
    stack.let_rules_run()
    assert stack.alerts(PAGE, **deploy.key)

    exporter.start()
    stack.told(DOWN, "resolved", killed)
    stack.wait_for(deploy.rows("latest_status", status="deploying") + " == 1")
    exporter.wait_until_ready()
    stack.let_rules_run()
    ended = {each.labels["alertname"] for each in stack.receiver.since(killed) if each.status == "resolved"}
    assert set() == {name for name in ended if not name.startswith("CloudClusterExporter")}

    stack.mend()
    stack.ended_once(deploy)


def test_an_app_that_is_forbidden_keeps_its_page_and_hides_no_other_apps(stack):
    deploy = stack.start("deploy-fails")
    stack.page_of(deploy)

    stack.tell("faults", {"fault": "forbidden", "match": {"AppId": deploy.app_id}})
    other = stack.start("deploy-fails")
    assert other.app_id != deploy.app_id
    stack.page_of(other)
    stack.wait_for(f"absent({deploy.rows('latest_status')})")
    stack.wait_for(PARTIAL)  # the other apps are read all the time
    stack.let_rules_run()
    assert stack.alerts(PAGE, **deploy.key)

    stack.retry()
    stack.pass_time(61)
    stack.ended_once(other)
    stack.let_rules_run()
    assert stack.alerts(PAGE, **deploy.key), "its success cannot be seen yet"

    stack.mend()
    stack.ended_once(deploy)


def test_a_scale_order_after_a_failed_deploy_does_not_end_the_page(stack):
    stack.tell("quirks", {"ignore_deploy_category": True})
    deploy = stack.start("scale-follows-failure")
    stack.page_of(deploy)

    stack.pass_time(60)
    stack.wait_for(f"{GOOD_RUN} > {time.time()}")
    stack.let_rules_run()
    assert stack.alerts(PAGE, **deploy.key)

    stack.mend()
    stack.ended_once(deploy)


def test_a_new_environment_pages_for_its_very_first_deploy(stack):
    deploy = stack.start("new-environment-fails")
    inventory = f'aliyun_retailcloud_environment_info{{env_id="{deploy.env_id}"}}'
    assert deploy.env_name in stack.page_of(deploy).annotations["summary"]
    assert [] == stack.query(inventory), "the inventory is read much later"
    stack.mend()
    stack.ended_once(deploy)


def test_two_replicas_and_a_rollout_of_one_page_once(stack):
    first, second = stack.exporters
    second.start()
    stack.wait_for("count(cluster_exporter_build_info) == 2")
    deploy = stack.start("deploy-fails")
    stack.page_of(deploy)
    rows = deploy.rows("latest_status", status="deploying")
    stack.wait_for(f"count({rows}) == 2")

    first.stop()
    stack.wait_for(f"count({rows}) == 1")
    stack.let_rules_run()
    first.start()
    stack.wait_for(f"count({rows}) == 2")
    stack.let_rules_run()
    second.stop()
    stack.wait_for(f"count({rows}) == 1")
    stack.let_rules_run()

    stack.mend()
    stack.ended_once(deploy)
