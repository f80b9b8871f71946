"""Nodes that expire, volumes and claims that are not bound."""

from tools.dashboards.dashboard import Dashboard, Row
from tools.dashboards.freshness import freshness_row
from tools.dashboards.links import TO_DEPLOYS, field, to
from tools.dashboards.panels import Line, graph
from tools.dashboards.promql import (
    CLAIM,
    CLUSTER,
    NODE,
    OF_ACCOUNT,
    OF_APP,
    OF_CLUSTER,
    OF_ENVIRONMENT,
    VOLUME,
    coded,
    instant,
    most,
    named,
    not_elsewhere,
    of,
    on,
    rows,
    total,
    until,
    worst,
)
from tools.dashboards.style import BLUE, GREEN, GREY, ODD_IF_ANY, ORANGE, RED, YELLOW, State, left
from tools.dashboards.tables import Label, Value, table
from tools.dashboards.trouble import NODE_EXPIRING, NODES_EXPIRING, Trouble, expiring, having, in_state
from tools.dashboards.variables import APP, ENVIRONMENT, account, region_of
from tools.dashboards.variables import CLUSTER as CLUSTER_VARIABLE

HERE = (OF_ACCOUNT, OF_CLUSTER)
THERE = (OF_ACCOUNT, OF_APP, OF_ENVIRONMENT)  # of claims, which have no cluster
REGION = (CLUSTER, "aliyun_retailcloud_cluster_info")
NODE_INFO = of("aliyun_retailcloud_node_info", *HERE)
VOLUME_INFO = of("aliyun_retailcloud_persistentvolume_info", *HERE)
CLAIM_INFO = of("aliyun_retailcloud_persistentvolumeclaim_info", *THERE)
VOLUME_PHASE = "aliyun_retailcloud_persistentvolume_status_phase"
CLAIM_PHASE = "aliyun_retailcloud_persistentvolumeclaim_status_phase"
EXPIRES = most(NODE, of("aliyun_retailcloud_node_expiry_timestamp_seconds", *HERE))
CAPACITY = most(VOLUME, of("aliyun_retailcloud_persistentvolume_capacity_bytes", *HERE))

CLUSTER_LINK = to("retailcloud-cluster", "This cluster", account=field("account"), cluster=field("cluster_id"))
VOLUME_PHASES = (
    State("bound", 1, GREEN),
    State("available", 2, BLUE),
    State("unknown", 3, GREY),
    State("pending", 4, YELLOW),
    State("released", 5, ORANGE),
    State("failed", 6, RED),
)
CLAIM_PHASES = (State("bound", 1, GREEN), State("unknown", 2, GREY), State("pending", 3, ORANGE), State("lost", 4, RED))

EXPIRED = Trouble(
    "Nodes expired",
    "Nodes whose subscription has ended.",
    expiring(NODE, "aliyun_retailcloud_node_expiry_timestamp_seconds", within=0),
    having(NODE, "aliyun_retailcloud_node_info"),
)
VOLUMES = having(VOLUME, "aliyun_retailcloud_persistentvolume_info")
CLAIMS = having(CLAIM, "aliyun_retailcloud_persistentvolumeclaim_info")
FAILED = Trouble(
    "Volumes failed", "Volumes in the phase failed.", in_state(VOLUME, VOLUME_PHASE, 'phase="failed"'), VOLUMES
)
RELEASED = Trouble(
    "Volumes released",
    "Volumes whose claim is gone and that nobody has taken back: they cost, and may hold data.",
    in_state(VOLUME, VOLUME_PHASE, 'phase="released"'),
    VOLUMES,
    ODD_IF_ANY,
)
PENDING = Trouble(
    "Claims pending",
    "Claims that wait for a volume; their pods do not start.",
    in_state(CLAIM, CLAIM_PHASE, 'phase="pending"'),
    CLAIMS,
    ODD_IF_ANY,
)
LOST = Trouble("Claims lost", "Claims whose volume is gone.", in_state(CLAIM, CLAIM_PHASE, 'phase="lost"'), CLAIMS)

