"""E-MapReduce in one region: its clusters (API 2021-03-20), and those of data development projects (2016-04-08).

The vendor ended data development in 2023; accounts that have such projects may still be answered.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Annotated, ClassVar

from pydantic import BeforeValidator

from exporter.clouds.aliyun.rpc import Parameters, RpcProduct
from exporter.clouds.aliyun.rpc_lists import NestedList
from exporter.clouds.http import Channel
from exporter.clouds.operation import Operation
from exporter.clouds.paging import Listing, Page, marked_pages
from exporter.clouds.payload import Identifier, Payload, Text, field, mapping, read_items, stated_number
from exporter.clouds.values import text

VERSION = "2021-03-20"
PAGE_SIZE = 100  # the documented maximum
FLOW_VERSION = "2016-04-08"
# The largest page is not documented; the samples have 10.
FLOW_PAGE_SIZES = (50, 10)

# The names follow the system policy AliyunEMRFlowAdmin, which allows emr:ListFlow*.
LIST_FLOW_PROJECT = Operation("emr", "ListFlowProject", "emr:ListFlowProject", documented=True)
LIST_FLOW_CLUSTER = Operation("emr", "ListFlowCluster", "emr:ListFlowCluster", documented=True)
# AliyunDataWorksAccessingEMRReadOnlyPolicy, a system policy, allows it by this name.
LIST_CLUSTERS = Operation("emr", "ListClusters", "emr:ListClusters", documented=True)

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


_FLOW_PROJECTS = NestedList(
    "ListFlowProject", "Projects", "Project", FlowProject, lambda item: item.id, FLOW_PAGE_SIZES, total="Total"
)
_FLOW_CLUSTERS = NestedList(
    "ListFlowCluster", "Clusters", "ClusterInfo", FlowCluster, lambda item: item.id, FLOW_PAGE_SIZES
)


class StateChangeReason(Payload):
    """``StateChangeReason`` of a cluster; its message is not read."""

    code: Text = ""


class Cluster(Payload):
    """An item of ListClusters; times in epoch milliseconds."""

    cluster_id: Identifier
    cluster_name: Text = ""
    cluster_type: Text = ""
    payment_type: Text = ""
    release_version: Text = ""
    cluster_state: Raw = None
    create_time: Raw = None
    ready_time: Raw = None
    end_time: Raw = None
    expire_time: Raw = None
    state_change_reason: Annotated[StateChangeReason, BeforeValidator(mapping)] = StateChangeReason()


class Emr:
    """The product for one account and region."""

    product: ClassVar = "emr"
    provider: ClassVar = "aliyun"

    def __init__(self, channel: Channel) -> None:
        self._rpc = RpcProduct(channel, VERSION)
        self._flow = RpcProduct(channel, FLOW_VERSION)
        self._region = channel.region

    async def list_flow_projects(self) -> Listing[FlowProject]:
        """ListFlowProject: the projects of the region."""
        listing, _ = await _FLOW_PROJECTS.read(self._flow, {"RegionId": self._region})
        return listing

    async def list_flow_clusters(self, project_id: str) -> Listing[FlowCluster]:
        """ListFlowCluster: the clusters that a project may use."""
        listing, _ = await _FLOW_CLUSTERS.read(self._flow, {"RegionId": self._region, "ProjectId": project_id})
        return listing

    async def list_clusters(
        self, states: Sequence[str], enough: Callable[[Sequence[Cluster]], bool] | None = None
    ) -> Listing[Cluster]:
        """ListClusters: the clusters in these states.

        It ends behind a page of which ``enough`` is true; what was read by then is all that was wanted, and complete.
        """

        async def ask(marker: str) -> Page[Cluster]:
            page = await self._clusters({"ClusterStates": states, "NextToken": marker or None})
            if enough is None:
                return page
            return replace(page, total=None, marker="" if enough(page.items) else page.marker)

        return await marked_pages(ask, lambda item: item.cluster_id, operation=LIST_CLUSTERS.name)

    async def clusters_of(self, ids: Sequence[str]) -> Listing[Cluster]:
        """ListClusters: those of these clusters that there are, in any state; for as many ids as fit on a page."""
        page = await self._clusters({"ClusterIds": ids})
        wanted = frozenset(ids)
        found = {item.cluster_id: item for item in page.items if item.cluster_id in wanted}
        # More than a page of them: the vendor ignores the ids, and those that are missing may be further behind.
        complete = not page.unreadable and not page.marker
        return Listing(tuple(found.values()), complete, unreadable=page.unreadable)

    async def _clusters(self, query: Parameters) -> Page[Cluster]:
        operation = LIST_CLUSTERS.name
        answer = await self._rpc.call(operation, query={"RegionId": self._region, "MaxResults": PAGE_SIZE, **query})
        total = stated_number(answer, "TotalCount")
        items, bad = read_items(field(answer, "Clusters"), Cluster, operation=operation, name="Clusters", total=total)
        return Page(items, bad, total, marker=text(field(answer, "NextToken")))
