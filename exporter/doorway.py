"""The way in to our own pages, out of the settings: who may read them, and from where that is read again."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from starlette.types import ASGIApp

from exporter.access import Access, AccessSource, Passwords, UnusableAccessError
from exporter.self_metrics import SelfMetrics
from exporter.settings.mistake import SettingsError
from exporter.settings.model import Web
from exporter.settings.web_file import read_access
from exporter.web import Guard


class Doorway:
    """One for a process; ``access`` is what is in force, also for the server that speaks TLS."""

    def __init__(self, web: Web, metrics: SelfMetrics, monotonic: Callable[[], float]) -> None:
        path = web.config_file
        reader = (None, lambda _: None) if path is None else (partial(_read, path), metrics.web_config_read)
        self.access = AccessSource(web.access, *reader)
        self._passwords = Passwords()
        self._monotonic = monotonic
        self._refused = metrics.web_refused

    def guarding(self, pages: ASGIApp) -> ASGIApp:
        """The pages, for those who may read them."""
        return Guard(pages, self.access, self._passwords, self._monotonic, self._refused)

    def close(self) -> None:
        """Look at no more passwords."""
        self._passwords.close()


def _read(path: Path) -> Access:
    try:
        return read_access(path)
    except SettingsError as error:
        raise UnusableAccessError(str(error)) from None
