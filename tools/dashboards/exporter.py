"""The exporter itself: whether it sees, what its calls cost, and what it could not show."""

from tools.dashboards.dashboard import Dashboard, Row
from tools.dashboards.freshness import BLIND, RESULTS, freshness_row, kept, result
from tools.dashboards.panels import Line, graph, stat, timeline
from tools.dashboards.promql import COLLECTION, OF_ACCOUNT, either, most, of, or_else, total
from tools.dashboards.style import BAD_IF_ANY, GREEN, ODD_IF_ANY, ORANGE, RED, State, steps
from tools.dashboards.tables import Label, Value, table
from tools.dashboards.trouble import Trouble, in_state
from tools.dashboards.variables import account

PRODUCT = ("provider", "account", "product")
CALL = (*PRODUCT, "operation")
RESULT = "cluster_exporter_collector_last_result"
REQUESTS = "cluster_exporter_api_requests_total"
NONE_FAILS = "no object fails"
FAILED_OBJECTS = of("cluster_exporter_collector_failed_object_info", OF_ACCOUNT)

FAILING = Trouble(
    "Collections failing",
    "Collections whose last run got no data. What they had stays until it is too old.",
    in_state(COLLECTION, RESULT, 'result=~"auth|permission|throttled|unavailable|timeout|bad_response|bug"'),
    kept,
)
PARTIAL = Trouble(
    "Collections partial",
    "Collections whose last run lacked some objects; the table below names them.",
    in_state(COLLECTION, RESULT, 'result="partial"'),
    kept,
    ODD_IF_ANY,
)
SCRAPED = stat(
    1,
    "Exporters scraped",
    either("count(cluster_exporter_build_info)", "vector(0)"),
    "Exporters that Prometheus has the metrics of. Several watch the same; one is enough.",
    colours=steps(RED, (1, GREEN)),
)
CREDENTIALS = stat(
    5,
    "Credentials end in",
    f"min({most(('account',), of('cluster_exporter_credentials_expiry_timestamp_seconds', OF_ACCOUNT))}) - time()",
    "The first end of a token. It is renewed ahead of that: below five minutes, renewals fail.",
    unit="s",
    colours=steps(RED, (120, ORANGE), (300, GREEN)),
    nothing="no end known",
)
SETTINGS = stat(
    6,
    "Settings",
    "min(cluster_exporter_config_last_reload_successful)",
    "Whether the settings were last read without a mistake, by every exporter. With one, the old ones stay in force.",
    states=(State("read", 1, GREEN), State("mistaken", 0, RED)),
)
RESULTS_OVER_TIME = timeline(
    8,
    "Results",
    [Line(result(OF_ACCOUNT), "{{collector}} {{account}} {{region_id}}")],
    RESULTS,
    "How the runs of each collection ended.",
    size=(24, 10),
)
OBJECTS = table(
    9,
    "Objects that fail",
    or_else(most((*COLLECTION, "object", "reason"), FAILED_OBJECTS), "object", NONE_FAILS, kept(OF_ACCOUNT)),
    (
        Label("collector", "Collector", width=175),
        Label("object", "Object"),
        Label("reason", "Why", width=100),
        Label("account", "Account", width=80),
        Label("region_id", "Region", width=90),
    ),
    "What a partial run could not read: the ids of apps, clusters or instances, app/environment for an environment. "
    "At most 50 of a collection.",
    size=(9, 9),
    sort="Collector",
    descending=False,
    nothing="Nothing is known",
)


def calls(*matchers: str) -> str:
    """Calls of the last day, by operation."""
    found = total(CALL, f"increase({of(REQUESTS, OF_ACCOUNT, *matchers)}[1d])")
    return either(found, f"0 * {calls()}") if matchers else found


