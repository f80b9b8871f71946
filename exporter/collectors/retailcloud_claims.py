"""RetailCloud persistent volume claims: phase, capacity, and the volume that each is bound to.

Reads ListPersistentVolumeClaim (one call an environment and page of 50) every half an hour; apps and environments come
from what retailcloud_apps remembers, and what a filter leaves out costs no call. Permissions:
retailcloud:ListPersistentVolumeClaim (name not documented by the vendor).
"""

from dataclasses import dataclass

from exporter.clouds.aliyun.retailcloud import (
    LIST_APP,
    LIST_APP_ENVIRONMENT,
    LIST_PERSISTENT_VOLUME_CLAIM,
    RetailCloud,
)
from exporter.clouds.aliyun.retailcloud_models import Claim
from exporter.clouds.values import quantity
from exporter.collectors.collector import Collector
from exporter.collectors.retailcloud_inventory import KnownEnvironment
from exporter.collectors.retailcloud_known_apps import OwnInventory, ask_environments
from exporter.collectors.rows import UNKNOWN, Rows
from exporter.collectors.run import Place, Run
from exporter.metric import Metric

KEY = ("account", "app_id", "env_id", "persistentvolumeclaim")
# The manual shows only "Bound" and lists no phases: these are Kubernetes' own.
PHASES = ("pending", "bound", "lost")

INFO = Metric(
    "aliyun_retailcloud_persistentvolumeclaim_info",
    "A persistent volume claim of an environment; always 1. ListPersistentVolumeClaim.",
    (*KEY, "app_name", "env_name", "volume", "storage_class"),
)
PHASE = Metric(
    "aliyun_retailcloud_persistentvolumeclaim_status_phase",
    "The claim's phase: exactly one is 1. ListPersistentVolumeClaim Status.",
    (*KEY, "phase"),
    states=(*PHASES, UNKNOWN),
)
CAPACITY = Metric(
    "aliyun_retailcloud_persistentvolumeclaim_capacity_bytes",
    "Capacity, in bytes; absent before a volume is bound. ListPersistentVolumeClaim Capacity (a Kubernetes quantity).",
    KEY,
)


@dataclass(frozen=True, slots=True)
class EnvironmentClaim:
    """A claim and the environment it is in."""

    environment: KnownEnvironment
    claim: Claim


async def fetch(cloud: RetailCloud, run: Run[EnvironmentClaim]) -> None:
    """Ask every known environment for its claims."""

    async def ask(environment: KnownEnvironment) -> None:
        listing = await cloud.list_persistent_volume_claims(environment.app_id, environment.env_id)
        run.listed_of(environment.id, listing, INFO)
        for claim in listing.items:
            run.keep(environment.id, EnvironmentClaim(environment, claim), unit=claim.name)

    await ask_environments(cloud, run, INFO, ask)


def samples(payload: EnvironmentClaim, place: Place) -> Rows:
    """The rows of one claim."""
    environment, claim = payload.environment, payload.claim
    rows = Rows(
        account=place.account,
        app_id=environment.app_id,
        env_id=environment.env_id,
        persistentvolumeclaim=claim.name,
    )
    rows.info(
        INFO,
        app_name=environment.app_name,
        env_name=environment.env_name,
        volume=claim.volume_name,
        storage_class=claim.storage_class,
    )
    rows.state(PHASE, claim.status, {phase: phase for phase in PHASES})
    rows.read(CAPACITY, quantity, claim.capacity)
    return rows


COLLECTOR = Collector(
    name="retailcloud_claims",
    product=RetailCloud,
    scope="global",
    operations=(LIST_PERSISTENT_VOLUME_CLAIM, LIST_APP, LIST_APP_ENVIRONMENT),
    metrics=(INFO, PHASE, CAPACITY),
    interval=1800,
    timeout=1500,  # their calls are many, and give way to those of the deploys
    fetch=fetch,
    samples=samples,
    memory=OwnInventory,
)
