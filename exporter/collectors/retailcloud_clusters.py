"""RetailCloud clusters: load, requests, pods and headroom.

Reads ListCluster (one call a page of 50) and QueryClusterDetail (one call a cluster) every minute.
Permissions: retailcloud:ListCluster, retailcloud:QueryClusterDetail (names not documented by the vendor).
The API has neither the readiness of nodes nor a status of HPC.
"""

import re
from typing import Final

from exporter.clouds.aliyun.retailcloud import RetailCloud
from exporter.clouds.aliyun.retailcloud_models import AllocatedPods, AvailablePods, Cluster, ClusterDetail
from exporter.clouds.values import cores, count, memory, ratio, shortest_decimal, text
from exporter.collectors.collector import Collector
from exporter.collectors.retailcloud_inventory import CLUSTERS, ClusterInventory, env_type
from exporter.collectors.rows import Rows
from exporter.collectors.run import Place, Run
from exporter.metric import Metric

KEY = ("account", "cluster_id")
ENVIRONMENT = (*KEY, "app_id", "app_name", "env_id", "env_name")

INFO = Metric(
    "aliyun_retailcloud_cluster_info",
    "A cluster; always 1. ListCluster.",
    (*KEY, "cluster_name", "region_id", "env_type", "business_code", "network_plugin", "vpc_id"),
)
STATUS = Metric(
    "aliyun_retailcloud_cluster_status",
    "1 for the cluster's state. ListCluster.Status has no documented list: running is always there (0 or 1), "
    "another state appears at 1 while it lasts.",
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
_LEVEL_WARNING: Final = "The vendor's own sample has 0 here beside a request of 0.57: do not alert on it."
RATIOS: Final = {
    "cpu_level": Metric(
        "aliyun_retailcloud_cluster_cpu_level_ratio",
        f"CPU level. QueryClusterDetail WorkLoad.CpuLevel. {_LEVEL_WARNING}",
        KEY,
    ),
    "mem_level": Metric(
        "aliyun_retailcloud_cluster_memory_level_ratio",
        f"Memory level. QueryClusterDetail WorkLoad.MemLevel. {_LEVEL_WARNING}",
        KEY,
    ),
    "cpu_request_percent": Metric(
        "aliyun_retailcloud_cluster_cpu_request_ratio",
        "Requested share of CPU: the one to alert on. QueryClusterDetail WorkLoad.CpuRequestPercent.",
        KEY,
    ),
    "mem_request_percent": Metric(
        "aliyun_retailcloud_cluster_memory_request_ratio",
        "Requested share of memory: the one to alert on. QueryClusterDetail WorkLoad.MemRequestPercent.",
        KEY,
    ),
    "cpu_use_percent": Metric(
        "aliyun_retailcloud_cluster_cpu_usage_ratio",
        "Used share of CPU. QueryClusterDetail WorkLoad.CpuUsePercent.",
        KEY,
    ),
    "mem_use_percent": Metric(
        "aliyun_retailcloud_cluster_memory_usage_ratio",
        "Used share of memory. QueryClusterDetail WorkLoad.MemUsePercent.",
        KEY,
    ),
}
AMOUNTS: Final = {
    "cpu_request": Metric(
        "aliyun_retailcloud_cluster_cpu_requested_cores",
        "Requested CPU, in cores. QueryClusterDetail WorkLoad.CpuRequest.",
        KEY,
    ),
    "cpu_use": Metric(
        "aliyun_retailcloud_cluster_cpu_used_cores",
        "Used CPU, in cores. QueryClusterDetail WorkLoad.CpuUse.",
        KEY,
    ),
    "cpu_total": Metric(
        "aliyun_retailcloud_cluster_cpu_total_cores",
        "CPU that pods can have, in cores. QueryClusterDetail WorkLoad.CpuTotal.",
        KEY,
    ),
    "cpu_capacity_total": Metric(
        "aliyun_retailcloud_cluster_cpu_capacity_cores",
        "CPU of all nodes, in cores. QueryClusterDetail WorkLoad.CpuCapacityTotal.",
        KEY,
    ),
    "mem_request": Metric(
        "aliyun_retailcloud_cluster_memory_requested_bytes",
        "Requested memory, in bytes. QueryClusterDetail WorkLoad.MemRequest.",
        KEY,
    ),
    "mem_use": Metric(
        "aliyun_retailcloud_cluster_memory_used_bytes",
        "Used memory, in bytes. QueryClusterDetail WorkLoad.MemUse.",
        KEY,
    ),
    "mem_total": Metric(
        "aliyun_retailcloud_cluster_memory_total_bytes",
        "Memory that pods can have, in bytes. QueryClusterDetail WorkLoad.MemTotal.",
        KEY,
    ),
    "mem_capacity_total": Metric(
        "aliyun_retailcloud_cluster_memory_capacity_bytes",
        "Memory of all nodes, in bytes. QueryClusterDetail WorkLoad.MemCapacityTotal.",
        KEY,
    ),
    "all_node_count": Metric(
        "aliyun_retailcloud_cluster_nodes",
        "Nodes. QueryClusterDetail WorkLoad.AllNodeCount.",
        KEY,
    ),
    "allocate_all_pod_count": Metric(
        "aliyun_retailcloud_cluster_pods",
        "All pods. QueryClusterDetail WorkLoad.AllocateAllPodCount.",
        KEY,
    ),
    "allocate_app_pod_count": Metric(
        "aliyun_retailcloud_cluster_app_pods",
        "Pods of apps. QueryClusterDetail WorkLoad.AllocateAppPodCount.",
        KEY,
    ),
}
DEPLOYED_PODS = Metric(
    "aliyun_retailcloud_cluster_deployed_pods",
    "Deployed pods. QueryClusterDetail InstanceInfo.AllocatePodCount.",
    KEY,
)
APPS = Metric("aliyun_retailcloud_cluster_apps", "Apps. QueryClusterDetail InstanceInfo.AppCount.", KEY)
AVAILABLE_PODS = Metric(
    "aliyun_retailcloud_cluster_available_pods",
    "How many pods of a shape still fit, for orientation. QueryClusterDetail InstanceInfo.AvailablePodInfoList.",
    (*KEY, "cpu_cores", "memory_gib"),
)
ENVIRONMENT_PODS = Metric(
    "aliyun_retailcloud_environment_pods",
    "Pods of an environment in this cluster. QueryClusterDetail InstanceInfo.AllocatedPodInfoList.podCount, summed.",
    ENVIRONMENT,
)
ENVIRONMENT_CORES = Metric(
    "aliyun_retailcloud_environment_requested_cores",
    "CPU that an environment's pods request here, in cores. QueryClusterDetail AllocatedPodInfoList, summed.",
    ENVIRONMENT,
)
ENVIRONMENT_MEMORY = Metric(
    "aliyun_retailcloud_environment_requested_bytes",
    "Memory that an environment's pods request here, in bytes. QueryClusterDetail AllocatedPodInfoList, summed.",
    ENVIRONMENT,
)


async def fetch(cloud: RetailCloud, run: Run[Cluster | ClusterDetail]) -> None:
    """List the clusters, then ask for the detail of each."""
    listing = await cloud.list_clusters()
    run.listed(listing, [cluster.instance_id for cluster in listing.items], INFO)
    run.remember(ClusterInventory.of(listing))
    for cluster in listing.items:
        run.keep(cluster.instance_id, cluster)

    async def ask(cluster_id: str) -> None:
        run.keep(cluster_id, await cloud.cluster_detail(cluster_id))

    await run.each([cluster.instance_id for cluster in listing.items], ask)


def samples(payload: Cluster | ClusterDetail, place: Place) -> Rows:
    """The rows of a cluster's line in the list, or those of its detail."""
    if isinstance(payload, Cluster):
        rows = Rows(account=place.account, cluster_id=payload.instance_id)
        _listed(rows, payload)
    else:
        rows = Rows(account=place.account, cluster_id=payload.cluster_id)
        _detailed(rows, payload)
    return rows


def _listed(rows: Rows, cluster: Cluster) -> None:
    rows.info(
        INFO,
        cluster_name=cluster.cluster_title,
        region_id=cluster.region_id,
        env_type=env_type(cluster.env_type),
        business_code=cluster.business_code,
        network_plugin=cluster.net_plug,
        vpc_id=cluster.vpc_id,
    )
    state = re.sub(r"[^a-z0-9_]+", "_", text(cluster.status).lower())[:40]
    if state:
        rows.value(STATUS, state == "running", status="running")
        if state != "running":
            rows.info(STATUS, status=state)
    rows.read(WORKLOAD_CPU, ratio, cluster.work_load_cpu)
    rows.read(WORKLOAD_MEMORY, ratio, cluster.work_load_mem)


def _detailed(rows: Rows, detail: ClusterDetail) -> None:
    for field, metric in RATIOS.items():
        rows.read(metric, ratio, getattr(detail.work_load, field))
    for field, metric in AMOUNTS.items():
        rows.read(metric, count, getattr(detail.work_load, field))
    rows.read(DEPLOYED_PODS, count, detail.allocate_pod_count)
    rows.read(APPS, count, detail.app_count)
    rows.unreadable(ENVIRONMENT_PODS, detail.unreadable_pods)
    _available(rows, detail.available)
    _allocated(rows, detail.allocated)


def _available(rows: Rows, items: tuple[AvailablePods, ...]) -> None:
    by_shape: dict[tuple[str, str], float] = {}
    for item in items:
        cpu = rows.reading(AVAILABLE_PODS, cores, item.cup_request or item.cpu_request)
        mem = rows.reading(AVAILABLE_PODS, memory, item.mem_request)
        pods = rows.reading(AVAILABLE_PODS, count, item.available_pod_count)
        if cpu is not None and mem is not None and pods is not None:
            by_shape[shortest_decimal(cpu), shortest_decimal(mem / 2**30)] = pods
    for (cpu_cores, memory_gib), pods in by_shape.items():
        rows.value(AVAILABLE_PODS, pods, cpu_cores=cpu_cores, memory_gib=memory_gib)


def _allocated(rows: Rows, items: tuple[AllocatedPods, ...]) -> None:
    groups: dict[tuple[str, str], list[AllocatedPods]] = {}
    for item in items:
        groups.setdefault((item.app_id, item.env_id), []).append(item)
    for (app_id, env_id), group in groups.items():
        name = group[-1]
        under = rows.under(app_id=app_id, app_name=name.app_name, env_id=env_id, env_name=name.env_name)
        pods = [rows.reading(ENVIRONMENT_PODS, count, item.pod_count) for item in group]
        cpu = [rows.reading(ENVIRONMENT_CORES, cores, item.cup_request or item.cpu_request) for item in group]
        mem = [rows.reading(ENVIRONMENT_MEMORY, memory, item.mem_request) for item in group]
        under.value(ENVIRONMENT_PODS, _total(pods, [1.0] * len(pods)))
        under.value(ENVIRONMENT_CORES, _total(pods, cpu))
        under.value(ENVIRONMENT_MEMORY, _total(pods, mem))


def _total(pods: list[float | None], each: list[float | None] | list[float]) -> float | None:
    """The sum of pods × each; None where any part of it is not known, because a sum that lacks a part is wrong."""
    total = 0.0
    for how_many, one in zip(pods, each, strict=True):
        if how_many is None or one is None:
            return None
        total += how_many * one
    return total


COLLECTOR = Collector(
    name=CLUSTERS,
    product=RetailCloud,
    scope="global",
    operations=("ListCluster", "QueryClusterDetail"),
    metrics=(
        INFO,
        STATUS,
        WORKLOAD_CPU,
        WORKLOAD_MEMORY,
        *RATIOS.values(),
        *AMOUNTS.values(),
        DEPLOYED_PODS,
        APPS,
        AVAILABLE_PODS,
        ENVIRONMENT_PODS,
        ENVIRONMENT_CORES,
        ENVIRONMENT_MEMORY,
    ),
    interval=60,
    timeout=50,
    fetch=fetch,
    samples=samples,
)