CALLS = table(
    10,
    "Calls of the last day",
    calls(),
    (
        Label("product", "Product"),
        Label("operation", "Operation"),
        Value("Calls", calls(), decimals=0, width=90),
        Value("Failed", calls('outcome!="ok"'), decimals=0, colours=ODD_IF_ANY, text=True, width=90),
        Value("Throttled", calls('outcome="throttled"'), decimals=0, colours=BAD_IF_ANY, text=True, width=90),
        Label("account", "Account"),
        Label("provider", "Cloud"),
    ),
    "What each operation costs, retries included, of all exporters together.",
    size=(15, 9),
    sort="Calls",
)
CALLS_OVER_TIME = graph(
    11,
    "Calls per day, by product",
    [Line(of("product:cluster_exporter_api_requests:increase1d", OF_ACCOUNT), "{{account}} {{product}}")],
    "Calls in the 24 hours before. Recorded by the rules.",
    stacked=True,
)


def each_second(counter: str) -> str:
    """How fast a counter of each product grows, of all exporters together."""
    return total(PRODUCT, f"rate({of(counter, OF_ACCOUNT)}[$__rate_interval])")


WAITS = graph(
    12,
    "Waiting for the API budget",
    [Line(each_second("cluster_exporter_api_budget_wait_seconds_total"), "{{account}} {{product}}")],
    "Seconds that calls waited in each second, of all calls together. Where it is high, intervals are stretched.",
    unit="s",
)
REFUSED = graph(
    13,
    "Throttled and made again",
    [
        Line(each_second("cluster_exporter_api_throttled_total"), "{{account}} {{product}} throttled"),
        Line(each_second("cluster_exporter_api_retries_total"), "{{account}} {{product}} made again"),
    ],
    "Calls per second that the cloud refused because there were too many, and calls made again after a passing fault.",
    unit="reqps",
)
BUCKETS = "increase(cluster_exporter_api_request_duration_seconds_bucket[1h])"  # some products are asked once an hour
TOOK = total(("le", "provider", "product"), BUCKETS)
LATENCY = graph(
    14,
    "Slowest calls",
    [Line(f"histogram_quantile(0.95, {TOOK})", "{{provider}} {{product}}")],
    "The time that 95 % of a product's calls of the hour before stayed below, of all accounts.",
    unit="s",
)


def held(metric: str) -> str:
    """A number of each collector, over its accounts and regions."""
    return total(("collector",), most(COLLECTION, of(metric, OF_ACCOUNT)))


def odd(counter: str, key: str, *matchers: str) -> str:
    """What a counter grew by in a day; two exporters count the same."""
    return f"{most((key,), f'increase({of(counter, *matchers)}[1d])')} > 0"


SERIES = graph(
    15,
    "Series on the page",
    [
        Line(held("cluster_exporter_collector_series"), "{{collector}}"),
        Line(f"{held('cluster_exporter_collector_series_dropped')} > 0", "{{collector}} dropped"),
    ],
    "Series that each collector shows, and those that max_series left out.",
)
ODD = graph(
    16,
    "What could not be shown, in a day",
    [
        Line(odd("cluster_exporter_unreadable_values_total", "metric"), "unreadable {{metric}}"),
        Line(odd("cluster_exporter_unknown_states_total", "metric"), "unknown state {{metric}}"),
        Line(odd("cluster_exporter_duplicate_rows_total", "collector", OF_ACCOUNT), "duplicate rows {{collector}}"),
    ],
    "Fields that could not be read, states that no document lists, rows that came twice. The first means that a vendor "
    "changed something.",
    nothing="nothing odd",
)

DASHBOARD = Dashboard(
    stem="exporter",
    title="exporter",
    description="Whether the exporter sees, what its calls cost, and what it could not show.",
    variables=[account()],
    rows=[
        Row(
            [
                SCRAPED,
                BLIND.counted(2, OF_ACCOUNT),
                FAILING.counted(3, OF_ACCOUNT),
                PARTIAL.counted(4, OF_ACCOUNT),
                CREDENTIALS,
                SETTINGS,
            ]
        ),
        freshness_row(7, ".+", height=10),
        Row([RESULTS_OVER_TIME], heading=(101, "Results")),
        Row([OBJECTS, CALLS]),
        Row([CALLS_OVER_TIME, WAITS, REFUSED], heading=(102, "Calls")),
        Row([LATENCY, SERIES, ODD]),
    ],
)
