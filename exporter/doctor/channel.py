"""A channel that lets one answer of each operation through, so that reading a list costs one call."""

import asyncio
from functools import cached_property

from exporter.clouds.errors import CloudError
from exporter.clouds.exchange import Answer, Request
from exporter.clouds.http import Channel
from exporter.clouds.signing import Proof


class EnoughError(CloudError):
    """The operation has answered; there is no need to read on. It cuts a list, as a later page's failure does."""


class ProbingChannel(Channel):
    """Asks as any channel does, so that what works here works in a collection, but only until there is an answer.

    A call that was refused may be made again: with a smaller page, for example.
    """

    date = ""
    """The Date header of the last answer, also of a refusal: what the cloud's clock said."""

    _heard = 0.0
    _limit: asyncio.Timeout | None = None

    @cached_property
    def _answered(self) -> set[str]:
        return set()

    @property
    def age(self) -> float:
        """Seconds since the last answer."""
        return self._outlet.monotonic() - self._heard

    def limited(self, seconds: float) -> asyncio.Timeout:
        """A time limit for calls in its block, in which waits for the budget do not count: they are no failure."""
        self._limit = asyncio.timeout(seconds)
        return self._limit

    async def send(self, request: Request) -> Answer:
        """Make a call of an operation that has not answered yet; raises EnoughError where it has."""
        if request.operation in self._answered:
            raise EnoughError(f"{request.operation}: one answer is enough", operation=request.operation)
        answer = await super().send(request)
        self._answered.add(request.operation)
        return answer

    async def _turn(self, operation: str) -> float:
        loop, limit = asyncio.get_running_loop(), self._limit
        until = limit.when() if limit else None
        if limit is None or until is None:
            return await super()._turn(operation)
        left = until - loop.time()
        limit.reschedule(None)
        closed_until = await super()._turn(operation)
        limit.reschedule(loop.time() + left)
        return closed_until

    async def _talk(self, request: Request, proof: Proof) -> Answer:
        answer = await super()._talk(request, proof)
        self.date, self._heard = answer.headers.get("date", ""), self._outlet.monotonic()
        return answer
