"""Puts the exporter together from its settings, and changes it while it runs where they change."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import TypeVar

from starlette.types import ASGIApp

from exporter.assembly import Assembly, Workshop
from exporter.catalog import PAGE_ORDER
from exporter.clouds.http import Outlet
from exporter.clouds.tally import Tally
from exporter.collection import Collection
from exporter.collectors import COLLECTORS
from exporter.doctor import Patient
from exporter.doorway import Doorway
from exporter.mixin import runbook_pages
from exporter.network import Network, NewWay
from exporter.schedule import Schedule
from exporter.self_metrics import SelfMetrics
from exporter.settings.masking import render_masked
from exporter.settings.model import CollectorDefaults, Settings
from exporter.settings.secret_files import unusable_files
from exporter.snapshot import Snapshot
from exporter.store import Status, Store
from exporter.surroundings import Surroundings
from exporter.web import Reloaded, Runbook, Sources, create_web

_CALLED_OFF_WITHIN = 5.0  # seconds; a run ends as soon as it is called off, unless a worker thread keeps it

VERSION = version("cloud-cluster-exporter")

T = TypeVar("T")


def collector_defaults() -> dict[str, CollectorDefaults]:
    """What every collector says of itself, for the settings."""
    return {
        each.name: CollectorDefaults(
            interval=each.interval,
            timeout=each.timeout,
            enabled=each.enabled,
            window=each.window,
            history=each.history,
            max_series=each.max_series,
            provider=each.product.provider,
            scope=each.scope,
            needs_instances=each.needs_instances,
        )
        for each in COLLECTORS
    }


@dataclass(frozen=True, slots=True)
class Change:
    """Settings that are to be put in force, and what was made for them ahead."""

    settings: Settings
    way: NewWay


@dataclass(frozen=True, slots=True)
class Changed:
    """What a change came to: accounts by name, how many collections are new, gone, or made anew, and the way out."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    collections_added: int = 0
    collections_changed: int = 0
    collections_removed: int = 0
    way_out: str = ""


