"""The variables at the top of a dashboard: the data source, and what is to be shown.

Each may have several values, or all. An id is the value, its name is what people choose by. What was known in the last
six hours can be chosen, as long as the alerts hold what was known: a link of an alert leads somewhere with the exporter
gone, too.
"""

from grafana_foundation_sdk.models import common
from grafana_foundation_sdk.models import dashboard as model

from tools.dashboards.promql import OF_ACCOUNT, OF_APP, OF_REGION, of

HELD = "6h"
ALL = model.VariableOption(selected=True, text=["All"], value=["$__all"])
SOURCE = common.DataSourceRef(type_val="prometheus", uid="${datasource}")

DATASOURCE = model.VariableModel(
    type_val=model.VariableType.DATASOURCE,
    name="datasource",
    label="Data source",
    hide=model.VariableHide.DONT_HIDE,
    query="prometheus",
    refresh=model.VariableRefresh.ON_DASHBOARD_LOAD,
    regex="",
    auto=None,
    auto_min=None,
    auto_count=None,
)


def chosen(name: str, title: str, query: str, regex: str = "") -> model.VariableModel:
    """A variable with several values, all of them to begin with."""
    return model.VariableModel(
        type_val=model.VariableType.QUERY,
        name=name,
        label=title,
        hide=model.VariableHide.DONT_HIDE,
        datasource=SOURCE,
        query={"query": query, "refId": name},
        definition=query,
        regex=regex,
        # With the time, because what there was in another time may be wanted.
        refresh=model.VariableRefresh.ON_TIME_RANGE_CHANGED,
        sort=model.VariableSort.ALPHABETICAL_CASE_INSENSITIVE_ASC,
        multi=True,
        include_all=True,
        all_value=".*",  # also what has no such label, and what is not in the list
        current=ALL,
        auto=None,
        auto_min=None,
        auto_count=None,
    )


def of_collectors(name: str, title: str, label: str, collectors: str = "") -> model.VariableModel:
    """Accounts or regions of collections, which are known before the first run and when no run works."""
    matchers = [f'collector=~"{collectors}"'] if collectors else []
    if label != "account":
        matchers.insert(0, OF_ACCOUNT)
    metric = of("cluster_exporter_collector_interval_seconds", *matchers)
    return chosen(name, title, f"label_values({metric}, {label})")


def account(collectors: str = "") -> model.VariableModel:
    """The accounts that such collectors read."""
    return of_collectors("account", "Account", "account", collectors)


def region(collectors: str) -> model.VariableModel:
    """The regions that regional collectors read."""
    return of_collectors("region", "Region", "region_id", collectors)


def region_of(info: str) -> model.VariableModel:
    """The regions of objects whose collector reads all regions at once."""
    return chosen("region", "Region", f"label_values({of(info, OF_ACCOUNT)}, region_id)")


def by_name(name: str, title: str, info: str, value: str, text: str, *within: str) -> model.VariableModel:
    """Objects by id, shown by name, that of what they are within before it.

    Prometheus gives the labels of a series in the order of the alphabet, and the expression knows that.
    """
    first, second = sorted([(value, "value"), (text, "text")])
    regex = f'/{first[0]}="(?<{first[1]}>[^"]*)",{second[0]}="(?<{second[1]}>[^"]*)"/'
    held = f"last_over_time({info}[{HELD}])"
    for prefix in within:
        held = f'label_join({held}, "{text}", " / ", "{prefix}", "{text}")'
    query = f"query_result(max by ({value}, {text}) ({held}))"
    return chosen(name, title, query, regex)


CLUSTER = by_name(
    "cluster", "Cluster", of("aliyun_retailcloud_cluster_info", OF_ACCOUNT, OF_REGION), "cluster_id", "cluster_name"
)
APP = by_name("app", "App", of("aliyun_retailcloud_deploy_environment_info", OF_ACCOUNT), "app_id", "app_name")
ENVIRONMENT = by_name(
    "environment",
    "Environment",
    of("aliyun_retailcloud_deploy_environment_info", OF_ACCOUNT, OF_APP),
    "env_id",
    "env_name",
    "app_name",  # every app has a prod
)
