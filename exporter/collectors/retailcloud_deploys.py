"""RetailCloud deploys: how each environment's latest deploy goes, and since when it is failing.

Reads ListDeployOrders once an app every minute (it needs an AppId, so that is the floor), DescribeDeployOrderDetail
for a latest order open longer than the window, and more only when an environment is met for the first time: see
retailcloud_order_history.py. Apps and environments come from what retailcloud_apps remembers; ListAppEnvironment is
asked about an environment that is not in there yet.
Permissions: retailcloud:ListDeployOrders, retailcloud:DescribeDeployOrderDetail (names not documented by the vendor).
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

from exporter.clouds.aliyun.retailcloud import (
    DESCRIBE_DEPLOY_ORDER_DETAIL,
    LIST_APP_ENVIRONMENT,
    LIST_DEPLOY_ORDERS,
    RetailCloud,
)
from exporter.clouds.values import Raw, count, failure_ratio, instant
from exporter.collectors.collector import Collector
from exporter.collectors.retailcloud_inventory import (
    KnownEnvironment,
    OwnInventory,
    Stranger,
    known_apps,
)
from exporter.collectors.retailcloud_order_history import OrderHistory, Reading, Remembered
from exporter.collectors.retailcloud_orders import RESULTS, STATUSES, Order, Standing
from exporter.collectors.rows import UNKNOWN, Oddity, Rows, shortened
from exporter.collectors.run import Place, Run
from exporter.metric import Metric

KEY = ("account", "app_id", "app_name", "env_id", "env_name")

LATEST_INFO = Metric(
    "aliyun_retailcloud_deploy_latest_info",
    "The latest deploy order (the highest number) of an environment; always 1. ListDeployOrders.",
    (*KEY, "order_id", "order_name", "deploy_type", "pause_type"),
)
LATEST_STATUS = Metric(
    "aliyun_retailcloud_deploy_latest_status",
    "Status of the latest order: exactly one is 1. A bad order stays deploying or paused until somebody closes it. "
    "ListDeployOrders Status.",
    (*KEY, "status"),
    states=(*STATUSES.values(), UNKNOWN),
)
LATEST_RESULT = Metric(
    "aliyun_retailcloud_deploy_latest_result",
    "Result of the latest order: exactly one is 1; closed is what a person ended by hand. ListDeployOrders Result.",
    (*KEY, "result"),
    states=(*RESULTS.values(), UNKNOWN),
)
LATEST_FAILURE_RATIO = Metric(
    "aliyun_retailcloud_deploy_latest_failure_ratio",
    "Failed share of the latest order's instances, 0 to 1, also while it is open. ListDeployOrders FailureRate, whose "
    "unit is not documented: a percent sign or a number above 1 is read as percent, 1 as all.",
    KEY,
)
LATEST_START = Metric(
    "aliyun_retailcloud_deploy_latest_start_timestamp_seconds",
    "When the latest order started, epoch seconds. ListDeployOrders StartTime.",
    KEY,
)
LATEST_END = Metric(
    "aliyun_retailcloud_deploy_latest_end_timestamp_seconds",
    "When the latest order ended, epoch seconds; absent while it is open. ListDeployOrders EndTime.",
    KEY,
)
LATEST_DURATION = Metric(
    "aliyun_retailcloud_deploy_latest_duration_seconds",
    "How long the latest order took so far, in seconds. ListDeployOrders ElapsedTime.",
    KEY,
)
LATEST_INSTANCES = Metric(
    "aliyun_retailcloud_deploy_latest_instances",
    "Instances that the latest order deploys. ListDeployOrders TotalAppInstanceCt.",
    KEY,
)
LATEST_FINISHED_INSTANCES = Metric(
    "aliyun_retailcloud_deploy_latest_finished_instances",
    "Instances that the latest order is done with. ListDeployOrders FinishAppInstanceCt.",
    KEY,
)
LATEST_PARTITIONS = Metric(
    "aliyun_retailcloud_deploy_latest_partitions",
    "Batches of the latest order. ListDeployOrders TotalPartitions.",
    KEY,
)
LATEST_CURRENT_PARTITION = Metric(
    "aliyun_retailcloud_deploy_latest_current_partition",
    "The batch that the latest order is at. ListDeployOrders CurrentPartitionNum.",
    KEY,
)
LAST_FINISHED_RESULT = Metric(
    "aliyun_retailcloud_deploy_last_finished_result",
    "Result of the last finished order, whatever is open now: exactly one is 1. ListDeployOrders Result.",
    (*KEY, "result"),
    states=("success", "failed", "closed", UNKNOWN),
)
FAILING_SINCE = Metric(
    "aliyun_retailcloud_deploy_failing_since_timestamp_seconds",
    "When the first failed or closed order after the last success ended, epoch seconds; absent where none did, also "
    "while an open order is failing: see deploy_latest_failure_ratio. ListDeployOrders EndTime.",
    KEY,
)
LAST_SUCCESS = Metric(
    "aliyun_retailcloud_deploy_last_success_timestamp_seconds",
    "When the newest successful order ended, epoch seconds. ListDeployOrders EndTime, or StartTime where it has none.",
    KEY,
)
LAST_FAILURE = Metric(
    "aliyun_retailcloud_deploy_last_failure_timestamp_seconds",
    "When the newest failed or closed order ended, epoch seconds. ListDeployOrders EndTime, or StartTime where it has "
    "none.",
    KEY,
)
ORDERS = Metric(
    "aliyun_retailcloud_deploy_orders",
    "Deploy orders started within the window, by result. ListDeployOrders.",
    (*KEY, "result"),
    states=(*RESULTS.values(), UNKNOWN),
)


@dataclass(frozen=True, slots=True)
class EnvironmentDeploys:
    """The deploy orders of one environment: its standing, and how many started within the window, by result.

    ``recent`` is None where that cannot be told; the rest is what could not be read of its orders.
    """

    environment: KnownEnvironment
    standing: Standing
    recent: Mapping[str, int] | None
    odd_numbers: tuple[str, ...] = ()
    odd_starts: tuple[Raw, ...] = ()


@dataclass(frozen=True, slots=True)
class AppMemory:
    """What the next run starts from for one app, by environment."""

    orders: Mapping[str, Remembered] = field(default_factory=dict)
    strangers: Mapping[str, Stranger] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DeployMemory:
    """What the next run starts from, by app."""

    apps: Mapping[str, AppMemory] = field(default_factory=dict)
    own_inventory: OwnInventory | None = None


async def fetch(cloud: RetailCloud, run: Run[EnvironmentDeploys]) -> None:
    """Poll the orders of every known app."""
    earlier = run.memory if isinstance(run.memory, DeployMemory) else DeployMemory()
    apps = await known_apps(cloud, run, LATEST_INFO, earlier.own_inventory)
    memories = {app_id: memory for app_id, memory in earlier.apps.items() if apps.has(app_id)}

    async def ask(app_id: str) -> None:
        memory = memories.get(app_id, AppMemory())
        known = {environment.env_id: environment for environment in await apps.environments_of(app_id)}
        history = OrderHistory(cloud, app_id, run, LATEST_INFO)
        met = await history.poll()
        strangers = await apps.search(app_id, [env_id for env_id in met if env_id not in known], memory.strangers)
        known |= {env_id: found.environment for env_id, found in strangers.items() if found.environment}
        orders = {env_id: remembered for env_id, remembered in memory.orders.items() if env_id in known}
        memories[app_id] = AppMemory(orders, strangers)

        def keep(env_id: str, reading: Reading) -> None:
            orders[env_id] = reading.memory
            _keep(run, known[env_id], reading)

        await history.follow(known, memory.orders, keep)

    try:
        await run.each(apps.ids, ask)
    finally:  # a run that is stopped by its timeout remembers what it has
        run.remember(DeployMemory(memories, apps.own))


def _keep(run: Run[EnvironmentDeploys], environment: KnownEnvironment, reading: Reading) -> None:
    standing, recent = reading.memory.standing, reading.recent
    counts = None if recent is None else Counter(order.result for order in recent)
    urgent = standing.failing or standing.open is not None
    run.keep(
        environment.app_id,
        EnvironmentDeploys(environment, standing, counts, reading.odd_numbers, reading.odd_starts),
        unit=environment.env_id,
        urgent=urgent,
    )


def samples(payload: EnvironmentDeploys, place: Place) -> Rows:
    """The rows of one environment."""
    environment, standing = payload.environment, payload.standing
    rows = Rows(
        account=place.account,
        app_id=environment.app_id,
        app_name=environment.app_name,
        env_id=environment.env_id,
        env_name=environment.env_name,
    )
    if standing.latest is not None:
        _latest(rows, standing.latest, place)
    if standing.last_finished is not None:
        rows.states(LAST_FINISHED_RESULT, standing.last_finished.result)
    for metric, order in (
        (FAILING_SINCE, standing.first_failure),
        (LAST_SUCCESS, standing.last_success),
        (LAST_FAILURE, standing.last_failure),
    ):
        rows.value(metric, order.ended if order is not None else None)
    if payload.recent is not None:
        for result in ORDERS.states:
            rows.value(ORDERS, payload.recent.get(result, 0), result=result)
    for number in payload.odd_numbers:
        rows.note(Oddity("unreadable", LATEST_INFO, shortened(number)))
    for start in payload.odd_starts:
        rows.note(Oddity("unreadable", ORDERS, shortened(start)))
    return rows


def _latest(rows: Rows, order: Order, place: Place) -> None:
    wire = order.wire
    rows.info(
        LATEST_INFO,
        order_id=wire.deploy_order_id,
        order_name=wire.name,
        deploy_type=wire.deploy_type,
        pause_type=wire.deploy_pause_type,
    )
    rows.state(LATEST_STATUS, wire.status, STATUSES)
    rows.state(LATEST_RESULT, wire.result, RESULTS)
    rows.read(LATEST_FAILURE_RATIO, failure_ratio, wire.failure_rate)
    rows.read(LATEST_START, partial(instant, zone=place.zone), wire.start_time)
    rows.read(LATEST_END, partial(instant, zone=place.zone), wire.end_time)
    rows.read(LATEST_DURATION, count, wire.elapsed_time)
    rows.read(LATEST_INSTANCES, count, wire.total_app_instance_ct)
    rows.read(LATEST_FINISHED_INSTANCES, count, wire.finish_app_instance_ct)
    rows.read(LATEST_PARTITIONS, count, wire.total_partitions)
    rows.read(LATEST_CURRENT_PARTITION, count, wire.current_partition_num)


COLLECTOR = Collector(
    name="retailcloud_deploys",
    product=RetailCloud,
    scope="global",
    operations=(LIST_DEPLOY_ORDERS, DESCRIBE_DEPLOY_ORDER_DETAIL, LIST_APP_ENVIRONMENT),
    metrics=(
        LATEST_INFO,
        LATEST_STATUS,
        LATEST_RESULT,
        LATEST_FAILURE_RATIO,
        LATEST_START,
        LATEST_END,
        LATEST_DURATION,
        LATEST_INSTANCES,
        LATEST_FINISHED_INSTANCES,
        LATEST_PARTITIONS,
        LATEST_CURRENT_PARTITION,
        LAST_FINISHED_RESULT,
        FAILING_SINCE,
        LAST_SUCCESS,
        LAST_FAILURE,
        ORDERS,
    ),
    interval=60,
    timeout=50,
    fetch=fetch,
    samples=samples,
    window=86_400,
    history=30 * 86_400,
)
