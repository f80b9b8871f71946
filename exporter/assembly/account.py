"""The assembly of one account: its collections, its logins and its budgets.

Where the settings changed, a new assembly takes from the one before it all that would be made the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from exporter.assembly.budgets import Budgets
from exporter.clouds.account_calls import AccountCalls
from exporter.clouds.aliyun.endpoints import endpoint as aliyun_endpoint
from exporter.clouds.desk import Desk
from exporter.clouds.http import Channel, Outlet
from exporter.clouds.huaweicloud.endpoints import endpoint as huawei_endpoint
from exporter.clouds.retries import ATTEMPTS
from exporter.clouds.tally import Tally
from exporter.collection import Collection, Limits
from exporter.collectors import COLLECTORS
from exporter.collectors.collector import Collector
from exporter.collectors.filters import Filters, NameFilter
from exporter.collectors.run import GLOBAL, Place
from exporter.doctor import Patient
from exporter.doctor.channel import ProbingChannel
from exporter.logins import Entrance, LoginWays, desk, dialect_of, entrance
from exporter.patients import patient_of
from exporter.self_metrics import SelfMetrics
from exporter.settings.login import Login, User
from exporter.settings.model import Account
from exporter.snapshot import identity
from exporter.store import CollectionKey, Store
from exporter.surroundings import Surroundings

# Calls that may be under way at once: of an account, and of one product of it, so that one that hangs leaves room.
_SLOTS, PRODUCT_SLOTS = 20, 10
_NEIGHBOUR_WINDOW = 300.0  # seconds
_PATIENCE = 3600.0  # seconds
_NO_DATA = frozenset({"sts", "iam", "metadata"})  # products that are asked for logins only

Way = TypeVar("Way", bound=Channel)


def lane_of(collector: str, region: str) -> str:
    """The lane that a collection's calls wait in, and are counted by."""
    return f"{collector}/{region}"


@dataclass(frozen=True, slots=True)
class Workshop:
    """What all accounts are assembled with.

    ``only`` narrows them to the collectors of these names; ``patient`` collections take the time a whole run needs.
    """

    store: Store
    metrics: SelfMetrics
    surroundings: Surroundings
    only: frozenset[str] = frozenset()
    patient: bool = False


class Making(NamedTuple):
    """What a collection is made of: it is kept as long as it would be made of the same.

    Rows are of the same account of the same cloud while ``source`` stays, and a memory is of use while ``place`` stays
    as well. How it is read (``ways``) may be waited for until its next turn, what is read may not.
    """

    source: object
    place: Place
    login: Login
    regions: tuple[str, ...]
    ways: tuple[Limits, Entrance, Outlet]


@dataclass(frozen=True, slots=True)
class Parts:
    """What the collections of an account share; ``facts`` is what its logins are made of."""

    calls: AccountCalls
    budgets: Budgets
    desk: Desk
    entrance: Entrance
    facts: object = field(repr=False)


