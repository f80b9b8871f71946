"""How Alibaba Cloud says no: errors are told apart by their Code, because throttling is an HTTP 400 here."""

import re
from collections.abc import Mapping

from exporter.clouds.errors import (
    AuthError,
    ClockError,
    CloudError,
    NonceUsedError,
    NotOfferedError,
    PageSizeError,
    PermissionDeniedError,
    Refusal,
    RetiredError,
    ServerError,
    ThrottledError,
    TokenError,
)
from exporter.clouds.exchange import Answer
from exporter.clouds.payload import field, mapping
from exporter.clouds.refusals import REJECTED, Codes, Kind, kind_of_status
from exporter.clouds.values import text

_REQUEST_ID_HEADERS = ("x-acs-request-id", "request-id")
_SUCCESS = {"", "0", "200"}  # 200 is what one example of the manual has (ListUsers)
_MESSAGES = ("Message", "ErrMsg", "ErrorMsg", "ErrorMessage")
_MILLISECONDS = re.compile(r"[0-9]{1,12}")  # a longer number is no time to wait
_TIME_LEFT = re.compile(r"TimeLeft:([0-9]{1,12})(?![0-9])")

# First match wins. Sources: the error centre's common codes, and the pages of the products that differ from them.
_CODES = Codes(
    (
        (r"Throttling|RequestLimit|QuotaExceeded\.Qps", ThrottledError, "too many calls"),
        (r"SignatureNonceUsed", NonceUsedError, "the signature's nonce was used before"),
        (r"InvalidTimeStamp|IllegalTimestamp|RequestTimeTooSkewed", ClockError, "this machine's clock is off"),
        (r"SignatureDoesNotMatch|IncompleteSignature|InvalidSignature", AuthError, "the access key secret is wrong"),
        (r"InvalidAccessKeyId|Forbidden\.AccessKey|InvalidAccessKeySecret", AuthError, "the access key is not valid"),
        (r"InvalidSecurityToken|MissingSecurityToken", TokenError, "the security token is not valid (any more)"),
        (r"InvalidApi|InvalidAction|NoSuchVersion|InvalidVersion", RetiredError, "the API is not there (any more)"),
        (r"InvalidProduct|InvalidRegion|Invalid\.?RegionId|UnsupportedRegion", NotOfferedError, "not in this region"),
        (r"AuthenticationFail\.NoPermission", PermissionDeniedError, "the role does not let it in"),
        (r"AuthenticationFail\.|EntityNotExist", AuthError, "the role, the provider or its token is not valid"),
        (r"Forb[ie]dden|NoPermission|AccessDenied|Unauthorized|AuthenticationFailed", PermissionDeniedError, "refused"),
        (r"InsufficientBalance|.*NotSubscribe", PermissionDeniedError, "the account may not use it now"),
        (r"ServiceUnavailable|InternalError|UnknownError|InternalServerError", ServerError, "the service failed"),
        (r"Invalid\.?(Max)?(PageSize|ItemCount)", PageSizeError, "the page size was refused"),
    )
)
# A call that is not as the API wants it: BatchCompute answers some of these with 403, which elsewhere is a permission.
_MISTAKES = re.compile(r"Invalid|Missing|Unsupported|MethodNotAllowed|QuotaExhausted")


class AliyunDialect:
    """The errors of the RPC gateway and of BatchCompute, both ``{Code, Message, RequestId}``."""

    def refusal(self, answer: Answer) -> Refusal | None:
        """An HTTP status outside 2xx, or a business error: an HTTP 200 with a ``Code`` that is not 0 (RetailCloud)."""
        body = mapping(answer.value)
        code = text(field(body, "Code"))
        if 200 <= answer.status < 300 and code in _SUCCESS:
            return None
        message = next((text(field(body, name)) for name in _MESSAGES if field(body, name)), "")
        request_id = text(field(body, "RequestId")) or _request_id(answer.headers)
        return Refusal(answer.status, code, message, request_id, _retry_after(answer.headers))

    def error(self, refusal: Refusal, operation: str) -> CloudError:
        """The error for a refusal's code, or for its HTTP status where the code is not known."""
        kind, hint = _kind(refusal)
        shown = refusal.code or f"HTTP {refusal.status}"
        if 200 <= refusal.status < 300:
            shown = f"business error {shown}"
        return kind(f"{operation}: {shown} ({hint})", operation=operation)


def _kind(refusal: Refusal) -> Kind:
    known = _CODES.kind(refusal.code)
    if known is not None:
        return known
    if "pagesize" in refusal.message.lower():
        return PageSizeError, "the page size was refused"
    if refusal.status < 500 and _MISTAKES.match(refusal.code):
        return REJECTED
    return kind_of_status(refusal)


def _request_id(headers: Mapping[str, str]) -> str:
    return next((headers[name] for name in _REQUEST_ID_HEADERS if name in headers), "")


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds; the vendor writes milliseconds (x-acs-retry-after, older x-ratelimit-user-api)."""
    written = headers.get("x-acs-retry-after", "")
    if not _MILLISECONDS.fullmatch(written):
        match = _TIME_LEFT.search(headers.get("x-ratelimit-user-api", "") + headers.get("x-ratelimit-user", ""))
        written = match[1] if match else ""
    return int(written) / 1000 if written and int(written) > 0 else None
