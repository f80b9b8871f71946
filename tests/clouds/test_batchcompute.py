"""GET /clusters of BatchCompute: pages that name the next, a bare array, any 2xx, and no credentials kept."""

import httpx
import pytest

from exporter.clouds.aliyun.batchcompute import BatchCompute
from exporter.clouds.errors import BadResponseError, PermissionDeniedError, RetiredError, ServerError
from tests.clouds.wire import Wire, answers, query_of, sample


def batchcompute(respond):
    wire = Wire(respond, product="batchcompute", region="cn-qingdao")
    return BatchCompute(wire.channel), wire


async def test_clusters_of_an_answer_like_the_sample():
    cloud, wire = batchcompute(answers(sample("aliyun/BatchComputeListClusters")))

    listing = await cloud.list_clusters()

    (cluster,) = listing.items
    assert ("cls-hk1e2d3c4b5a69m0f1e2d", "frames", "Active", "img-ubuntu", "bcs.a2.large") == (
        cluster.id,
        cluster.name,
        cluster.state,
        cluster.image_id,
        cluster.instance_type,
    )
    group = cluster.groups["workers"]
    assert group is not None
    assert (4, 3, "OnDemand") == (group.desired_vm_count, group.actual_vm_count, group.resource_type)
    assert (3, 1) == (cluster.metrics.running_count, cluster.metrics.starting_count)
    assert "never-read" not in repr(listing)
    (request,) = wire.requests
    assert ("GET", "/clusters", {"MaxItemCount": "100"}) == (request.method, request.url.path, query_of(request))
    assert request.headers["authorization"].startswith("acs an-access-key-id:")
    assert ("2015-11-11", "cn-qingdao") == (request.headers["x-acs-version"], request.headers["x-acs-region-id"])


async def test_pages_go_on_from_marker_to_marker():
    pages = {"": ("a", "标记 +/="), "标记 +/=": ("b", "m2"), "m2": ("c", "")}

    def respond(request):
        name, marker = pages[query_of(request).get("Marker", "")]
        return httpx.Response(200, json={"Items": [{"Id": name}], "NextMarker": marker})

    cloud, wire = batchcompute(respond)

    listing = await cloud.list_clusters()

    assert ["a", "b", "c"] == [item.id for item in listing.items]
    assert listing.complete
    assert 3 == len(wire.requests)


async def test_a_bare_array_is_one_page():
    cloud, wire = batchcompute(answers([{"Id": "a"}, {"Id": "b"}]))

    listing = await cloud.list_clusters()

    assert (2, True, 1) == (len(listing.items), listing.complete, len(wire.requests))


@pytest.mark.parametrize("status", [200, 201, 202])
async def test_any_2xx_is_a_success(status):
    cloud, _ = batchcompute(answers({"Items": [], "NextMarker": ""}, status=status))

    assert () == (await cloud.list_clusters()).items


@pytest.mark.parametrize("body", [{}, {"Items": None}, {"Items": {}}, "text", None])
async def test_an_answer_without_the_list_is_not_an_empty_list(body):
    cloud, _ = batchcompute(answers(body))

    with pytest.raises(BadResponseError):
        await cloud.list_clusters()


async def test_a_marker_that_comes_again_ends_the_list():
    cloud, wire = batchcompute(answers({"Items": [{"Id": "a"}], "NextMarker": "m"}))

    listing = await cloud.list_clusters()

    assert (1, False, 2) == (len(listing.items), listing.complete, len(wire.requests))


async def test_a_page_that_fails_cuts_the_list():
    def respond(request):
        if "Marker" in query_of(request):
            return httpx.Response(500, json={"Code": "InternalError", "Message": "oops"})
        return httpx.Response(200, json={"Items": [{"Id": "a"}], "NextMarker": "m"})

    cloud, _ = batchcompute(respond)

    listing = await cloud.list_clusters()

    assert (1, False) == (len(listing.items), listing.complete)
    assert isinstance(listing.error, ServerError)


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [(403, "InvalidVersion.NotFound", RetiredError), (403, "Forbidden", PermissionDeniedError)],
)
async def test_documented_refusals(status, code, error):
    respond = answers({"Code": code, "Message": "no"}, status=status)
    cloud, _ = batchcompute(respond)

    with pytest.raises(error):
        await cloud.list_clusters()
