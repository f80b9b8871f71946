"""Where a signature meets httpx: each request is signed as it will be sent, with the credentials of that moment."""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Protocol

import httpx

from exporter.clouds.credentials import Credentials, CredentialsProvider


@dataclass(frozen=True, slots=True)
class Proof:
    """How one attempt of a call proves who makes it.

    ``secrets`` must be struck from whatever is said of the call. ``renew`` looks for something else to prove it with,
    after the vendor refused this one: whether there is; raises CredentialsError.
    """

    auth: httpx.Auth = field(repr=False)
    secrets: tuple[str, ...] = field(repr=False)
    renew: Callable[[], Awaitable[bool]] = field(repr=False)


class Access(Protocol):
    """What an account proves its calls to a product with; asked anew for every attempt."""

    async def proof(self) -> Proof:
        """Give what is valid now; raises CredentialsError."""
        ...


class SignedAccess:
    """Signatures with the key of that moment; ``auth`` makes them."""

    def __init__(self, credentials: CredentialsProvider, auth: Callable[[Credentials], httpx.Auth]) -> None:
        self._credentials = credentials
        self._auth = auth

    async def proof(self) -> Proof:
        """Take the key that is valid now."""
        key = await self._credentials.get()
        return Proof(self._auth(key), key.secrets(), lambda: self._credentials.renew(key))


class OpenAccess:
    """Calls that prove nothing by themselves: logins whose request holds the proof, and metadata services."""

    async def proof(self) -> Proof:
        """Sign nothing."""
        return Proof(httpx.Auth(), (), self._nothing_else)

    async def _nothing_else(self) -> bool:
        return False


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A request as it goes out: path and query percent-encoded, headers as httpx has set them, the whole body."""

    method: str
    path: str
    query: str
    headers: list[tuple[str, str]] = field(repr=False)
    body: bytes = field(repr=False)


class SigningAuth(httpx.Auth, ABC):
    """Signs each request anew with one key, a request that is sent again too."""

    requires_request_body = True
    token_header: ClassVar[str]

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials

    @abstractmethod
    def signed(self, outgoing: Outgoing, credentials: Credentials) -> Mapping[str, str]:
        """The headers to add, the signature among them."""

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Sign what httpx will send."""
        # A request sent again may carry the token of an earlier key.
        request.headers.pop(self.token_header, None)
        path, _, query = request.url.raw_path.decode("ascii").partition("?")
        outgoing = Outgoing(request.method, path, query, request.headers.multi_items(), request.content)
        request.headers.update(self.signed(outgoing, self._credentials))
        yield request
