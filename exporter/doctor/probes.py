"""The probes: for each operation the one call that shows whether it works, made by the product's own client."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, TypeVar

from exporter.clouds.aliyun import batchcompute, ecs, emr, rds, retailcloud
from exporter.clouds.aliyun.batchcompute import BatchCompute
from exporter.clouds.aliyun.ecs import Ecs
from exporter.clouds.aliyun.emr import Emr
from exporter.clouds.aliyun.rds import Rds
from exporter.clouds.aliyun.retailcloud import RetailCloud
from exporter.clouds.huaweicloud import modelarts
from exporter.clouds.huaweicloud.modelarts import ModelArts
from exporter.clouds.operation import Operation
from exporter.clouds.paging import Listing
from exporter.collectors.emr_clusters import THERE
from exporter.collectors.filters import EVERYTHING, Filters
from exporter.doctor.channel import EnoughError

T = TypeVar("T")
Product = TypeVar("Product")


class Kind(StrEnum):
    """What an operation may need the id of; the words are shown."""

    cluster = "cluster"
    app = "app"
    environment = "environment"
    order = "deploy order"
    project = "project"
    instance = "RDS instance"


Found = Mapping[Kind, str]
"""The ids that earlier probes found."""


@dataclass(frozen=True, slots=True)
class Watched:
    """What of an account is watched: by name, and the RDS instances of the settings (None: they are discovered)."""

    filters: Filters = EVERYTHING
    instances: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """What a probe saw, in words.

    ``empty`` where that is nothing at all; ``first`` is the id of the first object that is watched, for the probes
    that need one.
    """

    text: str
    first: str = ""
    empty: bool = False


@dataclass(frozen=True, slots=True)
class Probe(Generic[Product]):
    """One call of an operation: ``ask`` makes it with the ids of what it ``needs``, and ``gives`` the id of another."""

    operation: Operation
    product: type[Product]
    ask: Callable[[Product, Found, Watched], Awaitable[Seen]]
    needs: tuple[Kind, ...] = ()
    gives: Kind | None = None

    @property
    def regional(self) -> bool:
        """Whether it is to be made in each region; RetailCloud has one host for all."""
        return self.product is not RetailCloud


async def _list_clusters(cloud: RetailCloud, _: Found, watched: Watched) -> Seen:
    clusters = await cloud.list_clusters()
    return _seen(
        clusters,
        "cluster",
        lambda item: item.instance_id,
        watched=lambda item: watched.filters.cluster(item.cluster_title),
    )


async def _cluster_detail(cloud: RetailCloud, found: Found, _: Watched) -> Seen:
    await cloud.cluster_detail(found[Kind.cluster])
    return Seen(f"the load of cluster {found[Kind.cluster]}")


async def _cluster_nodes(cloud: RetailCloud, found: Found, _: Watched) -> Seen:
    nodes = await cloud.list_cluster_nodes(found[Kind.cluster])
    return _seen(nodes, "node", lambda item: item.instance_id, of=f"cluster {found[Kind.cluster]}")


async def _volumes(cloud: RetailCloud, found: Found, _: Watched) -> Seen:
    volumes = await cloud.list_persistent_volumes(found[Kind.cluster])
    return _seen(volumes, "volume", lambda item: item.name, of=f"cluster {found[Kind.cluster]}")


async def _apps(cloud: RetailCloud, _: Found, watched: Watched) -> Seen:
    apps = await cloud.list_apps()
    return _seen(apps, "app", lambda item: item.app_id, watched=lambda item: watched.filters.app(item.title))


async def _environments(cloud: RetailCloud, found: Found, watched: Watched) -> Seen:
    environments = await cloud.list_app_environments(found[Kind.app])
    return _seen(
        environments,
        "environment",
        lambda item: item.env_id,
        of=f"app {found[Kind.app]}",
        watched=lambda item: watched.filters.environment(item.env_name),
    )


async def _allocations(cloud: RetailCloud, _: Found, __: Watched) -> Seen:
    allocations = await cloud.list_app_resource_allocs()
    return _seen(allocations, "allocation", lambda item: item.app_env_id)


async def _orders(cloud: RetailCloud, found: Found, _: Watched) -> Seen:
    orders = await cloud.list_deploy_orders(found[Kind.app])
    return _seen(orders, "deploy order", lambda item: item.deploy_order_id, of=f"app {found[Kind.app]}")


async def _order(cloud: RetailCloud, found: Found, _: Watched) -> Seen:
    await cloud.deploy_order(found[Kind.order])
    return Seen(f"deploy order {found[Kind.order]}")


async def _pods(cloud: RetailCloud, found: Found, _: Watched) -> Seen:
    pods = await cloud.list_pods(found[Kind.order])
    return _seen(pods, "pod", lambda item: item.app_instance_id, of=f"deploy order {found[Kind.order]}")


async def _app_instances(cloud: RetailCloud, found: Found, _: Watched) -> Seen:
    instances = await cloud.list_app_instances(found[Kind.app], found[Kind.environment])
    return _seen(instances, "instance", lambda item: item.app_instance_id, of=f"environment {found[Kind.environment]}")


async def _claims(cloud: RetailCloud, found: Found, _: Watched) -> Seen:
    claims = await cloud.list_persistent_volume_claims(found[Kind.app], found[Kind.environment])
    return _seen(claims, "claim", lambda item: item.name, of=f"environment {found[Kind.environment]}")


async def _db_instances(cloud: Rds, _: Found, watched: Watched) -> Seen:
    return _seen(
        await cloud.describe_db_instances(),
        "RDS instance",
        lambda item: item.db_instance_id,
        watched=lambda item: watched.instances is None or item.db_instance_id in watched.instances,
    )


async def _rds_backups(cloud: Rds, found: Found, _: Watched) -> Seen:
    backups = await cloud.describe_backups(found[Kind.instance])
    return _seen(backups, "backup set", lambda item: item.backup_id, of=found[Kind.instance])


async def _backups(cloud: RetailCloud, found: Found, _: Watched) -> Seen:
    backups, _size = await cloud.list_backups(found[Kind.instance])
    return _seen(backups, "backup set", lambda item: item.backup_id, of=found[Kind.instance])


async def _emr_clusters(cloud: Emr, _: Found, __: Watched) -> Seen:
    return _seen(await cloud.list_clusters(THERE), "cluster", lambda item: item.cluster_id)


async def _flow_projects(cloud: Emr, _: Found, __: Watched) -> Seen:
    return _seen(await cloud.list_flow_projects(), "project", lambda item: item.id)


async def _flow_clusters(cloud: Emr, found: Found, _: Watched) -> Seen:
    clusters = await cloud.list_flow_clusters(found[Kind.project])
    return _seen(clusters, "cluster", lambda item: item.id, of=f"project {found[Kind.project]}")


async def _hpc_clusters(cloud: Ecs, _: Found, __: Watched) -> Seen:
    clusters, _total = await cloud.describe_hpc_clusters()
    return _seen(clusters, "HPC cluster", lambda item: item.hpc_cluster_id)


async def _batchcompute_clusters(cloud: BatchCompute, _: Found, __: Watched) -> Seen:
    return _seen(await cloud.list_clusters(), "cluster", lambda item: item.id)


async def _modelarts_clusters(cloud: ModelArts, _: Found, __: Watched) -> Seen:
    return _seen(await cloud.list_clusters(), "cluster", lambda item: item.cluster_id)


async def _modelarts_pools(cloud: ModelArts, _: Found, __: Watched) -> Seen:
    return _seen(await cloud.list_pools(), "pool", lambda item: item.metadata.name)


# In the order in which they are shown. What a probe needs is given by one before it.
PROBES: tuple[Probe[Any], ...] = (  # each has the client of its own product
    Probe(retailcloud.LIST_CLUSTER, RetailCloud, _list_clusters, gives=Kind.cluster),
    Probe(retailcloud.QUERY_CLUSTER_DETAIL, RetailCloud, _cluster_detail, (Kind.cluster,)),
    Probe(retailcloud.LIST_CLUSTER_NODE, RetailCloud, _cluster_nodes, (Kind.cluster,)),
    Probe(retailcloud.LIST_PERSISTENT_VOLUME, RetailCloud, _volumes, (Kind.cluster,)),
    Probe(retailcloud.LIST_APP, RetailCloud, _apps, gives=Kind.app),
    Probe(retailcloud.LIST_APP_ENVIRONMENT, RetailCloud, _environments, (Kind.app,), Kind.environment),
    Probe(retailcloud.LIST_APP_RESOURCE_ALLOCS, RetailCloud, _allocations),
    Probe(retailcloud.LIST_DEPLOY_ORDERS, RetailCloud, _orders, (Kind.app,), Kind.order),
    Probe(retailcloud.DESCRIBE_DEPLOY_ORDER_DETAIL, RetailCloud, _order, (Kind.order,)),
    Probe(retailcloud.LIST_PODS, RetailCloud, _pods, (Kind.order,)),
    Probe(retailcloud.LIST_APP_INSTANCE, RetailCloud, _app_instances, (Kind.app, Kind.environment)),
    Probe(retailcloud.LIST_PERSISTENT_VOLUME_CLAIM, RetailCloud, _claims, (Kind.app, Kind.environment)),
    Probe(rds.DESCRIBE_DB_INSTANCES, Rds, _db_instances, gives=Kind.instance),
    Probe(rds.DESCRIBE_BACKUPS, Rds, _rds_backups, (Kind.instance,)),
    Probe(retailcloud.GET_RDS_BACK_UP, RetailCloud, _backups, (Kind.instance,)),
    Probe(emr.LIST_CLUSTERS, Emr, _emr_clusters),
    Probe(emr.LIST_FLOW_PROJECT, Emr, _flow_projects, gives=Kind.project),
    Probe(emr.LIST_FLOW_CLUSTER, Emr, _flow_clusters, (Kind.project,)),
    Probe(ecs.DESCRIBE_HPC_CLUSTERS, Ecs, _hpc_clusters),
    Probe(batchcompute.LIST_CLUSTERS, BatchCompute, _batchcompute_clusters),
    Probe(modelarts.LIST_CLUSTERS, ModelArts, _modelarts_clusters),
    Probe(modelarts.LIST_POOLS, ModelArts, _modelarts_pools),
)


def _seen(
    listing: Listing[T],
    noun: str,
    key: Callable[[T], str],
    *,
    of: str = "",
    watched: Callable[[T], bool] = lambda _: True,
) -> Seen:
    """What a list (``of`` something) shows; raises what cut it, unless that was the probe itself."""
    if listing.error is not None and not isinstance(listing.error, EnoughError):
        raise listing.error
    number = len(listing.items)
    more = " or more" if listing.error is not None else ""
    shown = f"{number or 'no'}{more} {noun}{'' if number == 1 and not more else 's'}{f' of {of}' if of else ''}"
    mine = [item for item in listing.items if watched(item)]
    if number and not mine:
        shown += ", none of them watched"
    return Seen(shown, key(mine[0]) if mine else "", empty=not number)
