"""Calls in Alibaba Cloud's RPC style: the operation in a header, its parameters in the query or a form."""

from collections.abc import Mapping, Sequence

from exporter.clouds.encoding import encode_form, encode_query
from exporter.clouds.errors import BadResponseError
from exporter.clouds.exchange import Request
from exporter.clouds.http import Channel

Parameter = str | int | Sequence[int] | Sequence[str] | None
Parameters = Mapping[str, Parameter]


class RpcProduct:
    """One product and API version at one endpoint."""

    def __init__(self, channel: Channel, version: str) -> None:
        self._channel = channel
        self._version = version

    async def call(
        self,
        operation: str,
        *,
        method: str = "POST",
        query: Parameters | None = None,
        form: Parameters | None = None,
        secrets: Sequence[str] = (),
    ) -> Mapping[str, object]:
        """The answer's JSON object; raises CloudError. ``secrets`` are those among the parameters."""
        encoded = encode_query(_flatten(query or {}))
        headers = {"accept": "application/json", "x-acs-action": operation, "x-acs-version": self._version}
        body = encode_form(_flatten(form)) if form is not None else b""
        if form is not None:
            headers["content-type"] = "application/x-www-form-urlencoded"
        target = f"/?{encoded}" if encoded else "/"
        answer = await self._channel.send(Request(operation, method, target, headers, body, tuple(secrets)))
        if not isinstance(answer.value, Mapping):
            raise BadResponseError(f"{operation}: the answer is no JSON object", operation=operation)
        return answer.value


def _flatten(parameters: Parameters) -> list[tuple[str, str]]:
    """Lists as Name.1, Name.2, …; what is None is left out."""
    pairs: list[tuple[str, str]] = []
    for name, value in parameters.items():
        if isinstance(value, str | int):
            pairs.append((name, str(value)))
        elif value is not None:
            pairs.extend((f"{name}.{index}", str(item)) for index, item in enumerate(value, 1))
    return pairs
