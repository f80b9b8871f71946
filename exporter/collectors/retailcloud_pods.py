"""The pods of a RetailCloud cluster: those of each environment, and how many of a shape still fit.

A part of retailcloud_clusters, which asks QueryClusterDetail.
"""

from exporter.clouds.aliyun.retailcloud_models import AllocatedPods, AvailablePods, ClusterDetail
from exporter.clouds.values import Raw, cores, count, memory, shortest_decimal
from exporter.collectors.filters import Filters
from exporter.collectors.rows import Oddity, Rows
from exporter.metric import Metric

KEY = ("account", "cluster_id")
ENVIRONMENT = (*KEY, "app_id", "app_name", "env_id", "env_name")

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
METRICS = (AVAILABLE_PODS, ENVIRONMENT_PODS, ENVIRONMENT_CORES, ENVIRONMENT_MEMORY)


def pod_rows(rows: Rows, detail: ClusterDetail, filters: Filters) -> None:
    """Add the rows of a cluster's pods, but for apps and environments that a filter leaves out.

    ``rows`` have the cluster as their key.
    """
    rows.unreadable(AVAILABLE_PODS, detail.unreadable_available)
    rows.unreadable(ENVIRONMENT_PODS, detail.unreadable_allocated)
    _available(rows, detail.available)
    _allocated(rows, detail.allocated, filters)


def _available(rows: Rows, items: tuple[AvailablePods, ...]) -> None:
    by_shape: dict[tuple[str, str], float] = {}
    for item in items:
        cpu = rows.reading(AVAILABLE_PODS, cores, _cpu_request(item))
        mem = rows.reading(AVAILABLE_PODS, memory, item.mem_request)
        pods = rows.reading(AVAILABLE_PODS, count, item.available_pod_count)
        if cpu is not None and mem is not None and pods is not None:
            shape = (shortest_decimal(cpu), shortest_decimal(mem / 2**30))
            if shape in by_shape:
                rows.note(Oddity("duplicate", AVAILABLE_PODS))
            by_shape[shape] = pods
    for (cpu_cores, memory_gib), pods in by_shape.items():
        rows.value(AVAILABLE_PODS, pods, cpu_cores=cpu_cores, memory_gib=memory_gib)


def _allocated(rows: Rows, items: tuple[AllocatedPods, ...], filters: Filters) -> None:
    groups: dict[tuple[str, str], list[AllocatedPods]] = {}
    for item in items:
        groups.setdefault((item.app_id, item.env_id), []).append(item)
    for (app_id, env_id), group in groups.items():
        name = group[-1]
        if not (filters.app(name.app_name) and filters.environment(name.env_name)):
            continue
        under = rows.under(app_id=app_id, app_name=name.app_name, env_id=env_id, env_name=name.env_name)
        pods = [rows.reading(ENVIRONMENT_PODS, count, item.pod_count) for item in group]
        cpu = [rows.reading(ENVIRONMENT_CORES, cores, _cpu_request(item)) for item in group]
        mem = [rows.reading(ENVIRONMENT_MEMORY, memory, item.mem_request) for item in group]
        under.value(ENVIRONMENT_PODS, _total(pods, [1.0] * len(pods)))
        under.value(ENVIRONMENT_CORES, _total(pods, cpu))
        under.value(ENVIRONMENT_MEMORY, _total(pods, mem))


def _cpu_request(item: AllocatedPods | AvailablePods) -> Raw:
    return item.cpu_request if item.cup_request is None or item.cup_request == "" else item.cup_request


def _total(pods: list[float | None], each: list[float | None] | list[float]) -> float | None:
    """The sum of pods × each; None where any part of it is not known, because a sum that lacks a part is wrong."""
    total = 0.0
    for how_many, one in zip(pods, each, strict=True):
        if how_many is None or one is None:
            return None
        total += how_many * one
    return total
