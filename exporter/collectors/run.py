"""What a collector may do during one run: keep what it fetched, note what failed, remember."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import tzinfo
from typing import Protocol, TypeVar

from exporter.clouds.errors import CloudError
from exporter.clouds.paging import Listing
from exporter.collectors.filters import EVERYTHING, Filters
from exporter.metric import Metric

GLOBAL = "global"  # the region_id of a product that has one host for all regions

P_contra = TypeVar("P_contra", contravariant=True)
M = TypeVar("M")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Place:
    """Where and for whom a run asks, and how its answers are to be understood.

    ``zone`` is for times without one; ``window`` and ``history`` are in seconds; ``instances`` are the configured
    RDS instances, None where they are to be discovered; ``filters`` tell which objects are watched.
    """

    account: str
    region: str
    zone: tzinfo
    window: float = 0
    history: float = 0
    instances: tuple[str, ...] | None = None
    filters: Filters = EVERYTHING


class Run(Protocol[P_contra]):
    """One execution of a collection, as its collector sees it.

    An *owner* is the id of the object that is asked for (a cluster, an app); what an owner's calls gave replaces its
    earlier rows when the run ends, what failed keeps them for a while.
    """

    @property
    def place(self) -> Place:
        """The account, the region and the settings."""

    @property
    def now(self) -> float:
        """The start of the run, epoch seconds."""

    @property
    def memory(self) -> object:
        """What an earlier run remembered, or None."""

    def keep(self, owner: str, payload: P_contra, *, unit: str = "", urgent: bool = False) -> None:
        """Hand over what was fetched of an owner: one payload for each owner, unit and type.

        ``unit`` names what stands or falls together when ``max_series`` cuts (the owner, where it is left out);
        ``urgent`` ones are cut last.
        """

    def fail(self, owner: str, error: CloudError) -> None:
        """Note that an owner could not be read, in whole or in part; its earlier rows stay for a while."""

    def listed(self, listing: Listing[T], owners: Iterable[str], metric: Metric) -> None:
        """Note a list of owners: those missing from a complete one are gone. ``metric`` is charged with odd rows."""

    def known(self, owners: Iterable[str], *, complete: bool) -> None:
        """Note owners known from another collection's memory; those missing from a complete list are gone."""

    def listed_of(self, owner: str, listing: Listing[T], metric: Metric) -> None:
        """Note the list of what an owner has, of which each item is kept as a unit; those it lacks are gone.

        Where the list is not complete, the owner's earlier units stay for a while; where nothing of it can be read,
        though it is not empty, the owner failed.
        """

    def odd_rows(self, listing: Listing[T], metric: Metric) -> None:
        """Note the rows of a list that were there twice or unreadable, where neither method above does."""

    def do_without(self, payload: type[P_contra], error: CloudError) -> None:
        """Note that an optional call failed: the run is as good without it, and its earlier rows stay for a while."""

    async def optionally(self, work: Awaitable[None]) -> None:
        """Do, last of all, what the run is as good without: that there was no time left for it is no failure."""

    def remember(self, memory: object, *, so_far: bool = False) -> None:
        """Give the next run, and those who recall this collection, a frozen value; ``so_far`` while more is to come."""

    async def recall(self, collector: str, kind: type[M]) -> M | None:
        """What a collection of the same account remembers, waiting for its first run; None where it has nothing.

        Where that first run takes longer than this one can wait, it is what it remembers so far; raises CloudError
        where that is nothing yet.
        """

    async def each(self, owners: Iterable[str], ask: Callable[[str], Awaitable[None]]) -> None:
        """Ask for every owner, a few at a time, the one read longest ago first; one that fails does not stop others."""
