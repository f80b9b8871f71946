"""ModelArts clusters (dedicated resource pools of the v1 API): state, nodes and what of them can be used.

Reads GET /v1/{project_id}/clusters (one call a page of 100) every two minutes. Permission: none in identity policies,
as the vendor documents; a key of the project is enough.
"""

from exporter.clouds.huaweicloud.modelarts import LIST_CLUSTERS, Cluster, ModelArts
from exporter.clouds.values import count, epoch_milliseconds, mebibytes
from exporter.collectors.collector import Collector
from exporter.collectors.rows import UNKNOWN, Rows
from exporter.collectors.run import Place, Run
from exporter.metric import Metric

KEY = ("account", "region_id", "cluster_id")
STATUSES = ("deploying", "running", "concerning", "abnormal")

INFO = Metric(
    "huaweicloud_modelarts_cluster_info",
    "A ModelArts cluster; always 1; period_type is empty for pay-per-use. GET /v1/{project_id}/clusters.",
    (*KEY, "cluster_name", "node_specification", "period_type"),
)
STATUS = Metric(
    "huaweicloud_modelarts_cluster_status",
    "1 for the cluster's state. GET /v1/{project_id}/clusters status.",
    (*KEY, "status"),
    states=(*STATUSES, UNKNOWN),
)
NODES = Metric(
    "huaweicloud_modelarts_cluster_nodes",
    "Nodes of the cluster. GET /v1/{project_id}/clusters nodes.count.",
    KEY,
)
NODES_AVAILABLE = Metric(
    "huaweicloud_modelarts_cluster_nodes_available",
    "Nodes that can be used. GET /v1/{project_id}/clusters nodes.available_count.",
    KEY,
)
CPU = Metric(
    "huaweicloud_modelarts_cluster_allocatable_cpu_cores",
    "CPU that can be used, in cores. GET /v1/{project_id}/clusters allocatable_cpu_cores.",
    KEY,
)
MEMORY = Metric(
    "huaweicloud_modelarts_cluster_allocatable_memory_bytes",
    "Memory that can be used, in bytes. GET /v1/{project_id}/clusters allocatable_memory, taken as MiB: the vendor "
    "documents no unit.",
    KEY,
)
GPUS = Metric(
    "huaweicloud_modelarts_cluster_allocatable_gpus",
    "GPUs that can be used. GET /v1/{project_id}/clusters allocatable_gpus.",
    KEY,
)
CREATED = Metric(
    "huaweicloud_modelarts_cluster_created_timestamp_seconds",
    "When the cluster was created, epoch seconds. GET /v1/{project_id}/clusters created_at.",
    KEY,
)


async def fetch(cloud: ModelArts, run: Run[Cluster]) -> None:
    """List the clusters and keep those that are watched."""
    listing = await cloud.list_clusters()
    watched = [cluster for cluster in listing.items if run.place.filters.cluster(cluster.cluster_name)]
    run.listed(listing, [cluster.cluster_id for cluster in watched], INFO)
    for cluster in watched:
        run.keep(cluster.cluster_id, cluster)


def samples(payload: Cluster, place: Place) -> Rows:
    """The rows of one cluster."""
    rows = Rows(account=place.account, region_id=place.region, cluster_id=payload.cluster_id)
    rows.info(
        INFO,
        cluster_name=payload.cluster_name,
        node_specification=payload.nodes.specification,
        period_type=payload.period_type,
    )
    rows.state(STATUS, payload.status, {status: status for status in STATUSES})
    rows.read(NODES, count, payload.nodes.count)
    rows.read(NODES_AVAILABLE, count, payload.nodes.available_count)
    rows.read(CPU, count, payload.allocatable_cpu_cores)
    rows.read(MEMORY, mebibytes, payload.allocatable_memory)
    rows.read(GPUS, count, payload.allocatable_gpus)
    rows.read(CREATED, epoch_milliseconds, payload.created_at)
    return rows


COLLECTOR = Collector(
    name="modelarts_clusters",
    product=ModelArts,
    scope="regional",
    operations=(LIST_CLUSTERS,),
    metrics=(INFO, STATUS, NODES, NODES_AVAILABLE, CPU, MEMORY, GPUS, CREATED),
    interval=120,
    timeout=60,
    fetch=fetch,
    samples=samples,
    replaced_by="modelarts_pools",
)
