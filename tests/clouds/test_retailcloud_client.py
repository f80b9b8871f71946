"""RetailCloud's client: where every parameter stands, and what it reads of the vendor's sample answers."""

import json

import pytest

from exporter.clouds.errors import PageSizeError, RejectedError
from tests.clouds.retailcloud_wire import CALLS, RetailCloudWire, envelope, sample
from tests.clouds.wire import ACCESS_KEY_ID, SECRET, form_of, query_of


@pytest.mark.parametrize("operation", CALLS)
async def test_parameters_stand_where_the_vendors_sdks_put_them(operation):
    call, method, query, form = CALLS[operation]
    wire = RetailCloudWire(sample(operation))
    await call(wire.cloud)
    request = wire.requests[0]
    assert (method, "/", query, form) == (request.method, request.url.path, query_of(request), form_of(request))


@pytest.mark.parametrize("operation", CALLS)
async def test_every_call_names_operation_and_version_and_is_signed(operation):
    wire = RetailCloudWire(sample(operation))
    await CALLS[operation][0](wire.cloud)
    headers = wire.requests[0].headers
    assert (operation, "2018-03-13") == (headers["x-acs-action"], headers["x-acs-version"])
    assert headers["authorization"].startswith(f"ACS3-HMAC-SHA256 Credential={ACCESS_KEY_ID},")
    assert SECRET not in str(headers.raw)


async def test_without_results_there_is_no_form_and_what_is_not_asked_is_left_out():
    wire = RetailCloudWire(sample("ListDeployOrders"))
    await wire.cloud.list_deploy_orders("7001")
    assert {"AppId": "7001", "DeployCategory": "deploy", "PageNumber": "1", "PageSize": "50"} == query_of(
        wire.requests[-1]
    )
    assert b"" == wire.requests[-1].content


@pytest.mark.parametrize(
    ("operation", "parameter"), [("ListCluster", "PageNum"), ("ListApp", "PageNumber"), ("GetRdsBackUp", "PageNumber")]
)
async def test_the_second_page_is_asked_for_by_the_operations_own_parameter(operation, parameter):
    first, second = sample(operation), sample(operation)
    if operation == "GetRdsBackUp":
        first["result"]["totalRecordCount"], second["result"]["items"] = "1000", []
    else:
        first["TotalCount"], second["Data"] = 1000, []
    wire = RetailCloudWire(first, second)
    await CALLS[operation][0](wire.cloud)
    request = wire.requests[1]
    assert "2" == {**query_of(request), **form_of(request)}[parameter]


@pytest.mark.parametrize(
    ("operation", "sizes"),
    [("ListApp", ["50", "20"]), ("ListPersistentVolume", ["100", "20"]), ("GetRdsBackUp", ["100", "30"])],
)
async def test_a_smaller_page_is_asked_for_where_the_vendor_refuses_the_large_one(operation, sizes):
    wire = RetailCloudWire({"Code": "InvalidPageSize", "Message": "too large"}, sample(operation))
    await CALLS[operation][0](wire.cloud)
    asked = [{**query_of(request), **form_of(request)}["PageSize"] for request in wire.requests]
    assert sizes == asked[:2]


async def test_a_page_size_that_is_refused_to_the_end_is_an_error():
    with pytest.raises(PageSizeError):
        await RetailCloudWire({"Code": "InvalidPageSize"}).cloud.list_apps()


@pytest.mark.parametrize("field", ["ErrMsg", "ErrorMsg", "ErrorMessage"])
@pytest.mark.parametrize("operation", CALLS)
async def test_a_code_that_is_not_0_is_a_failure_although_the_status_is_200(operation, field):
    wire = RetailCloudWire(
        {"Code": 102000, field: "the cluster is being changed", "Data": [], "Result": {}, "RequestId": "r-9"}
    )
    with pytest.raises(RejectedError) as caught:
        await CALLS[operation][0](wire.cloud)
    assert f"{operation}: business error 102000 (the call was refused): the cluster is being changed" == str(
        caught.value
    )
    assert (operation, "102000", "r-9") == (caught.value.operation, caught.value.code, caught.value.request_id)


async def test_the_code_may_be_the_200_of_one_example():
    listing = await RetailCloudWire(sample("ListApp") | {"Code": 200}).cloud.list_apps()
    assert ["7001", "7002"] == [app.app_id for app in listing.items]


async def test_every_call_is_counted_by_its_outcome():
    wire = RetailCloudWire(sample("ListApp"), {"Code": 7})
    await wire.cloud.list_apps()
    with pytest.raises(RejectedError):
        await wire.cloud.list_apps()
    assert {"ok": 1, "client_error": 1} == wire.outcomes()


async def test_what_one_page_lacks_of_the_total_is_not_known_to_be_gone():
    clusters = await RetailCloudWire(sample("ListCluster") | {"TotalCount": 3}).cloud.list_clusters()
    assert (2, False) == (len(clusters.items), clusters.complete)


async def test_one_item_without_its_id_is_counted_and_the_others_are_read():
    answer = envelope([{"InstanceId": "c-1"}, {"ClusterTitle": "nameless"}, "text", None], TotalCount=4)
    listing = await RetailCloudWire(answer).cloud.list_clusters()
    assert (["c-1"], 3, False) == ([item.instance_id for item in listing.items], listing.unreadable, listing.complete)


async def test_the_password_of_a_cluster_is_nowhere():
    listing = await RetailCloudWire(sample("ListCluster")).cloud.list_clusters()
    cluster = listing.items[0]
    told = [repr(cluster), str(cluster), repr(cluster.model_dump()), cluster.model_dump_json(), repr(vars(cluster))]
    told += [repr(cluster.model_extra), repr(listing), repr(cluster.__pydantic_fields_set__)]
    assert [] == [text for text in told if "CANARY" in text or "assword" in text]


@pytest.mark.parametrize("operation", CALLS)
async def test_no_model_keeps_a_secret_or_a_person(operation):
    answer = sample(operation)
    text = json.dumps(answer).replace('"Data": [{', '"Data": [{"Secret": "CANARY", ')
    read = repr(await CALLS[operation][0](RetailCloudWire(json.loads(text)).cloud))
    assert [] == [word for word in ("CANARY", "a-person", "1000001") if word in read]
