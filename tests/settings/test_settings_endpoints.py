"""Endpoints: which are refused, and how the others are kept."""

from collections.abc import Callable

import pytest

from exporter.settings.model import Settings

Mistakes = Callable[..., list[str]]
SHOP = "accounts: [{name: shop, provider: aliyun}]\n"
LOOPBACK = "plain http is for loopback addresses (127.0.0.1, ::1, localhost) only"
NOT_IN_CLEAR = "signed requests do not travel in clear; use https://"
NO_URL = "must be an absolute URL without user, path and query, such as https://retailcloud.aliyuncs.com"


@pytest.mark.parametrize(
    ("url", "message"),
    [
        (
            "http://emr.example",
            f"{LOOPBACK}: {NOT_IN_CLEAR}",
        ),
        (
            "http://127.0.0.1.example",
            f"{LOOPBACK}: {NOT_IN_CLEAR}",
        ),
        (
            "http://100.100.100.200",
            f"{LOOPBACK}: {NOT_IN_CLEAR}",
        ),
        ("emr.example", NO_URL),
        ("//emr.example", NO_URL),
        ("ftp://emr.example", NO_URL),
        ("https://", NO_URL),
        ("https://emr.example/v1", NO_URL),
        ("https://emr.example?", NO_URL),
        ("https://emr.example#a", NO_URL),
        ("https://user@emr.example", NO_URL),
        ("https://user:hunter2@emr.example", NO_URL),
        ("https://@emr.example", NO_URL),
        ("https://emr.example:", NO_URL),
        ("https://emr.example:0", NO_URL),
        ("https://emr.example:99999", NO_URL),
        ("https://emr example", NO_URL),
        ("https://[::1", NO_URL),
        ("https://127.1", NO_URL),
        ("12", NO_URL),
        ("http://emr.{region}.example", f"{LOOPBACK}: {NOT_IN_CLEAR}"),
        ("https://{zone}.example", NO_URL),
        ("https://emr.example/{region}", NO_URL),
    ],
)
def test_an_endpoint_that_is_no_plain_address_is_refused(mistakes_of: Mistakes, url: str, message: str):
    assert [f"CLOUD_CLUSTER_EXPORTER_ACCOUNTS__0__ENDPOINTS__EMR: {message}"] == mistakes_of(
        SHOP, ACCOUNTS__0__ENDPOINTS__EMR=url
    )


@pytest.mark.parametrize(
    ("product", "url", "kept"),
    [
        ("emr", "https://EMR.example/", "https://emr.example"),
        ("emr", "https://emr.example:8443", "https://emr.example:8443"),
        ("emr", "http://localhost:10991", "http://localhost:10991"),
        ("emr", "http://127.9.9.9:1", "http://127.9.9.9:1"),
        ("emr", "http://[::1]:1", "http://[::1]:1"),
        ("emr", "https://EMR-vpc.{region}.example/", "https://emr-vpc.{region}.example"),
        ("batchcompute", "https://{region}.example:8443", "https://{region}.example:8443"),
        ("metadata", "http://100.100.100.200", "http://100.100.100.200"),
        ("metadata", "http://169.254.169.254/", "http://169.254.169.254"),
    ],
)
def test_an_endpoint_is_kept_without_its_slash(settings_of: Callable[..., Settings], product: str, url: str, kept: str):
    settings = settings_of(f"accounts: [{{name: shop, provider: aliyun, endpoints: {{{product}: '{url}'}}}}]")

    assert {product: kept} == dict(settings.accounts[0].endpoints)


def test_a_metadata_endpoint_elsewhere_is_refused_in_clear(mistakes_of: Mistakes):
    variable = "CLOUD_CLUSTER_EXPORTER_ACCOUNTS__0__ENDPOINTS__METADATA"

    assert [f"{variable}: plain http is for loopback and metadata addresses only: {NOT_IN_CLEAR}"] == mistakes_of(
        SHOP, ACCOUNTS__0__ENDPOINTS__METADATA="http://169.254.169.253"
    )


def test_a_product_that_has_one_address_takes_no_region(mistakes_of: Mistakes):
    variable = "CLOUD_CLUSTER_EXPORTER_ACCOUNTS__0__ENDPOINTS__RETAILCLOUD"

    assert [f"{variable}: {NO_URL}"] == mistakes_of(
        SHOP, ACCOUNTS__0__ENDPOINTS__RETAILCLOUD="https://{region}.example"
    )