# A number of its own, because Grafana sorts what has none in front of all others.
NO_END = State("no end", 10**11, "transparent")
LEFT = f"({until(EXPIRES)})\n  or {on(NODE)}\n{NO_END.code} * {most(NODE, NODE_INFO)}"
NODES = table(
    7,
    "Nodes, the first to expire first",
    rows(NODE, NODE_INFO, "cluster_name", "node_name", "instance_type", "zone_id", "private_ip"),
    (
        Label("private_ip", "Address", width=130),
        Label("cluster_name", "Cluster", link=CLUSTER_LINK, width=150),
        Value("Left", LEFT, unit="s", colours=left(NODE_EXPIRING), states=(NO_END,), width=120),
        Value("Expires", instant(EXPIRES), unit="dateTimeAsIso", width=170),
        Value("CPU cores", most(NODE, of("aliyun_retailcloud_node_cpu_cores", *HERE)), width=90),
        Value("Memory", most(NODE, of("aliyun_retailcloud_node_memory_bytes", *HERE)), unit="bytes", width=90),
        Label("instance_type", "Type", width=140),
        Label("zone_id", "Zone", width=150),
        Label("node_id", "Id", width=200),
        Label("account", "Account", width=80),
        Label("node_name", "Node"),
    ),
    "What is left of each node's subscription. Pay-as-you-go nodes have no end.",
    sort="Left",
    descending=False,
    region_of=REGION,
)
VOLUME_TABLE = table(
    8,
    "Volumes",
    rows(VOLUME, VOLUME_INFO, "cluster_name", "storage_class", "reclaim_policy", "claim"),
    (
        Label("persistentvolume", "Volume"),
        Value(
            "Phase", worst(VOLUME, coded(VOLUME_PHASE, "phase", VOLUME_PHASES, *HERE)), states=VOLUME_PHASES, width=100
        ),
        Value("Capacity", CAPACITY, unit="bytes", width=90),
        Label("claim", "Claim"),
        Label("storage_class", "Class", width=135),
        Label("reclaim_policy", "Reclaim", width=80),
        Label("cluster_name", "Cluster", link=CLUSTER_LINK),
        Label("account", "Account", width=75),
    ),
    "All volumes of the chosen clusters, the worst first.",
    size=(12, 8),
    sort="Phase",
    region_of=REGION,
)
CLAIM_TABLE = table(
    9,
    "Claims",
    rows(CLAIM, CLAIM_INFO, "app_name", "env_name", "volume", "storage_class"),
    (
        Label("persistentvolumeclaim", "Claim"),
        Value("Phase", worst(CLAIM, coded(CLAIM_PHASE, "phase", CLAIM_PHASES, *THERE)), states=CLAIM_PHASES, width=100),
        Value(
            "Capacity",
            most(CLAIM, of("aliyun_retailcloud_persistentvolumeclaim_capacity_bytes", *THERE)),
            unit="bytes",
            width=90,
        ),
        Label("app_name", "App", link=TO_DEPLOYS),
        Label("env_name", "Environment", width=100),
        Label("volume", "Volume"),
        Label("storage_class", "Class", width=135),
        Label("account", "Account", width=75),
    ),
    "All claims of the chosen environments, the worst first. A claim has no cluster.",
    size=(12, 8),
    sort="Phase",
)


def in_phases(vector: str) -> list[Line]:
    """How many objects there are in each phase."""
    return [Line(total(("phase",), vector), "{{phase}}")]


def colours(states: tuple[State, ...]) -> dict[str, str]:
    """Those of the phases."""
    return {state.word: state.colour for state in states}


VOLUMES_OVER_TIME = graph(
    10,
    "Volumes by phase",
    in_phases(not_elsewhere(most((*VOLUME, "phase"), of(VOLUME_PHASE, *HERE)), *REGION)),
    "Volumes of the chosen clusters.",
    fixed=colours(VOLUME_PHASES),
    stacked=True,
)
CLAIMS_OVER_TIME = graph(
    11,
    "Claims by phase",
    in_phases(most((*CLAIM, "phase"), of(CLAIM_PHASE, *THERE))),
    "Claims of the chosen environments.",
    fixed=colours(CLAIM_PHASES),
    stacked=True,
)
CAPACITY_OVER_TIME = graph(
    12,
    "Capacity by storage class",
    [
        Line(
            total(
                ("storage_class",),
                not_elsewhere(named(CAPACITY, VOLUME, VOLUME_INFO, "storage_class"), *REGION),
            ),
            "{{storage_class}}",
        )
    ],
    "Capacity of the volumes of the chosen clusters.",
    unit="bytes",
    stacked=True,
)

DASHBOARD = Dashboard(
    stem="retailcloud-nodes-volumes",
    title="nodes and volumes",
    description="Nodes that expire, volumes that failed or were left behind, and claims without a volume.",
    variables=[
        account("retailcloud_(nodes|volumes|claims)"),
        region_of("aliyun_retailcloud_cluster_info"),
        CLUSTER_VARIABLE,
        APP,
        ENVIRONMENT,
    ],
    rows=[
        Row(
            [
                NODES_EXPIRING.counted(1, *HERE, region_of=REGION),
                EXPIRED.counted(2, *HERE, region_of=REGION),
                FAILED.counted(3, *HERE, region_of=REGION),
                RELEASED.counted(4, *HERE, region_of=REGION),
                PENDING.counted(5, *THERE),
                LOST.counted(6, *THERE),
            ]
        ),
        Row([NODES]),
        Row([VOLUME_TABLE, CLAIM_TABLE], heading=(101, "Volumes and claims")),
        Row([VOLUMES_OVER_TIME, CLAIMS_OVER_TIME, CAPACITY_OVER_TIME]),
        freshness_row(13, "retailcloud_(nodes|volumes|claims)"),
    ],
)
