"""RetailCloud app instances: how many of an environment are well, and how often they restarted.

Reads ListAppInstance (one call an environment and page of 50) every ten minutes; apps and environments come from what
retailcloud_apps remembers, and what a filter leaves out costs no call. Permissions: retailcloud:ListAppInstance (name
not documented by the vendor).
"""

from collections import Counter
from dataclasses import dataclass

from exporter.clouds.aliyun.retailcloud import LIST_APP, LIST_APP_ENVIRONMENT, LIST_APP_INSTANCE, RetailCloud
from exporter.clouds.aliyun.retailcloud_models import AppInstance
from exporter.clouds.errors import BadResponseError
from exporter.clouds.values import count
from exporter.collectors.collector import Collector
from exporter.collectors.retailcloud_inventory import ENVIRONMENT, KnownEnvironment
from exporter.collectors.retailcloud_known_apps import OwnInventory, ask_environments
from exporter.collectors.rows import UNKNOWN, Rows
from exporter.collectors.run import Place, Run
from exporter.metric import Metric

HEALTHS = ("running", "abnormal")

INSTANCES = Metric(
    "aliyun_retailcloud_environment_instances",
    "Instances of an environment, by health. ListAppInstance Health.",
    (*ENVIRONMENT, "health"),
    states=(*HEALTHS, UNKNOWN),
)
RESTARTS = Metric(
    "aliyun_retailcloud_environment_instance_restarts",
    "Restarts of the instances that are there now, summed: it falls when one is replaced. "
    "ListAppInstance RestartCount.",
    ENVIRONMENT,
)
MAX_RESTARTS = Metric(
    "aliyun_retailcloud_environment_instance_max_restarts",
    "Restarts of the instance that restarted most, 0 where there is no instance. ListAppInstance RestartCount.",
    ENVIRONMENT,
)


@dataclass(frozen=True, slots=True)
class EnvironmentInstances:
    """All instances of an environment."""

    environment: KnownEnvironment
    instances: tuple[AppInstance, ...]


async def fetch(cloud: RetailCloud, run: Run[EnvironmentInstances]) -> None:
    """Ask every known environment for its instances."""

    async def ask(environment: KnownEnvironment) -> None:
        listing = await cloud.list_app_instances(environment.app_id, environment.env_id)
        run.odd_rows(listing, INSTANCES)
        if listing.error is not None:
            raise listing.error
        if not listing.complete:
            # Counts of a part would be too small: what was counted before is nearer to the truth.
            raise BadResponseError(
                f"{LIST_APP_INSTANCE.name}: the list is not complete", operation=LIST_APP_INSTANCE.name
            )
        run.keep(environment.id, EnvironmentInstances(environment, listing.items))

    await ask_environments(cloud, run, INSTANCES, ask)


def samples(payload: EnvironmentInstances, place: Place) -> Rows:
    """The rows of one environment; a restart count that is not known leaves sum and maximum unknown."""
    rows = payload.environment.under(Rows(account=place.account))
    states = {health: health for health in HEALTHS}
    healths = Counter(rows.word(INSTANCES, instance.health, states) for instance in payload.instances)
    for health in INSTANCES.states:
        rows.value(INSTANCES, healths[health], health=health)
    read = [rows.reading(RESTARTS, count, instance.restart_count) for instance in payload.instances]
    restarts = [each for each in read if each is not None]
    if len(restarts) == len(read):
        rows.value(RESTARTS, sum(restarts))
        rows.value(MAX_RESTARTS, max(restarts, default=0))
    return rows


COLLECTOR = Collector(
    name="retailcloud_instances",
    product=RetailCloud,
    scope="global",
    operations=(LIST_APP_INSTANCE, LIST_APP, LIST_APP_ENVIRONMENT),
    metrics=(INSTANCES, RESTARTS, MAX_RESTARTS),
    interval=600,
    timeout=540,  # their calls are many, and give way to those of the deploys
    fetch=fetch,
    samples=samples,
    memory=OwnInventory,
)
