"""The clusters of a RetailCloud account, listed once and read by several collectors."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from exporter.clouds.aliyun.retailcloud import RetailCloud
from exporter.clouds.aliyun.retailcloud_models import Cluster
from exporter.clouds.paging import Listing
from exporter.collectors.filters import NameFilter
from exporter.collectors.run import Run
from exporter.metric import Metric

P = TypeVar("P")

CLUSTERS = "retailcloud_clusters"


@dataclass(frozen=True, slots=True)
class ClusterInventory:
    """The watched clusters of the last list that was read (name by id); ``complete`` when none can be missing."""

    names: Mapping[str, str]
    complete: bool

    @classmethod
    def of(cls, listing: Listing[Cluster], watched: NameFilter) -> "ClusterInventory":
        """The inventory of a list."""
        names = {item.instance_id: item.cluster_title for item in listing.items if watched(item.cluster_title)}
        return cls(names, listing.complete)


async def known_clusters(cloud: RetailCloud, run: Run[P], metric: Metric) -> Mapping[str, str]:
    """The names of the clusters by id: what retailcloud_clusters remembers, or else what ListCluster says now."""
    inventory = await run.recall(CLUSTERS, ClusterInventory)
    if inventory is None:
        listing = await cloud.list_clusters()
        inventory = ClusterInventory.of(listing, run.place.filters.cluster)
        run.listed(listing, inventory.names, metric)
    else:
        run.known(inventory.names, complete=inventory.complete)
    return inventory.names
