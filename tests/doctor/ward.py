"""Accounts in front of the simulated clouds, to be examined."""

import asyncio
import email.utils
from collections import Counter

import httpx

from exporter.doctor import Cause, Diagnosis, Finding, Result, examine
from exporter.simulator import Quirks, SimulatedClock, Sizes, World, create_app
from exporter.simulator.faults import Fault
from tests.doubles import NOW, FakeClock
from tests.simulated import SMALL, document, exporter_of, settings_of

LIMITED = {"access_key_id": "limited-id", "access_key_secret": "limited-secret"}
STRANGER = {"access_key_id": "stranger-id", "access_key_secret": "stranger-secret"}


class Ward:
    """The simulated clouds, and settings for them that a test changes before the examination."""

    def __init__(self, *, sizes: Sizes = SMALL, quirks: Quirks = Quirks(), now: float = NOW) -> None:  # noqa: B008 - frozen
        self.world = World(7, sizes, SimulatedClock(lambda: NOW))
        self.clouds = create_app(self.world, quirks=quirks)
        self.document = document(self.world)
        self.clock = FakeClock(now)
        self.transport: httpx.AsyncBaseTransport = httpx.ASGITransport(self.clouds)

    @property
    def shop(self) -> dict:
        return self.document["accounts"][0]

    def fault(self, kind: str, *operations: str, **more: object) -> None:
        for operation in operations:
            self.clouds.state.faults.add(Fault(fault=kind, operation=operation, **more))

    @property
    def calls(self) -> Counter:
        return self.clouds.state.calls

    async def examined(self) -> list[Diagnosis]:
        exporter = exporter_of(settings_of(self.document), self.transport, self.clock)
        try:
            return list(await asyncio.gather(*(examine(patient) for patient in exporter.patients)))
        finally:
            await exporter.close()

    async def findings(self) -> dict[str, Finding]:
        """Those of the first account, by operation."""
        return {finding.operation: finding for finding in (await self.examined())[0].findings}


class Dated(httpx.AsyncBaseTransport):
    """Gives the time with every answer, as servers do."""

    def __init__(self, transport: httpx.AsyncBaseTransport, now: float) -> None:
        self._transport, self._now = transport, now

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await self._transport.handle_async_request(request)
        response.headers["date"] = email.utils.formatdate(self._now, usegmt=True)
        return response


def failing(findings: dict[str, Finding]) -> dict[str, Cause | None]:
    return {name: each.cause for name, each in findings.items() if each.result is Result.fails}


def skipped(findings: dict[str, Finding]) -> dict[str, str]:
    return {name: each.message for name, each in findings.items() if each.result is Result.not_tried}
