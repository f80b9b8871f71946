"""The vendors' error answers: one exception, and the shapes it is answered in."""

from collections.abc import Mapping
from http import HTTPStatus

from starlette.responses import HTMLResponse, JSONResponse, Response

RPC = "rpc"
"""Alibaba Cloud's gateway: RetailCloud, EMR, ECS, STS."""
ROA = "roa"
"""BatchCompute's own gateway."""
HUAWEI = "huawei"
"""Huawei Cloud's API gateway."""
IAM = "iam"
"""Huawei Cloud's IAM behind that gateway: its own errors are nested."""
METADATA = "metadata"
"""The metadata services of machines, which answer errors as web pages."""


class ApiError(Exception):
    """What a cloud answers instead of data: HTTP status, the vendor's code, a message, extra headers and fields."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        headers: Mapping[str, str] | None = None,
        *,
        details: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.message = message
        self.headers = dict(headers or {})
        self.details = dict(details or {})


class BusinessError(Exception):
    """A refusal inside HTTP 200, the RetailCloud way: a ``Code`` other than 0 beside ErrMsg or ErrorMsg."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def error_response(error: ApiError, family: str, request_id: str, host: str) -> Response:
    """Render an error in the shape of its gateway (api documents: RPC common errors, BatchCompute, APIGW, IAM)."""
    title = HTTPStatus(error.status).phrase
    if family == METADATA:
        page = f"<html><head><title>{error.status} - {title}</title></head><body>{error.message}</body></html>"
        return HTMLResponse(page, status_code=error.status)
    body: dict[str, object]
    headers = {("X-Request-Id" if family in {HUAWEI, IAM} else "x-acs-request-id"): request_id, **error.headers}
    if family == IAM and not error.code.startswith("APIGW."):
        body = {"error": {"code": error.status, "message": error.message, "title": title}}
    elif family in {HUAWEI, IAM}:
        body = {"error_code": error.code, "error_msg": error.message, "request_id": request_id}
    else:
        body = {"RequestId": request_id, "HostId": host, "Code": error.code, "Message": error.message}
        if family == RPC:
            body["Recommend"] = f"https://next.api.aliyun.com/troubleshoot?q={error.code}"
    return JSONResponse({**body, **error.details}, status_code=error.status, headers=headers)
