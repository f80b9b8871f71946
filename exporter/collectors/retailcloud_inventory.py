"""The clusters, apps and environments of a RetailCloud account, listed once and read by several collectors."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Generic, TypeVar

from exporter.clouds.aliyun.retailcloud import RetailCloud
from exporter.clouds.aliyun.retailcloud_models import Cluster, Environment
from exporter.clouds.errors import CloudError
from exporter.clouds.paging import Listing
from exporter.clouds.values import Raw, text
from exporter.collectors.rows import UNKNOWN, Oddity, Rows, shortened
from exporter.collectors.run import Run
from exporter.metric import Metric

P = TypeVar("P")

CLUSTERS = "retailcloud_clusters"
APPS = "retailcloud_apps"
_OWN_INVENTORY_AGE = 600.0  # seconds, the interval of retailcloud_apps
_SEARCH_AGAIN = 600.0  # seconds until an environment that the inventory lacks is looked for once more


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
    return _ENV_TYPES.get(text(raw).lower(), UNKNOWN)


def shown_env_type(rows: Rows, metric: Metric, raw: Raw, name: str = "") -> str:
    """`env_type`; one that is there and not documented is noted for ``metric``."""
    shown = env_type(raw, name)
    if shown == UNKNOWN and raw not in (None, ""):
        rows.note(Oddity("unknown_state", metric, shortened(raw)))
    return shown


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
    """An inventory that a collector reads itself, and when (epoch seconds): the apps, and each app's environments."""

    inventory: AppInventory
    apps_read_at: float
    read_at: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Stranger:
    """An environment that is met somewhere and that the inventory lacks, and when it was looked for (epoch seconds).

    It is too new for the inventory, or, where no list has it, deleted (None).
    """

    environment: KnownEnvironment | None = None
    sought_at: float = 0


class KnownApps(Generic[P]):
    """The apps and their environments: what retailcloud_apps remembers.

    Where that collector is off or fails, what the lists say, to be remembered by the caller when the run ends. Each
    app's environments are listed when the app's turn comes, so that one that fails does not stop the others.
    """

    def __init__(
        self, cloud: RetailCloud, run: Run[P], metric: Metric, inventory: AppInventory, own: OwnInventory | None = None
    ) -> None:
        """``own`` says how old ``inventory`` is, where that is not another collector's; odd rows go to ``metric``."""
        self._cloud, self._run, self._metric = cloud, run, metric
        self._inventory, self._own = inventory, own
        self._read_at = dict(own.read_at) if own else {}

    @property
    def own(self) -> OwnInventory | None:
        """What the caller is to remember; None where retailcloud_apps does."""
        return self._own and OwnInventory(self._inventory, self._own.apps_read_at, self._read_at)

    @property
    def ids(self) -> Iterable[str]:
        """The apps that can be worked with."""
        return self._inventory.apps if self._own else self._inventory.ready

    def has(self, app_id: str) -> bool:
        """Whether there is such an app."""
        return app_id in self._inventory.apps

    async def environments_of(self, app_id: str) -> tuple[KnownEnvironment, ...]:
        """An app's environments; raises CloudError where no list of them could ever be read."""
        age = self._run.now - self._read_at.get(app_id, 0)
        if self._own and not 0 <= age < _OWN_INVENTORY_AGE:
            try:
                await self._list(app_id)
            except CloudError as error:
                if app_id not in self._inventory.environments:
                    raise
                self._run.fail(app_id, error)
        return self._inventory.of_app(app_id)

    async def _list(self, app_id: str) -> None:
        listing = await self._cloud.list_app_environments(app_id)
        self._run.odd_rows(listing, self._metric)
        found = known_environments(app_id, self._inventory.apps[app_id], listing.items)
        self._inventory = self._inventory.with_environments(app_id, found, complete=listing.complete)
        if listing.error is None:
            self._read_at[app_id] = self._run.now
        else:
            self._run.fail(app_id, listing.error)

    async def search(
        self, app_id: str, env_ids: Collection[str], earlier: Mapping[str, Stranger]
    ) -> Mapping[str, Stranger]:
        """Look for environments that the inventory lacks, once in a while; a failure is noted as the app's."""
        known = {env_id: earlier[env_id] for env_id in env_ids if env_id in earlier}
        if all(env_id in known and self._run.now - known[env_id].sought_at <= _SEARCH_AGAIN for env_id in env_ids):
            return known
        try:
            listing = await self._cloud.list_app_environments(app_id)
        except CloudError as error:
            self._run.fail(app_id, error)
            return known
        if listing.error is not None:
            self._run.fail(app_id, listing.error)
        name = self._inventory.apps[app_id]
        found = {item.env_id: item for item in known_environments(app_id, name, listing.items)}
        for env_id in env_ids:
            if env_id in found or listing.complete:
                known[env_id] = Stranger(found.get(env_id), self._run.now)
            elif listing.error is None:
                known[env_id] = replace(known.get(env_id, Stranger()), sought_at=self._run.now)
        return known


async def known_apps(cloud: RetailCloud, run: Run[P], metric: Metric, own: OwnInventory | None) -> KnownApps[P]:
    """The apps that retailcloud_apps remembers, or else those of ``own`` or of ListApp; raises CloudError."""
    recalled = await run.recall(APPS, AppInventory)
    if recalled is not None:
        run.known(recalled.apps, complete=recalled.complete)
        return KnownApps(cloud, run, metric, recalled)
    if own is not None and 0 <= run.now - own.apps_read_at < _OWN_INVENTORY_AGE:
        run.known(own.inventory.apps, complete=own.inventory.complete)
        return KnownApps(cloud, run, metric, own.inventory, own)
    listing = await cloud.list_apps()
    apps = {app.app_id: app.title for app in listing.items}
    run.listed(listing, apps, metric)
    earlier = own or OwnInventory(AppInventory(), 0)
    inventory = earlier.inventory.listed(apps, complete=listing.complete)
    read_at = {app_id: moment for app_id, moment in earlier.read_at.items() if app_id in inventory.apps}
    apps_read_at = run.now if listing.error is None else 0
    return KnownApps(cloud, run, metric, inventory, OwnInventory(inventory, apps_read_at, read_at))
