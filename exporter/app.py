"""Puts the exporter together from its settings: the only place that sees them, and where time and chance enter."""

import asyncio
import random
import ssl
import time
import uuid
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from http.cookiejar import CookieJar, DefaultCookiePolicy
from importlib.metadata import version
from typing import Any, TypeVar

import httpx
from starlette.applications import Starlette

from exporter.catalog import PAGE_ORDER
from exporter.clouds.account_calls import AccountCalls
from exporter.clouds.aliyun.credentials_uri import METADATA_ADDRESSES
from exporter.clouds.aliyun.endpoints import endpoint as aliyun_endpoint
from exporter.clouds.budget import Budget
from exporter.clouds.http import ATTEMPTS, Channel, Outlet
from exporter.clouds.huaweicloud.endpoints import endpoint as huawei_endpoint
from exporter.clouds.tally import Tally
from exporter.clouds.way_out import WayOut
from exporter.collection import Clock, Collection, Limits
from exporter.collectors import COLLECTORS
from exporter.collectors.collector import Collector
from exporter.collectors.filters import Filters, NameFilter
from exporter.collectors.run import GLOBAL, Place
from exporter.doctor import Patient
from exporter.doctor.channel import ProbingChannel
from exporter.logins import LoginWays, desk, dialect_of, entrance
from exporter.mixin import runbook_pages
from exporter.patients import patient_of
from exporter.schedule import Schedule
from exporter.self_metrics import SelfMetrics
from exporter.settings.login import User
from exporter.settings.model import Account, CollectorDefaults, Http, Settings
from exporter.settings.model import Budget as BudgetSetting
from exporter.snapshot import Snapshot, identity
from exporter.store import Status, Store
from exporter.web import Runbook, Sources, create_web

# Calls that may be under way at once: of an account, and of one product of it, so that one that hangs leaves room.
_SLOTS, PRODUCT_SLOTS = 20, 10
_DEFAULT_RATE, _DEFAULT_BURST = 10.0, 20  # calls a second of one account and product
_NEIGHBOUR_WINDOW = 300.0  # seconds
_PATIENCE = 3600.0  # seconds
_NO_DATA = frozenset({"sts", "iam", "metadata"})  # products that are asked for logins only

VERSION = version("cloud-cluster-exporter")

Way = TypeVar("Way", bound=Channel)


class SystemClock:
    """The machine's clocks."""

    def now(self) -> float:
        """Epoch seconds."""
        return time.time()

    def monotonic(self) -> float:
        """Seconds that only go forward, also while the machine sleeps."""
        # Linux leaves the sleep out of CLOCK_MONOTONIC: rows from before it would look fresh after it.
        return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()

    def awake(self) -> float:
        """Seconds that only go forward and stand still while the machine sleeps."""
        return time.monotonic()


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What comes from outside the process: the environment, time, chance; tests hand in their own.

    ``transport`` takes the place of the network where it is given.
    """

    environ: Mapping[str, str] = field(repr=False)  # keys stand in it
    clock: Clock
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    chance: Callable[[], float] = random.random
    nonce: Callable[[], str] = lambda: uuid.uuid4().hex
    transport: httpx.AsyncBaseTransport | None = None


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


def lane_of(collector: str, region: str) -> str:
    """The lane that a collection's calls wait in, and are counted by."""
    return f"{collector}/{region}"


def budget_of(account: Account, product: str) -> BudgetSetting:
    """How often a product of an account may be called."""
    return account.budget.get(product) or BudgetSetting(_DEFAULT_RATE, _DEFAULT_BURST)


