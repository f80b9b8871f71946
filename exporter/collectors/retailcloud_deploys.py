"""RetailCloud deploys: how each environment's latest deploy goes, and since when it is failing.

Reads ListDeployOrders once an app every minute (it needs an AppId, so that is the floor), DescribeDeployOrderDetail for
a latest order that is open longer than the window or that lists lack, and more only when an environment is met for the
first time: see retailcloud_order_history.py. ListPods comes after the orders of all apps, for what is open or failed,
and is optional: see retailcloud_deploy_pods.py. Apps and environments come from what retailcloud_apps remembers, where
it is off from ListApp and ListAppEnvironment, which is also asked about an environment that is not in there yet. An app
of which filters leave nothing costs no call.
Permissions: retailcloud:ListDeployOrders, retailcloud:DescribeDeployOrderDetail, retailcloud:ListPods (names not
documented by the vendor).
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from exporter.clouds.aliyun.retailcloud import (
    DESCRIBE_DEPLOY_ORDER_DETAIL,
    LIST_APP,
    LIST_APP_ENVIRONMENT,
    LIST_DEPLOY_ORDERS,
    LIST_PODS,
    RetailCloud,
)
from exporter.clouds.values import Raw
from exporter.collectors import retailcloud_latest_order
from exporter.collectors.collector import Collector
from exporter.collectors.retailcloud_deploy_pods import LATEST_FAILED_PODS, FailedPods, OrderPods, PodWatch, pod_rows
from exporter.collectors.retailcloud_inventory import ENVIRONMENT, KnownEnvironment
from exporter.collectors.retailcloud_known_apps import OwnInventory, Stranger, known_apps
from exporter.collectors.retailcloud_latest_order import LATEST_INFO
from exporter.collectors.retailcloud_order_history import OrderHistory, Reading, Remembered
from exporter.collectors.retailcloud_orders import RESULTS, Standing
from exporter.collectors.rows import UNKNOWN, Oddity, Rows, shortened
from exporter.collectors.run import Place, Run
from exporter.metric import Metric

ENVIRONMENT_INFO = Metric(
    "aliyun_retailcloud_deploy_environment_info",
    "An environment whose deploys are read, with the type of environment_info; always 1. There as long as the other "
    "rows of its deploys are, also while retailcloud_apps has not listed it yet. ListDeployOrders EnvId.",
    (*ENVIRONMENT, "env_type"),
)
LAST_FINISHED_RESULT = Metric(
    "aliyun_retailcloud_deploy_last_finished_result",
    "Result of the last finished order, whatever is open now: exactly one is 1. ListDeployOrders Result.",
    (*ENVIRONMENT, "result"),
    states=("success", "failed", "closed", UNKNOWN),
)
FAILING_SINCE = Metric(
    "aliyun_retailcloud_deploy_failing_since_timestamp_seconds",
    "When the first failed or closed order after the last success ended, epoch seconds; absent where none did, also "
    "while an open order is failing: see deploy_latest_failure_ratio. ListDeployOrders EndTime.",
    ENVIRONMENT,
)
LAST_SUCCESS = Metric(
    "aliyun_retailcloud_deploy_last_success_timestamp_seconds",
    "When the newest successful order ended, epoch seconds. ListDeployOrders EndTime, or StartTime where it has none.",
    ENVIRONMENT,
)
LAST_FAILURE = Metric(
    "aliyun_retailcloud_deploy_last_failure_timestamp_seconds",
    "When the newest failed or closed order ended, epoch seconds. ListDeployOrders EndTime, or StartTime where it has "
    "none.",
    ENVIRONMENT,
)
ORDERS = Metric(
    "aliyun_retailcloud_deploy_orders",
    "Deploy orders started within the window, by result. ListDeployOrders.",
    (*ENVIRONMENT, "result"),
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
    pods: Mapping[str, OrderPods] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DeployMemory:
    """What the next run starts from, by app; the pods of ``owed`` apps were to be asked for and had no time left."""

    apps: Mapping[str, AppMemory] = field(default_factory=dict)
    own_inventory: OwnInventory | None = None
    owed: frozenset[str] = frozenset()


Payload = EnvironmentDeploys | FailedPods


async def fetch(cloud: RetailCloud, run: Run[Payload]) -> None:
    """Poll the orders of every known app, then the pods of those that are open or failed."""
    earlier = run.memory if isinstance(run.memory, DeployMemory) else DeployMemory()
    apps = await known_apps(cloud, run, LATEST_INFO, earlier.own_inventory)
    memories = {app_id: memory for app_id, memory in earlier.apps.items() if apps.has(app_id)}
    watch = PodWatch(cloud, run, earlier.owed & memories.keys())

    async def ask(app_id: str) -> None:
        memory = memories.get(app_id, AppMemory())
        known = {environment.env_id: environment for environment in await apps.environments_of(app_id)}
        if apps.leaves_out(app_id):
            return
        history = OrderHistory(cloud, app_id, run, LATEST_INFO)
        met = await history.poll()
        strangers = await apps.search(app_id, [env_id for env_id in met if env_id not in known], memory.strangers)
        known |= {env_id: found.environment for env_id, found in strangers.items() if found.environment}
        orders = {env_id: remembered for env_id, remembered in memory.orders.items() if env_id in known}
        pods = {env_id: remembered for env_id, remembered in memory.pods.items() if env_id in known}
        memories[app_id] = AppMemory(orders, strangers, pods)

        def keep(env_id: str, reading: Reading) -> None:
            orders[env_id] = reading.memory
            _keep(run, known[env_id], reading)
            watch.see(known[env_id], reading.memory.standing.latest, pods)

        await history.follow(known, memory.orders, keep, orders.__setitem__)
        await watch.pay_back(app_id)

    try:
        await run.each(apps.ids, ask)
        await run.optionally(run.each(watch.wanted, watch.ask))
    finally:  # a run that is stopped by its timeout remembers what it has
        run.remember(DeployMemory(memories, apps.own, watch.end()))


def _keep(run: Run[Payload], environment: KnownEnvironment, reading: Reading) -> None:
    standing, recent = reading.memory.standing, reading.recent
    counts = None if recent is None else Counter(order.result for order in recent)
    urgent = standing.failing or standing.open is not None
    run.keep(
        environment.app_id,
        EnvironmentDeploys(environment, standing, counts, reading.odd_numbers, reading.odd_starts),
        unit=environment.env_id,
        urgent=urgent,
    )


def samples(payload: Payload, place: Place) -> Rows:
    """The rows of one environment, or of the failed pods of its latest order."""
    rows = payload.environment.under(Rows(account=place.account))
    if isinstance(payload, FailedPods):
        pod_rows(rows, payload)
    else:
        _deploys(rows, payload, place)
    return rows


def _deploys(rows: Rows, payload: EnvironmentDeploys, place: Place) -> None:
    rows.info(ENVIRONMENT_INFO, env_type=payload.environment.env_type)
    standing = payload.standing
    if standing.latest is not None:
        retailcloud_latest_order.latest_order_rows(rows, standing.latest, place)
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


COLLECTOR = Collector(
    name="retailcloud_deploys",
    product=RetailCloud,
    scope="global",
    operations=(LIST_DEPLOY_ORDERS, DESCRIBE_DEPLOY_ORDER_DETAIL, LIST_PODS, LIST_APP, LIST_APP_ENVIRONMENT),
    optional=(LIST_PODS,),
    metrics=(
        ENVIRONMENT_INFO,
        *retailcloud_latest_order.METRICS,
        LATEST_FAILED_PODS,
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
    memory=DeployMemory,
    window=86_400,
    history=30 * 86_400,
    weight=8,  # a failing deploy must not wait behind the long lists of others where the budget is short
)
