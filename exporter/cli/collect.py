"""``once`` and ``check``: what a person runs to see that settings and clouds are as they should be."""

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path

from prometheus_client import generate_latest

from exporter.app import Exporter, collector_defaults
from exporter.cli.outcome import WorkFailedError
from exporter.cli.output import tell, write
from exporter.cli.serving import read_settings, surroundings
from exporter.collection import Collection
from exporter.self_metrics import FINE_RESULTS
from exporter.settings.masking import render_masked
from exporter.settings.mistake import Mistake, SettingsError, suggestion
from exporter.settings.model import Settings
from exporter.settings.notices import warnings
from exporter.store import Status


def once(config: Path | None, only: Sequence[str]) -> None:
    """Collect once, print the page; WorkFailedError names the collections that failed."""
    known = collector_defaults()
    mistakes = [
        Mistake("--collector", f'there is no collector "{name}"; {suggestion(name, known)}', None, None)
        for name in only
        if name not in known
    ]
    if mistakes:
        raise SettingsError(mistakes)
    settings = read_settings(config)
    failures = asyncio.run(_collect(settings, only))
    if failures:
        raise WorkFailedError("\n".join(failures))


async def _collect(settings: Settings, only: Sequence[str]) -> list[str]:
    exporter = Exporter(settings, surroundings(), only=only, patient=True)
    if not exporter.collections:
        raise WorkFailedError("no collection to run: no account offers what was asked for, see `check`")
    try:
        ended = await exporter.collect_once()
        page = await exporter.store.page()
    finally:
        await exporter.close()
    exporter.metrics.leave_out_process()  # node_exporter, which reads such files, has its own
    write(page.plain.decode() + generate_latest(exporter.metrics.registry).decode())
    return [_failure(collection, status) for collection, status in ended if status.result not in FINE_RESULTS]


def _failure(collection: Collection, status: Status) -> str:
    return f"{collection.key}: {status.result}: {status.message}"


def check(config: Path | None) -> None:
    """Show the settings in force, with a warning for each thing that is allowed and looks wrong."""
    settings = read_settings(config)
    write(render_masked(settings))
    found = warnings(settings, os.environ)
    for warning in found:
        tell(f"warning: {warning}")
    if settings.web.config_file is not None:
        tell(f"access to our own pages: {settings.web.access}")
    accounts = f"{len(settings.accounts)} account{'' if len(settings.accounts) == 1 else 's'}"
    tell(f"the settings can be used: {accounts}, {len(found) or 'no'} warning{'' if len(found) == 1 else 's'}")
