"""RetailCloud clusters: what is requested, used and free, and which environments take it."""

from grafana_foundation_sdk.models import dashboard as model

from tools.dashboards.dashboard import Dashboard, Row
from tools.dashboards.freshness import freshness_row
from tools.dashboards.links import TO_DEPLOYS, field, to
from tools.dashboards.panels import Line, graph, stat
from tools.dashboards.promql import (
    CLUSTER,
    OF_ACCOUNT,
    OF_CLUSTER,
    OF_REGION,
    most,
    named,
    not_elsewhere,
    of,
    rows,
    total,
)
from tools.dashboards.style import GREEN, ODD_IF_ANY, ORANGE, RED, REQUESTED, USED, State, steps
from tools.dashboards.tables import Label, Value, table
from tools.dashboards.trouble import CLUSTERS_NOT_RUNNING, Trouble, having
from tools.dashboards.variables import CLUSTER as CLUSTER_VARIABLE
from tools.dashboards.variables import account, region_of

HERE = (OF_ACCOUNT, OF_CLUSTER)
REGION = (CLUSTER, "aliyun_retailcloud_cluster_info")
INFO = of("aliyun_retailcloud_cluster_info", *HERE, OF_REGION)
RUNNING = (State("running", 1, GREEN), State("not running", 0, RED))
PLACED = ("account", "cluster_id", "app_id", "env_id")  # an environment in a cluster
REQUESTED_CPU = "aliyun_retailcloud_cluster_cpu_requested_cores"
TOTAL_CPU = "aliyun_retailcloud_cluster_cpu_total_cores"
SHAPE = ("account", "cluster_id", "cpu_cores", "memory_gib")  # a shape of pods that a cluster has room for
AVAILABLE = most(SHAPE, of("aliyun_retailcloud_cluster_available_pods", *HERE))
NODES_LINK = to("retailcloud-nodes-volumes", "Nodes and volumes", account=field("account"), cluster=field("cluster_id"))


def each(metric: str) -> str:
    """A value of each cluster."""
    return most(CLUSTER, of(metric, *HERE))


def whole(metric: str) -> str:
    """The sum over the clusters that are chosen."""
    return total((), not_elsewhere(each(metric), *REGION))


def line(metric: str, more: str = "") -> Line:
    """A line for each cluster."""
    return Line(named(each(metric), CLUSTER, INFO, "cluster_name"), "{{cluster_name}}" + more)


def fullest(panel: int, what: str, metric: str) -> model.Panel:
    """The cluster of which most is requested: a sum over all would hide it behind the empty ones."""
    return stat(
        panel,
        f"Most {what} requested",
        f"topk(1, {named(each(metric), CLUSTER, INFO, 'cluster_name')})",
        f"The chosen cluster of whose {what} pods have requested the largest share; new pods find no place at 100 %.",
        unit="percentunit",
        decimals=0,
        colours=REQUESTED,
        legend="{{cluster_name}}",
        named=True,
    )


def amount(panel: int, title: str, metric: str, description: str) -> model.Panel:
    """A sum over the clusters that are chosen."""
    return stat(panel, title, whole(metric), description)


def bar(heading: str, metric: str, colours: model.ThresholdsConfig = REQUESTED) -> Value:
    """A share of each cluster."""
    return Value(heading, each(metric), unit="percentunit", colours=colours, gauge=True, width=135)


def placed(heading: str, metric: str, unit: str = "none") -> Value:
    """A value of each environment in each cluster."""
    return Value(heading, most(PLACED, of(metric, *HERE)), unit=unit)


def requests_over_time(panel: int, what: str, metric: str) -> model.Panel:
    """The share on which alerts hang."""
    return graph(
        panel,
        f"{what[0].upper()}{what[1:]} requested",
        [line(metric)],
        f"Share of each cluster's {what} that pods have requested: the one that alerts are about.",
        unit="percentunit",
        colours=REQUESTED,
        maximum=1,
    )


def _without_detail(*_: str) -> str:
    # The id of a cluster is called an object here.
    which = ('collector="retailcloud_clusters"', OF_ACCOUNT, 'object=~"$cluster"')
    failing = of("cluster_exporter_collector_failed_object_info", *which)
    return most(CLUSTER, f'label_join({failing}, "cluster_id", "", "object")')


DETAIL_FAILING = Trouble(
    "Details failing",
    "Clusters of which only the list is known: the call for what is requested and used of them fails.",
    _without_detail,
    having(CLUSTER, "aliyun_retailcloud_cluster_info"),
    ODD_IF_ANY,
)

