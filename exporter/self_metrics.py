"""What the exporter says about itself: its calls, its runs, its process."""

from collections.abc import Iterable, Mapping, Set

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics
from prometheus_client.process_collector import ProcessCollector

from exporter.metric import Metric

# A collection is a collector for one account and region; "global" where the product has no regions.
COLLECTION = ("collector", "account", "region_id")

RESULTS = (
    "success",
    "partial",
    "auth",
    "permission",
    "throttled",
    "unavailable",
    "timeout",
    "bad_response",
    "not_offered",
    "bug",
)
FAILURE_REASONS = RESULTS[1:]
FINE_RESULTS = frozenset({"success", "not_offered"})  # nobody has to do anything about these

# Made from the collections' state with every page (see store.py).
COLLECTOR_SUCCESS = Metric(
    "cluster_exporter_collector_success",
    "1 when the last run got its data, in part too; 0 when it got none. Absent until the first run ended.",
    COLLECTION,
)
COLLECTOR_LAST_RESULT = Metric(
    "cluster_exporter_collector_last_result",
    "How the last run ended: exactly one result is 1. Absent until the first run ended. Alert on this.",
    (*COLLECTION, "result"),
    states=RESULTS,
)
COLLECTOR_FAILED_OBJECT_INFO = Metric(
    "cluster_exporter_collector_failed_object_info",
    "What failed in a partial run (the id of an app, cluster or instance; app/environment for an environment), only "
    "while it fails, at most 50 rows.",
    (*COLLECTION, "object", "reason"),
)
COLLECTOR_DURATION = Metric(
    "cluster_exporter_collector_duration_seconds", "How long the last run took, in seconds.", COLLECTION
)
COLLECTOR_LAST_RUN = Metric(
    "cluster_exporter_collector_last_run_timestamp_seconds", "When the last run ended, epoch seconds.", COLLECTION
)
COLLECTOR_LAST_SUCCESS = Metric(
    "cluster_exporter_collector_last_success_timestamp_seconds",
    "When a run last got its data (in part too), epoch seconds. Absent until one did.",
    COLLECTION,
)
COLLECTOR_INTERVAL = Metric(
    "cluster_exporter_collector_interval_seconds",
    "The effective interval between two readings of an object: the set one, stretched when a run cannot read all.",
    COLLECTION,
)
COLLECTOR_CONFIGURED_INTERVAL = Metric(
    "cluster_exporter_collector_configured_interval_seconds",
    "The interval of the settings. The effective one is longer while the API budget cannot pay for all calls.",
    COLLECTION,
)
COLLECTOR_MAX_STALENESS = Metric(
    "cluster_exporter_collector_max_staleness_seconds",
    "How long rows that could not be read again are kept on the page; at least 3 effective intervals.",
    COLLECTION,
)
COLLECTOR_WINDOW = Metric(
    "cluster_exporter_collector_window_seconds",
    "The window that this collector counts in (deploy orders started within it). Absent where there is none.",
    COLLECTION,
)
COLLECTOR_OBJECTS = Metric(
    "cluster_exporter_collector_objects", "Objects (clusters, apps, instances …) that are on the page now.", COLLECTION
)
COLLECTOR_SERIES = Metric("cluster_exporter_collector_series", "Series that are on the page now.", COLLECTION)
COLLECTOR_SERIES_DROPPED = Metric(
    "cluster_exporter_collector_series_dropped",
    "Series left out of the page because the collection has more than its max_series.",
    COLLECTION,
)

