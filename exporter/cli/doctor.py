"""``doctor``: what works in each account, what does not and why, and the permissions that are needed."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from exporter.app import Exporter
from exporter.cli import diagnosis
from exporter.cli.outcome import WorkFailedError
from exporter.cli.output import write
from exporter.cli.serving import read_settings, surroundings
from exporter.doctor import Diagnosis, examine


def doctor(config: Path | None, *, as_json: bool) -> None:
    """Examine all accounts side by side and tell; WorkFailedError where something that is enabled does not work."""
    told = asyncio.run(_examined(Exporter(read_settings(config), surroundings()), as_json=as_json))
    broken = [f"account {each.account}: failed: {', '.join(each.broken)}" for each in told if not each.fine]
    if broken:
        raise WorkFailedError("\n".join(broken))


async def _examined(exporter: Exporter, *, as_json: bool) -> Sequence[Diagnosis]:
    try:
        told = await asyncio.gather(*(examine(patient) for patient in exporter.patients))
        # Told at once: the end of the loop waits for host names that are still looked up.
        write(diagnosis.as_json(told) if as_json else diagnosis.as_text(told))
    finally:
        await exporter.close()
    return told
