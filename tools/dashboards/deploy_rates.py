"""How often deploys fail, and how long it takes to put that right: the four numbers of DORA but the lead time."""

from tools.dashboards.panels import Line, graph, stat
from tools.dashboards.promql import ENVIRONMENT, OF_ACCOUNT, OF_APP, OF_ENVIRONMENT, most, named, of, total
from tools.dashboards.style import BLUE, DAY, GREEN, GREY, ORANGE, RED, steps

HERE = (OF_ACCOUNT, OF_APP, OF_ENVIRONMENT)
INFO = of("aliyun_retailcloud_deploy_environment_info", *HERE)
BY_APP = ("account", "app_id")
RESULTS = {"success": GREEN, "failed": RED, "closed": ORANGE, "in_progress": BLUE, "unknown": GREY}
FAILURES = steps(GREEN, (0.15, ORANGE), (0.3, RED))
RESTORED = steps(GREEN, (3600, ORANGE), (DAY, RED))


def each(metric: str, *matchers: str) -> str:
    """A value of each environment."""
    return most(ENVIRONMENT, of(metric, *HERE, *matchers))


def line(vector: str) -> Line:
    """A line for each environment, by name."""
    return Line(named(vector, ENVIRONMENT, INFO, "app_name", "env_name"), "{{app_name}} / {{env_name}}")


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
    nothing="no failure has ended",
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
    nothing="no failure has ended",
)
