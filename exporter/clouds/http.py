"""The one place where a cloud is called: budget, timeout, retries, call metrics, redaction, errors.

Everything that knows httpx apart from the signers is here, so that a successor is a change of one file.
"""

import asyncio
import json
import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

import httpx
from prometheus_client import Counter

from exporter.clouds.account_calls import AccountCalls
from exporter.clouds.budget import Budget
from exporter.clouds.errors import (
    AuthError,
    BadResponseError,
    CallTimeoutError,
    CloudError,
    CredentialsError,
    LoginError,
    Refusal,
    ThrottledError,
    TokenError,
    UnavailableError,
    UnknownHostError,
)
from exporter.clouds.exchange import Answer, Dialect, Request
from exporter.clouds.redaction import redact
from exporter.clouds.signing import Access, Proof
from exporter.clouds.tally import Call
from exporter.self_metrics import SelfMetrics

BODY_CAP = 32 * 2**20  # bytes; the largest documented page is far below
ATTEMPTS = 3
_THROTTLED_PAUSE, _LONGEST_PAUSE = 2.0, 60.0  # seconds without calls of the product, where no hint is given; at most
_FIRST_DELAY = 0.25  # seconds, doubled with every further attempt

Sleep = Callable[[float], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Outlet:
    """What all channels of the process share: the client, the metrics, and time and chance from app.py."""

    client: httpx.AsyncClient
    metrics: SelfMetrics
    monotonic: Callable[[], float]
    sleep: Sleep
    chance: Callable[[], float]
    timeout: float


class Channel:
    """The way to one product of one account: sends signed requests, gives parsed JSON or a CloudError."""

    def __init__(
        self,
        outlet: Outlet,
        account: AccountCalls,
        *,
        product: str,
        endpoint: str,
        access: Access,
        dialect: Dialect,
        budget: Budget,
        region: str = "",
        project: Callable[[], Awaitable[str]] | None = None,
        lane: str = "",
        weight: int = 1,
        regions: Sequence[str] = (),
        elsewhere: Callable[[str, str], "Channel"] | None = None,
    ) -> None:
        """``region`` and ``project`` (Huawei: gives the id, raises CredentialsError) are for the product's client.

        Calls wait for the budget in ``lane``, of which ``weight`` go when it is its turn. ``regions`` are those of the
        account, and ``elsewhere`` gives the way to another product or region of it, for a client that needs several.
        """
        self.account = account
        self.product = product
        self.region = region
        self.regions = tuple(regions)
        self._project = project
        self._elsewhere = elsewhere
        self.endpoint = endpoint.rstrip("/")
        self.host = httpx.URL(endpoint).host
        self._address = httpx.URL(endpoint).netloc.decode()
        self._outlet = outlet
        self._access = access
        self._dialect = dialect
        self._budget = budget
        self._lane = lane
        self._weight = weight
        outlet.metrics.expect_product(account.provider, account.name, product)

    def another_host_answered(self, within: float) -> bool:
        """Whether another host of the account answered in the last ``within`` seconds."""
        return self.account.another_host_answered(self.host, self._outlet.monotonic() - within)

    def elsewhere(self, product: str, region: str) -> "Channel":
        """The way to another product or region of the account; its calls wait in the same lane."""
        if self._elsewhere is None:
            raise LookupError(f"there is no way from here to {product} in {region}")
        return self._elsewhere(product, region)

    async def project_id(self) -> str:
        """The project's id (Huawei); raises CloudError where it has to be looked up and cannot be."""
        if self._project is None:
            return ""
        try:
            return await self._project()
        except CredentialsError as error:
            raise _no_login("project id", error) from None

    async def send(self, request: Request) -> Answer:
        """Make a call, again after a passing fault; every attempt is paid for and signed anew.

        A refused token costs one login, and the call is made once more where that gave another one. Throttling is not
        retried here: the next run asks again. Raises CloudError.
        """
        faults, renewed = 0, False
        while True:
            proof = await self._proof(request.operation)
            try:
                return await self._attempt(request, proof)
            except TokenError:
                if renewed or not await self._renewed(proof, request.operation):
                    raise
                renewed = True
                self._count(self._outlet.metrics.retries)
            except UnavailableError as error:
                faults += 1
                if faults == ATTEMPTS or isinstance(error, UnknownHostError):
                    raise
                self._count(self._outlet.metrics.retries)
                await self._outlet.sleep(_FIRST_DELAY * 2 ** (faults - 1) * (0.5 + self._outlet.chance()))

    async def _proof(self, operation: str) -> Proof:
        """What to prove the next attempt with: before it takes a slot, so that a login waits for no other call."""
        try:
            return await self._access.proof()
        except CredentialsError as error:
            # It counts as a call with that outcome, though nothing was sent.
            labels = (self.account.provider, self.account.name, self.product, operation, error.outcome)
            self._outlet.metrics.requests.labels(*labels).inc()
            raise _no_login(operation, error) from None

    async def _renewed(self, proof: Proof, operation: str) -> bool:
        try:
            return await proof.renew()
        except CredentialsError as error:
            raise _no_login(operation, error) from None

    async def _attempt(self, request: Request, proof: Proof) -> Answer:
        await self._turn()
        async with self.account.slots_of(self.product), self.account.slots:
            started = self._outlet.monotonic()
            outcome = "ok"
            try:
                return await self._exchange(request, proof)
            except CloudError as error:
                outcome = error.outcome
                if isinstance(error, ThrottledError):
                    self._count(self._outlet.metrics.throttled)
                    hint = error.retry_after or _THROTTLED_PAUSE
                    self._budget.close(min(hint, _LONGEST_PAUSE) * (1 + 0.25 * self._outlet.chance()))
                raise
            except BaseException:
                outcome = "timeout"  # the run's own timeout, or the end of the process
                raise
            finally:
                metrics, account = self._outlet.metrics, self.account
                took = self._outlet.monotonic() - started
                labels = (account.provider, self.product, request.operation)
                account.tally.add(Call(self._lane, self.product, self.region, request.operation), took)
                metrics.request_duration.labels(*labels).observe(took)
                metrics.requests.labels(account.provider, account.name, self.product, request.operation, outcome).inc()

    async def _turn(self) -> None:
        """Pay for one call and wait until it may go."""
        waited = await self._budget.spend(self._lane, self._weight)
        self._count(self._outlet.metrics.budget_wait, waited)

    async def _exchange(self, request: Request, proof: Proof) -> Answer:
        operation = request.operation
        try:
            answer = await self._talk(request, proof)
        except (TimeoutError, httpx.TimeoutException):
            limit = self._outlet.timeout
            raise CallTimeoutError(f"{operation}: no whole answer within {limit:g} s", operation=operation) from None
        except httpx.DecodingError:
            raise BadResponseError(f"{operation}: the body's compression is broken", operation=operation) from None
        except (httpx.HTTPError, OSError) as error:
            raise self._network_error(error, operation) from None
        self.account.answered(self.host, self._outlet.monotonic())
        refusal = self._dialect.refusal(answer)
        if refusal is None:
            return answer
        raise self._error(refusal, operation, answer.note, (*proof.secrets, *request.secrets))

    async def _talk(self, request: Request, proof: Proof) -> Answer:
        url = self.endpoint + request.target
        # A timeout of httpx counts from byte to byte; this one holds for the whole answer.
        async with (
            asyncio.timeout(self._outlet.timeout),
            self._outlet.client.stream(
                request.method, url, headers=request.headers, content=request.body or None, auth=proof.auth
            ) as response,
        ):
            body = bytearray()
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > BODY_CAP:
                    limit = BODY_CAP // 2**20
                    raise BadResponseError(
                        f"{request.operation}: the answer is longer than {limit} MiB", operation=request.operation
                    )
            return self._parse(request, response, bytes(body))

    def _parse(self, request: Request, response: httpx.Response, body: bytes) -> Answer:
        operation = request.operation
        headers = {name.lower(): value for name, value in response.headers.items()}
        if request.text:
            return Answer(response.status_code, headers, body.decode("utf-8", errors="replace"))
        try:
            return Answer(response.status_code, headers, json.loads(body))
        except (ValueError, RecursionError):
            kind = headers.get("content-type", "").split(";")[0] or "no content type"
            status = response.status_code
            note = f"{len(body)} bytes of {redact(kind)} that are not JSON"
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
                return UnavailableError(text, operation=operation)
            cause = cause.__cause__ or cause.__context__
        kind = type(error).__name__
        return UnavailableError(f"{operation}: {self._address} gave no answer ({kind})", operation=operation)

    def _error(self, refusal: Refusal, operation: str, note: str, secrets: tuple[str, ...]) -> CloudError:
        """The error for a refusal, with all that came from outside redacted; our own words stay as they are."""
        code, request_id = redact(refusal.code, secrets)[:100], redact(refusal.request_id, secrets)[:64]
        error = self._dialect.error(replace(refusal, code=code), operation)
        # An authentication error's text holds the signed request and is of no use to a reader: it is never shown.
        message = note if isinstance(error, AuthError) else redact(refusal.message, secrets) or note
        shown = type(error)(
            f"{error}: {message}" if message else str(error), operation=operation, request_id=request_id, code=code
        )
        if isinstance(shown, ThrottledError):
            shown.retry_after = refusal.retry_after
        return shown

    def _count(self, counter: Counter, amount: float = 1) -> None:
        if amount:
            counter.labels(self.account.provider, self.account.name, self.product).inc(amount)


def can_be_asked(url: str) -> bool:
    """Whether a URL is one that a channel can be made for: its host a name or an address."""
    try:
        return bool(httpx.URL(url).host)
    except (httpx.InvalidURL, ValueError):  # a ValueError is of a name that is no internationalised one
        return False


def _no_login(operation: str, error: CredentialsError) -> LoginError:
    """The error of a call that could not be made for want of a login."""
    return LoginError(
        f"{operation}: {error}",
        reason=error.reason,
        outcome=error.outcome,
        operation=error.operation or operation,
        request_id=error.request_id,
        code=error.code,
    )
