"""The one place where a cloud is called: budget, retries, silent hosts, call metrics, redaction, errors."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import httpx
from prometheus_client import Counter

from exporter.clouds.account_calls import AccountCalls
from exporter.clouds.budget import Budget, ClosedError
from exporter.clouds.errors import (
    BadResponseError,
    CallTimeoutError,
    CloudError,
    CredentialsError,
    ThrottledError,
    TokenError,
    UnavailableError,
    no_login,
)
from exporter.clouds.exchange import Answer, Dialect, Request
from exporter.clouds.line import Line
from exporter.clouds.pace import Pace
from exporter.clouds.refusals import refused
from exporter.clouds.retries import retry_delay
from exporter.clouds.run_time import RunTime, current_run
from exporter.clouds.signing import Access, Proof
from exporter.clouds.tally import Call
from exporter.self_metrics import SelfMetrics

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
        self._line = Line(outlet.client, endpoint, outlet.timeout)
        self.endpoint = self._line.endpoint
        self.host = self._line.host
        self._circuit = account.circuit(product, region, self._line.address, outlet.monotonic, self._show_silent_hosts)
        self._outlet = outlet
        self._access = access
        self._dialect = dialect
        self._pace = Pace(budget, product, region, lane, weight)
        self._lane = lane
        outlet.metrics.expect_product(account.provider, account.name, product)
        self._show_silent_hosts()

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
            raise no_login("project id", error) from None

    async def send(self, request: Request) -> Answer:
        """Make a call, again where retries.py says so; every attempt is paid for and signed anew. Raises CloudError.

        A refused token costs one login, and the call is made once more where that gave another one. No attempt is
        begun that the end of the run would cut off: the error is that of the one before.
        """
        run = current_run()
        try:
            answer = await self._insist(request, run)
        except CloudError:
            if run is not None:
                run.goes_on()
            raise
        if run is not None:
            run.goes_on()
        return answer

    async def _insist(self, request: Request, run: RunTime | None) -> Answer:
        failures: list[CloudError] = []
        renewed = False
        while True:
            proof = await self._proof(request.operation)
            try:
                return await self._attempt(request, proof, run, again=renewed or bool(failures))
            except ClosedError as closed:
                raise failures[-1] if failures else self._closed(request.operation, closed.seconds) from None
            except TokenError:
                if renewed or not await self._renewed(proof, request.operation):
                    raise
                renewed = True
            except CloudError as error:
                failures.append(error)
                delay = retry_delay(failures, self._outlet.chance())
                if delay is None or not self._has_time(delay, error, run):
                    raise
                if self._circuit.refuses(request.operation, run):
                    raise
                if run is not None:
                    run.waits(error)
                if delay:
                    await self._outlet.sleep(delay)

    def _has_time(self, delay: float, error: CloudError, run: RunTime | None) -> bool:
        """Whether another attempt makes sense in what is left of the run: after a timeout, another whole one.

        Who asks outside of a run has limits and attempts of its own, and is not made to wait for long ones.
        """
        if run is None:
            return not isinstance(error, CallTimeoutError | ThrottledError)
        left = run.ends_at - self._outlet.monotonic() - delay
        return left > (self._outlet.timeout if isinstance(error, CallTimeoutError) else 0)

    def _closed(self, operation: str, seconds: float) -> ThrottledError:
        """The error of a call that is not sent, because the product wants none for so long."""
        text = f"{operation}: not sent, as the vendor wants no calls of {self.product} for another {seconds:.0f} s"
        return ThrottledError(text, operation=operation)

    async def _proof(self, operation: str) -> Proof:
        """What to prove the next attempt with: before it takes a slot, so that a login waits for no other call."""
        try:
            return await self._access.proof()
        except CredentialsError as error:
            # It counts as a call with that outcome, though nothing was sent.
            labels = (self.account.provider, self.account.name, self.product, operation, error.outcome)
            self._outlet.metrics.requests.labels(*labels).inc()
            raise no_login(operation, error) from None

    async def _renewed(self, proof: Proof, operation: str) -> bool:
        try:
            return await proof.renew()
        except CredentialsError as error:
            raise no_login(operation, error) from None

    async def _attempt(self, request: Request, proof: Proof, run: RunTime | None, *, again: bool) -> Answer:
        operation = request.operation
        while True:
            cause = self._circuit.cause
            if run is not None and cause is not None and self._circuit.holds(operation, run):
                run.waits(cause)
            is_probe = await self._circuit.enter(operation, run)
            try:
                closed_until = await self._turn(operation)
                async with self.account.slots_of(self.product), self.account.slots:
                    # What was learnt while it waited for its place sends it back; what it paid is forfeited.
                    if closed_until == self._pace.closed_until(operation) and (
                        is_probe or not self._circuit.holds(operation, run)
                    ):
                        self._count(self._outlet.metrics.retries, again)
                        return await self._counted(request, proof)
                if run is not None and is_probe:
                    run.tried.discard(self._circuit)
            finally:
                if is_probe:
                    self._circuit.leave()

    async def _counted(self, request: Request, proof: Proof) -> Answer:
        started = self._outlet.monotonic()
        outcome = "ok"
        try:
            answer = await self._exchange(request, proof, started)
        except CloudError as error:
            outcome = error.outcome
            if isinstance(error, ThrottledError):
                self._count(self._outlet.metrics.throttled)
                self._pace.throttled(error, started, self._outlet.chance())
            raise
        except BaseException:
            outcome = "timeout"  # the run's own timeout, or the end of the process
            raise
        else:
            self._pace.succeeded(request.operation, self._dialect.rest(answer), started)
            return answer
        finally:
            metrics, account = self._outlet.metrics, self.account
            took = self._outlet.monotonic() - started
            labels = (account.provider, self.product, request.operation)
            account.tally.add(Call(self._lane, self.product, self.region, request.operation), took)
            metrics.request_duration.labels(*labels).observe(took)
            metrics.requests.labels(account.provider, account.name, self.product, request.operation, outcome).inc()

    async def _turn(self, operation: str) -> float:
        """Pay for one call and wait until it may go; see `Pace.turn`."""
        run, asked = current_run(), self._outlet.monotonic()
        closed_for = self._pace.closed_until(operation) - asked
        if run is not None and closed_for > 0:
            run.waits(self._closed(operation, closed_for))
        try:
            return await self._pace.turn(operation)
        finally:  # of a call that was called off, too: those waited longest
            self._count(self._outlet.metrics.budget_wait, self._outlet.monotonic() - asked)

    def _show_silent_hosts(self) -> None:
        hosts = self._outlet.metrics.silent_hosts.labels(self.account.provider, self.account.name, self.product)
        hosts.set(self.account.silent_hosts(self.product))

    async def _exchange(self, request: Request, proof: Proof, sent_at: float) -> Answer:
        operation = request.operation
        try:
            answer = await self._talk(request, proof)
        except (CallTimeoutError, UnavailableError) as silence:
            if current_run() is not None:
                self._circuit.silent(operation, silence, sent_at)
            raise
        except BadResponseError:
            self._circuit.answered()
            raise
        self._circuit.answered()
        self.account.answered(self.host, self._outlet.monotonic())
        refusal = self._dialect.refusal(answer)
        if refusal is None:
            return answer
        error = refused(self._dialect, refusal, operation, answer.note, (*proof.secrets, *request.secrets))
        error.retry_after = refusal.retry_after
        if isinstance(error, ThrottledError):
            error.date = answer.headers.get("date", "")
        raise error

    async def _talk(self, request: Request, proof: Proof) -> Answer:
        """Send it and read the answer, whatever that says."""
        return await self._line.talk(request, proof)

    def _count(self, counter: Counter, amount: float = 1) -> None:
        if amount:
            counter.labels(self.account.provider, self.account.name, self.product).inc(amount)
