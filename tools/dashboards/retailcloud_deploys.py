"""Deployments: which order is at what, how often they fail, and how long it takes to put that right."""

from tools.dashboards.dashboard import Annotation, Dashboard, Row
from tools.dashboards.deploy_rates import (
    BY_RESULT,
    FAILURE_RATE,
    FAILURES_BY_APP,
    HERE,
    INFO,
    PER_DAY,
    RESTORE,
    RESTORED_LAST,
    each,
    line,
)
from tools.dashboards.freshness import freshness_row
from tools.dashboards.panels import graph, stat, timeline
from tools.dashboards.promql import (
    ENVIRONMENT,
    age,
    coded,
    either,
    instant,
    most,
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

FINISHED = (State("success", 1, GREEN), State("unknown", 4, GREY), State("closed", 6, RED), State("failed", 7, RED))
OPEN = (State("deploying", 2, BLUE), State("paused", 3, YELLOW))
RETRYING = State("retrying", 5, ORANGE, "open after a failure")
FAILING = State("failing", 8, DARK_RED, "open, failing")
STATES = (*FINISHED, *OPEN, RETRYING, FAILING)
OPEN_FOR = steps(BLUE, (30 * 60, ORANGE), (4 * 3600, RED))  # as the alert of a stuck deploy has it


UNFINISHED = each("aliyun_retailcloud_deploy_latest_status", 'status=~"deploying|paused"')
OPEN_ORDER = f"({UNFINISHED} == 1)"
BY_STEP = most((*ENVIRONMENT, "step"), of("aliyun_retailcloud_deploy_latest_failed_pods", *HERE))
FAILED_PODS = total(ENVIRONMENT, BY_STEP)
FAILURE_RATIO = each("aliyun_retailcloud_deploy_latest_failure_ratio")
FAILING_NOW = f"(({FAILURE_RATIO} > 0 or {FAILED_PODS} > 0) and {on(ENVIRONMENT)} {OPEN_ORDER})"
FAILED_BEFORE = each("aliyun_retailcloud_deploy_last_finished_result", 'result=~"failed|closed"')
STATE = worst(
    ENVIRONMENT,
    coded("aliyun_retailcloud_deploy_latest_result", "result", FINISHED, *HERE),
    coded("aliyun_retailcloud_deploy_latest_status", "status", OPEN, *HERE),
    f"{RETRYING.code} + 0 * ({OPEN_ORDER} and {on(ENVIRONMENT)} ({FAILED_BEFORE} == 1))",
    f"{FAILING.code} + 0 * {FAILING_NOW}",
)
DONE = share(
    each("aliyun_retailcloud_deploy_latest_finished_instances"),
    each("aliyun_retailcloud_deploy_latest_instances"),
    ENVIRONMENT,
)
STARTED = each("aliyun_retailcloud_deploy_latest_start_timestamp_seconds")
SUCCEEDED = each("aliyun_retailcloud_deploy_last_success_timestamp_seconds")
# That of the first order that ended badly; where none did, an open one that fails is the first.
SINCE = either(
    each("aliyun_retailcloud_deploy_failing_since_timestamp_seconds"),
    f"({STARTED}) and {on(ENVIRONMENT)} {FAILING_NOW}",
)

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

TIMELINE = timeline(
    7,
    "Orders",
    [line(STATE)],
    STATES,
    "The latest order of each environment, over time. Only the next success ends red and orange.",
    size=(24, 11),
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
        Label("env_name", "Environment", width=100),
        Value("State", STATE, states=STATES, width=130),
        Value("Done", DONE, unit="percentunit", colours=PLAIN, gauge=True, width=110),
        Value("Failed", FAILURE_RATIO, unit="percentunit", colours=steps(GREEN, (0.01, RED)), text=True, width=80),
        Value("Failed pods", FAILED_PODS, colours=BAD_IF_ANY, text=True, width=100),
        Value("Started", instant(STARTED), unit="dateTimeFromNow", width=130),
        Value("Failing since", instant(f"({SINCE})"), unit="dateTimeFromNow", width=130),
        Value("Last success", instant(SUCCEEDED), unit="dateTimeFromNow", width=130),
        Label("order_id", "Order", width=90),
        Label("order_name", "Its name"),
        Label("pause_type", "Pauses", width=80),
        Label("env_type", "Type", width=70),
        Label("env_id", "Its id", width=80),
        Label("account", "Account", width=90),
    ),
    "The latest order of each environment, the worst first. DescribeDeployOrderDetail tells more of an order.",
    size=(24, 9),
    sort="State",
    without=("app_id",),
)

FAILED_OVER_TIME = graph(
    12,
    "Failed pods",
    [line(FAILED_PODS)],
    "Failed pods of the latest order, while it is open or after it failed.",
    colours=BAD_IF_ANY,
    nothing="no pod failed",
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
