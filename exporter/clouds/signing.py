"""Where a signature meets httpx: each request is signed as it will be sent, with the credentials of that moment."""

from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

import httpx

from exporter.clouds.credentials import Credentials, CredentialsProvider


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A request as it goes out: path and query percent-encoded, headers as httpx has set them, the whole body."""

    method: str
    path: str
    query: str
    headers: list[tuple[str, str]] = field(repr=False)
    body: bytes = field(repr=False)


class SigningAuth(httpx.Auth, ABC):
    """Signs each request of an AsyncClient anew, a request that is sent again too.

    CredentialsError of the provider comes out of the call.
    """

    requires_request_body = True
    token_header: ClassVar[str]

    def __init__(self, credentials: CredentialsProvider) -> None:
        self._credentials = credentials

    @abstractmethod
    def signed(self, outgoing: Outgoing, credentials: Credentials) -> Mapping[str, str]:
        """The headers to add, the signature among them."""

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """Sign what httpx will send."""
        body = await request.aread()
        credentials = await self._credentials.get()
        # A request sent again may carry the token of an earlier key.
        request.headers.pop(self.token_header, None)
        path, _, query = request.url.raw_path.decode("ascii").partition("?")
        outgoing = Outgoing(request.method, path, query, request.headers.multi_items(), body)
        request.headers.update(self.signed(outgoing, credentials))
        yield request
