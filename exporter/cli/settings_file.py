"""The settings file of a daemon, and what makes it read that again: SIGHUP, and a change in the file's folder."""

import asyncio
import contextlib
import hashlib
import os
import signal
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Literal, Protocol, TypeVar

import structlog
from watchfiles import awatch

from exporter import files
from exporter.app import Exporter, collector_defaults
from exporter.reloading import Reloading
from exporter.settings.loading import load
from exporter.settings.model import Settings
from exporter.web import Reloaded

_QUIET = 300  # milliseconds without a change, as editors and rollouts make several
_LOOK = 5_000  # milliseconds; not every file system tells of changes
_AGAIN = 60.0  # seconds until a folder that could not be watched is tried again
_MISSED = 2  # looks in a row without a file: an editor or a rollout takes less, and the next start would fail
_GONE = 1.0  # seconds until a folder that is gone is looked for again

News = Literal["same", "changed", "missing"]
Events = Callable[[Path], AsyncGenerator[object, None]]
Sleep = Callable[[float], Awaitable[None]]
T = TypeVar("T")
Reloads = contextlib.AbstractAsyncContextManager[Callable[[], Awaitable[Reloaded]] | None]

log = structlog.get_logger("exporter")


class Look(Protocol):
    """Does what looks at files, and so may take any time."""

    async def __call__(self, work: Callable[[], T], /) -> T:
        """What the work gives."""


class SettingsFile:
    """The settings as a command reads them, now and whenever the file changes; ``path`` None: all by environment."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self._read: bytes | None = None

    def read(self) -> Settings:
        """The settings; raises SettingsError."""
        self._read = self._content()  # ahead, so that a change that comes meanwhile is one
        return load(self.path, os.environ, collector_defaults())

    def news(self) -> News:
        """Whether the file says something else than it did when it was read, or there is none that can be read."""
        now = self._content()
        return "missing" if now is None else "same" if now == self._read else "changed"

    def folder(self) -> tuple[int, int] | None:
        """What tells the file's folder from another one that takes its name; None while there is none."""
        try:
            status = self._place.stat()
        except OSError:
            return None
        return status.st_dev, status.st_ino

    @property
    def _place(self) -> Path:
        return (self.path or Path()).absolute().parent

    def _content(self) -> bytes | None:
        if self.path is None:
            return None
        try:
            return hashlib.sha256(files.content(self.path)).digest()
        except OSError:
            return None

    async def changes(
        self,
        reload: Callable[[], Awaitable[bool]],
        look: Look,
        events: Events | None = None,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        """Reload whenever the file's content changes or it is gone, for ever; ``look`` does what looks at files.

        ``reload`` tells whether the settings are in force. Where they are not, it is asked again with every look: what
        they name may come later, as a mounted Secret comes after its ConfigMap.
        The folder is watched, not the file: a mounted ConfigMap changes by a symbolic link beside it, and editors
        rename a new file over the old one. Where that cannot be done, it is said once and tried again now and then.
        """
        told = refused = False
        missing = 0
        while True:
            if (folder := await look(self.folder)) is None:
                await sleep(_GONE)
                continue
            try:
                async with contextlib.aclosing((events or _events)(self._place)) as happenings:
                    async for _ in happenings:
                        if told:
                            log.info("the folder of the settings is watched again")
                        told = False
                        news = await look(self.news)
                        missing = missing + 1 if news == "missing" else 0
                        if refused or missing == _MISSED or news == "changed":
                            refused = not await reload()
                        if await look(self.folder) != folder:
                            break
            except (OSError, RuntimeError) as error:
                if await look(self.folder) != folder:
                    continue  # it went just now
                if not told:
                    reason = (error.strerror if isinstance(error, OSError) else None) or type(error).__name__
                    way_out = "SIGHUP and POST /-/reload go on"
                    log.warning("the folder of the settings cannot be watched", reason=reason, way_out=way_out)
                told = True
                await sleep(_AGAIN)


def _events(folder: Path) -> AsyncGenerator[object, None]:
    return awatch(folder, watch_filter=None, recursive=False, step=_QUIET, rust_timeout=_LOOK, yield_on_timeout=True)


@contextlib.contextmanager
def hangups_kept() -> Iterator[list[int]]:
    """Keep the SIGHUPs that come before there is a loop to heed them: they would end the process."""
    came: list[int] = []
    earlier = signal.signal(signal.SIGHUP, lambda number, _: came.append(number))
    try:
        yield came
    finally:
        signal.signal(signal.SIGHUP, earlier)


@contextlib.asynccontextmanager
async def reloads(
    exporter: Exporter, file: SettingsFile, hangups: list[int]
) -> AsyncIterator[Callable[[], Awaitable[Reloaded]]]:
    """Reload with every SIGHUP, those that came before (``hangups``) as well, and with changes of the file.

    Gives what a request for a reload does.
    """
    reloading = Reloading(exporter, file.read, os.environ)

    def hang_up() -> None:
        reloading.begin("SIGHUP")

    # It stays until the loop is closed: a late one must not end the process before its work is done.
    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, hang_up)
    if hangups:
        hang_up()
    watching: list[asyncio.Task[None]] = []
    if file.path is not None:

        async def reload() -> bool:
            return (await reloading.reload("change of the file", repeats=True)).succeeded

        changes = file.changes(reload, exporter.read_files)
        watching.append(asyncio.create_task(changes, name="settings file"))
    try:
        yield lambda: reloading.reload("request")
    finally:
        for task in watching:
            task.cancel()
        await asyncio.gather(*watching, return_exceptions=True)
        await reloading.stop()
