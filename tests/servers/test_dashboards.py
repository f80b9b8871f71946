"""Every panel of every dashboard has data in a real Prometheus, of a simulated cloud in which a deploy fails."""

from collections.abc import Iterator, Mapping

import pytest

from tests.project.panels import ALL, Question, asked_by_variable, dashboards, filled, questions
from tests.waiting import wait_until
from tests.watched_stack import WatchedStack

# What one might choose, for each cloud; the ids are filled in from what is broken.
CHOSEN = {
    "shop": {"account": "shop", "region": "cn-zhangjiakou"},
    "ml": {"account": "ml", "region": "cn-north-4"},
}


@pytest.fixture(scope="module")
def choices(watched_stack: WatchedStack) -> list[Mapping[str, str]]:
    """Single values of every variable, for each account."""
    deploy = watched_stack.start("deploy-fails")
    watched_stack.page_of(deploy)
    [cluster, *_] = watched_stack.wait_for('aliyun_retailcloud_cluster_info{env_type!="test"}')
    ids = {"cluster": cluster["metric"]["cluster_id"], "app": deploy.app_id, "environment": deploy.env_id}
    return [{**ALL, **ids, **values} for values in CHOSEN.values()]


def without_data(stack: WatchedStack, asked: list[Question], values: list[Mapping[str, str]]) -> Iterator[Question]:
    for question in asked:
        if not any(stack.query(filled(question.expression, each)) for each in values):
            yield question


@pytest.mark.parametrize("chosen", ["everything", "single values"])
def test_every_query_of_every_panel_has_data(watched_stack, choices, chosen):
    values = [ALL] if chosen == "everything" else choices
    left = [question for question in questions() if not question.may_be_empty]

    def all_answered() -> bool:
        left[:] = without_data(watched_stack, left, values)
        return not left

    wait_until(all_answered, lambda: f"nothing for {[str(question) for question in left]}")


def test_prometheus_understands_what_may_be_empty_too(watched_stack, choices):
    for question in questions():
        for values in (ALL, *choices):
            watched_stack.query(filled(question.expression, values))  # raises for what Prometheus refuses


def test_the_panels_about_a_failing_deploy_show_it(watched_stack, choices):
    about = {
        ("overview", "Deploys that fail"),
        ("retailcloud-deploys", "Failed pods"),
        ("overview", "Alerts that fire"),
    }
    for question in questions():
        if (question.dashboard, question.panel) in about:
            assert watched_stack.wait_for(filled(question.expression))


def test_every_variable_has_values_to_choose_from(watched_stack, choices):
    for dashboard in dashboards().values():
        for variable in dashboard["templating"]["list"]:
            if variable["type"] == "query":
                assert watched_stack.query(filled(asked_by_variable(variable)))
