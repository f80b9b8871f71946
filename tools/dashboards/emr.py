"""EMR, of both APIs: the clusters of data development (ListFlowCluster), and those of ListClusters."""

from tools.dashboards.dashboard import Dashboard, Row
from tools.dashboards.freshness import freshness_row
from tools.dashboards.panels import Line, graph, timeline
from tools.dashboards.promql import (
    OF_ACCOUNT,
    OF_REGION,
    coded,
    instant,
    most,
    named,
    named_or_not,
    of,
    rows,
    share,
    total,
    until,
    worst,
)
from tools.dashboards.promql import REGIONAL_CLUSTER as CLUSTER
from tools.dashboards.style import BLUE, GREEN, GREY, ODD_IF_ANY, ORANGE, PLAIN, RED, State, left
from tools.dashboards.tables import Label, Value, table
from tools.dashboards.trouble import EMR_BAD, Trouble, any_of, expiring, having, in_state
from tools.dashboards.trouble import EXPIRING as EXPIRING_WITHIN
from tools.dashboards.variables import account, region

HERE = (OF_ACCOUNT, OF_REGION)
FLOW_INFO = of("aliyun_emr_flow_cluster_info", *HERE)
NEWER_INFO = of("aliyun_emr_cluster_info", *HERE)
FLOW_STATUS, NEWER_STATE = "aliyun_emr_flow_cluster_status", "aliyun_emr_cluster_state"
BOTH = having(CLUSTER, "aliyun_emr_flow_cluster_info", "aliyun_emr_cluster_info")

FLOW_STATES = (
    State("running", 1, GREEN),
    State("idle", 2, GREEN),
    State("creating", 3, BLUE),
    State("releasing", 4, BLUE),
    State("released", 5, GREY),
    State("unknown", 6, GREY),
    State("wait_for_pay", 7, ORANGE),
    State("release_failed", 8, RED),
    State("create_failed", 9, RED),
    State("abnormal", 10, RED),
)
NEWER_STATES = (
    State("running", 1, GREEN),
    State("starting", 2, BLUE),
    State("bootstrapping", 3, BLUE),
    State("terminating", 4, BLUE),
    State("terminated", 5, GREY),
    State("unknown", 6, GREY),
    State("terminate_failed", 7, RED),
    State("start_failed", 8, RED),
    State("terminated_with_errors", 9, RED),
)

CREATE_FAILED = Trouble(
    "Creation failed",
    "Clusters that could not be created or started.",
    any_of(
        in_state(CLUSTER, FLOW_STATUS, 'status="create_failed"'), in_state(CLUSTER, NEWER_STATE, 'state="start_failed"')
    ),
    BOTH,
)
RELEASE_FAILED = Trouble(
    "Release failed",
    "Clusters that could not be released or terminated: they cost on.",
    any_of(
        in_state(CLUSTER, FLOW_STATUS, 'status="release_failed"'),
        in_state(CLUSTER, NEWER_STATE, 'state="terminate_failed"'),
    ),
    BOTH,
)
ENDED_BADLY = Trouble(
    "Ended with errors",
    "Clusters that ended by themselves, with errors, within the collector's window (24 hours unless set).",
    in_state(CLUSTER, NEWER_STATE, 'state="terminated_with_errors"'),
    having(CLUSTER, "aliyun_emr_cluster_info"),
)
UNPAID = Trouble(
    "Waiting for payment",
    "Clusters that wait for their order to be paid.",
    in_state(CLUSTER, FLOW_STATUS, 'status="wait_for_pay"'),
    having(CLUSTER, "aliyun_emr_flow_cluster_info"),
    ODD_IF_ANY,
)
EXPIRING = Trouble(
    "Expiring",
    "Clusters whose subscription ends within 7 days, or has ended.",
    any_of(
        expiring(CLUSTER, "aliyun_emr_flow_cluster_expiry_timestamp_seconds"),
        expiring(CLUSTER, "aliyun_emr_cluster_expiry_timestamp_seconds"),
    ),
    BOTH,
    ODD_IF_ANY,
)


def each(metric: str) -> str:
    """A value of each cluster."""
    return most(CLUSTER, of(metric, *HERE))


FLOW_STATE = worst(CLUSTER, coded(FLOW_STATUS, "status", FLOW_STATES, *HERE))
NEWER = worst(CLUSTER, coded(NEWER_STATE, "state", NEWER_STATES, *HERE))
FLOW_CREATED = each("aliyun_emr_flow_cluster_created_timestamp_seconds")
CREATED = each("aliyun_emr_cluster_created_timestamp_seconds")
ENDED = each("aliyun_emr_cluster_end_timestamp_seconds")
PROJECTS = most((*CLUSTER, "project_id"), of("aliyun_emr_flow_cluster_project_info", *HERE))
COMPLETED = share(
    each("aliyun_emr_flow_cluster_orders_completed"), each("aliyun_emr_flow_cluster_orders_target"), CLUSTER
)