class Exporter:
    """A whole exporter, not yet running: collections, store, schedule and web application."""

    def __init__(
        self, settings: Settings, surroundings: Surroundings, *, only: Iterable[str] = (), patient: bool = False
    ) -> None:
        """``only`` narrows it to the collectors of these names; a ``patient`` one takes the time a whole run needs."""
        clock = surroundings.clock
        self.metrics = SelfMetrics(VERSION, clock.now())
        self.store = Store(PAGE_ORDER, clock.monotonic)
        self._client = _client(settings.http, surroundings.transport)
        outlet = Outlet(
            self._client, self.metrics, clock.monotonic, surroundings.sleep, surroundings.chance, settings.http.timeout
        )
        wanted = set(only)
        self.patient = patient
        self._assemblies = [_Assembly(settings, surroundings, account, outlet, self) for account in settings.accounts]
        self.collections: Sequence[Collection] = tuple(
            collection for assembly in self._assemblies for collection in assembly.collections(wanted)
        )
        self.tallies: Mapping[str, Tally] = {
            account.name: assembly.tally for account, assembly in zip(settings.accounts, self._assemblies, strict=True)
        }
        self.schedule = Schedule(self.collections, clock)
        self.snapshot = (
            Snapshot(
                settings.snapshot_path, lambda: self.collections, version=VERSION, metrics=self.metrics, clock=clock
            )
            if settings.snapshot_path is not None and not patient
            else None
        )

    @property
    def patients(self) -> Sequence[Patient]:
        """The accounts as the doctor examines them."""
        return tuple(assembly.patient() for assembly in self._assemblies)

    def web(self) -> Starlette:
        """The application that serves the pages."""
        return create_web(
            Sources(
                self.store,
                self.metrics.registry,
                self.collections,
                self.schedule.problems,
                VERSION,
                {name: Runbook(page.title, page.body) for name, page in runbook_pages().items()},
            )
        )

    async def collect_once(self, some: Sequence[Collection] | None = None) -> list[tuple[Collection, Status]]:
        """Run every collection once, or ``some`` of them, all at the same time; how each ended."""
        wanted = self.collections if some is None else some
        statuses = await asyncio.gather(*(collection.run() for collection in wanted))
        return list(zip(wanted, statuses, strict=True))

    async def close(self) -> None:
        """Call off the logins under way and close the connections to the clouds."""
        for assembly in self._assemblies:
            assembly.close()
        await self._client.aclose()


class _Assembly:
    """The collections of one account."""

    def __init__(
        self, settings: Settings, surroundings: Surroundings, account: Account, outlet: Outlet, exporter: Exporter
    ) -> None:
        self._settings = settings
        self._surroundings = surroundings
        self._account = account
        self._outlet = outlet
        self._exporter = exporter
        self._calls = AccountCalls(account.name, account.provider, _SLOTS, PRODUCT_SLOTS)
        self._budgets: dict[str, Budget] = {}
        ways = LoginWays(account, outlet, self._calls, self._budget)
        self._desk = desk(account, ways, surroundings.clock, exporter.metrics.token_ends)
        self._entrance = entrance(account, self._desk, environ=surroundings.environ, nonce=surroundings.nonce)
        self._filters = _filters(account)

    def collections(self, wanted: set[str]) -> list[Collection]:
        """The account's enabled collections, aware of one another within a region."""
        made = [
            self._collection(collector, region)
            for collector in COLLECTORS
            if collector.product.provider == self._account.provider
            and (collector.name in wanted if wanted else self._account.collectors[collector.name].enabled)
            and not (collector.needs_instances and not self._account.has_instances)
            for region in ([GLOBAL] if collector.scope == "global" else self._account.regions)
        ]
        by_region: dict[str, dict[str, Collection]] = {}
        for collection in made:
            by_region.setdefault(collection.place.region, {})[collection.collector.name] = collection
        for collection in made:
            near = {**by_region.get(GLOBAL, {}), **by_region[collection.place.region]}
            collection.siblings = {name: other for name, other in near.items() if other is not collection}
        return made

    def patient(self) -> Patient:
        """The account as it is examined; its calls share the budgets of the collections."""
        return patient_of(
            self._account,
            self._entrance,
            self._filters,
            channel=lambda product, region: self._channel(product, region, "doctor", kind=ProbingChannel),
            now=self._surroundings.clock.now,
            limit=ATTEMPTS * self._settings.http.timeout,
        )

    def close(self) -> None:
        """Call off the logins under way."""
        self._desk.close()

    @property
    def tally(self) -> Tally:
        """The count of the account's calls."""
        return self._calls.tally

    def _collection(self, collector: Collector[Any, Any], region: str) -> Collection:
        chosen = self._account.collectors[collector.name]
        limits = Limits(chosen.interval, chosen.timeout, chosen.max_staleness, chosen.max_series)
        if self._exporter.patient:
            staleness = max(limits.max_staleness, _PATIENCE)
            limits = replace(limits, timeout=_PATIENCE, max_staleness=staleness, memory_wait=_PATIENCE)
        lane = lane_of(collector.name, region)
        channel = self._channel(collector.product.product, region, lane, collector.weight, kind=Channel)
        place = Place(
            account=self._account.name,
            region=region,
            zone=self._settings.naive_time_zone,
            window=chosen.window or 0,
            history=chosen.history or 0,
            instances=self._account.rds_instances,
            filters=self._filters,
        )
        return Collection(
            collector,
            collector.product(channel),
            place,
            limits,
            store=self._exporter.store,
            metrics=self._exporter.metrics,
            clock=self._surroundings.clock,
            neighbour_answered=lambda: channel.another_host_answered(_NEIGHBOUR_WINDOW),
            identity=_identity(self._account, place),
        )

    def _channel(self, product: str, region: str, lane: str, weight: int = 1, *, kind: type[Way]) -> Way:
        """The way to a product in a region, for calls that wait in ``lane``."""
        default = aliyun_endpoint if self._account.provider == "aliyun" else huawei_endpoint
        return kind(
            self._outlet,
            self._calls,
            product=product,
            endpoint=self._account.endpoint(product, region) or default(product, region),
            access=self._entrance.access(product, region),
            dialect=dialect_of(self._account),
            budget=self._budget(product),
            region=region,
            project=self._entrance.project_id(region),
            lane=lane,
            weight=weight,
            regions=self._account.regions,
            elsewhere=lambda other, there: self._channel(other, there, lane, weight, kind=kind),
        )

    def _budget(self, product: str) -> Budget:
        """One budget for a product in all regions: the vendors count by account."""
        if product not in self._budgets:
            chosen = budget_of(self._account, product)
            self._budgets[product] = Budget(
                chosen.rate, chosen.burst, monotonic=self._surroundings.clock.monotonic, sleep=self._surroundings.sleep
            )
        return self._budgets[product]


