"""ModelArts of Huawei Cloud; BatchCompute and ECS HPC of Alibaba Cloud."""

from tools.dashboards.dashboard import Dashboard, Row
from tools.dashboards.freshness import freshness_row
from tools.dashboards.panels import Line, graph, stat, timeline
from tools.dashboards.promql import (
    GROUP,
    OF_ACCOUNT,
    OF_REGION,
    POOL,
    coded,
    instant,
    most,
    named,
    number,
    of,
    on,
    rows,
    total,
    worst,
)
from tools.dashboards.promql import REGIONAL_CLUSTER as CLUSTER
from tools.dashboards.style import BAD_IF_ANY, BLUE, GREEN, GREY, ODD_IF_ANY, ORANGE, RED, YELLOW, State
from tools.dashboards.tables import Label, Value, table
from tools.dashboards.trouble import Trouble, having, in_state
from tools.dashboards.variables import account, region

COLLECTORS = "(modelarts|batchcompute|ecs_hpc)_.*"
HERE = (OF_ACCOUNT, OF_REGION)
CLUSTER_INFO = of("huaweicloud_modelarts_cluster_info", *HERE)
POOL_INFO = of("huaweicloud_modelarts_pool_info", *HERE)
GROUP_INFO = of("aliyun_batchcompute_group_info", *HERE)
BATCH_INFO = of("aliyun_batchcompute_cluster_info", *HERE)
HPC = ("account", "region_id", "hpc_cluster_id")
CLUSTER_STATUS, POOL_PHASE = "huaweicloud_modelarts_cluster_status", "huaweicloud_modelarts_pool_phase"
POOL_NODES = "huaweicloud_modelarts_pool_nodes"

STATES = (
    State("running", 1, GREEN),
    State("deploying", 2, BLUE),
    State("creating", 3, BLUE),
    State("deleting", 4, BLUE),
    State("unknown", 5, GREY),
    State("concerning", 6, ORANGE),
    State("abnormal", 7, RED),
    State("error", 8, RED),
)
OF_CLUSTERS = [state for state in STATES if state.word not in {"creating", "deleting", "error"}]
OF_POOLS = [state for state in STATES if state.word not in {"deploying", "concerning"}]
NODE_STATES = {"available": GREEN, "creating": BLUE, "deleting": GREY, "abnormal": RED}
PHASES = {"running": GREEN, "starting": BLUE, "stopping": YELLOW, "stopped": GREY}


def each(key: tuple[str, ...], metric: str, *matchers: str) -> str:
    """A value of each object."""
    return most(key, of(metric, *HERE, *matchers))


def of_pool(metric: str, *matchers: str) -> str:
    """The sum over the flavours of a pool."""
    return total(POOL, each((*POOL, "flavor"), metric, *matchers))


AVAILABLE = each(CLUSTER, "huaweicloud_modelarts_cluster_nodes_available")
NODES = each(CLUSTER, "huaweicloud_modelarts_cluster_nodes")
IN_POOL = of_pool(POOL_NODES, 'state="available"')
WANTED = of_pool("huaweicloud_modelarts_pool_nodes_desired")
IN_CHANGE = each(POOL, POOL_PHASE, 'phase=~"creating|deleting"')
IS_FROZEN = each(POOL, "huaweicloud_modelarts_pool_frozen")
CREATED = each(POOL, "huaweicloud_modelarts_pool_created_timestamp_seconds")
ACTUAL = each(GROUP, "aliyun_batchcompute_group_actual_vms")
DESIRED = each(GROUP, "aliyun_batchcompute_group_desired_vms")
STATE = worst(CLUSTER, coded(CLUSTER_STATUS, "status", OF_CLUSTERS, *HERE))
PHASE = worst(POOL, coded(POOL_PHASE, "phase", OF_POOLS, *HERE))

CLUSTERS_BAD = Trouble(
    "Clusters abnormal",
    "ModelArts clusters that are abnormal or concerning.",
    in_state(CLUSTER, CLUSTER_STATUS, 'status=~"abnormal|concerning"'),
    having(CLUSTER, "huaweicloud_modelarts_cluster_info"),
)
POOLS_BAD = Trouble(
    "Pools abnormal",
    "Resource pools that are abnormal or in error.",
    in_state(POOL, POOL_PHASE, 'phase=~"abnormal|error"'),
    having(POOL, "huaweicloud_modelarts_pool_info"),
)
FROZEN = Trouble(
    "Pools frozen",
    "Resource pools that are frozen, by the service (as for arrears) or by the police.",
    in_state(POOL, "huaweicloud_modelarts_pool_frozen", 'reason=~"service|police"'),
    having(POOL, "huaweicloud_modelarts_pool_info"),
)
UNAVAILABLE = stat(
    2,
    "Nodes unavailable",
    f"sum({NODES} - {AVAILABLE})",
    "Nodes of ModelArts clusters that cannot be used.",
    colours=ODD_IF_ANY,
)
SHORT = stat(
    4,
    "Pools short of nodes",
    number(f"{IN_POOL} < {on(POOL)} {WANTED} unless {on(POOL)} ({IN_CHANGE} == 1)", most(POOL, POOL_INFO)),
    "Resource pools with fewer nodes available than they should have; not those being made or deleted.",
    colours=ODD_IF_ANY,
)
GROUPS_SHORT = stat(
    6,
    "Groups below size",
    number(f"{ACTUAL} < {on(GROUP)} {DESIRED}", most(GROUP, GROUP_INFO)),
    "BatchCompute groups with fewer machines than they should have. The collector is off unless it is enabled.",
    colours=ODD_IF_ANY,
    nothing="none",
)