class Assembly:
    """One account, assembled; nothing of an ``earlier`` assembly changes before `settle`."""

    def __init__(
        self, workshop: Workshop, account: Account, zone: ZoneInfo, outlet: Outlet, earlier: "Assembly | None" = None
    ) -> None:
        """``zone`` is that of times without one; ``earlier`` is the account under the settings before, if any."""
        before = earlier if earlier is not None and earlier.account.provider == account.provider else None
        self.account: Account = account
        self.zone = zone
        self.outlet = outlet
        self._workshop = workshop
        self._filters = _filters(account)
        self.parts: Parts = self._parts(before)
        self.at_once: set[Collection] = set()
        self.makings: dict[CollectionKey, Making] = {}
        found = {each.key: (each, before.makings[each.key]) for each in before.collections} if before else {}
        self.collections: Sequence[Collection] = tuple(
            self._collection(collector, region, found) for collector, region in self._wanted()
        )

    @property
    def tally(self) -> Tally:
        """The count of the account's calls."""
        return self.parts.calls.tally

    def _parts(self, before: "Assembly | None") -> Parts:
        """Those of the assembly before, as far as they would be made the same."""
        account, outlet, surroundings = self.account, self.outlet, self._workshop.surroundings
        if before is not None and before.account.endpoints == account.endpoints:
            calls = before.parts.calls
        else:
            calls = AccountCalls(account.name, account.provider, _SLOTS, PRODUCT_SLOTS)
        budgets = before.parts.budgets if before is not None else Budgets(account, surroundings)
        facts = (account.login, account.endpoints, account.projects, outlet, calls)
        if before is not None and before.parts.facts == facts:
            return before.parts
        ways = LoginWays(account, outlet, calls, budgets.of)
        made = desk(account, ways, surroundings.clock, self._workshop.metrics.token_ends)
        through = entrance(account, made, environ=surroundings.environ, nonce=surroundings.nonce)
        return Parts(calls, budgets, made, through, facts)

    def settle(self) -> None:
        """Put in force what is shared with the assembly before: budgets, and what collections know of one another."""
        self.parts.budgets.follow(self.account)
        by_region: dict[str, dict[str, Collection]] = {}
        for collection in self.collections:
            by_region.setdefault(collection.place.region, {})[collection.collector.name] = collection
        for collection in self.collections:
            near = {**by_region.get(GLOBAL, {}), **by_region[collection.place.region]}
            collection.siblings = {name: other for name, other in near.items() if other is not collection}

    def leave(self, successor: "Assembly | None") -> None:
        """Call off the logins under way, unless the successor goes on with them, and forget what it does not ask."""
        calls = self.parts.calls
        stays = successor if successor is not None and successor.parts.calls is calls else None
        calls.leave_out(lambda product, region: stays is not None and stays.asks(product, region))
        if successor is None or successor.parts.desk is not self.parts.desk:
            self.parts.desk.close()
            self._workshop.metrics.forget_tokens(self.account.name)

    def asks(self, product: str, region: str) -> bool:
        """Whether any call goes to a product in a region; logins are known by their lack of one."""
        regions = {"", GLOBAL, *self.account.regions}
        products = {operation.product for each in self.collections for operation in each.collector.operations}
        return region in regions and (not region or product in products)

    def close(self) -> None:
        """Call off the logins under way."""
        self.parts.desk.close()

    def patient(self) -> Patient:
        """The account as it is examined; its calls share the budgets of the collections."""
        return patient_of(
            self.account,
            self.parts.entrance,
            self._filters,
            channel=lambda product, region: self._channel(product, region, "doctor", kind=ProbingChannel),
            now=self._workshop.surroundings.clock.now,
            limit=ATTEMPTS * self.outlet.timeout,
        )

    def _wanted(self) -> list[tuple[Collector[Any, Any], str]]:
        """The account's enabled collectors, in each of their regions."""
        account, only = self.account, self._workshop.only
        return [
            (collector, region)
            for collector in COLLECTORS
            if collector.product.provider == account.provider
            and (collector.name in only if only else account.collectors[collector.name].enabled)
            and not (collector.needs_instances and not account.has_instances)
            for region in ([GLOBAL] if collector.scope == "global" else account.regions)
        ]

    def _collection(
        self, collector: Collector[Any, Any], region: str, found: Mapping[CollectionKey, tuple[Collection, Making]]
    ) -> Collection:
        """The collection as it was, where it would be made of the same; else a new one, which goes on from there."""
        key = CollectionKey(collector.name, self.account.name, region)
        making = self.makings[key] = self._making(collector, region)
        if key not in found:
            made = self._new(collector, making)
            self.at_once.add(made)
            return made
        earlier, was = found[key]
        if was == making:
            return earlier
        record = earlier.record
        made = self._new(collector, making)
        if was.source == making.source:
            made.take_over(earlier, record, with_memory=was.place == making.place)
        if was._replace(ways=making.ways) != making:
            self.at_once.add(made)
        return made

    def _making(self, collector: Collector[Any, Any], region: str) -> Making:
        account, patient = self.account, self._workshop.patient
        chosen = account.collectors[collector.name]
        limits = Limits(chosen.interval, chosen.timeout, chosen.max_staleness, chosen.max_series)
        if patient:
            staleness = max(limits.max_staleness, _PATIENCE)
            limits = replace(limits, timeout=_PATIENCE, max_staleness=staleness, memory_wait=_PATIENCE, patient=True)
        products = {operation.product for operation in collector.operations}
        return Making(
            source=(
                {each: account.endpoints.get(each) for each in products},
                account.projects.get(region),
                _domain(account),
                _arn(account).rpartition(":")[0],
            ),
            place=Place(
                account=account.name,
                region=region,
                zone=self.zone,
                window=chosen.window or 0,
                history=chosen.history or 0,
                instances=account.rds_instances if collector.needs_instances else None,
                filters=self._filters,
            ),
            login=account.login,
            # What has no instances to look for asks for nothing but its own region.
            regions=account.regions if collector.needs_instances else (),
            ways=(limits, self.parts.entrance, self.outlet),
        )

    def _new(self, collector: Collector[Any, Any], making: Making) -> Collection:
        region, (limits, _, _) = making.place.region, making.ways
        lane = lane_of(collector.name, region)
        channel = self._channel(collector.product.product, region, lane, collector.weight, kind=Channel)
        return Collection(
            collector,
            collector.product(channel),
            making.place,
            limits,
            store=self._workshop.store,
            metrics=self._workshop.metrics,
            clock=self._workshop.surroundings.clock,
            neighbour_answered=lambda: channel.another_host_answered(_NEIGHBOUR_WINDOW),
            identity=_identity(self.account, making.place),
        )

    def _channel(self, product: str, region: str, lane: str, weight: int = 1, *, kind: type[Way]) -> Way:
        """The way to a product in a region, for calls that wait in ``lane``."""
        default = aliyun_endpoint if self.account.provider == "aliyun" else huawei_endpoint
        return kind(
            self.outlet,
            self.parts.calls,
            product=product,
            endpoint=self.account.endpoint(product, region) or default(product, region),
            access=self.parts.entrance.access(product, region),
            dialect=dialect_of(self.account),
            budget=self.parts.budgets.of(product),
            region=region,
            project=self.parts.entrance.project_id(region),
            lane=lane,
            weight=weight,
            regions=self.account.regions,
            elsewhere=lambda other, there: self._channel(other, there, lane, weight, kind=kind),
        )


def _domain(account: Account) -> str:
    """The vendor's account that a password's user is in (Huawei); "" where that is not told."""
    source = account.login.source
    return source.domain if isinstance(source, User) else ""


def _arn(account: Account) -> str:
    """The role that is assumed, whose ARN begins with the vendor's account (Alibaba Cloud); "" where there is none."""
    role = account.login.role
    return role.arn if role is not None else ""


def _identity(account: Account, place: Place) -> str:
    """What a collection is read with, for the snapshot: no secret, and no key, is any part of it."""
    return identity(
        place,
        provider=account.provider,
        endpoints={product: url for product, url in account.endpoints.items() if product not in _NO_DATA},
        project=account.projects.get(place.region, ""),
        owner=_domain(account),
        role=_arn(account),
    )


def _filters(account: Account) -> Filters:
    include, exclude = account.include, account.exclude
    return Filters(
        cluster=NameFilter.of(include.cluster, exclude.cluster),
        app=NameFilter.of(include.app, exclude.app),
        environment=NameFilter.of(include.environment, exclude.environment),
    )
