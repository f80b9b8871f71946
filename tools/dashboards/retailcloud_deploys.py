"""Deployments: which order is at what, how often they fail, and how long it takes to put that right."""

from tools.dashboards.dashboard import Annotation, Dashboard, Row
from tools.dashboards.freshness import freshness_row
from tools.dashboards.panels import Line, graph, stat, timeline
from tools.dashboards.promql import (
    ENVIRONMENT,
    OF_ACCOUNT,
    OF_APP,
    OF_ENVIRONMENT,
    age,
    coded,
    either,
    instant,
    most,
    named,
    named_or_not,
    number,
    of,
    on,
    rows,
    share,
    total,
    worst,
)
from tools.dashboards.style import (
    BAD_IF_ANY,
    BLUE,
    DARK_RED,
    DAY,
    GREEN,
    GREY,
    ORANGE,
    PLAIN,
    RED,
    YELLOW,
    State,
    steps,
)
from tools.dashboards.tables import Label, Value, table
from tools.dashboards.trouble import DEPLOYS_FAILING
from tools.dashboards.variables import APP, SOURCE, account
from tools.dashboards.variables import ENVIRONMENT as ENVIRONMENT_VARIABLE

HERE = (OF_ACCOUNT, OF_APP, OF_ENVIRONMENT)
INFO = of("aliyun_retailcloud_deploy_environment_info", *HERE)
BY_APP = ("account", "app_id")

FINISHED = (State("success", 1, GREEN), State("unknown", 4, GREY), State("closed", 5, RED), State("failed", 6, RED))
OPEN = (State("deploying", 2, BLUE), State("paused", 3, YELLOW))
FAILING = State("failing", 7, DARK_RED, "open, failing")
RESULTS = {"success": GREEN, "failed": RED, "closed": ORANGE, "in_progress": BLUE, "unknown": GREY}
FAILURES = steps(GREEN, (0.15, ORANGE), (0.3, RED))
RESTORED = steps(GREEN, (3600, ORANGE), (DAY, RED))
OPEN_FOR = steps(BLUE, (30 * 60, ORANGE), (4 * 3600, RED))  # as the alert of a stuck deploy has it


def each(metric: str, *matchers: str) -> str:
    """A value of each environment."""
    return most(ENVIRONMENT, of(metric, *HERE, *matchers))


def line(vector: str) -> Line:
    """A line for each environment, by name."""
    return Line(named(vector, ENVIRONMENT, INFO, "app_name", "env_name"), "{{app_name}} / {{env_name}}")


UNFINISHED = each("aliyun_retailcloud_deploy_latest_status", 'status=~"deploying|paused"')
OPEN_ORDER = f"({UNFINISHED} == 1)"
BY_STEP = most((*ENVIRONMENT, "step"), of("aliyun_retailcloud_deploy_latest_failed_pods", *HERE))
FAILED_PODS = total(ENVIRONMENT, BY_STEP)
FAILURE_RATIO = each("aliyun_retailcloud_deploy_latest_failure_ratio")
FAILING_NOW = f"(({FAILURE_RATIO} > 0 or {FAILED_PODS} > 0) and {on(ENVIRONMENT)} {OPEN_ORDER})"
STATE = worst(
    ENVIRONMENT,
    coded("aliyun_retailcloud_deploy_latest_result", "result", FINISHED, *HERE),
    coded("aliyun_retailcloud_deploy_latest_status", "status", OPEN, *HERE),
    f"{FAILING.code} + 0 * {FAILING_NOW}",
)
DONE = share(
    each("aliyun_retailcloud_deploy_latest_finished_instances"),
    each("aliyun_retailcloud_deploy_latest_instances"),
    ENVIRONMENT,
)
STARTED = each("aliyun_retailcloud_deploy_latest_start_timestamp_seconds")

OPEN_DEPLOYS = stat(
    2,
    "Deploys open",
    number(OPEN_ORDER, most(ENVIRONMENT, INFO)),
    "Environments whose latest order is deploying or paused. No other deploy can begin there.",
)
LONGEST_OPEN = stat(
    3,
    "Longest open",
    either(f"max(({age(STARTED)}) and {on(ENVIRONMENT)} {OPEN_ORDER})", f"0 * count({most(ENVIRONMENT, INFO)})"),
    "How long ago the oldest open order was started. A bad order does not end by itself: somebody has to close it.",
    unit="s",
    colours=OPEN_FOR,
)
PER_DAY = stat(
    4,
    "Deploys per day",
    f"sum({of('account:aliyun_retailcloud_deploy_orders:per_day', OF_ACCOUNT)})",
    "Orders that finished, per day, of all apps of the chosen accounts. Recorded by the rules.",
    decimals=1,
)
FAILURE_RATE = stat(
    5,
    "Change failure ratio",
    of("account:aliyun_retailcloud_deploy_change_failure_ratio:ratio", OF_ACCOUNT),
    "Share of the finished orders that failed or were closed, of all apps of an account. Recorded by the rules.",
    unit="percentunit",
    decimals=0,
    colours=FAILURES,
    legend="{{account}}",
)
RESTORE = stat(
    6,
    "Time to restore",
    of("account:aliyun_retailcloud_deploy_restore_seconds:avg7d", OF_ACCOUNT),
    "From the failure to the success that ended it, on average over seven days, of all apps of an account. Recorded by "
    "the rules.",
    unit="s",
    colours=RESTORED,
    legend="{{account}}",
    nothing="no failure ended",
)