# Counted as things happen, by prometheus-client.
COLLECTOR_FAILURES = Metric(
    "cluster_exporter_collector_failures_total",
    "Runs that failed, in part too, by the result they ended with. For counting, not for paging.",
    (*COLLECTION, "reason"),
    "counter",
)
API_REQUESTS = Metric(
    "cluster_exporter_api_requests_total",
    "Calls to the vendors' APIs, retries included, by outcome.",
    ("provider", "account", "product", "operation", "outcome"),
    "counter",
)
API_REQUEST_DURATION = Metric(
    "cluster_exporter_api_request_duration_seconds",
    "How long calls to the vendors' APIs took, in seconds.",
    ("provider", "product", "operation"),
    "histogram",
)
API_RETRIES = Metric(
    "cluster_exporter_api_retries_total",
    "Calls made again after a passing fault.",
    ("provider", "account", "product"),
    "counter",
)
API_THROTTLED = Metric(
    "cluster_exporter_api_throttled_total",
    "Calls that the vendor refused because there were too many.",
    ("provider", "account", "product"),
    "counter",
)
API_BUDGET_WAIT = Metric(
    "cluster_exporter_api_budget_wait_seconds_total",
    "Seconds that calls waited for the API budget of their account and product.",
    ("provider", "account", "product"),
    "counter",
)
API_SILENT_HOSTS = Metric(
    "cluster_exporter_api_silent_hosts",
    "Hosts of a product (one for each region, where it has regions) that gave no answer to several calls in a row. "
    "Until one does, each run tries it with one call, and its other calls fail without being sent.",
    ("provider", "account", "product"),
)
UNREADABLE_VALUES = Metric(
    "cluster_exporter_unreadable_values_total",
    "Fields that were in an answer but could not be read, by the metric they were for; such a series is left out.",
    ("metric",),
    "counter",
)
UNKNOWN_STATES = Metric(
    "cluster_exporter_unknown_states_total",
    "States in an answer that the vendor's document does not list, by state set; shown there as unknown.",
    ("metric",),
    "counter",
)
DUPLICATE_ROWS = Metric(
    "cluster_exporter_duplicate_rows_total",
    "Rows of an answer with the key of another row; the last one is kept.",
    ("collector", "account"),
    "counter",
)
CREDENTIALS_EXPIRY = Metric(
    "cluster_exporter_credentials_expiry_timestamp_seconds",
    "When the first of an account's tokens ends, epoch seconds; renewed ahead of it while calls are made. Absent where "
    "nothing is known to end.",
    ("account",),
)
BUILD_INFO = Metric("cluster_exporter_build_info", "The version of the exporter; always 1.", ("version",))
CONFIG_RELOAD_SUCCESSFUL = Metric(
    "cluster_exporter_config_last_reload_successful", "1 when the settings were last read without a mistake."
)
CONFIG_RELOAD_SUCCESS_TIME = Metric(
    "cluster_exporter_config_last_reload_success_timestamp_seconds",
    "When settings without a mistake were last put in force, epoch seconds.",
)
SNAPSHOT_LAST_SUCCESS = Metric(
    "cluster_exporter_snapshot_last_success_timestamp_seconds",
    "When the snapshot was last saved, also by the process before, epoch seconds; it is saved when something changed. "
    "Absent until it was, and without snapshot_path.",
)
SNAPSHOT_FAILURES = Metric(
    "cluster_exporter_snapshot_failures_total",
    "Snapshots that could not be saved; the log says why. Absent without snapshot_path.",
    type="counter",
)
WEB_CONFIG_RELOAD_SUCCESSFUL = Metric(
    "cluster_exporter_web_config_last_reload_successful",
    "1 when the web-config file and the certificates that it names were last read without a mistake; 0 while older "
    "ones are in force. Absent without a web-config file.",
)
WEB_REFUSALS = Metric(
    "cluster_exporter_web_refused_requests_total",
    "Requests to the exporter's own pages that were refused, by HTTP status: 401 without the right password, 429 too "
    "many of them or of wrong passwords, 403 from another site's page, 413, 414 and 431 too large.",
    ("code",),
    type="counter",
)

