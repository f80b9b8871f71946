"""The vendors' error answers: one exception, and the three shapes it is answered in."""

from collections.abc import Mapping

from starlette.responses import JSONResponse, Response

RPC = "rpc"
"""Alibaba Cloud's gateway: RetailCloud, EMR, ECS."""
ROA = "roa"
"""BatchCompute's own gateway."""
HUAWEI = "huawei"
"""Huawei Cloud's API gateway."""


class ApiError(Exception):
    """What a cloud answers instead of data: HTTP status, the vendor's code, a message, extra headers."""

    def __init__(self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.message = message
        self.headers = dict(headers or {})


class BusinessError(Exception):
    """A refusal inside HTTP 200, the RetailCloud way: a ``Code`` other than 0 beside ErrMsg or ErrorMsg."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def error_response(error: ApiError, family: str, request_id: str, host: str) -> Response:
    """Render an error in the shape of its gateway (api documents: RPC common errors, BatchCompute, APIGW)."""
    body: dict[str, object]
    if family == HUAWEI:
        body = {"error_code": error.code, "error_msg": error.message, "request_id": request_id}
        headers = {"X-Request-Id": request_id}
    else:
        body = {"RequestId": request_id, "HostId": host, "Code": error.code, "Message": error.message}
        headers = {"x-acs-request-id": request_id}
        if family == RPC:
            body["Recommend"] = f"https://next.api.aliyun.com/troubleshoot?q={error.code}"
    return JSONResponse(body, status_code=error.status, headers={**headers, **error.headers})
