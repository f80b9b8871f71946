"""GET /v2/{project_id}/pools: what is asked, and pools in the shape of Kubernetes objects."""

import httpx
import pytest

from exporter.clouds.errors import BadResponseError
from exporter.clouds.huaweicloud.modelarts import ModelArts
from exporter.clouds.huaweicloud.pools import Pool
from tests.clouds.wire import Wire, answers, query_of, sample

PROJECT = "0123456789abcdef0123456789abcdef"
FLAVOR = "modelarts.vm.gpu.8v100"


def modelarts(respond, project=PROJECT):
    wire = Wire(respond, product="modelarts", provider="huaweicloud", region="cn-north-4", project=project)
    return ModelArts(wire.channel), wire


async def test_pools_of_an_answer_like_the_sample():
    cloud, wire = modelarts(answers(sample("huaweicloud/ListPools")))

    listing = await cloud.list_pools()

    (pool,) = listing.items
    assert listing.complete
    assert ("pool-a1b2-0f1e2d3c4b5a69780f1e2d3c4b5a6978", "2026-01-02T03:04:05Z", "training", "1") == (
        pool.metadata.name,
        pool.metadata.creation_timestamp,
        pool.metadata.labels.name,
        pool.metadata.annotations.billing_mode,
    )
    assert ("Dedicate", 9, "Running") == (pool.spec.type, pool.spec.control_mode, pool.status.phase)
    assert [(FLAVOR, 3, 5)] == rows_of(pool.spec.resources)
    assert pool.status.resources is not None
    assert [(FLAVOR, 2, 5)] == rows_of(pool.status.resources.available)
    assert [] == rows_of(pool.status.resources.creating)
    (request,) = wire.requests
    assert ("GET", f"/v2/{PROJECT}/pools", b"") == (request.method, request.url.path, request.url.query)
    assert PROJECT == request.headers["x-project-id"]


def rows_of(resources):
    return [(item.flavor, item.count, item.max_count) for item in resources.items]


async def test_pools_that_could_not_be_created_are_asked_for_by_status():
    cloud, wire = modelarts(answers({"items": []}))

    listing = await cloud.list_pools(status="failed")

    assert ((), True) == (listing.items, listing.complete)
    assert {"status": "failed"} == query_of(wire.requests[0])


@pytest.mark.parametrize(
    ("written", "flavors", "unreadable", "is_whole"),
    [
        ([{"flavor": "a", "count": 1}, {"flavor": "b", "count": 1}], ["a", "b"], 0, True),
        ([], [], 0, True),
        ({}, [], 0, True),
        (None, [], 0, True),
        ({"flavor": "a", "count": 1}, ["a"], 0, False),
        ([{"flavor": "a"}, {"count": 2}], ["a"], 1, False),
        ({"count": 2}, [], 1, False),
        ("many", [], 1, False),
    ],
)
def test_nodes_stand_in_a_list_or_as_one_object(written, flavors, unreadable, is_whole):
    pool = Pool.read({"metadata": {"name": "p"}, "status": {"resources": {"available": written}}})

    assert pool is not None
    assert pool.status.resources is not None
    available = pool.status.resources.available
    assert (flavors, unreadable, is_whole) == (
        [item.flavor for item in available.items],
        available.unreadable,
        available.is_whole,
    )


@pytest.mark.parametrize("part", ["spec", "status"])
@pytest.mark.parametrize("odd", [None, [], "text", 7])
def test_a_part_of_an_odd_type_costs_no_more_than_itself(part, odd):
    pool = Pool.read({"metadata": {"name": "p", "labels": odd, "annotations": odd}, part: odd})

    assert pool is not None
    assert ("p", "", "") == (pool.metadata.name, pool.metadata.labels.name, pool.metadata.annotations.billing_mode)


async def test_items_without_an_id_are_counted_and_one_that_stands_twice_is_kept_once():
    items = [
        {"metadata": {"name": "p", "labels": {"os.modelarts/name": "first"}}},
        {"metadata": {"name": "p", "labels": {"os.modelarts/name": "last"}}},
        {"metadata": {}},
        {"spec": {}},
        None,
    ]
    cloud, _ = modelarts(answers({"items": items}))

    listing = await cloud.list_pools()

    assert ["last"] == [pool.metadata.labels.name for pool in listing.items]
    assert (1, 3, False) == (listing.duplicates, listing.unreadable, listing.complete)


@pytest.mark.parametrize("body", [{}, {"items": None}, {"items": {}}, [], "text"])
async def test_an_answer_without_the_list_is_not_an_empty_list(body):
    cloud, _ = modelarts(answers(body))

    with pytest.raises(BadResponseError):
        await cloud.list_pools()


async def test_a_project_id_cannot_leave_its_place_in_the_path_to_the_pools():
    cloud, wire = modelarts(lambda _: httpx.Response(200, json={"items": []}), project="../v1?x=")

    await cloud.list_pools()

    assert wire.requests[0].url.raw_path == b"/v2/..%2Fv1%3Fx%3D/pools"
