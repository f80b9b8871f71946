"""Huawei Cloud's refusals: the gateway's codes with and without W, ModelArts' own, and four envelopes."""

import pytest

from exporter.clouds.errors import (
    AuthError,
    PermissionDeniedError,
    RejectedError,
    RetiredError,
    ServerError,
    ThrottledError,
    TokenError,
)
from exporter.clouds.exchange import Answer
from exporter.clouds.huaweicloud.dialect import HuaweiDialect

DIALECT = HuaweiDialect()

GATEWAY = [
    (404, "0101", RetiredError),
    (404, "0103", RejectedError),
    (400, "0104", RejectedError),
    (400, "0105", RejectedError),
    (400, "0106", RejectedError),
    (400, "0201", RejectedError),
    (413, "0201", RejectedError),
    (414, "0201", RejectedError),
    (494, "0201", RejectedError),
    (500, "0201", ServerError),
    (502, "0201", ServerError),
    (504, "0201", ServerError),
    (401, "0301", TokenError),
    (403, "0302", PermissionDeniedError),
    (401, "0303", AuthError),
    (401, "0305", PermissionDeniedError),
    (403, "0306", PermissionDeniedError),
    (401, "0307", TokenError),
    (429, "0308", ThrottledError),
    (403, "0310", PermissionDeniedError),
    (403, "0401", PermissionDeniedError),
    (500, "0601", ServerError),
]
MODELARTS = [
    (500, "ModelArts.0010", ServerError),
    (400, "ModelArts.0012", ServerError),
    (400, "ModelArts.0013", ServerError),
    (400, "ModelArts.0102", RejectedError),
    (404, "ModelArts.0102", RejectedError),
    (400, "ModelArts.0104", RejectedError),
    (400, "ModelArts.0105", PermissionDeniedError),
    (403, "ModelArts.0212", PermissionDeniedError),
]


def refused(status, body, **headers):
    refusal = DIALECT.refusal(Answer(status, headers, body))
    assert refusal is not None
    return refusal


def error_of(status, body):
    return DIALECT.error(refused(status, body), "ListClusters")


@pytest.mark.parametrize("prefix", ["APIGW", "APIG"])
@pytest.mark.parametrize(("status", "number", "kind"), GATEWAY)
def test_codes_of_the_gateway(prefix, status, number, kind):
    error = error_of(status, {"error_code": f"{prefix}.{number}", "error_msg": "no", "request_id": "r"})

    assert type(error) is kind
    assert str(error).startswith(f"ListClusters: {prefix}.{number} (")


@pytest.mark.parametrize(("status", "code", "kind"), MODELARTS)
def test_codes_of_modelarts(status, code, kind):
    assert type(error_of(status, {"error_code": code, "error_msg": "no"})) is kind


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, RejectedError),
        (401, TokenError),
        (403, PermissionDeniedError),
        (404, RejectedError),
        (429, ThrottledError),
        (500, ServerError),
        (503, ServerError),
    ],
)
@pytest.mark.parametrize("body", [{}, None, [], "text", {"error_code": "Odd.1"}])
def test_an_unknown_code_goes_by_its_status(status, kind, body):
    assert type(error_of(status, body)) is kind


@pytest.mark.parametrize(
    "body",
    [
        {"error_code": "APIGW.0301", "error_msg": "no"},
        {"errorCode": "APIGW.0301", "errorMsg": "no"},
        {"code": "APIGW.0301", "message": "no"},
        {"error": {"code": "APIGW.0301", "message": "no", "title": "Unauthorized"}},
        {"error_code": "APIGW.0301", "error_msg": "no", "encoded_authorization_message": "never-read"},
    ],
)
def test_every_envelope(body):
    refusal = refused(401, body)

    assert ("APIGW.0301", "no") == (refusal.code, refusal.message)


def test_the_first_envelope_wins():
    refusal = refused(400, {"code": 1, "message": "b", "error_code": "ModelArts.0102", "error_msg": "a"})

    assert ("ModelArts.0102", "a") == (refusal.code, refusal.message)


def test_a_throttled_answer_has_a_status_code_beside_its_code():
    body = {
        "error_code": "APIGW.0308",
        "error_msg": "The throttling threshold has been reached: policy user over ratelimit,limit:10,time:1 second",
        "request_id": "r",
        "status_code": 429,
    }

    assert type(error_of(429, body)) is ThrottledError


def test_the_request_id_may_be_a_header():
    assert "r-7" == refused(404, {}, **{"x-request-id": "r-7"}).request_id


@pytest.mark.parametrize("status", [200, 201, 204])
def test_success(status):
    assert DIALECT.refusal(Answer(status, {}, {"total_count": 0})) is None
