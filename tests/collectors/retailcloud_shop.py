"""A tiny RetailCloud of clusters and apps that answers what a test puts into it."""

import asyncio
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeVar

from exporter.clouds.aliyun.retailcloud_models import (
    AllocatedPods,
    App,
    AppInstance,
    AvailablePods,
    Claim,
    Cluster,
    ClusterDetail,
    Environment,
    Node,
    ResourceAllocation,
    Volume,
    WorkLoad,
)
from exporter.clouds.paging import Listing
from exporter.clouds.payload import Payload

PayloadT = TypeVar("PayloadT", bound=Payload)
Wire = dict[str, object]


def read(model: type[PayloadT], wires: Iterable[Wire]) -> tuple[PayloadT, ...]:
    """The models of items as the vendor writes them."""
    return tuple(model.model_validate(wire) for wire in wires)


@dataclass
class Shop:
    """Answers what `exporter.clouds.aliyun.retailcloud.RetailCloud` answers, and counts the calls.

    ``broken``: what is raised instead, by operation or by (operation, id); ``listings``: whole answers, likewise;
    ``hanging``: ids whose calls never end.
    """

    clusters: list[Wire] = field(default_factory=list)
    details: dict[str, Wire] = field(default_factory=dict)
    nodes: dict[str, list[Wire]] = field(default_factory=dict)
    volumes: dict[str, list[Wire]] = field(default_factory=dict)
    apps: list[Wire] = field(default_factory=list)
    environments: dict[str, list[Wire]] = field(default_factory=dict)
    allocations: list[Wire] = field(default_factory=list)
    instances: dict[str, list[Wire]] = field(default_factory=dict)
    claims: dict[str, list[Wire]] = field(default_factory=dict)
    broken: dict[object, Exception] = field(default_factory=dict)
    listings: dict[object, Listing] = field(default_factory=dict)
    hanging: set[str] = field(default_factory=set)
    calls: Counter[str] = field(default_factory=Counter)

    async def _called(self, operation: str, about: str = "") -> Listing | None:
        self.calls[operation] += 1
        if about in self.hanging or operation in self.hanging:
            await asyncio.Event().wait()
        error = self.broken.get((operation, about)) or self.broken.get(operation)
        if error is not None:
            raise error
        return self.listings.get((operation, about)) or self.listings.get(operation)

    async def list_clusters(self) -> Listing[Cluster]:
        return await self._called("ListCluster") or Listing(read(Cluster, self.clusters))

    async def cluster_detail(self, cluster_id: str) -> ClusterDetail:
        await self._called("QueryClusterDetail", cluster_id)
        return detail(cluster_id, **self.details.get(cluster_id, {}))

    async def list_cluster_nodes(self, cluster_id: str) -> Listing[Node]:
        told = await self._called("ListClusterNode", cluster_id)
        return told or Listing(read(Node, self.nodes.get(cluster_id, ())))

    async def list_persistent_volumes(self, cluster_id: str) -> Listing[Volume]:
        told = await self._called("ListPersistentVolume", cluster_id)
        return told or Listing(read(Volume, self.volumes.get(cluster_id, ())))

    async def list_apps(self) -> Listing[App]:
        return await self._called("ListApp") or Listing(read(App, self.apps))

    async def list_app_environments(self, app_id: str) -> Listing[Environment]:
        told = await self._called("ListAppEnvironment", app_id)
        return told or Listing(read(Environment, self.environments.get(app_id, ())))

    async def list_app_resource_allocs(self) -> Listing[ResourceAllocation]:
        return await self._called("ListAppResourceAllocs") or Listing(read(ResourceAllocation, self.allocations))

    async def list_app_instances(self, app_id: str, env_id: str) -> Listing[AppInstance]:
        told = await self._called("ListAppInstance", f"{app_id}/{env_id}")
        return told or Listing(read(AppInstance, self.instances.get(env_id, ())))

    async def list_persistent_volume_claims(self, app_id: str, env_id: str) -> Listing[Claim]:
        told = await self._called("ListPersistentVolumeClaim", f"{app_id}/{env_id}")
        return told or Listing(read(Claim, self.claims.get(env_id, ())))


def detail(cluster_id: str, *, allocated: Iterable[Wire] = (), available: Iterable[Wire] = (), **fields) -> object:
    """A cluster's detail; fields of WorkLoad by the vendor's names, the others by those of `ClusterDetail`."""
    own = {name: fields.pop(name) for name in tuple(fields) if name in ClusterDetail.__dataclass_fields__}
    return ClusterDetail(
        cluster_id,
        work_load=WorkLoad.model_validate(fields),
        allocated=read(AllocatedPods, allocated),
        available=read(AvailablePods, available),
        **own,
    )
