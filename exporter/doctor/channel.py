"""A channel that lets one answer of each operation through, so that reading a list costs one call."""

from functools import cached_property

from exporter.clouds.errors import CloudError
from exporter.clouds.http import Answer, Channel, Request
from exporter.clouds.signing import Proof


class EnoughError(CloudError):
    """The operation has answered; there is no need to read on. It cuts a list, as a later page's failure does."""


class ProbingChannel(Channel):
    """Asks as any channel does, so that what works here works in a collection, but only until there is an answer.

    A call that was refused may be made again: with a smaller page, for example.
    """

    date = ""
    """The Date header of the last answer, also of a refusal: what the cloud's clock said."""

    @cached_property
    def _answered(self) -> set[str]:
        return set()

    async def send(self, request: Request) -> Answer:
        """Make a call of an operation that has not answered yet; raises EnoughError where it has."""
        if request.operation in self._answered:
            raise EnoughError(f"{request.operation}: one answer is enough", operation=request.operation)
        answer = await super().send(request)
        self._answered.add(request.operation)
        return answer

    async def _talk(self, request: Request, proof: Proof) -> Answer:
        answer = await super()._talk(request, proof)
        self.date = answer.headers.get("date", "")
        return answer