CLUSTERS = table(
    7,
    "ModelArts clusters",
    rows(CLUSTER, CLUSTER_INFO, "cluster_name", "node_specification"),
    (
        Label("cluster_name", "Cluster"),
        Value("State", STATE, states=STATES, width=110),
        Value("Nodes", NODES, width=70),
        Value("Available", AVAILABLE, width=90),
        Value("CPU cores", each(CLUSTER, "huaweicloud_modelarts_cluster_allocatable_cpu_cores")),
        Value("Memory", each(CLUSTER, "huaweicloud_modelarts_cluster_allocatable_memory_bytes"), unit="bytes"),
        Value("GPUs", each(CLUSTER, "huaweicloud_modelarts_cluster_allocatable_gpus"), width=70),
        Label("node_specification", "Nodes are"),
        Label("region_id", "Region"),
        Label("cluster_id", "Id", width=290),
        Label("account", "Account"),
    ),
    "ModelArts clusters, the worst first.",
    size=(24, 6),
    sort="State",
)
POOLS = table(
    8,
    "ModelArts resource pools",
    rows(POOL, POOL_INFO, "pool_name", "pool_type", "billing_mode"),
    (
        Label("pool_name", "Pool"),
        Value("Phase", PHASE, states=STATES, width=100),
        Value("Frozen", IS_FROZEN, unit="bool_yes_no", colours=BAD_IF_ANY, text=True, width=80),
        Value("Available", IN_POOL, width=90),
        Value("Abnormal", of_pool(POOL_NODES, 'state="abnormal"'), colours=BAD_IF_ANY, text=True, width=90),
        Value("Desired", WANTED, width=80),
        Value(
            "Created",
            instant(each(POOL, "huaweicloud_modelarts_pool_created_timestamp_seconds")),
            unit="dateTimeFromNow",
        ),
        Label("pool_type", "Type"),
        Label("billing_mode", "Billing"),
        Label("region_id", "Region"),
        Label("pool_id", "Id", width=360),
        Label("account", "Account"),
    ),
    "Resource pools, failed ones among them, the worst first; nodes are those of all flavours.",
    size=(24, 7),
    sort="Phase",
)
TIMELINE = timeline(
    9,
    "ModelArts clusters and pools, over time",
    [
        Line(named(STATE, CLUSTER, CLUSTER_INFO, "cluster_name"), "cluster {{cluster_name}}"),
        Line(named(PHASE, POOL, POOL_INFO, "pool_name"), "pool {{pool_name}}"),
    ],
    STATES,
    "The state of each ModelArts cluster and resource pool.",
)
NODES_OVER_TIME = graph(
    10,
    "Nodes of the pools, by state",
    [Line(total(("state",), each((*POOL, "flavor", "state"), POOL_NODES)), "{{state}}")],
    "Nodes of all chosen resource pools.",
    fixed=NODE_STATES,
    stacked=True,
)
VMS = graph(
    11,
    "BatchCompute machines, by phase",
    [Line(total(("phase",), each((*CLUSTER, "phase"), "aliyun_batchcompute_cluster_vms")), "{{phase}}")],
    "Machines of all chosen BatchCompute clusters.",
    fixed=PHASES,
    stacked=True,
)
HPC_OVER_TIME = graph(
    12,
    "HPC clusters",
    [Line(each(("account", "region_id"), "aliyun_ecs_hpc_clusters"), "{{account}} {{region_id}}")],
    "ECS HPC clusters of each region. The API has no state of them.",
)
GROUPS = table(
    13,
    "BatchCompute groups",
    named(rows(GROUP, GROUP_INFO, "instance_type", "resource_type"), CLUSTER, BATCH_INFO, "cluster_name"),
    (
        Label("cluster_name", "Cluster"),
        Label("group", "Group"),
        Value("Machines", ACTUAL, width=90),
        Value("Desired", DESIRED, width=90),
        Value("Missing", f"{DESIRED} - {ACTUAL}", colours=ODD_IF_ANY, text=True, width=90),
        Label("instance_type", "Machines are", width=120),
        Label("resource_type", "Kind", width=95),
        Label("region_id", "Region", width=120),
        Label("account", "Account", width=75),
    ),
    "Groups of equal machines, those that lack most first.",
    size=(14, 7),
    sort="Missing",
    without=("cluster_id",),
    nothing="No group: BatchCompute is off unless it is enabled",
)
HPC_TABLE = table(
    14,
    "HPC clusters",
    rows(HPC, of("aliyun_ecs_hpc_cluster_info", *HERE), "hpc_cluster_name"),
    (
        Label("hpc_cluster_name", "Cluster"),
        Label("hpc_cluster_id", "Id"),
        Label("region_id", "Region"),
        Label("account", "Account"),
    ),
    "ECS HPC clusters that there are.",
    size=(10, 7),
    sort="Cluster",
    descending=False,
)

DASHBOARD = Dashboard(
    stem="modelarts-batch-hpc",
    title="ModelArts, batch and HPC",
    description="ModelArts clusters and pools of Huawei Cloud, BatchCompute and HPC clusters of Alibaba Cloud.",
    variables=[account(COLLECTORS), region(COLLECTORS)],
    since="now-24h",
    rows=[
        Row(
            [
                CLUSTERS_BAD.counted(1, *HERE),
                UNAVAILABLE,
                POOLS_BAD.counted(3, *HERE),
                SHORT,
                FROZEN.counted(5, *HERE),
                GROUPS_SHORT,
            ]
        ),
        Row([CLUSTERS]),
        Row([POOLS]),
        Row([TIMELINE]),
        Row([NODES_OVER_TIME, VMS, HPC_OVER_TIME], heading=(101, "Nodes and machines")),
        Row([GROUPS, HPC_TABLE], heading=(102, "Batch and HPC")),
        freshness_row(15, COLLECTORS),
    ],
)
