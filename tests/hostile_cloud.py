"""A cloud that echoes whatever it is sent, secrets first, in every shape that vendors and proxies are known for."""

import json
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import httpx

FIXTURES = Path(__file__).parent / "fixtures"
CANARY = "CANARY"
SECRETS = (f"{CANARY}-id/1+=", f"{CANARY}-secret/2+=", f"{CANARY}-token/3+=", f"{CANARY}-cluster-password")
MARKS = (CANARY, "never-read")  # the second is in the samples of BatchCompute and ModelArts


def echo(request: httpx.Request) -> str:
    """All that a server could know of a request, and the secrets besides, plain and encoded."""
    # The longest header first, because only the beginning of a text is shown.
    headers = sorted(request.headers.items(), key=lambda header: -len(header[1]))
    lines = "\n".join(f"{name}:{value}" for name, value in headers)
    known = "&".join(f"{secret}&x={quote(secret, safe='')}" for secret in SECRETS[:3])
    password = f"password={SECRETS[3]}"
    return f"{known}\n{password}\n{lines}\n{request.method}\n{request.url}\nhttps://user:{SECRETS[1]}@cloud.example/"


def error_body(request: httpx.Request, code: str, huawei: str) -> dict[str, object]:
    if request.url.path.startswith("/v1/"):
        return {"error_code": huawei, "error_msg": f"canonicalRequest: {echo(request)}", "request_id": SECRETS[1]}
    message = f"The string to sign is: {echo(request)}"
    return {"Code": code, "Message": message, "RequestId": SECRETS[1], "HostId": SECRETS[0], "Recommend": message}


def refused(status: int, code: str, huawei: str) -> Callable[[httpx.Request], httpx.Response]:
    return lambda request: httpx.Response(status, json=error_body(request, code, huawei))


def sample(request: httpx.Request) -> dict[str, object]:
    """The vendor's sample of the operation that is asked for."""
    paths = {"/clusters": "aliyun/BatchComputeListClusters", "/": f"aliyun/{request.headers.get('x-acs-action')}"}
    name = paths.get(request.url.path, "huaweicloud/ListClusters")
    return json.loads((FIXTURES / f"{name}.json").read_text(encoding="utf-8"))


def marked(value: object, name: str = "") -> object:
    """The same JSON with secret fields in every object, and objects that hold one in place of the readable scalars."""
    if isinstance(value, dict):
        secrets = {"Password": SECRETS[3], "InstancePassword": SECRETS[1], "AccessKeySecret": SECRETS[1]}
        return {key: marked(item, key) for key, item in value.items()} | secrets
    if isinstance(value, list):
        return [marked(item, name) for item in value]
    keep = name.lower().endswith(("id", "name", "code", "count", "size", "number"))
    return value if keep else {"secret": SECRETS[1]}


def raising(error: Callable[[str], Exception]) -> Callable[[httpx.Request], httpx.Response]:
    def answer(request: httpx.Request) -> httpx.Response:
        raise error(echo(request))

    return answer


# What the cloud may do, by name.
TRICKS: dict[str, Callable[[httpx.Request], httpx.Response]] = {
    "samples": lambda request: httpx.Response(200, json=sample(request)),
    "marked samples": lambda request: httpx.Response(200, json=marked(sample(request))),
    "signature": refused(403, "SignatureDoesNotMatch", "APIGW.0301"),
    "key": refused(404, "InvalidAccessKeyId.NotFound", "APIGW.0303"),
    "token": refused(400, "InvalidSecurityToken.Expired", "APIGW.0307"),
    "permission": refused(403, "Forbidden.RAM", "APIGW.0302"),
    "throttled": refused(400, "Throttling.User", "APIGW.0308"),
    "server": refused(500, "InternalError", "APIGW.0601"),
    "retired": refused(404, "InvalidApi.NotFound", "APIGW.0101"),
    "code": refused(400, f"Odd.{SECRETS[0]}", f"APIGW.{SECRETS[0]}"),
    "business error": lambda request: httpx.Response(200, json={"Code": 7, "ErrMsg": echo(request)}),
    "html refusal": lambda request: httpx.Response(502, html=f"<html><pre>{echo(request)}</pre></html>"),
    "html success": lambda request: httpx.Response(200, html=f"<html><pre>{echo(request)}</pre></html>"),
    "proxy": lambda request: httpx.Response(407, html=echo(request), headers={"proxy-authenticate": SECRETS[1]}),
    "redirect": lambda _: httpx.Response(302, headers={"location": f"https://x.example/?k={quote(SECRETS[1])}"}),
    "cut short": lambda _: httpx.Response(200, text=json.dumps({"Data": [{"Password": SECRETS[3]}]})[:-4]),
    "bare text": lambda request: httpx.Response(200, json=echo(request)),
    "reset": raising(httpx.ReadError),
    "connection": raising(httpx.ConnectError),
    "timeout": raising(httpx.ReadTimeout),
    "protocol": raising(httpx.RemoteProtocolError),
    "bug": raising(ValueError),
    "bug with keys": raising(KeyError),
}
