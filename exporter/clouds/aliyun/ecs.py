"""Elastic Compute Service, API version 2014-05-26: the HPC clusters of one region."""

from typing import ClassVar

from exporter.clouds.aliyun.rpc import RpcProduct
from exporter.clouds.aliyun.rpc_lists import NestedList
from exporter.clouds.http import Channel
from exporter.clouds.operation import Operation
from exporter.clouds.paging import Listing
from exporter.clouds.payload import Identifier, Payload, Text

VERSION = "2014-05-26"
PAGE_SIZES = (100, 10)  # the documented maximum and default

DESCRIBE_HPC_CLUSTERS = Operation(
    "ecs", "DescribeHpcClusters", "ecs:DescribeHpcClusters", documented=True, resource="acs:ecs:*:*:hpc/*"
)


class HpcCluster(Payload):
    """An item of DescribeHpcClusters, which has neither a state nor nodes."""

    hpc_cluster_id: Identifier
    name: Text = ""


_CLUSTERS = NestedList(
    "DescribeHpcClusters", "HpcClusters", "HpcCluster", HpcCluster, lambda item: item.hpc_cluster_id, PAGE_SIZES
)


class Ecs:
    """The product for one account and region."""

    product: ClassVar = "ecs"
    provider: ClassVar = "aliyun"

    def __init__(self, channel: Channel) -> None:
        self._rpc = RpcProduct(channel, VERSION)
        self._region = channel.region

    async def describe_hpc_clusters(self) -> tuple[Listing[HpcCluster], int | None]:
        """DescribeHpcClusters: the HPC clusters and ``TotalCount``; NotOfferedError in a region without the service."""
        return await _CLUSTERS.read(self._rpc, {"RegionId": self._region})
