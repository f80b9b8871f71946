"""The table of the alerts that fire, from what Prometheus itself says of them."""

from grafana_foundation_sdk.models import dashboard as model

from tools.dashboards.promql import either, instant, most, of, or_else
from tools.dashboards.style import BLUE, GREEN, ORANGE, RED, State
from tools.dashboards.tables import Label, Value, table

SEVERITIES = (State("critical", 3, RED), State("warning", 2, ORANGE), State("info", 1, BLUE))
FINE = State("fine", 0, GREEN)
OURS = 'alertname=~"(RetailCloud|Rds|Emr|ModelArts|BatchCompute|CloudClusterExporter).*"'
ANY_ACCOUNT = 'account=~"$account|"'  # some alerts are about no account

# An alert has some of these labels. Which ones, a table for all of them need not know.
NAMES = ("cluster_name", "node_name", "app_name", "env_name", "db_instance_name", "pool_name", "group", "collector")
IDS = ("cluster_id", "node_id", "persistentvolume", "persistentvolumeclaim", "env_id", "db_instance_id", "pool_id")
NOTHING = "nothing fires"
KEY = ("alertname", "severity", "account", "about", "ids")


def firing(*matchers: str) -> str:
    """The alerts that fire."""
    return of("ALERTS", 'alertstate="firing"', OURS, ANY_ACCOUNT, *matchers)


def described(alerts: str) -> str:
    """Alerts, with what they are about in two labels."""
    for label, parts in (("about", NAMES), ("ids", IDS)):
        listed = ", ".join(f'"{part}"' for part in parts)
        joined = f'label_join({alerts}, "{label}", " ", {listed})'
        alerts = f'label_replace({joined}, "{label}", "$1", "{label}", " *(.*?) *")'  # without the missing ones' blanks
    return most(KEY, alerts)


def firing_alerts(number: int, size: tuple[int, int]) -> model.Panel:
    """The table: the worst first, of these the newest."""
    by_severity = [(each.code, described(firing(f'severity="{each.word}"'))) for each in SEVERITIES]
    severity = either(*(f"{code} * {alerts}" for code, alerts in by_severity))
    rules = "collection:cluster_exporter_collector_freshness:ratio"
    active = of("ALERTS_FOR_STATE", OURS, ANY_ACCOUNT)  # its value is the moment
    since = instant(described(f"{active} and ignoring (alertstate) {firing()}"))
    columns = (
        Value("Severity", or_else(severity, "alertname", NOTHING, rules), states=(*SEVERITIES, FINE), width=90),
        Label("alertname", "Alert", width=290),
        Label("about", "About"),
        Value("Since", since, unit="dateTimeFromNow", width=120),
        Label("account", "Account", width=80),
        Label("ids", "Ids"),
    )
    return table(
        number,
        "Alerts that fire",
        or_else(described(firing()), "alertname", NOTHING, rules),
        columns,
        "The alerts of this product's rules that fire now, held ones among them. The runbook of each is on the "
        "exporter, under /runbooks.",
        size=size,
        without=("severity",),
        sort="Severity",
        then="Since",
        nothing="No rules are loaded",
    )
