"""The way to one host: what is sent, what comes back within bounds, and what it is called when nothing does.

What knows httpx is here, in body.py, in the signers and where the client is made: a successor changes few files.
"""

import asyncio
import socket
import ssl

import httpx

from exporter.clouds.body import ACCEPTED, NotReadError, parsed, read_body
from exporter.clouds.errors import (
    BadResponseError,
    CallTimeoutError,
    CloudError,
    UnavailableError,
    UnknownHostError,
    UntrustedHostError,
)
from exporter.clouds.exchange import Answer, Request
from exporter.clouds.redaction import redact
from exporter.clouds.signing import Proof


class Line:
    """One host, at the other end of a client."""

    def __init__(self, client: httpx.AsyncClient, endpoint: str, timeout: float) -> None:
        """``timeout`` is how many seconds a whole answer may take."""
        self.endpoint = endpoint.rstrip("/")
        self.host = httpx.URL(endpoint).host
        self.address = httpx.URL(endpoint).netloc.decode()
        self._client = client
        self._timeout = timeout

    async def talk(self, request: Request, proof: Proof) -> Answer:
        """Send a request and read the answer, whatever it says; raises CloudError where there is none to read."""
        url, operation = self.endpoint + request.target, request.operation
        headers = {"accept-encoding": ACCEPTED, **request.headers}
        content = request.body or None
        try:
            # A timeout of httpx counts from byte to byte; this one holds for the whole answer.
            async with (
                asyncio.timeout(self._timeout),
                self._client.stream(request.method, url, headers=headers, content=content, auth=proof.auth) as response,
            ):
                return self._parse(request, response, await read_body(response, operation))
        except httpx.ConnectTimeout:
            raise CallTimeoutError(
                f"{operation}: no connection to {self.address} in time", operation=operation
            ) from None
        except (TimeoutError, httpx.TimeoutException):
            limit = self._timeout
            raise CallTimeoutError(f"{operation}: no whole answer within {limit:g} s", operation=operation) from None
        except (httpx.HTTPError, OSError) as error:
            raise self._network_error(error, operation) from None

    def _parse(self, request: Request, response: httpx.Response, body: bytes) -> Answer:
        operation, status = request.operation, response.status_code
        headers = {name.lower(): value for name, value in response.headers.items()}
        if request.text:
            return Answer(status, headers, body.decode("utf-8", errors="replace"))
        try:
            return Answer(status, headers, parsed(body))
        except NotReadError as why:
            kind = headers.get("content-type", "").split(";")[0] or "no content type"
            note = f"{len(body)} bytes of {redact(kind)} {why}"
            if status >= 400:
                return Answer(status, headers, None, note)  # the status alone tells what is wrong
            raise BadResponseError(f"{operation}: HTTP {status} with {note}", operation=operation) from None

    def _network_error(self, error: httpx.HTTPError | OSError, operation: str) -> CloudError:
        cause: BaseException | None = error
        while cause is not None:
            if isinstance(cause, socket.gaierror):
                return UnknownHostError(f"{operation}: the host {self.host} does not resolve", operation=operation)
            if isinstance(cause, ssl.SSLCertVerificationError):
                text = (
                    f"{operation}: the certificate of {self.host} is not trusted: {cause.verify_message} (http.ca_file)"
                )
                return UntrustedHostError(text, operation=operation)
            cause = cause.__cause__ or cause.__context__
        kind = type(error).__name__
        return UnavailableError(f"{operation}: {self.address} gave no answer ({kind})", operation=operation)


def can_be_asked(url: str) -> bool:
    """Whether a URL is one that a call can be made to: its host a name or an address."""
    try:
        return bool(httpx.URL(url).host)
    except (httpx.InvalidURL, ValueError):  # a ValueError is of a name that is no internationalised one
        return False
