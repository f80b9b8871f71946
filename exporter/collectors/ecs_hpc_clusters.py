"""ECS HPC clusters: which there are, and how many.

Reads DescribeHpcClusters (one call a page of 100) every hour. Permission: ecs:DescribeHpcClusters.
The API has neither a state nor nodes of a cluster. Regions without the service answer so, and show nothing.
"""

from dataclasses import dataclass

from exporter.clouds.aliyun.ecs import DESCRIBE_HPC_CLUSTERS, Ecs, HpcCluster
from exporter.collectors.collector import Collector
from exporter.collectors.rows import Rows
from exporter.collectors.run import Place, Run
from exporter.metric import Metric

KEY = ("account", "region_id")
WHOLE = ""  # the owner of what is said of the region

INFO = Metric(
    "aliyun_ecs_hpc_cluster_info",
    "An HPC cluster; always 1. DescribeHpcClusters.",
    (*KEY, "hpc_cluster_id", "hpc_cluster_name"),
)
CLUSTERS = Metric(
    "aliyun_ecs_hpc_clusters",
    "HPC clusters of the region, those that the settings leave out by name among them; 0 where there are none, absent "
    "where the service is not offered. DescribeHpcClusters TotalCount, or the clusters listed where those are more.",
    KEY,
)


@dataclass(frozen=True, slots=True)
class HpcTotal:
    """How many clusters the region has."""

    clusters: int


async def fetch(cloud: Ecs, run: Run[HpcCluster | HpcTotal]) -> None:
    """List the clusters; those that are not watched count in the total alone."""
    listing, total = await cloud.describe_hpc_clusters()
    watched = [cluster for cluster in listing.items if run.place.filters.cluster(cluster.name)]
    run.listed(listing, [WHOLE, *(cluster.hpc_cluster_id for cluster in watched)], INFO)
    for cluster in watched:
        run.keep(cluster.hpc_cluster_id, cluster)
    if total is not None:
        # The vendor's samples have totals below the rows beside them (0 with rows, at other products).
        run.keep(WHOLE, HpcTotal(max(total, len(listing.items))))


def samples(payload: HpcCluster | HpcTotal, place: Place) -> Rows:
    """The row of a cluster, or their number."""
    rows = Rows(account=place.account, region_id=place.region)
    if isinstance(payload, HpcTotal):
        rows.value(CLUSTERS, payload.clusters)
    else:
        rows.info(INFO, hpc_cluster_id=payload.hpc_cluster_id, hpc_cluster_name=payload.name)
    return rows


COLLECTOR = Collector(
    name="ecs_hpc_clusters",
    product=Ecs,
    scope="regional",
    operations=(DESCRIBE_HPC_CLUSTERS,),
    metrics=(INFO, CLUSTERS),
    interval=3600,
    timeout=120,
    fetch=fetch,
    samples=samples,
)
