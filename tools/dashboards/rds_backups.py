"""RDS backups: what failed, what is late, what was never backed up."""

from tools.dashboards.dashboard import Dashboard, Row
from tools.dashboards.freshness import freshness_row
from tools.dashboards.panels import Line, graph, stat, timeline
from tools.dashboards.promql import (
    DATABASE,
    OF_ACCOUNT,
    OF_REGION,
    age,
    coded,
    instant,
    most,
    named,
    not_elsewhere,
    of,
    rows,
    total,
    until,
    worst,
)
from tools.dashboards.style import DAY, GREEN, GREY, ODD_IF_ANY, ORANGE, RED, State, left, steps
from tools.dashboards.tables import Label, Value, table
from tools.dashboards.trouble import (
    BACKUP_OVERDUE,
    BACKUPS_FAILED,
    SCHEDULED,
    Trouble,
    backups_never,
    backups_overdue,
    expiring,
    having,
)
from tools.dashboards.trouble import EXPIRING as EXPIRING_WITHIN
from tools.dashboards.variables import account, region_of

HERE = (OF_ACCOUNT,)
REGION = (DATABASE, "aliyun_rds_instance_info")
INFO = of("aliyun_rds_instance_info", *HERE, OF_REGION)
INSTANCES = having(DATABASE, "aliyun_rds_instance_info")
STATES = (State("success", 1, GREEN), State("unknown", 2, GREY), State("failed", 3, RED))
LATE = steps(GREEN, (2 * DAY, ORANGE), (BACKUP_OVERDUE, RED))
TYPED = (*DATABASE, "backup_type")


def each(metric: str, *matchers: str) -> str:
    """A value of each instance; of several types of backup, the highest."""
    return most(DATABASE, of(metric, *HERE, *matchers))


def line(vector: str) -> Line:
    """A line for each instance."""
    return Line(named(vector, DATABASE, INFO, "db_instance_name"), "{{db_instance_name}} {{db_instance_id}}")


def typed(metric: str) -> Line:
    """A line for each instance and type of backup."""
    vector = named(most(TYPED, of(metric, *HERE)), DATABASE, INFO, "db_instance_name")
    return Line(vector, "{{db_instance_name}} {{db_instance_id}} {{backup_type}}")


LATEST = coded("aliyun_rds_backup_latest_status", "status", STATES, *HERE)
SUCCESS = each("aliyun_rds_backup_last_success_timestamp_seconds", *SCHEDULED)
FAILED_SETS = each("aliyun_rds_backup_sets", 'status="failed"')
EXPIRES = each("aliyun_rds_instance_expiry_timestamp_seconds")

FAILED = Trouble("Latest failed", "Instances whose latest backup set, of some type, failed.", BACKUPS_FAILED, INSTANCES)
OVERDUE = Trouble(
    "Overdue",
    "Instances whose last scheduled full backup that succeeded is more than 84 hours ago. One by hand does not count.",
    backups_overdue,
    INSTANCES,
)
NEVER = Trouble("Never succeeded", "Instances without any successful backup set.", backups_never, INSTANCES)
EXPIRING = Trouble(
    "Instances expiring",
    "Instances whose subscription ends within 7 days, or has ended.",
    expiring(DATABASE, "aliyun_rds_instance_expiry_timestamp_seconds"),
    INSTANCES,
    ODD_IF_ANY,
)
WATCHED = stat(
    5,
    "Instances",
    f"count({most(DATABASE, INFO)})",
    "RDS instances whose backups are looked at.",
)
SIZE = stat(
    6,
    "Size of all backups",
    total((), not_elsewhere(each("aliyun_rds_backup_total_size_bytes"), *REGION)),
    "What the backup sets of the chosen instances take.",
    unit="bytes",
)

TABLE = table(
    7,
    "Instances",
    rows(DATABASE, INFO, "db_instance_name", "engine", "region_id"),
    (
        Label("db_instance_name", "Instance"),
        Label("db_instance_id", "Id", width=180),
        Value("Latest", worst(DATABASE, LATEST), states=STATES, width=80),
        Value("Age of success", age(SUCCESS), unit="s", colours=LATE, width=130),
        Value("Last success", instant(SUCCESS), unit="dateTimeAsIso", width=170),
        Value("Good sets", each("aliyun_rds_backup_sets", 'status="success"'), width=90),
        Value("Failed sets", FAILED_SETS, colours=ODD_IF_ANY, text=True, width=95),
        Value("Latest took", each("aliyun_rds_backup_latest_duration_seconds"), unit="s", width=100),
        Value("Latest size", each("aliyun_rds_backup_latest_size_bytes"), unit="bytes", width=100),
        Value("All sets", each("aliyun_rds_backup_total_size_bytes"), unit="bytes", width=90),
        Value("Expires in", until(EXPIRES), unit="s", colours=left(EXPIRING_WITHIN), text=True, width=100),
        Label("engine", "Engine", width=100),
        Label("region_id", "Region", width=130),
        Label("account", "Account", width=80),
    ),
    "Every instance that is configured or was found, the one with the oldest success first. Only full backups of "
    "the schedule count as one.",
    size=(24, 9),
    sort="Age of success",
    region_of=REGION,
)
LATENESS = graph(
    8,
    "Since the last success",
    [line(age(SUCCESS))],
    "Age of the last successful full backup of the schedule, for each instance. A saw is well, a ramp is not.",
    size=(12, 9),
    unit="s",
    colours=LATE,
)
HISTORY = timeline(
    9,
    "Latest backup set",
    [
        Line(
            named(f"max by ({', '.join(TYPED)}) ({LATEST})", DATABASE, INFO, "db_instance_name"),
            "{{db_instance_name}} {{db_instance_id}} {{backup_type}}",
        )
    ],
    STATES,
    "How the set that was started last ended, over time.",
    size=(12, 9),
)
DURATION = graph(
    10,
    "How long the latest backup took",
    [typed("aliyun_rds_backup_latest_duration_seconds")],
    "From the start of the latest set to its end.",
    unit="s",
)
LATEST_SIZE = graph(
    11,
    "Size of the latest backup",
    [typed("aliyun_rds_backup_latest_size_bytes")],
    "Size of the latest set. One that is suddenly small may be empty.",
    unit="bytes",
)
TOTAL_SIZE = graph(
    12,
    "Size of all backups",
    [line(each("aliyun_rds_backup_total_size_bytes"))],
    "Size of all sets that are kept.",
    unit="bytes",
)

DASHBOARD = Dashboard(
    stem="rds-backups",
    title="RDS backups",
    description="Which instances' backups failed, are late or never succeeded, and which subscriptions end.",
    variables=[account("rds_backups"), region_of("aliyun_rds_instance_info")],
    since="now-7d",
    rows=[
        Row(
            [
                FAILED.counted(1, *HERE, region_of=REGION),
                OVERDUE.counted(2, *HERE, region_of=REGION),
                NEVER.counted(3, *HERE, region_of=REGION),
                EXPIRING.counted(4, *HERE, region_of=REGION),
                WATCHED,
                SIZE,
            ]
        ),
        Row([TABLE]),
        Row([LATENESS, HISTORY]),
        Row([DURATION, LATEST_SIZE, TOTAL_SIZE], heading=(101, "Time and size")),
        freshness_row(13, "rds_backups", height=4),
    ],
)