FROM_COLLECTIONS = (
    COLLECTOR_SUCCESS,
    COLLECTOR_LAST_RESULT,
    COLLECTOR_FAILED_OBJECT_INFO,
    COLLECTOR_DURATION,
    COLLECTOR_LAST_RUN,
    COLLECTOR_LAST_SUCCESS,
    COLLECTOR_INTERVAL,
    COLLECTOR_CONFIGURED_INTERVAL,
    COLLECTOR_MAX_STALENESS,
    COLLECTOR_WINDOW,
    COLLECTOR_OBJECTS,
    COLLECTOR_SERIES,
    COLLECTOR_SERIES_DROPPED,
)
COUNTED = (
    COLLECTOR_FAILURES,
    API_REQUESTS,
    API_REQUEST_DURATION,
    API_RETRIES,
    API_THROTTLED,
    API_BUDGET_WAIT,
    API_SILENT_HOSTS,
    UNREADABLE_VALUES,
    UNKNOWN_STATES,
    DUPLICATE_ROWS,
    CREDENTIALS_EXPIRY,
    BUILD_INFO,
    CONFIG_RELOAD_SUCCESSFUL,
    CONFIG_RELOAD_SUCCESS_TIME,
    SNAPSHOT_LAST_SUCCESS,
    SNAPSHOT_FAILURES,
    WEB_CONFIG_RELOAD_SUCCESSFUL,
    WEB_REFUSALS,
)
_REFUSED_WITH = ("401", "403", "413", "414", "429", "431")


