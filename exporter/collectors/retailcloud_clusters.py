"""RetailCloud clusters: load, requests, pods and headroom.

Reads ListCluster (one call a page of 50) and QueryClusterDetail (one call a cluster) every minute; what is made of the
detail's pods is in retailcloud_pods.py. A cluster whose name a filter leaves out costs no call.
Permissions: retailcloud:ListCluster, retailcloud:QueryClusterDetail (names not documented by the vendor).
The API has neither the readiness of nodes nor a status of HPC.
"""

import re
from typing import Final

from exporter.clouds.aliyun.retailcloud import LIST_CLUSTER, QUERY_CLUSTER_DETAIL, RetailCloud
from exporter.clouds.aliyun.retailcloud_models import Cluster, ClusterDetail
from exporter.clouds.values import Raw, count, ratio, text
from exporter.collectors import retailcloud_pods
from exporter.collectors.collector import Collector
from exporter.collectors.retailcloud_env_type import shown_env_type
from exporter.collectors.retailcloud_known_clusters import CLUSTERS, ClusterInventory
from exporter.collectors.rows import UNKNOWN, Oddity, Rows, shortened
from exporter.collectors.run import Place, Run
from exporter.metric import Metric

KEY = ("account", "cluster_id")


def _work_load(name: str, field: str, says: str) -> Metric:
    return Metric(name, f"{says} QueryClusterDetail WorkLoad.{field}.", KEY)


INFO = Metric(
    "aliyun_retailcloud_cluster_info",
    "A cluster; always 1. ListCluster.",
    (*KEY, "cluster_name", "region_id", "env_type", "business_code", "network_plugin", "vpc_id"),
)
STATUS = Metric(
    "aliyun_retailcloud_cluster_status",
    "1 for the cluster's state. ListCluster.Status has no documented list: running is always there (0 or 1), "
    "another state appears at 1 while it lasts, unknown where there is none.",
    (*KEY, "status"),
)
WORKLOAD_CPU = Metric(
    "aliyun_retailcloud_cluster_workload_cpu_ratio",
    "Requested share of CPU, known even when the cluster's detail is not. ListCluster.WorkLoadCpu.",
    KEY,
)
WORKLOAD_MEMORY = Metric(
    "aliyun_retailcloud_cluster_workload_memory_ratio",
    "Requested share of memory, known even when the cluster's detail is not. ListCluster.WorkLoadMem.",
    KEY,
)
_LEVEL = "level, 0 in the vendor's own sample beside a request of 0.57: do not alert on it."
RATIOS: Final = {
    "cpu_level": _work_load("aliyun_retailcloud_cluster_cpu_level_ratio", "CpuLevel", f"CPU {_LEVEL}"),
    "mem_level": _work_load("aliyun_retailcloud_cluster_memory_level_ratio", "MemLevel", f"Memory {_LEVEL}"),
    "cpu_request_percent": _work_load(
        "aliyun_retailcloud_cluster_cpu_request_ratio",
        "CpuRequestPercent",
        "Requested share of CPU: the one to alert on.",
    ),
    "mem_request_percent": _work_load(
        "aliyun_retailcloud_cluster_memory_request_ratio",
        "MemRequestPercent",
        "Requested share of memory: the one to alert on.",
    ),
    "cpu_use_percent": _work_load("aliyun_retailcloud_cluster_cpu_usage_ratio", "CpuUsePercent", "Used share of CPU."),
    "mem_use_percent": _work_load(
        "aliyun_retailcloud_cluster_memory_usage_ratio", "MemUsePercent", "Used share of memory."
    ),
}
AMOUNTS: Final = {
    "cpu_request": _work_load(
        "aliyun_retailcloud_cluster_cpu_requested_cores", "CpuRequest", "Requested CPU, in cores."
    ),
    "cpu_use": _work_load("aliyun_retailcloud_cluster_cpu_used_cores", "CpuUse", "Used CPU, in cores."),
    "cpu_total": _work_load(
        "aliyun_retailcloud_cluster_cpu_total_cores", "CpuTotal", "CPU that pods can have, in cores."
    ),
    "cpu_capacity_total": _work_load(
        "aliyun_retailcloud_cluster_cpu_capacity_cores", "CpuCapacityTotal", "CPU of all nodes, in cores."
    ),
    "mem_request": _work_load(
        "aliyun_retailcloud_cluster_memory_requested_bytes", "MemRequest", "Requested memory, in bytes."
    ),
    "mem_use": _work_load("aliyun_retailcloud_cluster_memory_used_bytes", "MemUse", "Used memory, in bytes."),
    "mem_total": _work_load(
        "aliyun_retailcloud_cluster_memory_total_bytes", "MemTotal", "Memory that pods can have, in bytes."
    ),
    "mem_capacity_total": _work_load(
        "aliyun_retailcloud_cluster_memory_capacity_bytes", "MemCapacityTotal", "Memory of all nodes, in bytes."
    ),
    "all_node_count": _work_load("aliyun_retailcloud_cluster_nodes", "AllNodeCount", "Nodes."),
    "allocate_all_pod_count": _work_load("aliyun_retailcloud_cluster_pods", "AllocateAllPodCount", "All pods."),
    "allocate_app_pod_count": _work_load("aliyun_retailcloud_cluster_app_pods", "AllocateAppPodCount", "Pods of apps."),
}
DEPLOYED_PODS = Metric(
    "aliyun_retailcloud_cluster_deployed_pods",
    "Deployed pods. QueryClusterDetail InstanceInfo.AllocatePodCount.",
    KEY,
)
APPS = Metric("aliyun_retailcloud_cluster_apps", "Apps. QueryClusterDetail InstanceInfo.AppCount.", KEY)


