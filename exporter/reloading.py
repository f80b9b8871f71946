"""Puts changed settings in force while the exporter runs: validated first, one reload at a time."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace

import structlog

from exporter.app import Change, Changed, Exporter
from exporter.collection.report import where
from exporter.settings.mistake import SettingsError
from exporter.settings.model import Settings
from exporter.settings.notices import warnings
from exporter.web import Reloaded

# What is bound to the process: the settings that only a restart can change.
_BOUND = ("listen", "snapshot_path", "web")
_GRACE = 1.0  # seconds

log = structlog.get_logger("exporter")


class Reloading:
    """Reads the settings again and puts them in force where they have no mistake; else the old ones go on."""

    def __init__(self, exporter: Exporter, read: Callable[[], Settings], environ: Mapping[str, str]) -> None:
        """``read`` may take a while, and raises SettingsError; ``environ`` is searched for the vendors' variables."""
        self._exporter = exporter
        self._read = read
        self._environ = environ
        self._turn = asyncio.Lock()
        self._under_way: set[asyncio.Task[Reloaded]] = set()
        self._stopped = False

    def begin(self, trigger: str) -> asyncio.Task[Reloaded]:
        """Read the settings again, after the reloads under way; ``trigger`` is what the log calls the reason."""
        task = asyncio.create_task(self._reload(trigger), name="reload")
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        return task

    async def reload(self, trigger: str) -> Reloaded:
        """Read the settings again, to the end, also where nobody waits for it any more."""
        return await asyncio.shield(self.begin(trigger))

    async def stop(self, grace: float = _GRACE) -> None:
        """Allow no more, and give those under way ``grace`` seconds to end: their files may hang."""
        self._stopped = True
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=grace)
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)

    async def _reload(self, trigger: str) -> Reloaded:
        async with self._turn:
            if self._stopped:
                return Reloaded(False, ("the exporter is stopping",))
            try:
                change, notices = await self._exporter.read_files(self._prepared)
                changed = await self._exporter.put_in_force(change)
            except SettingsError as error:
                return self._refused(trigger, tuple(map(str, error.mistakes)))
            except Exception as bug:  # noqa: BLE001 -- whatever went wrong, the settings in force go on
                said = f"a bug of the exporter: {type(bug).__name__}"
                return self._refused(trigger, (said,), where=where(bug))
            self._exporter.metrics.settings_in_force(self._exporter.clock.now())
            return _in_force(trigger, changed, notices)

    def _prepared(self) -> tuple[Change, list[str]]:
        """What is to be put in force, and what is to be said of it; raises SettingsError."""
        given, current = self._read(), self._exporter.settings
        settings = replace(given, **{name: getattr(current, name) for name in _BOUND})
        later = [
            f"{name}: the new value needs a restart, the old one stays until then"
            for name in _BOUND
            if getattr(given, name) != getattr(current, name)
        ]
        return self._exporter.prepared(settings), [*later, *warnings(settings, self._environ)]

    def _refused(self, trigger: str, mistakes: tuple[str, ...], **facts: str) -> Reloaded:
        self._exporter.metrics.settings_refused()
        log.error("settings not reloaded, the old ones go on", trigger=trigger, mistakes=mistakes, **facts)
        return Reloaded(False, mistakes)


def _in_force(trigger: str, changed: Changed, notices: list[str]) -> Reloaded:
    facts = {name: value for name, value in asdict(changed).items() if value}
    log.info("settings reloaded" if facts else "settings reloaded, nothing changed", trigger=trigger, **facts)
    for notice in notices:
        log.warning(notice)
    told = [f"{name.replace('_', ' ')}: {_listed(value)}" for name, value in facts.items()]
    return Reloaded(
        True, ("reloaded" if facts else "reloaded, nothing changed", *told, *(f"warning: {each}" for each in notices))
    )


def _listed(value: object) -> str:
    return ", ".join(value) if isinstance(value, tuple) else str(value)
