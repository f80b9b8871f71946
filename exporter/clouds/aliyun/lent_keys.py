"""Temporary keys as Alibaba Cloud's services hand them out: STS, the metadata service and credentials URIs alike."""

from collections.abc import Mapping
from datetime import UTC

from exporter.clouds.credentials import Credentials
from exporter.clouds.errors import AuthError, BadResponseError
from exporter.clouds.login import Lease
from exporter.clouds.payload import field, mapping
from exporter.clouds.secret_text import handed_out
from exporter.clouds.values import Unreadable, instant, text


def lent_key(answer: object, operation: str) -> Lease[Credentials]:
    """The key in ``AccessKeyId``, ``AccessKeySecret`` and ``SecurityToken``, which ends at ``Expiration``.

    Raises BadResponseError, which repeats nothing of the answer.
    """
    fields = mapping(answer)
    names = ("AccessKeyId", "AccessKeySecret", "SecurityToken")
    parts = [handed_out(text(field(fields, name)), name, operation) for name in names]
    return Lease(Credentials(*parts), _end(fields, operation))


def checked_code(answer: object, operation: str) -> None:
    """Raise AuthError unless ``Code`` is Success: the services that are not called like an API say it in HTTP 200."""
    code = text(field(mapping(answer), "Code"))
    if code not in {"", "Success"}:
        # What stands there is shown as far as it can be a code.
        shown = code if code.isalnum() and len(code) < 50 else "a failure"
        raise AuthError(f"{operation}: the answer says {shown}", operation=operation)


def _end(fields: Mapping[str, object], operation: str) -> float:
    try:
        ends_at = instant(field(fields, "Expiration"), UTC)
    except Unreadable:
        ends_at = None
    if ends_at is None:
        raise BadResponseError(f"{operation}: the answer does not say when the key ends", operation=operation)
    return ends_at
