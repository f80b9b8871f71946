import pytest

from tests.project.watching import asked_in_text, labels_of, mistakes, strange_names

NODES = "aliyun_retailcloud_node_cpu_cores"
STATUS = "aliyun_retailcloud_cluster_status"
PHASE = "aliyun_retailcloud_persistentvolume_status_phase"


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        ("aliyun_nothing", ["there is no metric aliyun_nothing"]),
        ("cluster:nothing:max", ["there is no metric cluster:nothing:max"]),
        (f'{STATUS}{{cluster="x"}}', [f"{STATUS} has no label cluster"]),
        (f'{PHASE}{{phase=~"failed|gone"}}', [f"{PHASE} has no phase gone"]),
        (f"max by (cluster) ({NODES})", [f"nothing of max by (cluster) ({NODES}) has a label cluster"]),
        (f"{NODES} * on (zone) {NODES}", [f"zone is missing on the left of {NODES} * on (zone) {NODES}"] * 2),
        (f'max by (account) (last_over_time({NODES}{{account=~"$account"}}[$__range]))', []),
        ('sum by (alertname) (ALERTS{alertstate="firing"})', []),
    ],
)
def test_what_nobody_makes_is_found(expression, found):
    assert [each.replace("missing on the right", "missing on the left") for each in mistakes(expression)] == found


@pytest.mark.parametrize(
    ("expression", "labels"),
    [
        (f"max by (account, cluster_id) ({NODES})", {"account", "cluster_id"}),
        (NODES, {"account", "cluster_id", "node_id", "instance", "job"}),
        (f"topk by (account) (1, {NODES})", {"account", "cluster_id", "node_id", "instance", "job"}),
        (f"max without (instance, job) ({NODES})", {"account", "cluster_id", "node_id"}),
        (f"sum({NODES})", set()),
        (
            f"max by (account, cluster_id) ({NODES}) * on (account, cluster_id) group_left (cluster_name) "
            "topk by (account, cluster_id) (1, aliyun_retailcloud_cluster_info)",
            {"account", "cluster_id", "cluster_name"},
        ),
        (f"max by (account) ({NODES}) > 3", {"account"}),
        (f"max by (account) ({NODES}) unless on (account) {STATUS}", {"account"}),
        (f'label_replace(sum({NODES}), "kind", "a", "", "")', {"kind"}),
        ('absent(up{job="x",instance=~"y"})', {"job"}),
        ("vector(0)", set()),
        # It remembers itself.
        (
            "instance:aliyun_rds_backup_last_success_timestamp_seconds:remembered",
            {"account", "db_instance_id"},
        ),
    ],
)
def test_the_labels_of_an_expression_are_known(expression, labels):
    assert labels == labels_of(expression)


def test_what_a_text_asks_prometheus_for_is_found():
    text = """{{ with printf "up{job='%s'} > %g" $labels.job 3 | query }}{{ . | first | value }}{{ end }}"""
    assert ["up{job='x'} > 1"] == asked_in_text(text)


def test_a_metric_of_a_text_that_there_is_not_is_found():
    text = f"`{NODES}` and `{NODES}_gone`, `cluster_exporter_api_request_duration_seconds_bucket`, `aliyun_rds_…`"
    assert [f"{NODES}_gone"] == strange_names(text)
