"""How Huawei Cloud says no: gateway, ModelArts and IAM each have an envelope of their own."""

import re
from collections.abc import Mapping

from exporter.clouds.errors import (
    AuthError,
    CloudError,
    NotOfferedError,
    PermissionDeniedError,
    Refusal,
    RejectedError,
    ServerError,
    ThrottledError,
)
from exporter.clouds.http import Answer
from exporter.clouds.payload import mapping
from exporter.clouds.values import text

# The order in which the vendor's SDK looks for code and text.
_ENVELOPES = (("error_code", "error_msg"), ("errorCode", "errorMsg"), ("code", "message"))

_KINDS: tuple[tuple[re.Pattern[str], type[CloudError], str], ...] = tuple(
    (re.compile(pattern), kind, hint)
    for pattern, kind, hint in (
        (r"APIGW?\.0308", ThrottledError, "too many calls"),
        (r"APIGW?\.0307", AuthError, "the token must be renewed, or is for another region"),
        (r"APIGW?\.030[13]", AuthError, "wrong key or signature, or this machine's clock is off"),
        (r"APIGW?\.(0302|0305|0306|0310|0401)", PermissionDeniedError, "refused"),
        # 0201 is a request that is too large (4xx) or a service that failed (5xx): its status tells.
        (r"APIGW?\.0601", ServerError, "the gateway failed"),
        (r"APIGW?\.0101", NotOfferedError, "the API is not there (any more)"),
        (r"ModelArts\.(0010|0012|0013)", ServerError, "the service failed"),
        (r"ModelArts\.0105", PermissionDeniedError, "refused"),
    )
)
_BY_STATUS: dict[int, tuple[type[CloudError], str]] = {
    401: (AuthError, "not authenticated"),
    403: (PermissionDeniedError, "refused"),
    407: (AuthError, "not authenticated at the proxy"),
    429: (ThrottledError, "too many calls"),
}


class HuaweiDialect:
    """The errors of the API gateway (``APIGW.xxxx``, also written ``APIG.xxxx``), of ModelArts and of IAM."""

    def refusal(self, answer: Answer) -> Refusal | None:
        """An HTTP status outside 2xx."""
        if 200 <= answer.status < 300:
            return None
        body = mapping(answer.value)
        code, message = _code_and_message(body)
        if not code:  # IAM nests it: {"error": {"code", "message", "title"}}
            nested = [_code_and_message(mapping(value)) for value in body.values()]
            code, message = next((found for found in nested if found[0]), ("", message))
        request_id = text(body.get("request_id")) or answer.headers.get("x-request-id", "")
        return Refusal(answer.status, code, message, request_id)

    def error(self, refusal: Refusal, operation: str) -> CloudError:
        """The error for a refusal's code, or for its HTTP status where the code is not known."""
        kind, hint = _kind(refusal)
        return kind(f"{operation}: {refusal.code or f'HTTP {refusal.status}'} ({hint})", operation=operation)


def _code_and_message(body: Mapping[str, object]) -> tuple[str, str]:
    for code, message in _ENVELOPES:
        if body.get(code) is not None:
            return text(body[code]), text(body.get(message))
    return "", text(body.get("error_message"))


def _kind(refusal: Refusal) -> tuple[type[CloudError], str]:
    for pattern, kind, hint in _KINDS:
        if pattern.match(refusal.code):
            return kind, hint
    if refusal.status >= 500:
        return ServerError, "the service failed"
    return _BY_STATUS.get(refusal.status, (RejectedError, "the call was refused"))
