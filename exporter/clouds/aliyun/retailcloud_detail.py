"""QueryClusterDetail's answer as it is read: its parts lifted up, and pods that may be objects or JSON in a string."""

import json
from collections.abc import Mapping

from exporter.clouds.aliyun.retailcloud_models import AllocatedPods, AvailablePods, ClusterDetail, WorkLoad
from exporter.clouds.payload import PayloadT, field, mapping


def read_detail(cluster_id: str, result: Mapping[str, object]) -> ClusterDetail:
    """The detail of a cluster from the ``Result`` of the answer; a part that is missing leaves the others."""
    instances = mapping(field(result, "InstanceInfo"))
    allocated, bad_allocated = _pod_list(field(instances, "AllocatedPodInfoList"), AllocatedPods)
    available, bad_available = _pod_list(field(instances, "AvailablePodInfoList"), AvailablePods)
    return ClusterDetail(
        cluster_id,
        work_load=WorkLoad.read(mapping(field(result, "WorkLoad"))) or WorkLoad(),
        allocate_pod_count=field(instances, "AllocatePodCount"),
        app_count=field(instances, "AppCount"),
        allocated=allocated,
        available=available,
        unreadable_allocated=bad_allocated,
        unreadable_available=bad_available,
    )


def _pod_list(raw: object, model: type[PayloadT]) -> tuple[tuple[PayloadT, ...], int]:
    """The items that can be read and the number of those that cannot; null is an empty list.

    The SDK types these lists as strings, the manual shows objects: an item may be either.
    """
    listed = [] if raw is None else raw if isinstance(raw, list) else [raw]
    items = [model.read(_object(item)) for item in listed]
    readable = tuple(item for item in items if item is not None)
    return readable, len(items) - len(readable)


def _object(item: object) -> object:
    if not isinstance(item, str):
        return item
    try:
        return json.loads(item)
    except (ValueError, RecursionError):
        return item
