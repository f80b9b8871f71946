"""ListFlowProject, ListFlowCluster and ListClusters: what is asked, and what is read of answers like the vendor's."""

import httpx
import pytest

from exporter.clouds.aliyun.emr import Emr
from exporter.clouds.errors import BadResponseError, PageSizeError, RetiredError
from tests.clouds.wire import Wire, answers, query_of, sample


def emr(respond):
    wire = Wire(respond, product="emr", region="cn-hangzhou")
    return Emr(wire.channel), wire


async def test_projects_of_an_answer_like_the_sample():
    cloud, wire = emr(answers(sample("aliyun/ListFlowProject")))

    listing = await cloud.list_flow_projects()

    assert [("FP-1A2B3C4D5E6F7081", "nightly-reports"), ("FP-90A1B2C3D4E5F607", "recommendations")] == [
        (item.id, item.name) for item in listing.items
    ]
    assert listing.complete
    (request,) = wire.requests
    assert ("POST", "/", b"") == (request.method, request.url.path, request.content)
    assert {"RegionId": "cn-hangzhou", "PageNumber": "1", "PageSize": "50"} == query_of(request)
    assert ("ListFlowProject", "2016-04-08") == (request.headers["x-acs-action"], request.headers["x-acs-version"])


async def test_clusters_of_an_answer_like_the_sample():
    cloud, wire = emr(answers(sample("aliyun/ListFlowCluster")))

    listing = await cloud.list_flow_clusters("FP-1A2B3C4D5E6F7081")

    first, second = listing.items
    assert ("C-0F1E2D3C4B5A6978", "reports-hadoop", "HADOOP", "PrePaid", "IDLE") == (
        first.id,
        first.name,
        first.type,
        first.charge_type,
        first.status,
    )
    assert (1_633_046_400_000, 1_798_675_200_000, 86_400, False) == (
        first.create_time,
        first.expired_time,
        first.running_time,
        first.has_uncompleted_order,
    )
    assert (2, 2) == (first.order_task_info.current_count, first.order_task_info.target_count)
    assert "" == first.fail_reason.error_code
    assert ("500", None) == (second.fail_reason.error_code, second.order_task_info.current_count)
    (request,) = wire.requests
    assert {
        "RegionId": "cn-hangzhou",
        "ProjectId": "FP-1A2B3C4D5E6F7081",
        "PageNumber": "1",
        "PageSize": "50",
    } == query_of(request)
    assert "ListFlowCluster" == request.headers["x-acs-action"]


async def test_several_pages():
    def respond(request):
        number = int(query_of(request)["PageNumber"])
        projects = [{"Id": f"FP-{index}"} for index in range((number - 1) * 50, min(number * 50, 120))]
        return httpx.Response(200, json={"Total": 120, "PageSize": 50, "Projects": {"Project": projects}})

    cloud, wire = emr(respond)

    listing = await cloud.list_flow_projects()

    assert (120, True, 3) == (len(listing.items), listing.complete, len(wire.requests))


async def test_a_refused_page_size_is_asked_for_again_with_the_samples_size():
    def respond(request):
        if query_of(request)["PageSize"] != "10":
            return httpx.Response(400, json={"Code": "InvalidPageSize", "Message": "too many"})
        return httpx.Response(200, json={"Total": 1, "Projects": {"Project": [{"Id": "FP-1"}]}})

    cloud, _ = emr(respond)

    assert 1 == len((await cloud.list_flow_projects()).items)


async def test_a_page_size_that_is_refused_in_every_size_is_an_error():
    cloud, wire = emr(answers({"Code": "InvalidParameter", "Message": "PageSize is not valid"}, status=400))

    with pytest.raises(PageSizeError):
        await cloud.list_flow_projects()

    assert ["50", "10"] == [query_of(request)["PageSize"] for request in wire.requests]


@pytest.mark.parametrize("projects", [{"Project": []}, {"Project": None}, {}, None])
async def test_an_empty_list_in_any_form(projects):
    cloud, _ = emr(answers({"Total": 0, "Projects": projects}))

    listing = await cloud.list_flow_projects()

    assert ((), True) == (listing.items, listing.complete)


@pytest.mark.parametrize("body", [{}, {"Total": 2}, {"Total": 2, "Projects": {}}, {"Projects": {"Project": {}}}, []])
async def test_an_answer_without_the_list_is_not_an_empty_list(body):
    cloud, _ = emr(answers(body))

    with pytest.raises(BadResponseError):
        await cloud.list_flow_projects()


