"""Calls that hang, without a wait in real time: the run is stopped, as by its timeout, once nothing else can go on."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Hanging:
    """Ends the block of `run` with TimeoutError when something in it hangs."""

    def __init__(self) -> None:
        self._patience: asyncio.Timeout | None = None

    @asynccontextmanager
    async def run(self) -> AsyncIterator[None]:
        """The whole of a run."""
        async with asyncio.timeout(None) as self._patience:
            yield

    async def hang(self) -> None:
        """Never return; all that is ready to go on has its turn before the run is stopped."""
        assert self._patience is not None
        self._patience.reschedule(asyncio.get_running_loop().time())
        await asyncio.Event().wait()