TIMELINE = timeline(
    7,
    "Orders",
    [line(STATE)],
    (*FINISHED, *OPEN, FAILING),
    "The latest order of each environment, over time. Red stays until the next success, whoever closes what.",
    size=(24, 9),
)
ENVIRONMENTS = table(
    8,
    "Environments",
    named_or_not(
        rows(ENVIRONMENT, INFO, "app_name", "env_name", "env_type"),
        ENVIRONMENT,
        of("aliyun_retailcloud_deploy_latest_info", *HERE),
        "order_id",
        "order_name",
        "pause_type",
    ),
    (
        Label("app_name", "App"),
        Label("env_name", "Environment"),
        Value("State", STATE, states=(*FINISHED, *OPEN, FAILING), width=120),
        Value("Done", DONE, unit="percentunit", colours=PLAIN, gauge=True, width=110),
        Value("Failed", FAILURE_RATIO, unit="percentunit", colours=steps(GREEN, (0.01, RED)), text=True),
        Value("Failed pods", FAILED_PODS, colours=BAD_IF_ANY, text=True),
        Value("Started", instant(STARTED), unit="dateTimeFromNow"),
        Value(
            "Failing since",
            instant(each("aliyun_retailcloud_deploy_failing_since_timestamp_seconds")),
            unit="dateTimeFromNow",
        ),
        Value(
            "Last success",
            instant(each("aliyun_retailcloud_deploy_last_success_timestamp_seconds")),
            unit="dateTimeFromNow",
        ),
        Label("order_id", "Order"),
        Label("order_name", "Its name"),
        Label("pause_type", "Pauses"),
        Label("env_type", "Type"),
        Label("env_id", "Environment's id"),
        Label("account", "Account"),
    ),
    "The latest order of each environment, the worst first. DescribeDeployOrderDetail tells more of an order.",
    size=(24, 9),
    sort="State",
)

BY_RESULT = graph(
    9,
    "Orders of a day, by result",
    [
        Line(
            total(("result",), most((*ENVIRONMENT, "result"), of("aliyun_retailcloud_deploy_orders", *HERE))),
            "{{result}}",
        )
    ],
    "Deploy orders that were started within the collector's window, 24 hours unless set.",
    fixed=RESULTS,
    stacked=True,
)
FAILURES_BY_APP = graph(
    10,
    "Change failure ratio by app",
    [
        Line(
            named(
                most(BY_APP, of("app:aliyun_retailcloud_deploy_change_failure_ratio:ratio", OF_ACCOUNT, OF_APP)),
                BY_APP,
                INFO,
                "app_name",
            ),
            "{{app_name}}",
        )
    ],
    "Share of an app's finished orders that failed or were closed. Recorded by the rules.",
    unit="percentunit",
    colours=FAILURES,
    maximum=1,
)
RESTORED_LAST = graph(
    11,
    "Last time to restore",
    [line(each("environment:aliyun_retailcloud_deploy_restore_seconds:last"))],
    "How long the last failure of each environment lasted, until the success that ended it. Recorded by the rules.",
    unit="s",
    colours=RESTORED,
)
FAILED_OVER_TIME = graph(
    12,
    "Failed pods",
    [line(FAILED_PODS)],
    "Failed pods of the latest order, while it is open or after it failed.",
    colours=BAD_IF_ANY,
)
ABNORMAL = graph(
    13,
    "Abnormal instances",
    [line(each("aliyun_retailcloud_environment_instances", 'health="abnormal"'))],
    "Instances that RetailCloud calls abnormal. DescribePodEvents tells more of one.",
    colours=BAD_IF_ANY,
)
RESTARTS = graph(
    14,
    "Most restarts of an instance",
    [line(each("aliyun_retailcloud_environment_instance_max_restarts"))],
    "Restarts of the instance that restarted most, of those that are there now.",
)
FAILED_DEPLOYS = Annotation(
    name="Failed deploys",
    datasource=SOURCE,
    icon_color=RED,
    expr=line(instant(each("aliyun_retailcloud_deploy_last_failure_timestamp_seconds"))).expression,
    title_format="{{app_name}} / {{env_name}}",
    text_format="The order failed or was closed.",
    tag_keys="account,app_name,env_name",
    step="1m",
    use_value_for_time=True,  # the moment that the cloud gives, not the one at which it was first read
)

DASHBOARD = Dashboard(
    stem="retailcloud-deploys",
    title="deployments",
    description="Which deploys are open or have failed, how often that happens, and how long it takes to put it right.",
    variables=[account("retailcloud_(deploys|apps|instances)"), APP, ENVIRONMENT_VARIABLE],
    annotations=[FAILED_DEPLOYS],
    since="now-24h",
    rows=[
        Row([DEPLOYS_FAILING.counted(1, *HERE), OPEN_DEPLOYS, LONGEST_OPEN, PER_DAY, FAILURE_RATE, RESTORE]),
        Row([TIMELINE]),
        Row([ENVIRONMENTS]),
        Row([BY_RESULT, FAILURES_BY_APP, RESTORED_LAST], heading=(101, "How often deploys fail")),
        Row([FAILED_OVER_TIME, ABNORMAL, RESTARTS], heading=(102, "Pods and instances")),
        freshness_row(15, "retailcloud_(deploys|apps|instances)"),
    ],
)