CLUSTERS = table(
    7,
    "Clusters",
    rows(CLUSTER, INFO, "cluster_name", "env_type", "region_id"),
    (
        Label("cluster_name", "Cluster", link=NODES_LINK),
        Value(
            "State",
            most(CLUSTER, of("aliyun_retailcloud_cluster_status", *HERE, 'status="running"')),
            states=RUNNING,
            width=110,
        ),
        bar("CPU requested", "aliyun_retailcloud_cluster_cpu_request_ratio"),
        bar("Memory requested", "aliyun_retailcloud_cluster_memory_request_ratio"),
        bar("CPU used", "aliyun_retailcloud_cluster_cpu_usage_ratio", USED),
        bar("Memory used", "aliyun_retailcloud_cluster_memory_usage_ratio", USED),
        Value("Nodes", each("aliyun_retailcloud_cluster_nodes"), width=70),
        Value("Pods", each("aliyun_retailcloud_cluster_pods"), width=70),
        Value("Apps", each("aliyun_retailcloud_cluster_apps"), width=70),
        Label("env_type", "Type", width=80),
        Label("region_id", "Region", width=130),
        Label("account", "Account", width=90),
        Label("cluster_id", "Id", width=250),
    ),
    "All chosen clusters. Where only the state is there, the call for the details fails.",
    size=(24, 7),
    sort="CPU requested",
    region_of=REGION,
)
IN_USE = graph(
    10,
    "CPU and memory used",
    [
        line("aliyun_retailcloud_cluster_cpu_usage_ratio", " CPU"),
        line("aliyun_retailcloud_cluster_memory_usage_ratio", " memory"),
    ],
    "Share of each cluster's CPU and memory that is in use.",
    unit="percentunit",
    colours=USED,
    maximum=1,
)
ROOM = table(
    11,
    "Pods that still fit",
    named(AVAILABLE, CLUSTER, INFO, "cluster_name"),
    (
        Label("cluster_name", "Cluster"),
        Value("Pods", AVAILABLE, colours=steps(RED, (1, ORANGE), (10, GREEN)), text=True, width=80),
        Label("cpu_cores", "Cores each", width=100),
        Label("memory_gib", "GiB each", width=90),
    ),
    "How many pods of each shape RetailCloud has room for, for orientation.",
    sort="Pods",
    size=(8, 9),
    descending=False,
    region_of=REGION,
    without=("account", "cluster_id"),
)
PODS = graph(
    12,
    "Pods and nodes",
    [line("aliyun_retailcloud_cluster_app_pods", " pods"), line("aliyun_retailcloud_cluster_nodes", " nodes")],
    "Pods of apps, and nodes, of each cluster.",
)
FREE = graph(
    13,
    "CPU that is free",
    [
        Line(
            named(f"({each(TOTAL_CPU)} - {each(REQUESTED_CPU)})", CLUSTER, INFO, "cluster_name"),
            "{{cluster_name}}",
        )
    ],
    "Cores that pods can have and have not requested.",
)
ENVIRONMENTS = table(
    14,
    "Environments by what they request",
    named(
        rows(PLACED, of("aliyun_retailcloud_environment_pods", *HERE), "app_name", "env_name"),
        CLUSTER,
        INFO,
        "cluster_name",
    ),
    (
        Label("app_name", "App", link=TO_DEPLOYS),
        Label("env_name", "Environment", link=TO_DEPLOYS),
        placed("Pods", "aliyun_retailcloud_environment_pods"),
        placed("CPU cores", "aliyun_retailcloud_environment_requested_cores"),
        placed("Memory", "aliyun_retailcloud_environment_requested_bytes", unit="bytes"),
        Label("cluster_name", "Cluster"),
        Label("account", "Account"),
    ),
    "What the pods of each environment request in a cluster.",
    sort="CPU cores",
    region_of=REGION,
    without=("cluster_id",),
)

DASHBOARD = Dashboard(
    stem="retailcloud-cluster",
    title="RetailCloud clusters",
    description="Whether the clusters run, how full they are, and what fills them.",
    variables=[account("retailcloud_clusters"), region_of("aliyun_retailcloud_cluster_info"), CLUSTER_VARIABLE],
    rows=[
        Row(
            [
                CLUSTERS_NOT_RUNNING.counted(1, *HERE, region_of=REGION),
                fullest(2, "CPU", "aliyun_retailcloud_cluster_cpu_request_ratio"),
                fullest(3, "memory", "aliyun_retailcloud_cluster_memory_request_ratio"),
                amount(4, "Nodes", "aliyun_retailcloud_cluster_nodes", "Nodes of the chosen clusters."),
                amount(5, "Pods", "aliyun_retailcloud_cluster_pods", "All pods of the chosen clusters."),
                DETAIL_FAILING.counted(6, *HERE, region_of=REGION),
            ]
        ),
        Row([CLUSTERS]),
        Row(
            [
                requests_over_time(8, "CPU", "aliyun_retailcloud_cluster_cpu_request_ratio"),
                requests_over_time(9, "memory", "aliyun_retailcloud_cluster_memory_request_ratio"),
                IN_USE,
            ],
            heading=(101, "How full"),
        ),
        Row([ROOM, PODS, FREE]),
        Row([ENVIRONMENTS], heading=(102, "What fills them")),
        freshness_row(15, "retailcloud_clusters", height=4),
    ],
)
