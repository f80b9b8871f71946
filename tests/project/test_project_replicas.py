"""What a second exporter would change is found."""

import pytest

from tests.project.replicas import doubled

NODES = "aliyun_retailcloud_cluster_nodes"
INFO = "aliyun_retailcloud_cluster_info"
ONE = f"max by (account, cluster_id) ({NODES})"


@pytest.mark.parametrize(
    "expression",
    [
        ONE,
        f"sum by (account) ({ONE})",
        f"count({ONE} > 3) or vector(0)",
        f"max without (instance, job) ({NODES})",
        f"{ONE} * on (account, cluster_id) group_left (cluster_name) topk by (account, cluster_id) (1, {INFO})",
        f"{ONE} unless on (account, cluster_id) {INFO}",
        f"time() - {ONE}",
        f"max by (account) (1 * ({NODES} == 1) or 2 * ({NODES} == 2))",
        "sum by (product) (rate(cluster_exporter_api_requests_total[5m]))",
        "count(cluster_exporter_build_info)",
        "absent(cluster_exporter_build_info)",
        "cluster:aliyun_retailcloud_cluster_running:max",
        "vector(0)",
    ],
)
def test_what_is_aggregated_by_the_object_is_the_same_with_two_exporters(expression):
    assert [] == doubled(expression)


@pytest.mark.parametrize(
    ("expression", "why"),
    [
        (NODES, "a series for each"),
        (f"max without (job) ({NODES})", "a series for each"),
        (f"max by (account, instance) ({NODES})", "a series for each"),
        (f"topk(3, {NODES})", "a series for each"),
        (f"{ONE} or {NODES}", "a series for each"),
        (f"rate({NODES}[5m])", "a series for each"),
        (f"sum by (account) ({NODES})", "counts each"),
        (f"count({NODES} > 3)", "counts each"),
        (f"avg({NODES})", "counts each"),
        ("sum(increase(cluster_exporter_unknown_states_total[1d]))", "counts each"),
        (f"{ONE} / on (account, cluster_id) {NODES}", "matches"),
        (f"max by (account) ({NODES} / {NODES})", "matches"),
        (f"{ONE} * on (account, cluster_id) group_left (cluster_name) {INFO}", "matches"),
        (f"{ONE} * on (account, cluster_id) group_left (cluster_name) topk by (account) (1, {INFO})", "matches"),
        (f"{ONE} * on (account, cluster_id) group_left (cluster_name) topk(1, {INFO})", "matches"),
    ],
)
def test_what_is_not_is_found(expression, why):
    assert [each for each in doubled(expression) if why in each]
