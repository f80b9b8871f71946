"""ModelArts: the resource pools of one project, and the older dedicated ones, which the v1 API calls clusters."""

from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import BeforeValidator

from exporter.clouds.encoding import encode_query, percent_encode
from exporter.clouds.errors import BadResponseError
from exporter.clouds.exchange import Request
from exporter.clouds.http import Channel
from exporter.clouds.huaweicloud.pools import Pool
from exporter.clouds.operation import Operation
from exporter.clouds.paging import Listing, Page, offset_pages
from exporter.clouds.payload import Identifier, Payload, Text, field, mapping, read_items, stated_number

PAGE_SIZE = 100

# The vendor documents that this call needs no permission of an identity policy.
LIST_CLUSTERS = Operation("modelarts", "ListClusters", "", documented=True, request="GET /v1/{project_id}/clusters")
LIST_POOLS = Operation(
    "modelarts", "ListPools", "modelarts:pool:list", documented=True, request="GET /v2/{project_id}/pools"
)

Raw = object


class Nodes(Payload):
    """``nodes`` of a cluster: one object for all of its nodes."""

    specification: Text = ""
    count: Raw = None
    available_count: Raw = None


class Cluster(Payload):
    """An item of GET /v1/{project_id}/clusters; ``created_at`` in epoch milliseconds, memory in MiB."""

    cluster_id: Identifier
    cluster_name: Text = ""
    period_type: Text = ""
    status: Raw = None
    created_at: Raw = None
    nodes: Annotated[Nodes, BeforeValidator(mapping)] = Nodes()
    allocatable_cpu_cores: Raw = None
    allocatable_memory: Raw = None
    allocatable_gpus: Raw = None


class ModelArts:
    """The product for one account, region and project."""

    product: ClassVar = "modelarts"
    provider: ClassVar = "huaweicloud"

    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    async def list_clusters(self) -> Listing[Cluster]:
        """GET /v1/{project_id}/clusters: all clusters of the project."""
        return await offset_pages(self._page, lambda item: item.cluster_id, PAGE_SIZE, operation=LIST_CLUSTERS.name)

    async def list_pools(self, status: str = "") -> Listing[Pool]:
        """GET /v2/{project_id}/pools: the pools of the default workspace; the list has no pages.

        Without ``status`` (created, failed or creating) those that failed to be created are left out.
        """
        operation = LIST_POOLS.name
        query = f"?{encode_query([('status', status)])}" if status else ""
        answer = await self._get(operation, f"/v2/{percent_encode(await self._channel.project_id())}/pools{query}")
        items, bad = read_items(field(answer, "items"), Pool, operation=operation, name="items")
        pools = {item.metadata.name: item for item in items}
        return Listing(tuple(pools.values()), not bad, duplicates=len(items) - len(pools), unreadable=bad)

    async def _page(self, offset: int, limit: int) -> Page[Cluster]:
        operation = LIST_CLUSTERS.name
        # The default order, newest first, would move every row when a cluster is added between two pages.
        query = encode_query([("limit", str(limit)), ("offset", str(offset)), ("order", "asc")])
        target = f"/v1/{percent_encode(await self._channel.project_id())}/clusters?{query}"
        answer = await self._get(operation, target)
        items, bad = read_items(field(answer, "clusters"), Cluster, operation=operation, name="clusters")
        return Page(items, bad, stated_number(answer, "total_count"))

    async def _get(self, operation: str, target: str) -> Mapping[str, object]:
        answer = await self._channel.send(Request(operation, "GET", target))
        if not isinstance(answer.value, Mapping):
            raise BadResponseError(f"{operation}: the answer is no JSON object", operation=operation)
        return answer.value