class SelfMetrics:
    """The exporter's own counters in a registry of their own, one object a process, handed down from app.py."""

    def __init__(self, version: str, started: float) -> None:
        """Take the version and when the settings were put in force (``started``, epoch seconds)."""
        disable_created_metrics()  # type: ignore[no-untyped-call]  # the library's function is not typed
        self.registry = CollectorRegistry()
        self._labelled: list[tuple[Metric, Counter | Gauge]] = []
        self._process = ProcessCollector(registry=self.registry)
        self.failures = self._counter(COLLECTOR_FAILURES)
        self.requests = self._counter(API_REQUESTS)
        self.request_duration = Histogram(
            API_REQUEST_DURATION.name,
            API_REQUEST_DURATION.help,
            API_REQUEST_DURATION.labels,
            registry=self.registry,
            buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20),
        )
        self.retries = self._counter(API_RETRIES)
        self.throttled = self._counter(API_THROTTLED)
        self.budget_wait = self._counter(API_BUDGET_WAIT)
        self.silent_hosts = self._gauge(API_SILENT_HOSTS)
        self.unreadable_values = self._counter(UNREADABLE_VALUES)
        self.unknown_states = self._counter(UNKNOWN_STATES)
        self.duplicate_rows = self._counter(DUPLICATE_ROWS)
        self._web_refusals = self._counter(WEB_REFUSALS)
        for code in _REFUSED_WITH:
            self._web_refusals.labels(code)
        self._credentials_expiry = self._gauge(CREDENTIALS_EXPIRY)
        self._token_ends: dict[str, dict[str, float]] = {}
        self._snapshot_saved: Gauge | None = None
        self._snapshot_failures: Counter | None = None
        self._gauge(BUILD_INFO).labels(version).set(1)
        self._reload_successful = self._gauge(CONFIG_RELOAD_SUCCESSFUL)
        self._reload_success_time = self._gauge(CONFIG_RELOAD_SUCCESS_TIME)
        self.settings_in_force(started)
        self._web_config: Gauge | None = None

    def _counter(self, metric: Metric) -> Counter:
        counter = Counter(metric.name, metric.help, metric.labels, registry=self.registry)
        self._labelled.append((metric, counter))
        return counter

    def _gauge(self, metric: Metric) -> Gauge:
        gauge = Gauge(metric.name, metric.help, metric.labels, registry=self.registry)
        self._labelled.append((metric, gauge))
        return gauge

    def settings_in_force(self, now: float) -> None:
        """Show that settings without a mistake were put in force now (epoch seconds)."""
        self._reload_successful.set(1)
        self._reload_success_time.set(now)

    def settings_refused(self) -> None:
        """Show that settings were read and had a mistake."""
        self._reload_successful.set(0)

    def expect_snapshot(self) -> None:
        """Show the counter of failed snapshots from the start, at 0."""
        self._snapshot_failures = self._snapshot_failures or self._counter(SNAPSHOT_FAILURES)

    def snapshot_saved(self, moment: float) -> None:
        """Show when the snapshot was last saved (epoch seconds)."""
        self._snapshot_saved = self._snapshot_saved or self._gauge(SNAPSHOT_LAST_SUCCESS)
        self._snapshot_saved.set(moment)

    def snapshot_failed(self) -> None:
        """Count a snapshot that could not be saved."""
        self.expect_snapshot()
        if self._snapshot_failures is not None:
            self._snapshot_failures.inc()

    def leave_out_process(self) -> None:
        """Take the ``process_*`` metrics away, for text that is to be merged with that of another process."""
        self.registry.unregister(self._process)

    def expect_collection(self, collector: str, account: str, region: str) -> None:
        """Show the counters of a collection's failures and of its account's double rows from the start, at 0."""
        for reason in FAILURE_REASONS:
            self.failures.labels(collector, account, region, reason)
        self.duplicate_rows.labels(collector, account)

    def expect_metrics(self, metrics: Iterable[Metric]) -> None:
        """Show the counters of oddities of these metrics from the start, at 0."""
        for metric in metrics:
            self.unreadable_values.labels(metric.name)
            if metric.states:
                self.unknown_states.labels(metric.name)

    def expect_product(self, provider: str, account: str, product: str) -> None:
        """Show the call counters of a product from the start, at 0."""
        for counter in (self.retries, self.throttled, self.budget_wait):
            counter.labels(provider, account, product)

    def web_config_read(self, successful: bool) -> None:
        """Show whether the web-config file could be used when it was last read."""
        self._web_config = self._web_config or self._gauge(WEB_CONFIG_RELOAD_SUCCESSFUL)
        self._web_config.set(successful)

    def web_refused(self, status: int) -> None:
        """Count a request that was answered with this HTTP status in place of a page."""
        self._web_refusals.labels(str(status)).inc()

    def token_ends(self, account: str, slot: str, ends_at: float | None) -> None:
        """Show the end (epoch seconds; None where it has none) of a token of an account, as far as it is the first."""
        ends = self._token_ends.setdefault(account, {})
        ends.pop(slot, None)
        if ends_at is not None:
            ends[slot] = ends_at
        if ends:
            self._credentials_expiry.labels(account).set(min(ends.values()))
        else:
            self._credentials_expiry.remove(account)

    def forget_tokens(self, account: str) -> None:
        """Show no end of a token of an account until a new one is known."""
        if self._token_ends.pop(account, None):
            self._credentials_expiry.remove(account)

    def keep_only(self, accounts: Mapping[str, str], collections: Set[tuple[str, str, str]], metrics: Set[str]) -> None:
        """Take away what other accounts (name to provider), collections (as `COLLECTION`) and metrics have left."""
        collectors = {(collector, account) for collector, account, _ in collections}

        def stays(labels: Mapping[str, str]) -> bool:
            account, collector = labels.get("account"), labels.get("collector")
            if account is None:
                return labels["metric"] in metrics
            return (
                account in accounts
                and labels.get("provider") in {None, accounts[account]}
                and (collector is None or (collector, account) in collectors)
                and ("region_id" not in labels or tuple(labels[name] for name in COLLECTION) in collections)
            )

        for metric, family in self._labelled:
            if not {"account", "metric"} & set(metric.labels):
                continue
            for labels in [dict(sample.labels) for each in family.collect() for sample in each.samples]:
                if not stays(labels):
                    family.remove_by_labels(labels)