async def fetch(cloud: RetailCloud, run: Run[Cluster | ClusterDetail]) -> None:
    """List the clusters, then ask for the detail of each."""
    listing = await cloud.list_clusters()
    inventory = ClusterInventory.of(listing, run.place.filters.cluster)
    run.listed(listing, inventory.names, INFO)
    run.remember(inventory)
    for cluster in listing.items:
        if cluster.instance_id in inventory.names:
            run.keep(cluster.instance_id, cluster)

    async def ask(cluster_id: str) -> None:
        run.keep(cluster_id, await cloud.cluster_detail(cluster_id))

    await run.each(inventory.names, ask)


def samples(payload: Cluster | ClusterDetail, place: Place) -> Rows:
    """The rows of a cluster's line in the list, or those of its detail."""
    if isinstance(payload, Cluster):
        rows = Rows(account=place.account, cluster_id=payload.instance_id)
        _listed(rows, payload)
    else:
        rows = Rows(account=place.account, cluster_id=payload.cluster_id)
        _detailed(rows, payload, place)
    return rows


def _listed(rows: Rows, cluster: Cluster) -> None:
    rows.info(
        INFO,
        cluster_name=cluster.cluster_title,
        region_id=cluster.region_id,
        env_type=shown_env_type(rows, INFO, cluster.env_type),
        business_code=cluster.business_code,
        network_plugin=cluster.net_plug,
        vpc_id=cluster.vpc_id,
    )
    _status(rows, cluster.status)
    rows.read(WORKLOAD_CPU, ratio, cluster.work_load_cpu)
    rows.read(WORKLOAD_MEMORY, ratio, cluster.work_load_mem)


def _status(rows: Rows, raw: Raw) -> None:
    word = text(raw).lower()
    state = re.sub(r"[^a-z0-9_]+", "_", word)[:40]
    if not word and raw not in (None, ""):
        rows.note(Oddity("unreadable", STATUS, shortened(raw)))
    elif word and (not word.isascii() or not state.strip("_")):
        rows.note(Oddity("unknown_state", STATUS, shortened(raw)))
        state = UNKNOWN
    rows.value(STATUS, state == "running", status="running")
    if state != "running":
        rows.info(STATUS, status=state or UNKNOWN)


def _detailed(rows: Rows, detail: ClusterDetail, place: Place) -> None:
    for field, metric in RATIOS.items():
        rows.read(metric, ratio, getattr(detail.work_load, field))
    for field, metric in AMOUNTS.items():
        rows.read(metric, count, getattr(detail.work_load, field))
    rows.read(DEPLOYED_PODS, count, detail.allocate_pod_count)
    rows.read(APPS, count, detail.app_count)
    retailcloud_pods.pod_rows(rows, detail, place.filters)


COLLECTOR = Collector(
    name=CLUSTERS,
    product=RetailCloud,
    scope="global",
    operations=(LIST_CLUSTER, QUERY_CLUSTER_DETAIL),
    metrics=(
        INFO,
        STATUS,
        WORKLOAD_CPU,
        WORKLOAD_MEMORY,
        *RATIOS.values(),
        *AMOUNTS.values(),
        DEPLOYED_PODS,
        APPS,
        *retailcloud_pods.METRICS,
    ),
    interval=60,
    timeout=50,
    fetch=fetch,
    samples=samples,
    memory=ClusterInventory,
    weight=4,  # whoever is on call looks at load and headroom next to the deploys
)
