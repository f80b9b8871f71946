"""What an error of a call means to the person who is to mend it."""

import pytest

from exporter.clouds.aliyun.dialect import AliyunDialect
from exporter.clouds.errors import (
    BadResponseError,
    CallTimeoutError,
    CloudError,
    NotSetUpError,
    Refusal,
    UnknownHostError,
    login_refused,
)
from exporter.clouds.huaweicloud.dialect import HuaweiDialect
from exporter.collection.recorder import BugError
from exporter.doctor.findings import Cause, clock_said, failure, login_failure

ODD = '"cn-nowhere" is not a region known of aliyun'


def refused(status: int, code: str, dialect=AliyunDialect) -> CloudError:
    error = dialect().error(Refusal(status, code, "", "R-1"), "ListApp")
    return type(error)(str(error), operation="ListApp", request_id="R-1", code=code)


@pytest.mark.parametrize(
    ("status", "code", "cause"),
    [
        (403, "Forbidden.RAM", Cause.permission),
        (403, "NoPermission", Cause.permission),
        (404, "InvalidAccessKeyId.NotFound", Cause.key),
        (400, "SignatureDoesNotMatch", Cause.key),
        (400, "InvalidSecurityToken.Expired", Cause.key),
        (400, "InvalidTimeStamp.Expired", Cause.clock),
        (407, "", Cause.network),
        (400, "Throttling.User", Cause.throttled),
        (503, "ServiceUnavailable", Cause.service),
        (400, "InvalidRegionId.NotFound", Cause.not_offered),
        (404, "InvalidApi.NotFound", Cause.retired),
        (404, "InvalidDBInstanceId.NotFound", Cause.rejected),
    ],
)
def test_a_refusal_is_told_by_its_code(status, code, cause):
    assert cause is failure(refused(status, code)).cause


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (UnknownHostError("the host x.example does not resolve"), Cause.network),
        (CallTimeoutError("no whole answer within 20 s"), Cause.timeout),
        (BadResponseError("HTTP 200 with 5 bytes of text/html that are not JSON"), Cause.bad_response),
        (BugError(ValueError("secret")), Cause.bug),
    ],
)
def test_what_no_cloud_said_is_told_by_its_class(error, cause):
    assert cause is failure(error).cause


def test_every_cause_has_a_way_out():
    errors = [refused(403, "Forbidden.RAM"), refused(407, ""), refused(400, "Throttling"), BadResponseError("x")]
    assert all(failure(error).advice for error in errors)


def test_the_operation_is_not_repeated_beside_its_own_name():
    told = failure(refused(403, "Forbidden.RAM"))
    assert ("Forbidden.RAM (refused)", "Forbidden.RAM", "R-1") == (told.message, told.code, told.request_id)


@pytest.mark.parametrize(("behind", "cause"), [(None, Cause.key), (3.0, Cause.key), (-3600.0, Cause.clock)])
def test_a_code_for_key_and_clock_alike_is_told_apart_by_the_clock(behind, cause):
    assert cause is failure(refused(401, "APIGW.0303", HuaweiDialect), behind=behind).cause


def test_it_is_told_how_far_the_clock_is_off():
    told = failure(refused(400, "InvalidTimeStamp.Expired"), behind=2400.0)
    assert told.message.endswith("; this machine's clock is 40 min behind the cloud's")


@pytest.mark.parametrize(
    ("behind", "said"),
    [
        (0.9, "this machine's clock agrees with the cloud's"),
        (-1.9, "this machine's clock agrees with the cloud's"),
        (90.0, "this machine's clock is 90 s behind the cloud's"),
        (-28_800.0, "this machine's clock is 8 h ahead of the cloud's"),
        (864_000.0, "this machine's clock is 10 days behind the cloud's"),
    ],
)
def test_the_clock_is_told_in_words(behind, said):
    assert said == clock_said(behind)


@pytest.mark.parametrize("error", [refused(400, "InvalidRegionId.NotFound"), UnknownHostError("does not resolve")])
def test_a_region_that_is_not_known_is_the_cause_where_it_can_be(error):
    told = failure(error, odd_region=ODD)
    assert (Cause.unknown_region, True) == (told.cause, told.message.endswith(f"; {ODD}"))


def test_a_region_that_is_not_known_is_not_blamed_for_a_wrong_key():
    assert Cause.key is failure(refused(400, "SignatureDoesNotMatch"), odd_region=ODD).cause


def test_what_is_retired_names_its_successor():
    told = failure(refused(404, "InvalidApi.NotFound"), odd_region=ODD, successor="emr_clusters")
    assert (Cause.retired, True) == (told.cause, told.advice.endswith("its successor is read by emr_clusters"))


def test_a_product_without_ram_users_is_not_helped_by_a_policy():
    told = failure(refused(403, "Forbidden.NotSupportRAM"))
    assert Cause.permission is told.cause
    assert "only one of the account itself" in told.advice


def test_a_login_that_lacks_a_setting_says_the_way_out_itself():
    told = login_failure(NotSetUpError("environment: ALIBABA_CLOUD_ACCESS_KEY_ID not set; set it"))
    assert (Cause.key, "") == (told.cause, told.advice)


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (refused(403, "NoPermission"), Cause.permission),
        (refused(400, "SignatureDoesNotMatch"), Cause.key),
        (refused(400, "InvalidTimeStamp.Expired"), Cause.clock),
        (refused(404, "InvalidApi.NotFound"), Cause.key),
        (UnknownHostError("sts.example does not resolve", operation="AssumeRole"), Cause.network),
        (CallTimeoutError("no whole answer within 20 s", operation="AssumeRole"), Cause.timeout),
    ],
)
def test_a_login_that_is_refused_is_told_by_what_stood_in_its_way(error, cause):
    told = login_failure(login_refused("accounts.shop.credentials.role_arn", error))
    assert (cause, True) == (told.cause, bool(told.advice))
