"""BatchCompute clusters: state, machines by phase, and groups of machines.

Reads GET /clusters of 2015-11-11 (one call a page of 100) every five minutes. Off unless it is enabled: the vendor has
deprecated BatchCompute. Permission: batchcompute:ListClusters (name not documented by the vendor).
"""

from functools import partial
from typing import Final

from exporter.clouds.aliyun.batchcompute import LIST_CLUSTERS, BatchCompute, Cluster, Group
from exporter.clouds.values import count, instant
from exporter.collectors.collector import Collector
from exporter.collectors.rows import UNKNOWN, Rows
from exporter.collectors.run import Place, Run
from exporter.metric import Metric

KEY = ("account", "region_id", "cluster_id")
GROUP = (*KEY, "group")
STATES = {"active": "active", "deleting": "deleting"}
PHASES: Final = {
    "running": "running_count",
    "starting": "starting_count",
    "stopping": "stopping_count",
    "stopped": "stopped_count",
}

INFO = Metric(
    "aliyun_batchcompute_cluster_info",
    "A BatchCompute cluster; always 1. ListClusters.",
    (*KEY, "cluster_name", "image_id", "instance_type"),
)
STATE = Metric(
    "aliyun_batchcompute_cluster_state",
    "1 for the cluster's state. ListClusters State.",
    (*KEY, "state"),
    states=(*STATES.values(), UNKNOWN),
)
CREATED = Metric(
    "aliyun_batchcompute_cluster_created_timestamp_seconds",
    "When the cluster was created, epoch seconds. ListClusters CreationTime.",
    KEY,
)
VMS = Metric(
    "aliyun_batchcompute_cluster_vms",
    "Virtual machines of the cluster by phase. ListClusters Metrics.",
    (*KEY, "phase"),
)
GROUP_INFO = Metric(
    "aliyun_batchcompute_group_info",
    "A group of equal machines; always 1. ListClusters Groups.",
    (*GROUP, "instance_type", "resource_type", "spot_strategy"),
)
DESIRED_VMS = Metric(
    "aliyun_batchcompute_group_desired_vms",
    "Machines that the group should have. ListClusters Groups.DesiredVMCount.",
    GROUP,
)
ACTUAL_VMS = Metric(
    "aliyun_batchcompute_group_actual_vms",
    "Machines that the group has. ListClusters Groups.ActualVMCount.",
    GROUP,
)
SPOT_PRICE_LIMIT = Metric(
    "aliyun_batchcompute_group_spot_price_limit",
    "The most to be paid for a spot machine, in a currency that is not documented. ListClusters Groups.SpotPriceLimit.",
    GROUP,
)


async def fetch(cloud: BatchCompute, run: Run[Cluster]) -> None:
    """List the clusters and keep those that are watched."""
    listing = await cloud.list_clusters()
    watched = [cluster for cluster in listing.items if run.place.filters.cluster(cluster.name)]
    run.listed(listing, [cluster.id for cluster in watched], INFO)
    for cluster in watched:
        run.keep(cluster.id, cluster)


def samples(payload: Cluster, place: Place) -> Rows:
    """The rows of a cluster and its groups."""
    rows = Rows(account=place.account, region_id=place.region, cluster_id=payload.id)
    rows.info(INFO, cluster_name=payload.name, image_id=payload.image_id, instance_type=payload.instance_type)
    rows.state(STATE, payload.state, STATES)
    rows.read(CREATED, partial(instant, zone=place.zone), payload.creation_time)
    for phase, field in PHASES.items():
        rows.read(VMS, count, getattr(payload.metrics, field), phase=phase)
    for name, group in payload.groups.items():
        if group is None:
            rows.unreadable(GROUP_INFO, 1)
        else:
            _group(rows.under(group=name), group)
    return rows


def _group(rows: Rows, group: Group) -> None:
    rows.info(
        GROUP_INFO,
        instance_type=group.instance_type,
        resource_type=group.resource_type,
        spot_strategy=group.spot_strategy,
    )
    rows.read(DESIRED_VMS, count, group.desired_vm_count)
    rows.read(ACTUAL_VMS, count, group.actual_vm_count)
    rows.read(SPOT_PRICE_LIMIT, count, group.spot_price_limit)


COLLECTOR = Collector(
    name="batchcompute_clusters",
    product=BatchCompute,
    scope="regional",
    operations=(LIST_CLUSTERS,),
    metrics=(INFO, STATE, CREATED, VMS, GROUP_INFO, DESIRED_VMS, ACTUAL_VMS, SPOT_PRICE_LIMIT),
    interval=300,
    timeout=120,
    fetch=fetch,
    samples=samples,
    enabled=False,
)
