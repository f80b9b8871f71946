"""How Huawei Cloud says no: gateway, ModelArts and IAM each have an envelope of their own."""

import re
from collections.abc import Mapping

from exporter.clouds.errors import (
    AuthError,
    CloudError,
    PermissionDeniedError,
    Refusal,
    RetiredError,
    ServerError,
    ThrottledError,
    TokenError,
)
from exporter.clouds.exchange import Answer
from exporter.clouds.payload import mapping
from exporter.clouds.refusals import Codes, kind_of_status
from exporter.clouds.values import text

# The order in which the vendor's SDK looks for code and text.
_ENVELOPES = (("error_code", "error_msg"), ("errorCode", "errorMsg"), ("code", "message"))

# "… policy user over ratelimit,limit:10,time:1 second": there is no other hint, and no header for one.
_WINDOW = re.compile(r"limit:\s*[0-9]{1,9}\s*,\s*time:\s*([0-9]{1,6})\s*(second|minute)", re.IGNORECASE)
_WINDOW_SECONDS = {"second": 1, "minute": 60}

_CODES = Codes(
    (
        (r"APIGW?\.0308", ThrottledError, "too many calls"),
        (r"APIGW?\.0307", TokenError, "the token must be renewed, or is for another region"),
        # 0301 is what the end of a temporary key comes to as well.
        (r"APIGW?\.0301", TokenError, "wrong key or signature, or this machine's clock is off"),
        (r"APIGW?\.0303", AuthError, "wrong key or signature, or this machine's clock is off"),
        (r"APIGW?\.(0302|0305|0306|0310|0401)", PermissionDeniedError, "refused"),
        # 0201 is a request that is too large (4xx) or a service that failed (5xx): its status tells.
        (r"APIGW?\.0601", ServerError, "the gateway failed"),
        # A region without the product has no host of it: where the gateway answers, it is the API that is missing.
        (r"APIGW?\.0101", RetiredError, "the API is not there (any more)"),
        (r"ModelArts\.(0010|0012|0013)", ServerError, "the service failed"),
        (r"ModelArts\.0105", PermissionDeniedError, "refused"),
    )
)


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
        return Refusal(answer.status, code, message, request_id, _window(message))

    def error(self, refusal: Refusal, operation: str) -> CloudError:
        """The error for a refusal's code, or for its HTTP status where the code is not known."""
        kind, hint = _CODES.kind(refusal.code) or kind_of_status(refusal)
        if kind is AuthError and refusal.status == 401 and not refusal.code.startswith("APIG"):
            kind = TokenError  # a product's own 401: the vendor's SDK logs in anew, once
        return kind(f"{operation}: {refusal.code or f'HTTP {refusal.status}'} ({hint})", operation=operation)

    def rest(self, answer: Answer) -> float | None:  # noqa: ARG002 -- its good answers say nothing of limits
        """Never."""
        return None


def _code_and_message(body: Mapping[str, object]) -> tuple[str, str]:
    for code, message in _ENVELOPES:
        if body.get(code) is not None:
            return text(body[code]), text(body.get(message))
    return "", text(body.get("error_message"))


def _window(message: str) -> float | None:
    """The seconds in which so many calls may go, of the text of a refusal; after them the next one may."""
    match = _WINDOW.search(message)
    return float(int(match[1]) * _WINDOW_SECONDS[match[2].lower()]) or None if match else None
