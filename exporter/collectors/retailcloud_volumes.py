"""RetailCloud persistent volumes: phase, capacity and age.

Reads ListPersistentVolume (one call a cluster and page of 100) every five minutes; the clusters come from what
retailcloud_clusters remembers. Permissions: retailcloud:ListPersistentVolume (name not documented by the vendor).
"""

from dataclasses import dataclass
from functools import partial

from exporter.clouds.aliyun.retailcloud import LIST_CLUSTER, LIST_PERSISTENT_VOLUME, RetailCloud
from exporter.clouds.aliyun.retailcloud_models import Volume
from exporter.clouds.values import instant, quantity
from exporter.collectors.collector import Collector
from exporter.collectors.retailcloud_known_clusters import known_clusters
from exporter.collectors.rows import UNKNOWN, Rows
from exporter.collectors.run import Place, Run
from exporter.metric import Metric

KEY = ("account", "cluster_id", "persistentvolume")
# "Pending" is Kubernetes' own: the manual has only the other four.
PHASES = ("pending", "available", "bound", "released", "failed")

INFO = Metric(
    "aliyun_retailcloud_persistentvolume_info",
    "A persistent volume; always 1. ListPersistentVolume.",
    (*KEY, "cluster_name", "storage_class", "access_modes", "reclaim_policy", "claim"),
)
PHASE = Metric(
    "aliyun_retailcloud_persistentvolume_status_phase",
    "The volume's phase: exactly one is 1. ListPersistentVolume Status.",
    (*KEY, "phase"),
    states=(*PHASES, UNKNOWN),
)
CAPACITY = Metric(
    "aliyun_retailcloud_persistentvolume_capacity_bytes",
    "Capacity, in bytes. ListPersistentVolume Capacity (a Kubernetes quantity).",
    KEY,
)
CREATED = Metric(
    "aliyun_retailcloud_persistentvolume_created_timestamp_seconds",
    "When the volume was created, epoch seconds. ListPersistentVolume CreateTime.",
    KEY,
)


@dataclass(frozen=True, slots=True)
class ClusterVolume:
    """A volume and the cluster it is in."""

    cluster_id: str
    cluster_name: str
    volume: Volume


async def fetch(cloud: RetailCloud, run: Run[ClusterVolume]) -> None:
    """Ask every known cluster for its volumes."""
    names = await known_clusters(cloud, run, INFO)

    async def ask(cluster_id: str) -> None:
        listing = await cloud.list_persistent_volumes(cluster_id)
        run.listed_of(cluster_id, listing, INFO)
        for volume in listing.items:
            run.keep(cluster_id, ClusterVolume(cluster_id, names[cluster_id], volume), unit=volume.name)

    await run.each(names, ask)


def samples(payload: ClusterVolume, place: Place) -> Rows:
    """The rows of one volume."""
    volume = payload.volume
    rows = Rows(account=place.account, cluster_id=payload.cluster_id, persistentvolume=volume.name)
    rows.info(
        INFO,
        cluster_name=payload.cluster_name,
        storage_class=volume.storage_class,
        access_modes=volume.access_modes,
        reclaim_policy=volume.reclaim_policy,
        claim=volume.pvc_name,
    )
    rows.state(PHASE, volume.status, {phase: phase for phase in PHASES})
    rows.read(CAPACITY, quantity, volume.capacity)
    rows.read(CREATED, partial(instant, zone=place.zone), volume.create_time)
    return rows


COLLECTOR = Collector(
    name="retailcloud_volumes",
    product=RetailCloud,
    scope="global",
    operations=(LIST_PERSISTENT_VOLUME, LIST_CLUSTER),
    metrics=(INFO, PHASE, CAPACITY, CREATED),
    interval=300,
    timeout=240,  # calls wait for those of the deploys and clusters
    fetch=fetch,
    samples=samples,
)
