"""Alibaba Cloud's refusals: every documented code is told apart, whatever HTTP status it comes with."""

import pytest

from exporter.clouds.aliyun.dialect import AliyunDialect
from exporter.clouds.errors import (
    AuthError,
    ClockError,
    NonceUsedError,
    NotOfferedError,
    PageSizeError,
    PermissionDeniedError,
    ProxyAuthError,
    RejectedError,
    RetiredError,
    ServerError,
    ThrottledError,
    TokenError,
)
from exporter.clouds.exchange import Answer

DIALECT = AliyunDialect()

GATEWAY = [
    (400, "Throttling", ThrottledError),
    (400, "Throttling.User", ThrottledError),
    (400, "Throttling.Api", ThrottledError),
    (503, "Throttling.User", ThrottledError),
    (429, "Throttling", ThrottledError),
    (503, "ServiceUnavailable", ServerError),
    (500, "InternalError", ServerError),
    (500, "UnknownError", ServerError),
    (400, "SignatureNonceUsed", NonceUsedError),
    (400, "InvalidTimeStamp.Expired", ClockError),
    (400, "InvalidTimeStamp.Format", ClockError),
    (400, "IllegalTimestamp", ClockError),
    (400, "SignatureDoesNotMatch", AuthError),
    (403, "SignatureDoesNotMatch", AuthError),
    (400, "IncompleteSignature", AuthError),
    (404, "InvalidAccessKeyId.NotFound", AuthError),
    (400, "InvalidAccessKeyId.NotFound", AuthError),
    (400, "InvalidAccessKeyId.Inactive", AuthError),
    (403, "Forbidden.AccessKeyDisabled", AuthError),
    (400, "InvalidSecurityToken.Expired", TokenError),
    (400, "InvalidSecurityToken.Malformed", TokenError),
    (400, "InvalidSecurityToken.MismatchWithAccessKey", TokenError),
    (400, "MissingSecurityToken", TokenError),
    (401, "AuthenticationFail.NoPermission", PermissionDeniedError),
    (401, "AuthenticationFail.OIDCToken.Expired", AuthError),
    (404, "EntityNotExist.Role", AuthError),
    (403, "Forbidden.RAM", PermissionDeniedError),
    (403, "NoPermission", PermissionDeniedError),
    (403, "Forbidden", PermissionDeniedError),
    (403, "Forbidden.NotSupportRAM", PermissionDeniedError),
    (403, "Forbedden.NotSupportRAM", PermissionDeniedError),
    (403, "Forbidden.RiskControl", PermissionDeniedError),
    (400, "InsufficientBalance", PermissionDeniedError),
    (403, "Forbidden.UserVerification", PermissionDeniedError),
    (404, "InvalidApi.NotFound", RetiredError),
    (400, "InvalidAction", RetiredError),
    (404, "InvalidAction.NotFound", RetiredError),
    (400, "NoSuchVersion", RetiredError),
    (403, "InvalidVersion", RetiredError),
    (404, "InvalidProduct.NotFound", NotOfferedError),
    (404, "InvalidRegion.NotFound", NotOfferedError),
    (400, "InvalidRegionId.NotFound", NotOfferedError),
    (403, "UnsupportedHTTPMethod", RejectedError),
    (400, "UnsupportedHTTPMethod", RejectedError),
    (400, "InvalidProtocol.NeedSsl", RejectedError),
    (400, "MissingParameter", RejectedError),
    (400, "MissingAppId", RejectedError),
    (400, "InvalidParameter", RejectedError),
    (400, "InvalidAppId", RejectedError),
    (400, "InvalidPageSize", PageSizeError),
]
BATCHCOMPUTE = [
    (400, "InvalidJsonFormat", RejectedError),
    (400, "BadDAG", RejectedError),
    (400, "InvalidUrlPattern", RejectedError),
    (400, "MethodNotAllowed", RejectedError),
    (400, "MissingName", RejectedError),
    (400, "InvalidName", RejectedError),
    (400, "InvalidMaxItemCount", PageSizeError),
    (400, "IdempotentTokenMismatch", RejectedError),
    (403, "InvalidVersion.NotFound", RetiredError),
    (403, "InvalidResource.AlreadyExisting", RejectedError),
    (403, "InvalidQueryString", RejectedError),
    (403, "InvalidHttpBody", RejectedError),
    (403, "QuotaExhausted", RejectedError),
    (403, "Forbidden", PermissionDeniedError),
    (404, "InvalidResource.NotFound", RejectedError),
    (409, "StateConflict", RejectedError),
    (500, "InternalError", ServerError),
]


