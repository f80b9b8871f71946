"""ECS, API version 2014-05-26: DescribeHpcClusters, DescribeRegions."""

import json

from exporter.simulator.errors import ApiError
from exporter.simulator.operations import Call, Json, Operations
from exporter.simulator.products.regions import REGIONS, is_inhabited
from exporter.simulator.world.computing import HpcCluster

OPERATIONS = Operations()
MAX_IDS = 100
MAX_PAGE_SIZE = 100


@OPERATIONS.operation("DescribeHpcClusters")
def describe_hpc_clusters(call: Call) -> Json:
    """The vendor's page: RegionId required; every refusal of its error table with that code and HTTP 400."""
    query = call.query
    here = is_inhabited(query.text("RegionId"), 400)
    token = query.optional("ClientToken")
    if len(token) > 64 or not token.isascii():
        raise _invalid_parameter()
    wanted = _ids(query.values.get("HpcClusterIds"))
    try:
        number, size = query.number("PageNumber", 1), query.number("PageSize", 10)
    except ApiError:
        raise _invalid_parameter() from None
    if number < 1 or not 1 <= size <= MAX_PAGE_SIZE:
        raise _invalid_parameter()
    found = [cluster for cluster in call.world.hpc_clusters if here and (wanted is None or cluster.id in wanted)]
    page = call.page(found, number, size)
    return {
        "RequestId": call.request_id,
        "PageNumber": page.number,
        "PageSize": page.size,
        "TotalCount": page.total,
        "HpcClusters": {"HpcCluster": page.of(_hpc_cluster).rows},
    }


def _hpc_cluster(cluster: HpcCluster) -> Json:
    return {"HpcClusterId": cluster.id, "Name": cluster.name, "Description": ""}


def _ids(text: str | None) -> list[str] | None:
    """HpcClusterIds is a JSON array in a string; None where it was not sent."""
    if text is None:
        return None
    if not text:
        raise ApiError(400, "MissingParameter.HpcClusterId", "HpcClusterIds is there without an id.")
    malformed = ApiError(400, "InvalidHpcClusterIds.Malformed", "HpcClusterIds is not a JSON array of ids.")
    try:
        ids = json.loads(text)
    except ValueError:
        raise malformed from None
    if not isinstance(ids, list) or not all(isinstance(item, str) for item in ids):
        raise malformed
    if len(ids) > MAX_IDS:
        raise ApiError(400, "InvalidHpcClusterIds.ExceedLimit", "HpcClusterIds has more than 100 ids.")
    return ids


def _invalid_parameter() -> ApiError:
    return ApiError(400, "Invalid.Parameter", "A parameter is not valid.")


@OPERATIONS.operation("DescribeRegions")
def describe_regions(call: Call) -> Json:
    """The SDK's model: all parameters optional, no pages; LocalName is English when that is asked for."""
    english = call.query.optional("AcceptLanguage") == "en-US"
    rows = [
        {
            "LocalName": region_id if english else name,
            "RegionEndpoint": f"ecs.{region_id}.aliyuncs.com",
            "RegionId": region_id,
            "Status": "available",
        }
        for region_id, name in REGIONS.items()
    ]
    return {"RequestId": call.request_id, "Regions": {"Region": rows}}
