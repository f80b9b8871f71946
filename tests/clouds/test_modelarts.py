"""GET /v1/{project_id}/clusters: what is asked, and pages by either meaning of the offset."""

import httpx
import pytest

from exporter.clouds.errors import BadResponseError
from exporter.clouds.huaweicloud.modelarts import ModelArts
from tests.clouds.wire import Wire, answers, query_of, sample

PROJECT = "0123456789abcdef0123456789abcdef"


def modelarts(respond, project=PROJECT):
    wire = Wire(respond, product="modelarts", provider="huaweicloud", region="cn-north-4", project=project)
    return ModelArts(wire.channel), wire


async def test_clusters_of_an_answer_like_the_sample():
    cloud, wire = modelarts(answers(sample("huaweicloud/ListClusters")))

    listing = await cloud.list_clusters()

    (cluster,) = listing.items
    assert ("0f1e2d3c4b5a69780f1e2d3c4b5a6978", "training", "running", "month", 1_577_836_800_123) == (
        cluster.cluster_id,
        cluster.cluster_name,
        cluster.status,
        cluster.period_type,
        cluster.created_at,
    )
    nodes = cluster.nodes
    assert ("modelarts.vm.gpu.8v100", 4, 3) == (nodes.specification, nodes.count, nodes.available_count)
    assert (61.5, 8192, 7.5) == (
        cluster.allocatable_cpu_cores,
        cluster.allocatable_memory,
        cluster.allocatable_gpus,
    )
    (request,) = wire.requests
    assert ("GET", f"/v1/{PROJECT}/clusters") == (request.method, request.url.path)
    assert {"limit": "100", "offset": "0", "order": "asc"} == query_of(request)
    assert PROJECT == request.headers["x-project-id"]
    assert request.headers["authorization"].startswith("SDK-HMAC-SHA256 Access=an-access-key-id, ")


def rows(first, last):
    return [{"cluster_id": f"c{index}"} for index in range(first, last)]


@pytest.mark.parametrize("size_of_offset", [1, 100])
async def test_all_pages_are_read_whether_the_offset_counts_rows_or_pages(size_of_offset):
    def respond(request):
        start = int(query_of(request)["offset"]) * size_of_offset
        found = rows(start, min(start + 100, 250)) if start < 250 else []
        return httpx.Response(200, json={"total_count": 250, "count": len(found), "clusters": found})

    cloud, _ = modelarts(respond)

    listing = await cloud.list_clusters()

    assert (250, True) == (len(listing.items), listing.complete)


async def test_an_offset_that_is_ignored_does_not_loop():
    cloud, wire = modelarts(answers({"total_count": 250, "clusters": rows(0, 100)}))

    listing = await cloud.list_clusters()

    assert (100, False, 3) == (len(listing.items), listing.complete, len(wire.requests))


@pytest.mark.parametrize("body", [{}, {"clusters": None}, {"clusters": {}}, [], "text"])
async def test_an_answer_without_the_list_is_not_an_empty_list(body):
    cloud, _ = modelarts(answers(body))

    with pytest.raises(BadResponseError):
        await cloud.list_clusters()


async def test_a_project_id_cannot_leave_its_place_in_the_path():
    cloud, wire = modelarts(answers({"total_count": 0, "clusters": []}), project="../v2?x=")

    await cloud.list_clusters()

    assert wire.requests[0].url.raw_path.startswith(b"/v1/..%2Fv2%3Fx%3D/clusters?")
