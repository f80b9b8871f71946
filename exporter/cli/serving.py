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

_LAST_RESORT = 1.0  # seconds between the end of all work and that of the process
_RUN_GRACE = 1.0  # seconds for runs under way
# Seconds from the signal until the snapshot has to be on the disk, and what it has where others took all of that: with
# the last resort, the end comes in less than five.
_SAVED_AFTER, _TO_SAVE = 3.0, 0.5

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
    exporter = Exporter(settings, surroundings())
    address = "{}:{}".format(*listener.getsockname()[:2])
    log.info("serving", address=address, collections=len(exporter.collections))
    if exporter.snapshot is not None:
        await exporter.snapshot.begin()
    exporter.schedule.start()
    waiting = asyncio.create_task(_when_ready(exporter, address, ready)) if ready else None
    monotonic = exporter.clock.monotonic
    stopping_since: float | None = None
    try:
        async with (
            reloading(exporter) as reload,
            served(exporter.web(reload), listener, access=exporter.doorway.access),
        ):
            await stop_signal()
            stopping_since = monotonic()
    finally:
        if waiting:
            waiting.cancel()
        await exporter.schedule.stop(_RUN_GRACE)
        if exporter.snapshot is not None:
            spent = 0.0 if stopping_since is None else monotonic() - stopping_since
            await exporter.snapshot.end(max(_SAVED_AFTER - spent, _TO_SAVE))
        await exporter.close()
        log.info("stopped")
        _end_at_last()


def _end_at_last() -> None:
    """End the process, even where Python would wait for a thread that looks up a host name at a resolver that hangs."""
    last_resort = threading.Timer(_LAST_RESORT, os._exit, args=(0,))
    last_resort.daemon = True
    last_resort.start()


async def _when_ready(exporter: Exporter, address: str, ready: Callable[[Exporter, str], None]) -> None:
    await exporter.schedule.all_tried()
    ready(exporter, address)


async def stop_signal() -> None:
    """Return when SIGTERM or SIGINT comes."""
    came = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, came.set)
    try:
        await came.wait()
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)