class Exporter:
    """A whole exporter, not yet running: collections, store, schedule and web application."""

    def __init__(
        self, settings: Settings, surroundings: Surroundings, *, only: Iterable[str] = (), patient: bool = False
    ) -> None:
        """``only`` narrows it to the collectors of these names; a ``patient`` one takes the time a whole run needs."""
        clock = surroundings.clock
        self.settings = settings
        self.clock = clock
        self.metrics = SelfMetrics(VERSION, clock.now())
        self.store = Store(PAGE_ORDER, clock.monotonic)
        self._network = Network(settings.http, surroundings.transport, f"cloud-cluster-exporter/{VERSION}")
        self._outlet = Outlet(
            self._network.client,
            self.metrics,
            clock.monotonic,
            surroundings.sleep,
            surroundings.chance,
            settings.http.timeout,
        )
        # Their own: files may hang, and neither pages nor look-ups of host names may wait for them.
        self._file_readers = ThreadPoolExecutor(2, thread_name_prefix="files")
        self._workshop = Workshop(self.store, self.metrics, surroundings, frozenset(only), patient)
        self._assemblies = self._assembled(settings, self._outlet)
        self._collections: list[Collection] = []  # one list for the web application as well, changed in place
        self._settle(self._assemblies)
        self.schedule = Schedule(self._collections, clock)
        self.doorway = Doorway(settings.web, self.metrics, clock.awake)
        self.snapshot = (
            Snapshot(
                settings.snapshot_path, lambda: self.collections, version=VERSION, metrics=self.metrics, clock=clock
            )
            if settings.snapshot_path is not None and not patient
            else None
        )

    @property
    def collections(self) -> Sequence[Collection]:
        """All collections, in the order of the accounts."""
        return tuple(self._collections)

    @property
    def tallies(self) -> Mapping[str, Tally]:
        """The counts of the accounts' calls, by name."""
        return {name: assembly.tally for name, assembly in self._assemblies.items()}

    @property
    def patients(self) -> Sequence[Patient]:
        """The accounts as the doctor examines them."""
        return tuple(assembly.patient() for assembly in self._assemblies.values())

    def web(self, reload: Callable[[], Awaitable[Reloaded]] | None = None) -> ASGIApp:
        """The pages for those who may read them; ``reload`` is what a request for one does."""
        pages = create_web(
            Sources(
                self.store,
                self.metrics.registry,
                self._collections,
                self.schedule.problems,
                VERSION,
                {name: Runbook(page.title, page.body) for name, page in runbook_pages().items()},
                settings=lambda: self.read_files(lambda: render_masked(self.settings)),
                reload=reload,
                actions_enabled=self.settings.web.enable_actions,
            )
        )
        return self.doorway.guarding(pages)

    async def collect_once(self, some: Sequence[Collection] | None = None) -> list[tuple[Collection, Status]]:
        """Run every collection once, or ``some`` of them, all at the same time; how each ended."""
        wanted = self.collections if some is None else some
        statuses = await asyncio.gather(*(collection.run() for collection in wanted))
        return list(zip(wanted, statuses, strict=True))

    async def read_files(self, work: Callable[[], T]) -> T:
        """Do what looks at files, and so may take any time, in a thread of its own."""
        return await asyncio.get_running_loop().run_in_executor(self._file_readers, work)

    def prepared(self, settings: Settings) -> Change:
        """Do ahead what can fail of a change: read secrets that are new, the CA file, make the way out.

        Changes nothing and may take a while (files); raises SettingsError with all mistakes.
        """
        known = {account.name: account.login for account in self.settings.accounts}
        new = [account for account in settings.accounts if known.get(account.name) != account.login]
        mistakes = [mistake for account in new for mistake in unusable_files(account)]
        return Change(settings, self._network.prepared(settings.http, mistakes))

    async def put_in_force(self, change: Change) -> Changed:
        """Go on with other settings; what did not change is not touched. Nothing is changed where this raises."""
        settings, earlier, was = change.settings, self._assemblies, self.collections
        way_out = "changed" if change.way.way is not None or settings.http != self.settings.http else ""
        same_timeout = settings.http.timeout == self.settings.http.timeout
        outlet = self._outlet if same_timeout else replace(self._outlet, timeout=settings.http.timeout)
        records = self.store.records
        try:
            assemblies = self._assembled(settings, outlet, earlier)
        except BaseException:
            self.store.replace(records)
            self._forget()
            raise
        self.settings, self._outlet, self._assemblies = settings, outlet, assemblies
        self._settle(assemblies)
        new = {name: each for name, each in assemblies.items() if each is not earlier.get(name)}
        at_once = {collection for assembly in new.values() for collection in assembly.at_once}
        called_off = self.schedule.exchange(self._collections, at_once)
        for name, assembly in earlier.items():
            if assembly is not assemblies.get(name):
                assembly.leave(assemblies.get(name))
        self._forget()
        await self._network.take(change.way)
        if called_off:
            await asyncio.wait(called_off, timeout=_CALLED_OFF_WITHIN)
        await self.store.refresh()
        self._forget()  # what was called off has counted its calls when it ended
        return replace(_changed(earlier, assemblies, was, self.collections), way_out=way_out)

    async def close(self) -> None:
        """Call off the logins under way and close the connections to the clouds."""
        for assembly in self._assemblies.values():
            assembly.close()
        self._file_readers.shutdown(wait=False)
        self.doorway.close()
        await self._network.close()

    def _assembled(
        self, settings: Settings, outlet: Outlet, earlier: Mapping[str, Assembly] | None = None
    ) -> dict[str, Assembly]:
        """The accounts by name: those that would be assembled the same as they were, as they are."""
        assemblies: dict[str, Assembly] = {}
        for account in settings.accounts:
            was, zone = (earlier or {}).get(account.name), settings.naive_time_zone
            if was is not None and (was.account, was.zone, was.outlet) == (account, zone, outlet):
                assemblies[account.name] = was
            else:
                assemblies[account.name] = Assembly(self._workshop, account, zone, outlet, was)
        return assemblies

    def _settle(self, assemblies: Mapping[str, Assembly]) -> None:
        for assembly in assemblies.values():
            assembly.settle()
        self._collections[:] = [each for assembly in assemblies.values() for each in assembly.collections]

    def _forget(self) -> None:
        """Take away what is left of accounts and collections that are no longer there."""
        keys = {collection.key for collection in self._collections}
        if self.store.records.keys() - keys:
            self.store.replace({key: record for key, record in self.store.records.items() if key in keys})
        accounts = {account.name: account.provider for account in self.settings.accounts}
        shown = {metric.name for collection in self._collections for metric in collection.collector.metrics}
        self.metrics.keep_only(accounts, keys, shown)


def _changed(
    earlier: Mapping[str, Assembly],
    assemblies: Mapping[str, Assembly],
    was: Sequence[Collection],
    collections: Sequence[Collection],
) -> Changed:
    keys_were, keys = {each.key for each in was}, {each.key for each in collections}
    return Changed(
        added=tuple(name for name in assemblies if name not in earlier),
        changed=tuple(name for name, each in assemblies.items() if name in earlier and each is not earlier[name]),
        removed=tuple(name for name in earlier if name not in assemblies),
        collections_added=len(keys - keys_were),
        collections_changed=len(set(collections) - set(was)) - len(keys - keys_were),
        collections_removed=len(keys_were - keys),
    )
