"""What calls to Huawei Cloud are proved with: a signature for a project, or a token."""

from collections.abc import Awaitable, Callable, Generator
from typing import Protocol

import httpx

from exporter.clouds.credentials import CredentialsProvider
from exporter.clouds.huaweicloud.iam import Token
from exporter.clouds.huaweicloud.sdk_hmac import SdkHmacAuth
from exporter.clouds.signing import Proof

ProjectId = Callable[[], Awaitable[str]]


class Tokens(Protocol):
    """A source of tokens for one project."""

    async def get(self) -> Token:
        """Give the token that is valid now; raises CredentialsError."""
        ...

    async def renew(self, used: Token) -> bool:
        """Look for another one, after ``used`` was refused; whether there is."""
        ...


class ProjectAccess:
    """Signatures with the key of that moment, for the project of a region."""

    def __init__(self, credentials: CredentialsProvider, now: Callable[[], float], project_id: ProjectId) -> None:
        """``now`` gives epoch seconds, ``project_id`` raises CredentialsError where it is not to be had."""
        self._credentials = credentials
        self._now = now
        self._project_id = project_id

    async def proof(self) -> Proof:
        """Take the key that is valid now, and the project."""
        project_id = await self._project_id()
        key = await self._credentials.get()
        return Proof(SdkHmacAuth(key, self._now, project_id), key.secrets(), lambda: self._credentials.renew(key))


class TokenAccess:
    """A token in place of a signature."""

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens

    async def proof(self) -> Proof:
        """Take the token that is valid now."""
        token = await self._tokens.get()
        return Proof(TokenAuth(token.value), (token.value,), lambda: self._tokens.renew(token))

    async def project_id(self) -> str:
        """The project that the token is for."""
        return (await self._tokens.get()).project_id


class TokenAuth(httpx.Auth):
    """Sends an IAM token with each request."""

    def __init__(self, token: str) -> None:
        self._token = token

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Add the header."""
        request.headers["x-auth-token"] = self._token
        yield request
