"""The apps of a RetailCloud account: recalled from the collector that lists them, listed here where it does not."""

import math
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Generic, TypeVar

from exporter.clouds.aliyun.retailcloud import RetailCloud
from exporter.clouds.errors import CloudError
from exporter.collectors.retailcloud_inventory import APPS, AppInventory, KnownEnvironment, known_environments
from exporter.collectors.run import Run
from exporter.metric import Metric

P = TypeVar("P")

_OWN_INVENTORY_AGE = 600.0  # seconds, the interval of retailcloud_apps
_SEARCH_AGAIN = 600.0  # seconds until an environment that the inventory lacks is looked for once more


@dataclass(frozen=True, slots=True)
class OwnInventory:
    """An inventory that a collector reads itself, and when (epoch seconds): the apps, and each app's environments."""

    inventory: AppInventory
    apps_read_at: float
    read_at: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Stranger:
    """An environment that is met somewhere and that the inventory lacks, and when it was looked for (epoch seconds).

    It is too new for the inventory, or, where no list has it, deleted (None). It is None too where it is not watched.
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
        self._filters = run.place.filters
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

    def leaves_out(self, app_id: str) -> bool:
        """Whether an app has environments of which none is watched."""
        return self._inventory.leaves_out(app_id)

    async def environments_of(self, app_id: str) -> tuple[KnownEnvironment, ...]:
        """An app's watched environments; raises CloudError where no list of them could ever be read."""
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
        found = known_environments(app_id, self._inventory.apps[app_id], listing.items, self._filters)
        self._inventory = self._inventory.with_environments(app_id, found, complete=listing.complete)
        if listing.error is None:
            self._read_at[app_id] = self._run.now
        else:
            self._run.fail(app_id, listing.error)

    async def each_environment(self, ask: Callable[[KnownEnvironment], Awaitable[None]]) -> None:
        """Ask for every environment, app by app; one that fails does not stop the others.

        Each is an owner of its own: to be called where `known_apps` was told so.
        """

        async def ask_app(app_id: str) -> None:
            for environment in await self.environments_of(app_id):
                try:
                    await ask(environment)
                except CloudError as error:
                    self._run.fail(environment.id, error)

        try:
            await self._each(ask_app)
        finally:  # what the lists of this run lack is gone as well
            _note_owners(self._run, self._inventory, by_environment=True)

    async def _each(self, ask: Callable[[str], Awaitable[None]]) -> None:
        """Ask for every app, also for those that come up in a first inventory while others are asked for."""
        asked: set[str] = set()
        while new := [app_id for app_id in self.ids if app_id not in asked]:
            await self._run.each(new, ask)
            asked.update(new)
            if self._own is None and not self._inventory.whole:
                self._inventory = await self._run.recall(APPS, AppInventory) or self._inventory

    async def search(
        self, app_id: str, env_ids: Collection[str], earlier: Mapping[str, Stranger]
    ) -> Mapping[str, Stranger]:
        """Look for environments that the inventory lacks, once in a while; a failure is noted as the app's."""
        env_ids = [env_id for env_id in env_ids if not self._inventory.has(app_id, env_id)]
        known = {env_id: earlier[env_id] for env_id in env_ids if env_id in earlier}
        ages = [self._run.now - known[env_id].sought_at if env_id in known else math.inf for env_id in env_ids]
        if all(0 <= age <= _SEARCH_AGAIN for age in ages):  # a clock that was ahead must not put a search off
            return known
        try:
            listing = await self._cloud.list_app_environments(app_id)
        except CloudError as error:
            self._run.fail(app_id, error)
            return known
        if listing.error is not None:
            self._run.fail(app_id, listing.error)
        name = self._inventory.apps[app_id]
        listed = known_environments(app_id, name, listing.items, self._filters)
        found = {environment.env_id: environment for environment in listed if environment.watched}
        for env_id in env_ids:
            if env_id in found or listing.complete:
                known[env_id] = Stranger(found.get(env_id), self._run.now)
            elif listing.error is None:
                known[env_id] = replace(known.get(env_id, Stranger()), sought_at=self._run.now)
        return known


async def known_apps(
    cloud: RetailCloud, run: Run[P], metric: Metric, own: OwnInventory | None, *, by_environment: bool = False
) -> KnownApps[P]:
    """The apps that retailcloud_apps remembers, or else those of ``own`` or of ListApp; raises CloudError.

    The run's owners are apps, or where it says so environments (by `KnownEnvironment.id`).
    """
    recalled = await run.recall(APPS, AppInventory)
    if recalled is not None:
        _note_owners(run, recalled, by_environment=by_environment)
        return KnownApps(cloud, run, metric, recalled)
    if own is not None and 0 <= run.now - own.apps_read_at < _OWN_INVENTORY_AGE:
        _note_owners(run, own.inventory, by_environment=by_environment)
        return KnownApps(cloud, run, metric, own.inventory, own)
    listing = await cloud.list_apps()
    watched = run.place.filters.app
    apps = {app.app_id: app.title for app in listing.items if watched(app.title)}
    earlier = own or OwnInventory(AppInventory(), 0)
    inventory = earlier.inventory.listed(apps, complete=listing.complete)
    owners, complete = inventory.owners(by_environment=by_environment)
    run.listed(replace(listing, complete=complete), owners, metric)
    read_at = {app_id: moment for app_id, moment in earlier.read_at.items() if app_id in inventory.apps}
    apps_read_at = run.now if listing.error is None else 0
    return KnownApps(cloud, run, metric, inventory, OwnInventory(inventory, apps_read_at, read_at))


async def ask_environments(
    cloud: RetailCloud, run: Run[P], metric: Metric, ask: Callable[[KnownEnvironment], Awaitable[None]]
) -> None:
    """Ask for every known environment, each an owner of its own; what had to be listed for it is remembered."""
    earlier = run.memory if isinstance(run.memory, OwnInventory) else None
    apps = await known_apps(cloud, run, metric, earlier, by_environment=True)
    try:
        await apps.each_environment(ask)
    finally:
        run.remember(apps.own)


def _note_owners(run: Run[P], inventory: AppInventory, *, by_environment: bool) -> None:
    owners, complete = inventory.owners(by_environment=by_environment)
    run.known(owners, complete=complete)
