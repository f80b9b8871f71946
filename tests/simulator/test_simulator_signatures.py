"""The verifiers against the vendors' published vectors, and the refusals of each gateway."""

import hashlib

import pytest

from exporter.simulator.signatures import Received, acs3, roa, sdk_hmac
from exporter.simulator.signatures.requests import percent_encoded

EMPTY_HASH = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@pytest.mark.parametrize(
    ("date", "nonce", "canonical_hash", "signature"),
    [
        (
            "2023-10-26T10:22:32Z",
            "3156853299f313e23d1673dc12e1703d",
            "7ea06492da5221eba5297e897ce16e55f964061054b7695beedaac1145b1e259",
            "06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0",
        ),
        (
            "2023-10-26T09:01:01Z",
            "d410180a5abf7fe235dd9b74aca91fc0",
            "29622f5feb1e9fcaaa2e276a72889c975f7b16f00e02be1ca34965b18cd85015",
            "e521358f7776c97df52e6b2891a8bc73026794a071b50c3323388c4e0df64804",
        ),
    ],
)
def test_acs3_agrees_with_the_documented_request(date, nonce, canonical_hash, signature):
    headers = (
        ("host", "ecs.cn-shanghai.aliyuncs.com"),
        ("x-acs-action", "RunInstances"),
        ("x-acs-content-sha256", EMPTY_HASH),
        ("x-acs-date", date),
        ("x-acs-signature-nonce", nonce),
        ("x-acs-version", "2014-05-26"),
    )
    query = "ImageId=win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd&RegionId=cn-shanghai"
    request = Received("POST", "/", query, headers)
    canonical = acs3.canonical_request(request, [name for name, _ in headers], EMPTY_HASH)
    assert canonical_hash == hashlib.sha256(canonical.encode()).hexdigest()
    assert signature == acs3.signature("YourAccessKeySecret", acs3.string_to_sign(canonical))


def test_acs3_joins_repeated_headers_and_keeps_empty_parameters():
    headers = (("x-acs-test", "http"), ("x-acs-test", "https"))
    payload = "55e12e91650d2fec56ec74e1d3e4ddbfce2ef3a65890c2a19ecf88a307e76a23"
    canonical = acs3.canonical_request(Received("GET", "/", "test=ok&empty=", headers), ["x-acs-test"], payload)
    assert "d16b30a7699ae9e43875b13195b2f81bcc3ed10c14a9b5eb780e51619aa50be1" == acs3.signature(
        "secret", acs3.string_to_sign(canonical)
    )


def test_percent_encoding_agrees_with_the_sdk():
    assert "%20~%2F%2A-%2B" == percent_encoded(" ~/*-+")


def test_roa_of_an_empty_request():
    text = roa.string_to_sign(Received("GET", "", "", ()))
    assert "GET\n\n\n\n\n" == text
    assert "XGXDWA78AEvx/wmfxKoVCq/afWw=" == roa.signature("secret", text)


def test_roa_signs_a_parameter_without_value_as_its_bare_name():
    headers = (
        ("accept", "application/json"),
        ("content-md5", "md5"),
        ("content-type", "application/json"),
        ("date", "date"),
        ("x-acs-meta", "user"),
    )
    text = roa.string_to_sign(Received("GET", "Pathname", "ccp=ok&test1=&test=tests", headers))
    wanted = "GET\napplication/json\nmd5\napplication/json\ndate\nx-acs-meta:user\nPathname?ccp=ok&test=tests&test1"
    assert wanted == text


def test_roa_agrees_with_the_sdk():
    headers = (
        ("accept", "application/octet-stream"),
        ("date", "2018-12-04T03:55:31Z"),
        ("x-acs-signature-method", "HMAC-SHA1"),
        ("x-acs-signature-version", "1.0"),
    )
    text = roa.string_to_sign(Received("GET", "/", "", headers))
    assert "HKCpm41tJg6b3EYdtGMbNuwALZU=" == roa.signature("access_key_secret", text)


@pytest.mark.parametrize(
    ("method", "body", "signature"),
    [
        ("GET", b"", "cfb4171acec81de07d50e53d57eb77edd537414d66ddb1d7d780f128e12cd842"),
        ("POST", b'{"name":"test","id":1}', "436b1ac0a1ae03705934bb70ef2f2e09f7bfed2117d731a38235053199323a1f"),
    ],
)
def test_huawei_agrees_with_the_sdk(method, body, signature):
    date = "20200608T023900Z"
    headers = (("host", "service.endpoint.myhuaweicloud.com"), ("x-sdk-date", date), ("test_underscore", "ignored"))
    request = Received(method, "/resources", "size=1", headers, body)
    canonical = sdk_hmac.canonical_request(request, ["host", "x-sdk-date"])
    assert signature == sdk_hmac.signature("SecretKey", sdk_hmac.string_to_sign(date, canonical))


def test_huawei_sorts_and_encodes_the_query():
    query = (
        "test=%E4%B8%80%20%28%26%3D%3F%21%23%25.%2A%29&path=%2Ftmp%2F123&multi=3&multi=1&multi=2&limit=1&enable=true"
    )
    line = sdk_hmac.canonical_request(Received("GET", "/", query, ()), []).split("\n")[2]
    wanted = (
        "enable=true&limit=1&multi=1&multi=2&multi=3&path=%2Ftmp%2F123&test=%E4%B8%80%20%28%26%3D%3F%21%23%25.%2A%29"
    )
    assert wanted == line