FLOW_TABLE = table(
    7,
    "Clusters of data development",
    named_or_not(
        rows(CLUSTER, FLOW_INFO, "cluster_name", "cluster_type", "charge_type"),
        CLUSTER,
        of("aliyun_emr_flow_cluster_failure_info", *HERE),
        "error_code",
    ),
    (
        Label("cluster_name", "Cluster"),
        Value("State", FLOW_STATE, states=FLOW_STATES, width=130),
        Label("error_code", "Error"),
        Value("Running for", each("aliyun_emr_flow_cluster_running_seconds"), unit="s", width=110),
        Value("Created", instant(FLOW_CREATED), unit="dateTimeFromNow", width=120),
        Value(
            "Expires in",
            until(each("aliyun_emr_flow_cluster_expiry_timestamp_seconds")),
            unit="s",
            colours=left(EXPIRING_WITHIN),
            text=True,
            width=110,
        ),
        Value("Orders done", COMPLETED, unit="percentunit", colours=PLAIN, gauge=True, width=120),
        Value("Projects", f"count by ({', '.join(CLUSTER)}) ({PROJECTS})", width=80),
        Label("cluster_type", "Type", width=110),
        Label("charge_type", "Charge", width=100),
        Label("region_id", "Region", width=130),
        Label("cluster_id", "Id", width=190),
        Label("account", "Account", width=80),
    ),
    "What ListFlowCluster of each project has (API of 2016), the worst first.",
    sort="State",
)
NEWER_TABLE = table(
    8,
    "Clusters of ListClusters",
    named_or_not(
        rows(CLUSTER, NEWER_INFO, "cluster_name", "cluster_type", "payment_type", "release"),
        CLUSTER,
        of("aliyun_emr_cluster_failure_info", *HERE),
        "code",
    ),
    (
        Label("cluster_name", "Cluster"),
        Value("State", NEWER, states=NEWER_STATES, width=170),
        Label("code", "Reason"),
        Value("Created", instant(CREATED), unit="dateTimeFromNow", width=120),
        Value("Ready after", f"{each('aliyun_emr_cluster_ready_timestamp_seconds')} - {CREATED}", unit="s", width=100),
        Value("Ended", instant(ENDED), unit="dateTimeFromNow", width=120),
        Value(
            "Expires in",
            until(each("aliyun_emr_cluster_expiry_timestamp_seconds")),
            unit="s",
            colours=left(EXPIRING_WITHIN),
            text=True,
            width=110,
        ),
        Label("cluster_type", "Type", width=110),
        Label("release", "Release", width=110),
        Label("payment_type", "Payment", width=120),
        Label("region_id", "Region", width=130),
        Label("cluster_id", "Id", width=190),
        Label("account", "Account", width=80),
    ),
    "What ListClusters has (API of 2021), the worst first. A cluster that ended is shown for a day.",
    sort="State",
)
FLOW_TIMELINE = timeline(
    9,
    "Clusters of data development, over time",
    [Line(named(FLOW_STATE, CLUSTER, FLOW_INFO, "cluster_name"), "{{cluster_name}} {{cluster_id}}")],
    FLOW_STATES,
    "The state of each cluster of data development.",
    size=(12, 9),
)
NEWER_TIMELINE = timeline(
    10,
    "Clusters of ListClusters, over time",
    [Line(named(NEWER, CLUSTER, NEWER_INFO, "cluster_name"), "{{cluster_name}} {{cluster_id}}")],
    NEWER_STATES,
    "The state of each cluster of ListClusters.",
    size=(12, 9),
)
BY_STATE = graph(
    11,
    "Clusters by state",
    [
        Line(
            total(("status",), most((*CLUSTER, "status"), of(FLOW_STATUS, *HERE))) + " > 0",
            "{{status}} (data development)",
        ),
        Line(total(("state",), most((*CLUSTER, "state"), of(NEWER_STATE, *HERE))) + " > 0", "{{state}}"),
    ],
    "How many clusters there are in each state.",
    size=(12, 9),
)
OPEN_ORDER = f"({each('aliyun_emr_flow_cluster_uncompleted_order')} == 1)"
ORDERED = each("aliyun_emr_flow_cluster_orders_target") + f" - {each('aliyun_emr_flow_cluster_orders_completed')}"
ORDERS = graph(
    12,
    "What open orders still lack",
    [
        Line(
            named(f"(({ORDERED}) and on ({', '.join(CLUSTER)}) {OPEN_ORDER})", CLUSTER, FLOW_INFO, "cluster_name"),
            "{{cluster_name}} {{cluster_id}}",
        )
    ],
    "Of each cluster of data development with an order that is not completed: what it was to get, less what it got.",
    size=(12, 9),
    nothing="no order is open",
)

DASHBOARD = Dashboard(
    stem="emr",
    title="EMR",
    description="EMR clusters that are abnormal, failed, unpaid or about to expire, of both APIs.",
    variables=[account("emr_.*"), region("emr_.*")],
    since="now-24h",
    rows=[
        Row(
            [
                EMR_BAD.counted(1, *HERE),
                CREATE_FAILED.counted(2, *HERE),
                RELEASE_FAILED.counted(3, *HERE),
                ENDED_BADLY.counted(4, *HERE),
                UNPAID.counted(5, *HERE),
                EXPIRING.counted(6, *HERE),
            ]
        ),
        Row([FLOW_TABLE]),
        Row([NEWER_TABLE]),
        Row([FLOW_TIMELINE, NEWER_TIMELINE], heading=(101, "Over time")),
        Row([BY_STATE, ORDERS]),
        freshness_row(13, "emr_.*"),
    ],
)