def refused(status, body, **headers):
    refusal = DIALECT.refusal(Answer(status, headers, body))
    assert refusal is not None
    return refusal


def error_of(status, body):
    return DIALECT.error(refused(status, body), "ListCluster")


@pytest.mark.parametrize(("status", "code", "kind"), GATEWAY + BATCHCOMPUTE)
def test_documented_codes(status, code, kind):
    error = error_of(status, {"Code": code, "Message": "no", "RequestId": "r"})

    assert type(error) is kind
    assert str(error).startswith(f"ListCluster: {code} (")


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, RejectedError),
        (401, AuthError),
        (403, PermissionDeniedError),
        (404, RejectedError),
        (407, ProxyAuthError),
        (429, ThrottledError),
        (500, ServerError),
        (502, ServerError),
        (503, ServerError),
        (504, ServerError),
    ],
)
@pytest.mark.parametrize("body", [{}, None, [], {"Code": "Odd.One"}, {"Code": None}])
def test_an_unknown_code_goes_by_its_status(status, kind, body):
    assert type(error_of(status, body)) is kind


@pytest.mark.parametrize("status", [500, 503])
def test_a_parameters_name_does_not_hide_a_server_error(status):
    assert type(error_of(status, {"Code": "InvalidState.Internal"})) is ServerError


@pytest.mark.parametrize("code", ["InvalidParameter", "400", 1001])
def test_a_refused_page_size_is_known_by_its_text_too(code):
    message = "The specified parameter PageSize is not valid."

    assert type(error_of(200 if code == 1001 else 400, {"Code": code, "Message": message})) is PageSizeError


@pytest.mark.parametrize("body", [{"Code": 0}, {"Code": "0"}, {"code": 0}, {"Code": 200}, {}, {"Code": None}, []])
@pytest.mark.parametrize("status", [200, 201])
def test_success(status, body):
    assert DIALECT.refusal(Answer(status, {}, body)) is None


@pytest.mark.parametrize("field", ["ErrMsg", "ErrorMsg", "ErrorMessage", "errMsg", "Message"])
def test_a_business_error_inside_http_200(field):
    refusal = refused(200, {"Code": 102_000, field: "no such app", "RequestId": "r-1"})

    assert ("102000", "no such app", "r-1") == (refusal.code, refusal.message, refusal.request_id)
    error = DIALECT.error(refusal, "ListApp")
    assert (RejectedError, "ListApp: business error 102000 (the call was refused)") == (type(error), str(error))


def test_a_code_inside_http_200_that_is_documented_is_told_apart_too():
    assert type(error_of(200, {"Code": "Throttling.User"})) is ThrottledError


@pytest.mark.parametrize("header", ["x-acs-request-id", "request-id"])
def test_the_request_id_may_be_a_header(header):
    assert "r-7" == refused(400, {"Code": "InvalidName"}, **{header: "r-7"}).request_id


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"x-acs-retry-after": "2000"}, 2.0),
        ({"x-acs-retry-after": "80"}, 0.08),
        ({"x-acs-retry-after": "0"}, None),
        ({"x-acs-retry-after": "-5"}, None),
        ({"x-acs-retry-after": "soon"}, None),
        ({"x-ratelimit-user-api": "Limit:1,Remain:0,TimeLeft:2000,Reset:1234"}, 2.0),
        ({"x-ratelimit-user": "Limit:1,Remain:0,TimeLeft:500"}, 0.5),
        ({"retry-after": "3"}, None),
        ({}, None),
    ],
)
def test_the_hint_when_to_come_back_is_in_milliseconds(headers, seconds):
    assert seconds == refused(400, {"Code": "Throttling"}, **headers).retry_after
