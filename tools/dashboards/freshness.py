"""The last row of each dashboard: how old the data of its collectors is, against how long it is kept."""

from tools.dashboards import links
from tools.dashboards.dashboard import Row
from tools.dashboards.promql import COLLECTION, OF_ACCOUNT, age, coded, most, of, share, worst
from tools.dashboards.style import FRESHNESS, GREEN, GREY, ORANGE, RED, State, steps
from tools.dashboards.tables import Label, Value, table
from tools.dashboards.trouble import Trouble

STRETCHED = steps(GREEN, (1.01, ORANGE))  # the API budget cannot pay for all calls in an interval
RESULTS = (
    State("success", 1, GREEN),
    State("not_offered", 2, GREY),
    State("partial", 3, ORANGE),
    State("throttled", 4, RED),
    State("timeout", 5, RED),
    State("unavailable", 6, RED),
    State("bad_response", 7, RED),
    State("permission", 8, RED),
    State("auth", 9, RED),
    State("bug", 10, RED),
)


def kept(*matchers: str) -> str:
    """How long the data of collections is kept; every collection of the settings has it, from the start."""
    return most(COLLECTION, of("cluster_exporter_collector_max_staleness_seconds", *matchers))


def data_age(*matchers: str) -> str:
    """How long ago a run got data; absent where none ever did."""
    return age(most(COLLECTION, of("cluster_exporter_collector_last_success_timestamp_seconds", *matchers)))


def freshness(*matchers: str) -> str:
    """The age of the data as a share of how long it is kept: at 1 it goes."""
    return f"({data_age(*matchers)})\n  / on ({', '.join(COLLECTION)})\n{kept(*matchers)}"


def result(*matchers: str) -> str:
    """How the last run ended."""
    return worst(COLLECTION, coded("cluster_exporter_collector_last_result", "result", RESULTS, *matchers))


def blind(*matchers: str) -> str:
    """Collections without data: it went, or it never came."""
    offered = of("cluster_exporter_collector_last_result", *matchers, 'result="not_offered"')
    never = of("cluster_exporter_collector_last_success_timestamp_seconds", *matchers)
    return (
        f"(\n  {freshness(*matchers)} >= 1\n    or\n"
        f"  ({kept(*matchers)} unless on ({', '.join(COLLECTION)}) {never})\n)\n"
        f"  unless on ({', '.join(COLLECTION)})\n({offered} == 1)"
    )


BLIND = Trouble(
    "Collections blind",
    "Collections without data: it is older than max_staleness, or never came. What they would show is missing in all "
    "other panels.",
    blind,
    kept,
)


def freshness_row(number: int, collectors: str, *, height: int = 6) -> Row:
    """The row; ``collectors`` is a regular expression."""
    matchers = (f'collector=~"{collectors}"', OF_ACCOUNT)
    there = links.to("exporter", "How the exporter is doing", account=links.field("account"))
    columns = (
        Label("collector", "Collector", link=there),
        Label("account", "Account"),
        Label("region_id", "Region"),
        Value("Last result", result(*matchers), states=RESULTS, width=140),
        Value("Age of the data", data_age(*matchers), unit="s", width=140),
        Value("Of the time it is kept", freshness(*matchers), unit="percentunit", colours=FRESHNESS, gauge=True),
        Value(
            "Interval / set",
            share(
                most(COLLECTION, of("cluster_exporter_collector_interval_seconds", *matchers)),
                most(COLLECTION, of("cluster_exporter_collector_configured_interval_seconds", *matchers)),
                COLLECTION,
            ),
            colours=STRETCHED,
            decimals=1,
            text=True,
            width=120,
        ),
        Value("Kept for", kept(*matchers), unit="s", width=120),
        Value("Objects", most(COLLECTION, of("cluster_exporter_collector_objects", *matchers)), width=100),
    )
    panel = table(
        number,
        "Freshness",
        kept(*matchers),
        columns,
        "How old the data above is. At 60 % of the time that it is kept an alert comes; at 100 % the data goes.",
        size=(24, height),
        sort="Of the time it is kept",
        nothing="No such collection is set up",
    )
    return Row([panel], heading=(number + 100, "Freshness of this data"))
