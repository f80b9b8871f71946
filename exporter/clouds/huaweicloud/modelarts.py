"""ModelArts: the dedicated resource pools of the v1 API, which calls them clusters, of one project."""

from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import BeforeValidator

from exporter.clouds.encoding import encode_query, percent_encode
from exporter.clouds.errors import BadResponseError
from exporter.clouds.http import Channel, Request
from exporter.clouds.operation import Operation
from exporter.clouds.paging import Listing, Page, offset_pages
from exporter.clouds.payload import Identifier, Payload, Text, field, mapping, read_items, stated_number

PAGE_SIZE = 100

# The vendor documents that this call needs no permission of an identity policy.
LIST_CLUSTERS = Operation("modelarts", "ListClusters", "", documented=True, request="GET /v1/{project_id}/clusters")

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
        return await offset_pages(self._page, lambda item: item.cluster_id, PAGE_SIZE)

    async def _page(self, offset: int, limit: int) -> Page[Cluster]:
        operation = "ListClusters"
        # The default order, newest first, would move every row when a cluster is added between two pages.
        query = encode_query([("limit", str(limit)), ("offset", str(offset)), ("order", "asc")])
        target = f"/v1/{percent_encode(await self._channel.project_id())}/clusters?{query}"
        answer = await self._channel.send(Request(operation, "GET", target))
        if not isinstance(answer.value, Mapping):
            raise BadResponseError(f"{operation}: the answer is no JSON object", operation=operation)
        clusters = field(answer.value, "clusters")
        items, bad = read_items(clusters, Cluster, operation=operation, name="clusters")
        return Page(items, bad, stated_number(answer.value, "total_count"))
