"""The overview: what is broken now, at a glance, and where to look next."""

from grafana_foundation_sdk.models import dashboard as model

from tools.dashboards.alerts import firing_alerts
from tools.dashboards.dashboard import Dashboard, Row
from tools.dashboards.freshness import BLIND, freshness_row
from tools.dashboards.links import TO_DEPLOYS, field, to
from tools.dashboards.panels import Line, graph, stat
from tools.dashboards.promql import (
    CLUSTER,
    ENVIRONMENT,
    OF_ACCOUNT,
    either,
    instant,
    most,
    of,
    or_else,
    rows,
)
from tools.dashboards.style import BAD_IF_ANY, GREEN, ORANGE, RED, REQUESTED, State
from tools.dashboards.tables import Label, Value, table
from tools.dashboards.trouble import (
    BACKUPS_BAD,
    CLUSTERS_NOT_RUNNING,
    DEPLOYS_FAILING,
    EMR_BAD,
    MODELARTS_BAD,
    NODES_EXPIRING,
    failed_pods,
    failing_since,
)
from tools.dashboards.variables import account

EIGHTH = (3, 4)
CLUSTERS = of("aliyun_retailcloud_cluster_info", OF_ACCOUNT)
NONE_FAILS = "no deploy fails"
HELD = of("environment:aliyun_retailcloud_deploy_failing:held6h_max", OF_ACCOUNT)
FAILING = f"({HELD} == 1)"  # with the names that it had when that began

WATCHING = stat(
    1,
    "Watching",
    either(
        "2 * absent(cluster_exporter_build_info)",
        "absent(collection:cluster_exporter_collector_freshness:ratio)",
        "vector(0)",
    ),
    "Whether an exporter is scraped and the rules are loaded. Without the one nothing here is known, without the other "
    "no alert fires.",
    size=EIGHTH,
    states=(State("watching", 0, GREEN), State("rules missing", 1, ORANGE), State("no exporter", 2, RED)),
    link=to("exporter", "How the exporter is doing"),
)
DEPLOYS = table(
    10,
    "Deploys that fail",
    or_else(most((*ENVIRONMENT, "app_name", "env_name"), FAILING), "app_name", NONE_FAILS, HELD),
    (
        Label("app_name", "App", link=TO_DEPLOYS),
        Label("env_name", "Environment", width=100),
        Value("Failed pods", failed_pods(FAILING, OF_ACCOUNT), colours=BAD_IF_ANY, text=True, width=105),
        Value("Since", instant(failing_since(FAILING, OF_ACCOUNT)), unit="dateTimeFromNow", width=130),
    ),
    "The environments that are counted above, as the rules have recorded them. Since the first failed order ended or, "
    "while that one is open, since it started.",
    size=(9, 11),
    sort="Since",
    nothing="No rules are loaded",
)


def requested(number: int, what: str, metric: str) -> model.Panel:
    """The requested share of all clusters of an account."""
    return graph(
        number,
        f"{what[0].upper()}{what[1:]} requested",
        [Line(of(metric, OF_ACCOUNT), "{{account}}")],
        f"Share of the {what} of an account's RetailCloud clusters that pods have requested. Recorded by the rules.",
        unit="percentunit",
        colours=REQUESTED,
        maximum=1,
    )


def share(heading: str, metric: str) -> Value:
    """A share of a cluster, as a bar."""
    return Value(heading, most(CLUSTER, of(metric, OF_ACCOUNT)), unit="percentunit", colours=REQUESTED, gauge=True)


FULLEST = table(
    13,
    "Fullest clusters",
    rows(CLUSTER, CLUSTERS, "cluster_name"),
    (
        Label(
            "cluster_name",
            "Cluster",
            link=to("retailcloud-cluster", "This cluster", account=field("account"), cluster=field("cluster_id")),
        ),
        share("CPU", "aliyun_retailcloud_cluster_cpu_request_ratio"),
        share("Memory", "aliyun_retailcloud_cluster_memory_request_ratio"),
    ),
    "RetailCloud clusters by the share of their CPU and memory that is requested.",
    size=(8, 9),
    sort="CPU",
)

DASHBOARD = Dashboard(
    stem="overview",
    title="overview",
    description="What is broken now in the control planes that cloud-cluster-exporter watches, and where to look next.",
    variables=[account()],
    rows=[
        Row(
            [
                WATCHING,
                DEPLOYS_FAILING.counted(2, OF_ACCOUNT, size=EIGHTH, link=to("retailcloud-deploys", "Deployments")),
                CLUSTERS_NOT_RUNNING.counted(3, OF_ACCOUNT, size=EIGHTH, link=to("retailcloud-cluster", "Clusters")),
                BLIND.counted(4, OF_ACCOUNT, size=EIGHTH, link=to("exporter", "How the exporter is doing")),
                BACKUPS_BAD.counted(5, OF_ACCOUNT, size=EIGHTH, link=to("rds-backups", "RDS backups")),
                EMR_BAD.counted(6, OF_ACCOUNT, size=EIGHTH, link=to("emr", "EMR")),
                MODELARTS_BAD.counted(7, OF_ACCOUNT, size=EIGHTH, link=to("modelarts-batch-hpc", "ModelArts")),
                NODES_EXPIRING.counted(8, OF_ACCOUNT, size=EIGHTH, link=to("retailcloud-nodes-volumes", "Nodes")),
            ]
        ),
        Row([firing_alerts(9, (15, 11)), DEPLOYS]),
        Row(
            [
                requested(11, "CPU", "account:aliyun_retailcloud_cluster_cpu_request_ratio:ratio"),
                requested(12, "memory", "account:aliyun_retailcloud_cluster_memory_request_ratio:ratio"),
                FULLEST,
            ],
            heading=(101, "RetailCloud fleet"),
        ),
        freshness_row(14, ".+", height=10),
    ],
)
