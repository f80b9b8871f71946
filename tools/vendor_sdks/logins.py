"""Logins by the vendors' SDKs: a RAM role in both signatures, and the project that Huawei Cloud's SDK looks up."""

import json
from logging import getLogger

from alibabacloud_tea_openapi.client import Client
from alibabacloud_tea_openapi.models import OpenApiRequest, Params
from aliyunsdkcore.client import AcsClient
from aliyunsdkcore.request import CommonRequest
from darabonba.runtime import RuntimeOptions
from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.exceptions.exception_handler import DefaultExceptionHandler
from huaweicloudsdkcore.http.http_client import HttpClient
from huaweicloudsdkcore.http.http_config import HttpConfig

from tools.vendor_sdks.account import ACCESS_KEY_ID, PROJECT, REGION, Account, Call, Ids

ROLE = "acs:ram::123456789012:role/exporter"
QUERY = {"RoleArn": ROLE, "RoleSessionName": "vendor-check", "DurationSeconds": "900"}
ASSUMED = {"acs:ram::123456789012:role/exporter/vendor-check"}


def login_calls(account: Account) -> list[Call]:
    """AssumeRole as today's SDKs sign it and as the older ones do; IAM's projects by the name of a region."""

    def assume_role(secret: str, token: str | None) -> Ids:
        params = Params(
            action="AssumeRole",
            version="2015-04-01",
            protocol="HTTP",
            pathname="/",
            method="POST",
            auth_type="AK",
            style="RPC",
            req_body_type="formData",
            body_type="json",
        )
        client = Client(account.config(secret, token))
        answer = client.call_api(params, OpenApiRequest(query=QUERY), RuntimeOptions())
        return {answer["body"]["AssumedRoleUser"]["Arn"].replace(":assumed-role/", ":role/")}

    def assume_role_of_old(secret: str, token: str | None) -> Ids:
        request = CommonRequest(domain=account.address, version="2015-04-01", action_name="AssumeRole")
        request.set_protocol_type("http")
        for name, value in QUERY.items():
            request.add_query_param(name, value)
        if token:
            request.add_query_param("SecurityToken", token)
        answer = json.loads(AcsClient(ACCESS_KEY_ID, secret, REGION).do_action_with_exception(request))
        return {answer["AssumedRoleUser"]["Arn"].replace(":assumed-role/", ":role/")}

    def project(secret: str, token: str | None) -> Ids:
        BasicCredentials._CACHE.clear()  # noqa: SLF001 - the SDK looks a project up once for a key, whatever its secret
        credentials = BasicCredentials(ACCESS_KEY_ID, secret).with_iam_endpoint(f"http://{account.address}")
        if token:
            credentials = credentials.with_security_token(token)
        http = HttpClient(HttpConfig.get_default_config(), None, DefaultExceptionHandler(), getLogger("vendor-check"))
        return {credentials.process_auth_params(http, "cn-north-4").project_id}

    return [
        ("STS AssumeRole", assume_role, ASSUMED),
        ("STS AssumeRole, signed the older way", assume_role_of_old, ASSUMED),
        ("IAM projects of a region", project, {PROJECT}),
    ]