def _identity(account: Account, place: Place) -> str:
    """What a collection is read with, for the snapshot: no secret, and no key, is any part of it."""
    source, role = account.login.source, account.login.role
    return identity(
        place,
        provider=account.provider,
        endpoints={product: url for product, url in account.endpoints.items() if product not in _NO_DATA},
        project=account.projects.get(place.region, ""),
        owner=source.domain if isinstance(source, User) else "",
        role=role.arn if role is not None else "",
    )


def _filters(account: Account) -> Filters:
    include, exclude = account.include, account.exclude
    return Filters(
        cluster=NameFilter.of(include.cluster, exclude.cluster),
        app=NameFilter.of(include.app, exclude.app),
        environment=NameFilter.of(include.environment, exclude.environment),
    )


def _client(http: Http, transport: httpx.AsyncBaseTransport | None) -> httpx.AsyncClient:
    """The one client of the process. Proxy and CA come from the settings, never from variables of other programs."""
    return httpx.AsyncClient(
        transport=transport or _network(http),
        trust_env=False,
        # The client is shared by all accounts: what a gateway sets for one must not be sent for another.
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        timeout=httpx.Timeout(http.timeout, connect=http.connect_timeout),
        headers={"user-agent": f"cloud-cluster-exporter/{VERSION}"},
    )


def _network(http: Http) -> httpx.AsyncBaseTransport:
    # Certificates are many, and are read only where there is a network.
    tls = ssl.create_default_context(cafile=str(http.ca_file) if http.ca_file else None)
    # No limit for all accounts together: each has one of its own, and one that hangs must not hold up the others.
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=100)
    direct = httpx.AsyncHTTPTransport(verify=tls, trust_env=False, limits=limits)
    if http.proxy is None:
        return direct
    proxy = http.proxy.get_secret_value()
    proxied = httpx.AsyncHTTPTransport(verify=tls, trust_env=False, limits=limits, proxy=proxy)
    return WayOut(direct, proxied, (*sorted(METADATA_ADDRESSES), *http.no_proxy))
