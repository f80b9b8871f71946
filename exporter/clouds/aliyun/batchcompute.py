"""BatchCompute, API version 2015-11-11: the clusters of one region. The vendor has deprecated the product."""

from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import BeforeValidator

from exporter.clouds.encoding import encode_query
from exporter.clouds.errors import BadResponseError
from exporter.clouds.exchange import Request
from exporter.clouds.http import Channel
from exporter.clouds.operation import Operation
from exporter.clouds.paging import Listing, Page, marked_pages
from exporter.clouds.payload import Identifier, Payload, Text, field, mapping, read_items
from exporter.clouds.values import text

PAGE_SIZE = 100  # the documented maximum

LIST_CLUSTERS = Operation("batchcompute", "ListClusters", "batchcompute:ListClusters", request="GET /clusters")

Raw = object


class Metrics(Payload):
    """``Metrics`` of a cluster: its virtual machines by phase."""

    running_count: Raw = None
    starting_count: Raw = None
    stopping_count: Raw = None
    stopped_count: Raw = None


class Group(Payload):
    """One of a cluster's ``Groups`` of equal machines."""

    desired_vm_count: Raw = None
    actual_vm_count: Raw = None
    instance_type: Text = ""
    resource_type: Text = ""
    spot_strategy: Text = ""
    spot_price_limit: Raw = None


def _groups(raw: object) -> dict[str, Group | None]:
    """The groups by name; None for one that is no object."""
    return {str(name): Group.read(value) for name, value in mapping(raw).items()}


class Cluster(Payload):
    """An item of ListClusters; its ``Configs``, which hold access keys, are not read."""

    id: Identifier
    name: Text = ""
    image_id: Text = ""
    instance_type: Text = ""
    state: Raw = None
    creation_time: Raw = None
    groups: Annotated[Mapping[str, Group | None], BeforeValidator(_groups)] = {}
    metrics: Annotated[Metrics, BeforeValidator(mapping)] = Metrics()


class BatchCompute:
    """The product for one account and region."""

    product: ClassVar = "batchcompute"
    provider: ClassVar = "aliyun"

    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    async def list_clusters(self) -> Listing[Cluster]:
        """ListClusters (GET /clusters): all clusters of the region."""
        return await marked_pages(self._page, lambda item: item.id, operation=LIST_CLUSTERS.name)

    async def _page(self, marker: str) -> Page[Cluster]:
        operation = LIST_CLUSTERS.name
        pairs = [("MaxItemCount", str(PAGE_SIZE)), *([("Marker", marker)] if marker else [])]
        answer = await self._channel.send(Request(operation, "GET", f"/clusters?{encode_query(pairs)}"))
        value = answer.value
        if isinstance(value, list):  # the vendor's SDK knows answers without an envelope: such a list has one page
            value = {"Items": value}
        if not isinstance(value, Mapping):
            raise BadResponseError(f"{operation}: the answer is no JSON object", operation=operation)
        items, bad = read_items(field(value, "Items"), Cluster, operation=operation, name="Items")
        return Page(items, bad, marker=text(field(value, "NextMarker")))
