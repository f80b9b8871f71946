"""DescribeDBInstances and DescribeBackups: what is asked, what is read, and what of it never is."""

import httpx
import pytest

from exporter.clouds.aliyun.rds import Databases, Rds
from exporter.clouds.errors import BadResponseError, NotOfferedError, PermissionDeniedError
from tests.clouds.wire import Wire, answers, query_of, sample


def rds(respond):
    wire = Wire(respond, product="rds", region="cn-hangzhou")
    return Rds(wire.channel), wire


async def test_primary_instances_of_an_answer_like_the_sample():
    cloud, wire = rds(answers(sample("aliyun/DescribeDBInstances")))

    listing = await cloud.describe_db_instances()

    (instance,) = listing.items
    assert listing.complete
    assert ("rm-0f1e2d3c4b5a69788", "orders", "Primary", "Running", "MySQL", "Prepaid", "2027-01-01T16:00:00Z") == (
        instance.db_instance_id,
        instance.db_instance_description,
        instance.db_instance_type,
        instance.db_instance_status,
        instance.engine,
        instance.pay_type,
        instance.expire_time,
    )
    (request,) = wire.requests
    assert ("POST", "/", b"") == (request.method, request.url.path, request.content)
    assert {
        "RegionId": "cn-hangzhou",
        "DBInstanceType": "Primary",
        "PageNumber": "1",
        "PageSize": "100",
    } == query_of(request)
    assert ("DescribeDBInstances", "2014-08-15") == (request.headers["x-acs-action"], request.headers["x-acs-version"])


@pytest.mark.parametrize(
    ("written", "is_kept"),
    [("Primary", True), ("primary", True), (None, True), ("Readonly", False), ("Guard", False), ("Temp", False)],
)
async def test_only_primary_instances_are_kept_where_the_filter_is_ignored(written, is_kept):
    rows = [{"DBInstanceId": "rm-1", "DBInstanceType": written}]
    cloud, _ = rds(answers({"TotalRecordCount": 1, "Items": {"DBInstance": rows}}))

    listing = await cloud.describe_db_instances()

    assert (is_kept, True) == (bool(listing.items), listing.complete)


async def test_sets_of_an_answer_like_the_sample():
    cloud, wire = rds(answers(sample("aliyun/DescribeBackups")))

    listing = await cloud.describe_backups("rm-0f1e2d3c4b5a69788")

    first, second = listing.items
    assert listing.complete
    assert ("500000002", "FullBackup", "Automated", "Success", "OK", 1_900_544) == (
        first.backup_id,
        first.backup_type,
        first.backup_mode,
        first.backup_status,
        first.meta_status,
        first.backup_size,
    )
    assert ("2026-01-01T20:40:55Z", "2026-01-01T20:42:30Z") == (first.backup_start_time, first.backup_end_time)
    assert ("Failed", "EMPTY") == (second.backup_status, second.meta_status)
    (request,) = wire.requests
    assert {"DBInstanceId": "rm-0f1e2d3c4b5a69788", "PageNumber": "1", "PageSize": "100"} == query_of(request)
    assert ("DescribeBackups", "2014-08-15") == (request.headers["x-acs-action"], request.headers["x-acs-version"])


async def test_the_signed_urls_of_backups_are_gone_with_the_answer():
    cloud, _ = rds(answers(sample("aliyun/DescribeBackups")))

    listing = await cloud.describe_backups("rm-0f1e2d3c4b5a69788")

    assert "canary" not in repr(listing)
    assert "example" not in repr([item.model_dump() for item in listing.items])


async def test_pages_are_numbered_and_counters_are_strings():
    def respond(request):
        number = int(query_of(request)["PageNumber"])
        rows = [{"BackupId": str(index)} for index in range((number - 1) * 100, min(number * 100, 150))]
        counters = {"TotalRecordCount": "150", "PageNumber": str(number), "PageRecordCount": str(len(rows))}
        return httpx.Response(200, json={"Items": {"Backup": rows}, **counters})

    cloud, wire = rds(respond)

    listing = await cloud.describe_backups("rm-1")

    assert (150, True, 2) == (len(listing.items), listing.complete, len(wire.requests))


async def test_a_refused_page_size_is_asked_for_again_with_the_default():
    def respond(request):
        if query_of(request)["PageSize"] != "30":
            return httpx.Response(400, json={"Code": "InvalidPageSize.Malformed", "Message": "no"})
        return httpx.Response(200, json={"Items": {"Backup": []}, "TotalRecordCount": "0"})

    cloud, wire = rds(respond)

    assert ((), True) == ((listing := await cloud.describe_backups("rm-1")).items, listing.complete)
    assert ["100", "30"] == [query_of(request)["PageSize"] for request in wire.requests]


@pytest.mark.parametrize("body", [{}, {"Items": None}, {"Items": {}}, {"Items": {"Backup": {}, "DBInstance": {}}}, []])
async def test_an_answer_without_the_list_is_not_an_empty_list(body):
    cloud, _ = rds(answers(body))

    with pytest.raises(BadResponseError):
        await cloud.describe_backups("rm-1")
    with pytest.raises(BadResponseError):
        await cloud.describe_db_instances()


async def test_rows_without_an_id_are_counted_and_make_the_list_incomplete():
    rows = [{"DBInstanceId": "rm-1"}, {"DBInstanceDescription": "x"}]
    cloud, _ = rds(answers({"TotalRecordCount": 2, "Items": {"DBInstance": rows}}))

    listing = await cloud.describe_db_instances()

    assert (1, 1, False) == (len(listing.items), listing.unreadable, listing.complete)


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, "InvalidRegionId.NotFound", NotOfferedError),
        (404, "InvalidRegion.NotFound", NotOfferedError),
        (403, "Forbidden.RAM", PermissionDeniedError),
        (403, "NoPermission", PermissionDeniedError),
    ],
)
async def test_refusals(status, code, kind):
    cloud, _ = rds(answers({"Code": code, "Message": "no"}, status=status))

    with pytest.raises(kind):
        await cloud.describe_db_instances()


def test_an_account_without_regions_has_retailcloud_alone():
    wire = Wire(answers({}))

    assert () == tuple(Databases(wire.channel).regions)
