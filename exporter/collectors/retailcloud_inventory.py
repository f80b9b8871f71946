"""The clusters, apps and environments of a RetailCloud account, listed once and read by several collectors."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from exporter.clouds.aliyun.retailcloud import RetailCloud
from exporter.clouds.aliyun.retailcloud_models import Cluster, Environment
from exporter.clouds.paging import Listing
from exporter.clouds.values import Raw, text
from exporter.collectors.run import Run
from exporter.metric import Metric

P = TypeVar("P")

CLUSTERS = "retailcloud_clusters"
APPS = "retailcloud_apps"
_OWN_INVENTORY_AGE = 600.0  # seconds, the interval of retailcloud_apps


@dataclass(frozen=True, slots=True)
class ClusterInventory:
    """The clusters of the last list that was read (name by id); ``complete`` when none can be missing."""

    names: Mapping[str, str]
    complete: bool

    @classmethod
    def of(cls, listing: Listing[Cluster]) -> "ClusterInventory":
        """The inventory of a list."""
        return cls({item.instance_id: item.cluster_title for item in listing.items}, listing.complete)


@dataclass(frozen=True, slots=True)
class KnownEnvironment:
    """An environment, and the names that it and its app are shown by."""

    app_id: str
    app_name: str
    env_id: str
    env_name: str


@dataclass(frozen=True, slots=True)
class AppInventory:
    """The apps (name by id) that were listed, and their environments by app id.

    ``complete`` when no app can be missing, ``whole`` once the environments of all were asked for. An app whose
    environments could not be read has those of earlier runs.
    """

    apps: Mapping[str, str] = field(default_factory=dict)
    environments: Mapping[str, tuple[KnownEnvironment, ...]] = field(default_factory=dict)
    complete: bool = False
    whole: bool = False

    @property
    def ready(self) -> Iterable[str]:
        """The apps that can be worked with: all, or those whose environments are known so far."""
        return self.apps if self.whole else self.environments

    def listed(self, apps: Mapping[str, str], *, complete: bool) -> "AppInventory":
        """The inventory after a list of apps: those missing from a complete one are gone."""
        apps = dict(apps) if complete else {**self.apps, **apps}
        environments = {app_id: found for app_id, found in self.environments.items() if app_id in apps}
        return AppInventory(apps, environments, complete)

    def with_environments(self, app_id: str, found: Iterable[KnownEnvironment], *, complete: bool) -> "AppInventory":
        """The inventory after a list of an app's environments."""
        earlier = () if complete else self.environments.get(app_id, ())
        known = {environment.env_id: environment for environment in (*earlier, *found)}
        return replace(self, environments={**self.environments, app_id: tuple(known.values())})

    def of_app(self, app_id: str) -> tuple[KnownEnvironment, ...]:
        """The environments of one app."""
        return self.environments.get(app_id, ())


def known_environments(app_id: str, app_name: str, environments: Iterable[Environment]) -> list[KnownEnvironment]:
    """What is to be remembered of an app's environments."""
    return [KnownEnvironment(app_id, app_name, item.env_id, item.env_name) for item in environments]


def env_type(raw: Raw, name: str = "") -> str:
    """``test``, ``prod`` or ``unknown`` from any of the vendor's four encodings of EnvType.

    EnvTypeName wins where it is there, because the manual's table (1 test, 2 prod) and its example (1 is 正式)
    disagree: 0 and 1 are test and prod elsewhere, and 2 can only mean prod.
    """
    if "正式" in name:
        return "prod"
    if "测试" in name:
        return "test"
    return _ENV_TYPES.get(text(raw).lower(), "unknown")


_ENV_TYPES = {
    "0": "test",
    "test": "test",
    "测试": "test",
    "1": "prod",
    "2": "prod",
    "pro": "prod",
    "prod": "prod",
    "online": "prod",
    "正式": "prod",
}


async def known_clusters(cloud: RetailCloud, run: Run[P], metric: Metric) -> Mapping[str, str]:
    """The names of the clusters by id: what retailcloud_clusters remembers, or else what ListCluster says now."""
    inventory = await run.recall(CLUSTERS, ClusterInventory)
    if inventory is None:
        listing = await cloud.list_clusters()
        inventory = ClusterInventory.of(listing)
        run.listed(listing, inventory.names, metric)
    else:
        run.known(inventory.names, complete=inventory.complete)
    return inventory.names


@dataclass(frozen=True, slots=True)
class OwnInventory:
    """An inventory that a collector read itself, and when (epoch seconds)."""

    inventory: AppInventory
    read_at: float


async def known_apps(
    cloud: RetailCloud, run: Run[P], metric: Metric, own: OwnInventory | None
) -> tuple[AppInventory, OwnInventory | None]:
    """The apps and their environments: what retailcloud_apps remembers.

    Where that collector is off or fails, what the lists say: ``own`` while it is young enough, else they are read
    anew, to be remembered by the caller.
    """
    recalled = await run.recall(APPS, AppInventory)
    if recalled is not None:
        run.known(recalled.apps, complete=recalled.complete)
        return recalled, None
    if own is not None and 0 <= run.now - own.read_at < _OWN_INVENTORY_AGE:
        run.known(own.inventory.apps, complete=own.inventory.complete)
        return own.inventory, own
    listing = await cloud.list_apps()
    apps = {app.app_id: app.title for app in listing.items}
    inventory = AppInventory().listed(apps, complete=listing.complete)
    run.listed(listing, apps, metric)
    for app_id, app_name in apps.items():
        found = await cloud.list_app_environments(app_id)
        known = known_environments(app_id, app_name, found.items)
        inventory = inventory.with_environments(app_id, known, complete=found.complete)
    inventory = replace(inventory, whole=True)
    return inventory, OwnInventory(inventory, run.now)
