"""E-MapReduce, API version 2016-04-08: the clusters of the data development projects in one region.

The vendor ended that feature in 2023; accounts that have such projects may still be answered.
"""

from typing import Annotated, ClassVar

from pydantic import BeforeValidator

from exporter.clouds.aliyun.rpc import RpcProduct
from exporter.clouds.aliyun.rpc_lists import NestedList
from exporter.clouds.http import Channel
from exporter.clouds.operation import Operation
from exporter.clouds.paging import Listing
from exporter.clouds.payload import Identifier, Payload, Text, mapping

VERSION = "2016-04-08"
# The largest page is not documented; the samples have 10.
PAGE_SIZES = (50, 10)

# The names follow the system policy AliyunEMRFlowAdmin, which allows emr:ListFlow*.
LIST_FLOW_PROJECT = Operation("emr", "ListFlowProject", "emr:ListFlowProject", documented=True)
LIST_FLOW_CLUSTER = Operation("emr", "ListFlowCluster", "emr:ListFlowCluster", documented=True)

Raw = object


class FlowProject(Payload):
    """An item of ListFlowProject."""

    id: Identifier
    name: Text = ""


class FailReason(Payload):
    """``FailReason`` of a cluster: an empty object while nothing failed."""

    error_code: Text = ""
    error_msg: Text = ""


class OrderTaskInfo(Payload):
    """``OrderTaskInfo`` of a cluster: how many of its orders are completed."""

    current_count: Raw = None
    target_count: Raw = None


class FlowCluster(Payload):
    """An item of ListFlowCluster; times in epoch milliseconds, ``running_time`` in seconds."""

    id: Identifier
    name: Text = ""
    type: Text = ""
    charge_type: Text = ""
    status: Raw = None
    create_time: Raw = None
    expired_time: Raw = None
    running_time: Raw = None
    has_uncompleted_order: Raw = None
    fail_reason: Annotated[FailReason, BeforeValidator(mapping)] = FailReason()
    order_task_info: Annotated[OrderTaskInfo, BeforeValidator(mapping)] = OrderTaskInfo()


_PROJECTS = NestedList(
    "ListFlowProject", "Projects", "Project", FlowProject, lambda item: item.id, PAGE_SIZES, total="Total"
)
_CLUSTERS = NestedList("ListFlowCluster", "Clusters", "ClusterInfo", FlowCluster, lambda item: item.id, PAGE_SIZES)


class Emr:
    """The product for one account and region."""

    product: ClassVar = "emr"
    provider: ClassVar = "aliyun"

    def __init__(self, channel: Channel) -> None:
        self._rpc = RpcProduct(channel, VERSION)
        self._region = channel.region

    async def list_flow_projects(self) -> Listing[FlowProject]:
        """ListFlowProject: the projects of the region."""
        listing, _ = await _PROJECTS.read(self._rpc, {"RegionId": self._region})
        return listing

    async def list_flow_clusters(self, project_id: str) -> Listing[FlowCluster]:
        """ListFlowCluster: the clusters that a project may use."""
        listing, _ = await _CLUSTERS.read(self._rpc, {"RegionId": self._region, "ProjectId": project_id})
        return listing
