"""GetRdsBackUp through RetailCloud: both casings of its keys, its paging, its total size."""

import httpx
import pytest

from exporter.clouds.aliyun.retailcloud import RetailCloud
from exporter.clouds.errors import BadResponseError, RejectedError
from tests.clouds.wire import Wire, answers, form_of, sample


def retailcloud(respond):
    wire = Wire(respond)
    return RetailCloud(wire.channel), wire


def upper(value):
    """The same answer as the vendor's SDKs read it, its keys beginning with capitals."""
    if isinstance(value, dict):
        return {"HostInstanceID" if key == "hostInstanceId" else key[:1].upper() + key[1:]: upper(each)
                for key, each in value.items()}  # fmt: skip
    return [upper(each) for each in value] if isinstance(value, list) else value


@pytest.mark.parametrize("casing", [lambda answer: answer, upper])
async def test_sets_of_an_answer_like_the_sample_in_either_casing(casing):
    cloud, wire = retailcloud(answers(casing(sample("aliyun/GetRdsBackUp"))))

    listing, total_size = await cloud.list_backups("rm-0f1e2d3c4b5a69788")

    assert listing.complete
    assert 3_702_784 == total_size
    first = listing.items[0]
    assert ("500000002", "FullBackup", "Automated", "Success", "", 1_900_544) == (
        first.backup_id,
        first.backup_type,
        first.backup_mode,
        first.backup_status,
        first.meta_status,
        first.backup_size,
    )
    assert ("2026-01-02 04:40:55", "2026-01-02 04:42:30") == (first.backup_start_time, first.backup_end_time)
    (request,) = wire.requests
    assert ("POST", "/", b"") == (request.method, request.url.path, request.url.query)
    assert {"DbInstanceId": "rm-0f1e2d3c4b5a69788", "PageNumber": "1", "PageSize": "100"} == form_of(request)
    assert ("GetRdsBackUp", "2018-03-13") == (request.headers["x-acs-action"], request.headers["x-acs-version"])


async def test_several_pages_with_counters_that_are_strings():
    def respond(request):
        number = int(form_of(request)["PageNumber"])
        items = [{"BackupId": str(index)} for index in range((number - 1) * 100, min(number * 100, 150))]
        result = {"Items": items, "TotalRecordCount": "150", "PageNumber": str(number), "TotalBackupSize": 7}
        return httpx.Response(200, json={"Code": 0, "Result": result})

    cloud, wire = retailcloud(respond)

    listing, total_size = await cloud.list_backups("rm-1")

    assert (150, True, 7, 2) == (len(listing.items), listing.complete, total_size, len(wire.requests))


async def test_a_refused_page_size_is_asked_for_again_with_the_smallest():
    def respond(request):
        if form_of(request)["PageSize"] != "30":
            return httpx.Response(200, json={"Code": 400, "ErrMsg": "pageSize must be 30"})
        return httpx.Response(200, json={"Code": 0, "Result": {"Items": [], "TotalRecordCount": "0"}})

    cloud, _ = retailcloud(respond)

    listing, _ = await cloud.list_backups("rm-1")

    assert ((), True) == (listing.items, listing.complete)


async def test_an_instance_that_is_not_there_is_a_business_error():
    cloud, _ = retailcloud(answers({"Code": 1001, "ErrMsg": "instance not found", "RequestId": "r-1"}))

    with pytest.raises(RejectedError, match=r"GetRdsBackUp: business error 1001 .*instance not found") as caught:
        await cloud.list_backups("rm-1")

    assert ("bad_response", "r-1") == (caught.value.reason, caught.value.request_id)


@pytest.mark.parametrize("result", [None, {}, {"Items": {}}, []])
async def test_an_answer_without_the_list_is_not_an_empty_list(result):
    cloud, _ = retailcloud(answers({"Code": 0, "Result": result}))

    with pytest.raises(BadResponseError):
        await cloud.list_backups("rm-1")
