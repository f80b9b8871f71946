"""RetailCloud nodes: what each is, how large, and when it expires.

Reads ListClusterNode (one call a cluster and page of 50) every five minutes; the clusters come from what
retailcloud_clusters remembers. Permissions: retailcloud:ListClusterNode (name not documented by the vendor).
The API has no status and no usage of nodes.
"""

from dataclasses import dataclass
from functools import partial

from exporter.clouds.aliyun.retailcloud import LIST_CLUSTER, LIST_CLUSTER_NODE, RetailCloud
from exporter.clouds.aliyun.retailcloud_models import Node
from exporter.clouds.values import Raw, count, expiry, instant, mebibytes
from exporter.collectors.collector import Collector
from exporter.collectors.retailcloud_known_clusters import known_clusters
from exporter.collectors.rows import Rows
from exporter.collectors.run import Place, Run
from exporter.metric import Metric

KEY = ("account", "cluster_id", "node_id")
_BYTES_PER_MEGABIT = 125_000

INFO = Metric(
    "aliyun_retailcloud_node_info",
    "A node; always 1. ListClusterNode.",
    (*KEY, "cluster_name", "node_name", "instance_type", "zone_id", "region_id", "os_type", "private_ip"),
)
CPU = Metric("aliyun_retailcloud_node_cpu_cores", "CPU of the node, in cores. ListClusterNode EcsCpu.", KEY)
MEMORY = Metric(
    "aliyun_retailcloud_node_memory_bytes", "Memory of the node, in bytes. ListClusterNode EcsMemory (MiB).", KEY
)
EXPIRY = Metric(
    "aliyun_retailcloud_node_expiry_timestamp_seconds",
    "When the node's subscription ends, epoch seconds; absent for pay-as-you-go. ListClusterNode EcsExpiredTime.",
    KEY,
)
BANDWIDTH = Metric(
    "aliyun_retailcloud_node_internet_bandwidth_limit_bytes_per_second",
    "The most internet traffic allowed, in bytes per second. ListClusterNode InternetMaxBandwidthIn and Out (Mbps).",
    (*KEY, "direction"),
)


@dataclass(frozen=True, slots=True)
class ClusterNode:
    """A node and the cluster it is in."""

    cluster_id: str
    cluster_name: str
    node: Node


async def fetch(cloud: RetailCloud, run: Run[ClusterNode]) -> None:
    """Ask every known cluster for its nodes."""
    names = await known_clusters(cloud, run, INFO)

    async def ask(cluster_id: str) -> None:
        listing = await cloud.list_cluster_nodes(cluster_id)
        run.listed_of(cluster_id, listing, INFO)
        for node in listing.items:
            run.keep(cluster_id, ClusterNode(cluster_id, names[cluster_id], node), unit=node.instance_id)

    await run.each(names, ask)


def samples(payload: ClusterNode, place: Place) -> Rows:
    """The rows of one node."""
    node = payload.node
    rows = Rows(account=place.account, cluster_id=payload.cluster_id, node_id=node.instance_id)
    rows.info(
        INFO,
        cluster_name=payload.cluster_name,
        node_name=node.instance_name,
        instance_type=node.instance_type,
        zone_id=node.ecs_zone,
        region_id=node.region_id,
        os_type=node.ecs_os_type,
        private_ip=node.ecs_private_ip,
    )
    rows.read(CPU, count, node.ecs_cpu)
    rows.read(MEMORY, mebibytes, node.ecs_memory)
    rows.read(EXPIRY, partial(_expiry, place=place), node.ecs_expired_time)
    rows.read(BANDWIDTH, _bytes_per_second, node.internet_max_bandwidth_in, direction="in")
    rows.read(BANDWIDTH, _bytes_per_second, node.internet_max_bandwidth_out, direction="out")
    return rows


def _expiry(raw: Raw, place: Place) -> float | None:
    return expiry(instant(raw, place.zone))


def _bytes_per_second(raw: Raw) -> float | None:
    megabits = count(raw)
    return None if megabits is None else megabits * _BYTES_PER_MEGABIT


COLLECTOR = Collector(
    name="retailcloud_nodes",
    product=RetailCloud,
    scope="global",
    operations=(LIST_CLUSTER_NODE, LIST_CLUSTER),
    metrics=(INFO, CPU, MEMORY, EXPIRY, BANDWIDTH),
    interval=300,
    timeout=240,  # calls wait for those of the deploys and clusters
    fetch=fetch,
    samples=samples,
)
