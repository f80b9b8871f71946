"""``serve``: the daemon."""

import asyncio
import contextlib
import os
import signal
import socket
import threading
from collections.abc import Callable
from pathlib import Path

import structlog

from exporter.app import Exporter
from exporter.cli.settings_file import Reloads, SettingsFile, hangups_kept, reloads
from exporter.listener import bound, served
from exporter.settings.model import Settings
from exporter.settings.notices import warnings
from exporter.surroundings import Surroundings, SystemClock

_STOP_WITHIN = 4.0  # seconds from the signal to the end of the process, whatever hangs
_RUN_GRACE = 1.0  # seconds for runs under way
_TO_CLOSE = 0.5  # seconds for what comes after the last snapshot, and for threads that still hang

log = structlog.get_logger("exporter")


def read_settings(config: Path | None) -> Settings:
    """The settings of a command; raises SettingsError."""
    return SettingsFile(config).read()


def surroundings() -> Surroundings:
    """The real world."""
    return Surroundings(environ=os.environ, clock=SystemClock())


def serve(config: Path | None) -> None:
    """Run the daemon with these settings until SIGTERM or SIGINT."""
    file = SettingsFile(config)
    with hangups_kept() as hangups:
        settings = file.read()
        for warning in warnings(settings, os.environ):
            log.warning(warning)
        with bound(settings.listen.host, settings.listen.port) as listener:
            asyncio.run(run_exporter(settings, listener, reloading=lambda exporter: reloads(exporter, file, hangups)))


async def run_exporter(
    settings: Settings,
    listener: socket.socket,
    *,
    ready: Callable[[Exporter, str], None] | None = None,
    reloading: Callable[[Exporter], Reloads] = lambda _: contextlib.nullcontext(),
) -> None:
    """Serve and collect until a signal comes; ``ready`` is told once every collection was tried.

    ``reloading`` gives what reads the settings again, and what a request for that does.
    """
    stop = StopSignal()
    exporter = Exporter(settings, surroundings())
    address = "{}:{}".format(*listener.getsockname()[:2])
    log.info("serving", address=address, collections=len(exporter.collections))
    if exporter.snapshot is not None:
        await exporter.snapshot.begin()
    exporter.schedule.start()
    waiting = asyncio.create_task(_when_ready(exporter, address, ready)) if ready else None
    runs_end: asyncio.Task[None] | None = None
    try:
        async with (
            reloading(exporter) as reload,
            served(exporter.web(reload), listener, access=exporter.doorway.access),
        ):
            await stop.wait()
            # While readers have their time: one after the other, all that may hang would take too long.
            runs_end = asyncio.create_task(exporter.schedule.stop(_RUN_GRACE), name="end of the runs")
    finally:
        if waiting:
            waiting.cancel()
        if runs_end is not None:
            await runs_end
        await exporter.schedule.stop(_RUN_GRACE)  # a reload that came to its end meanwhile may have begun some
        if exporter.snapshot is not None:
            await exporter.snapshot.end(within=max(stop.left - _TO_CLOSE, _TO_CLOSE))
        await exporter.close()
        log.info("stopped")
        _end_after(_TO_CLOSE)


async def _when_ready(exporter: Exporter, address: str, ready: Callable[[Exporter, str], None]) -> None:
    await exporter.schedule.all_tried()
    ready(exporter, address)


class StopSignal:
    """SIGTERM and SIGINT, from when it is made to the end of the process; those after the first change nothing.

    The process is over ``_STOP_WITHIN`` seconds after the first, with exit code 0, whatever still hangs then.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._came = asyncio.Event()
        self._ends_at = float("inf")
        # Not by the loop: it would hear of a SIGHUP, too, that somebody else has heeded, and end before the process.
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._heed)

    @property
    def left(self) -> float:
        """How many seconds the process still has; as many as after a signal while none has come."""
        return min(self._ends_at - self._loop.time(), _STOP_WITHIN)

    async def wait(self) -> None:
        """Return when the first comes, at once where it has come."""
        await self._came.wait()

    def _heed(self, *_: object) -> None:
        if self._ends_at < float("inf"):
            return
        self._ends_at = self._loop.time() + _STOP_WITHIN
        _end_after(_STOP_WITHIN)
        with contextlib.suppress(RuntimeError):  # the loop is closed: the process ends anyway
            self._loop.call_soon_threadsafe(self._came.set)


def _end_after(seconds: float) -> None:
    """End the process, even where Python would wait for a thread, of a resolver or a disk that hangs."""
    last_resort = threading.Timer(seconds, os._exit, args=(0,))
    last_resort.daemon = True
    last_resort.start()
