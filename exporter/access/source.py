"""Follows the web-config file and all that it names: new contents are put in force, bad ones are not."""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor

import structlog

from exporter.access.rules import Access, FileState, UnusableAccessError, states_of

_PAUSE = 1.0  # seconds between two looks at the files

log = structlog.get_logger("exporter")


class AccessSource:
    """The access in force.

    What the files say is read when they have changed and then stayed the same from one look to the next: an editor
    empties a file before it fills it, and an empty one opens the door; a certificate comes before or after its key.
    While it cannot be used, the last good one stays in force, and the log says why once. It is tried with every look
    then: what it lacks may be a file that nobody knows to look at.
    """

    def __init__(
        self,
        access: Access,
        read: Callable[[], Access] | None = None,
        told: Callable[[bool], None] = lambda _: None,
    ) -> None:
        """``read`` raises UnusableAccessError; ``told`` hears with every reading whether it is in force."""
        self._access = access
        self._read = read
        self._told = told
        self._last = self._looked()
        self._reason = ""
        if read is not None:
            told(True)

    def __call__(self) -> Access:
        """What is in force."""
        return self._access

    async def follow(self, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        """Look at the files again and again, in a thread of their own: a file system may hang."""
        if self._read is not None:
            log.info("web config in force", access=str(self._access))
        loop = asyncio.get_running_loop()
        # Not asyncio's own threads: host names are looked up there, for as long as a resolver hangs.
        thread = ThreadPoolExecutor(1, thread_name_prefix="web-config")
        try:
            while self._read is not None:
                await sleep(_PAUSE)
                await loop.run_in_executor(thread, self.look)
        finally:
            thread.shutdown(wait=False, cancel_futures=True)

    def look(self) -> None:
        """Look at the files once."""
        now = self._looked()
        settled, self._last = now == self._last, now
        if self._read is None or not settled or (now == self._access.states and not self._reason):
            return
        try:
            access = self._read()
        except UnusableAccessError as error:
            if str(error) != self._reason:
                self._reason = str(error)
                log.error("web config not used", reason=self._reason, in_force=str(self._access))  # noqa: TRY400 - the reason says all
            self._told(False)
            return
        if states_of(access.files) != access.states:
            return  # it changed while it was read, which may have been half of it
        self._access, self._reason = access, ""
        self._last = access.states  # of other files, where the new rules name others
        for notice in access.notices:
            log.warning(notice)
        log.info("web config in force", access=str(access))
        self._told(True)

    def _looked(self) -> tuple[FileState, ...]:
        return states_of(self._access.files)