async def test_rows_without_an_id_are_counted_and_make_the_list_incomplete():
    cloud, _ = emr(answers({"TotalCount": 2, "Clusters": {"ClusterInfo": [{"Id": "C-1"}, {"Name": "x"}]}}))

    listing = await cloud.list_flow_clusters("FP-1")

    assert (1, 1, False) == (len(listing.items), listing.unreadable, listing.complete)


async def test_a_retired_api():
    cloud, _ = emr(answers({"Code": "InvalidAction.NotFound", "Message": "no such action"}, status=404))

    with pytest.raises(RetiredError):
        await cloud.list_flow_projects()


async def test_clusters_of_the_newer_version():
    cloud, wire = emr(answers(sample("aliyun/EmrListClusters")))

    listing = await cloud.list_clusters(["RUNNING", "TERMINATED_WITH_ERRORS"])

    first, second = listing.items
    assert ("c-0f1e2d3c4b5a6978", "lake", "DATALAKE", "Subscription", "EMR-5.16.0", "RUNNING") == (
        first.cluster_id,
        first.cluster_name,
        first.cluster_type,
        first.payment_type,
        first.release_version,
        first.cluster_state,
    )
    assert (1_767_139_200_000, 1_767_139_800_000, None, 1_798_675_200_000, "") == (
        first.create_time,
        first.ready_time,
        first.end_time,
        first.expire_time,
        first.state_change_reason.code,
    )
    assert (1_767_204_000_000, "BootstrapScriptFailed") == (second.end_time, second.state_change_reason.code)
    assert listing.complete
    (request,) = wire.requests
    assert {
        "RegionId": "cn-hangzhou",
        "MaxResults": "100",
        "ClusterStates.1": "RUNNING",
        "ClusterStates.2": "TERMINATED_WITH_ERRORS",
    } == query_of(request)
    assert ("ListClusters", "2021-03-20") == (request.headers["x-acs-action"], request.headers["x-acs-version"])


def pages_of(clusters, size=2, **more):
    """Answers pages of ``size`` clusters, each with the token of the next; ``more`` is said on every page."""

    def respond(request):
        start = int(query_of(request).get("NextToken", "0"))
        rows = [{"ClusterId": each} for each in clusters[start : start + size]]
        token = str(start + size) if start + size < len(clusters) else ""
        return httpx.Response(200, json={"Clusters": rows, "NextToken": token, **more})

    return respond


async def test_pages_are_read_until_there_is_no_token():
    cloud, wire = emr(pages_of("abcde", TotalCount=5))

    listing = await cloud.list_clusters(["RUNNING"])

    assert ("abcde", True, 3) == (
        "".join(item.cluster_id for item in listing.items),
        listing.complete,
        len(wire.requests),
    )


async def test_a_total_above_the_clusters_read_makes_the_list_incomplete():
    cloud, _ = emr(pages_of("abc", TotalCount=4))

    assert not (await cloud.list_clusters(["RUNNING"])).complete


async def test_a_list_ends_where_enough_is_read_and_is_then_complete_whatever_the_total():
    cloud, wire = emr(pages_of("abcde", TotalCount=5))

    listing = await cloud.list_clusters(["TERMINATED"], enough=lambda page: "d" in {each.cluster_id for each in page})

    assert (4, True, 2) == (len(listing.items), listing.complete, len(wire.requests))


async def test_clusters_by_their_ids():
    cloud, wire = emr(answers({"Clusters": [{"ClusterId": "b"}, {"ClusterId": "x"}], "NextToken": ""}))

    listing = await cloud.clusters_of(["a", "b"])

    assert (["b"], True) == ([item.cluster_id for item in listing.items], listing.complete)
    assert {"RegionId": "cn-hangzhou", "MaxResults": "100", "ClusterIds.1": "a", "ClusterIds.2": "b"} == query_of(
        wire.requests[0]
    )


async def test_clusters_by_ids_that_the_vendor_ignores_are_not_known_to_be_gone():
    cloud, wire = emr(pages_of("abcde"))

    listing = await cloud.clusters_of(["a", "e"])

    assert (["a"], False, 1) == (
        [item.cluster_id for item in listing.items],
        listing.complete,
        len(wire.requests),
    )


@pytest.mark.parametrize("body", [{}, {"Clusters": {}}, {"TotalCount": 3, "Clusters": None}, []])
async def test_an_answer_without_the_list_of_clusters_is_not_an_empty_list(body):
    cloud, _ = emr(answers(body))

    with pytest.raises(BadResponseError):
        await cloud.list_clusters(["RUNNING"])
