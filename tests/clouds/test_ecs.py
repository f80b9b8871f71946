"""DescribeHpcClusters: what is asked, and what is read of answers like the vendor's sample."""

import httpx
import pytest

from exporter.clouds.aliyun.ecs import Ecs
from exporter.clouds.errors import NotOfferedError, RejectedError
from tests.clouds.wire import Wire, answers, query_of, sample


def ecs(respond):
    wire = Wire(respond, product="ecs", region="cn-hangzhou")
    return Ecs(wire.channel), wire


async def test_clusters_of_an_answer_like_the_sample():
    cloud, wire = ecs(answers(sample("aliyun/DescribeHpcClusters")))

    listing, total = await cloud.describe_hpc_clusters()

    assert [("hpc-0f1e2d3c4b5a69", "crash-simulation"), ("hpc-1a2b3c4d5e6f70", "weather")] == [
        (item.hpc_cluster_id, item.name) for item in listing.items
    ]
    assert (2, True) == (total, listing.complete)
    (request,) = wire.requests
    assert ("POST", "/", b"") == (request.method, request.url.path, request.content)
    assert {"RegionId": "cn-hangzhou", "PageNumber": "1", "PageSize": "100"} == query_of(request)
    action, version = request.headers["x-acs-action"], request.headers["x-acs-version"]
    assert ("DescribeHpcClusters", "2014-05-26") == (action, version)


async def test_several_pages():
    def respond(request):
        number = int(query_of(request)["PageNumber"])
        rows = [{"HpcClusterId": f"hpc-{index}"} for index in range((number - 1) * 100, min(number * 100, 130))]
        return httpx.Response(200, json={"TotalCount": 130, "HpcClusters": {"HpcCluster": rows}})

    cloud, wire = ecs(respond)

    listing, total = await cloud.describe_hpc_clusters()

    assert (130, 130, 2) == (len(listing.items), total, len(wire.requests))


async def test_an_empty_region_has_a_total_of_zero():
    cloud, _ = ecs(answers({"TotalCount": 0, "PageNumber": 1, "PageSize": 100, "HpcClusters": {"HpcCluster": []}}))

    listing, total = await cloud.describe_hpc_clusters()

    assert ((), True, 0) == (listing.items, listing.complete, total)


@pytest.mark.parametrize("written", [None, "many", -1, {}])
async def test_a_total_that_cannot_be_read_is_not_known(written):
    cloud, _ = ecs(answers({"TotalCount": written, "HpcClusters": {"HpcCluster": []}}))

    _, total = await cloud.describe_hpc_clusters()

    assert total is None


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("InvalidRegionId.NotFound", NotOfferedError),
        ("MissingParameter.HpcClusterId", RejectedError),
        ("InvalidHpcClusterIds.ExceedLimit", RejectedError),
        ("InvalidHpcClusterIds.Malformed", RejectedError),
        ("Invalid.Parameter", RejectedError),
    ],
)
async def test_the_documented_errors_of_the_operation(code, error):
    cloud, _ = ecs(answers({"Code": code, "Message": "no"}, status=400))

    with pytest.raises(error) as caught:
        await cloud.describe_hpc_clusters()

    assert code == caught.value.code
