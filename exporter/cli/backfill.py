"""``backfill``: the past of deploys and backups as OpenMetrics with timestamps, for Prometheus' own tool to load."""

import asyncio
import math
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from exporter.app import Exporter
from exporter.backfill import METRICS, SUBJECTS, Gathered, Grid, Timeline, gather, length, write_openmetrics
from exporter.cli.outcome import WorkFailedError
from exporter.cli.output import tell, write
from exporter.cli.serving import read_settings, surroundings
from exporter.clouds.values import Unreadable, instant
from exporter.collection import Collection
from exporter.settings.duration import parse_duration, render_duration
from exporter.settings.mistake import Mistake, SettingsError, quoted, suggestion
from exporter.settings.model import Settings
from exporter.surroundings import Surroundings

STEP = "5m"  # what Prometheus looks back for a sample: with a longer step there are gaps
_MANY = 10_000_000  # samples; Prometheus' tool takes a minute or more for them
_TELL_EVERY = 50  # owners
_LABEL = re.compile(r"([a-zA-Z_][a-zA-Z0-9_]*)=(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for, as written on the command line."""

    since: str
    until: str | None = None
    step: str = STEP
    accounts: Sequence[str] = ()
    labels: Sequence[str] = ()


def backfill(config: Path | None, wanted: Wanted) -> None:
    """Write the past to standard output; WorkFailedError names what could not be read, after all else was written."""
    if sys.stdout.isatty():
        raise WorkFailedError("the past is long: send it to a file, with > past.om")
    settings = read_settings(config)
    world = surroundings()
    now = world.clock.now()
    grid = _grid(wanted, now, settings)
    extra = _labels(wanted.labels)
    _check_accounts(wanted.accounts, settings)
    timeline, failures = asyncio.run(_read(settings, world, wanted.accounts, grid))
    _announce(timeline, grid, extra)
    for piece in write_openmetrics(timeline, grid, METRICS, extra):
        write(piece)
    if failures:
        raise WorkFailedError("\n".join(failures))


async def _read(
    settings: Settings, world: Surroundings, accounts: Sequence[str], grid: Grid
) -> tuple[Timeline, list[str]]:
    exporter = Exporter(settings, world, patient=True)
    try:
        return await read_past(exporter, world, accounts, grid)
    finally:
        await exporter.close()


async def read_past(
    exporter: Exporter, world: Surroundings, accounts: Sequence[str], grid: Grid
) -> tuple[Timeline, list[str]]:
    """The past of what an exporter collects, of these accounts or all, and a line for each failure."""
    chosen = [
        collection
        for collection in exporter.collections
        if collection.collector.name in SUBJECTS and (not accounts or collection.key.account in accounts)
    ]
    if not chosen:
        names = " or ".join(SUBJECTS)
        raise WorkFailedError(f"nothing has a past to write: no account asked for runs {names}, see `check`")
    gathered = await asyncio.gather(*(_gather(collection, world, grid) for collection in chosen))
    timeline = Timeline()
    failures: list[str] = []
    for collection, found in zip(chosen, gathered, strict=True):
        subject = SUBJECTS[collection.collector.name]
        for payload in found.payloads:
            timeline.add(subject.spans(payload, collection.place, grid))
        failures += _told(collection, found)
    return timeline, failures


async def _gather(collection: Collection, world: Surroundings, grid: Grid) -> Gathered:
    clock = world.clock
    return await gather(
        SUBJECTS[collection.collector.name],
        collection.product,
        collection.place,
        grid.first,
        now=clock.now(),
        monotonic=clock.monotonic,
        told=partial(_progress, collection),
    )


def _progress(collection: Collection, done: int, of: int) -> None:
    if done % _TELL_EVERY == 0 and done < of:
        tell(f"{_name(collection)}: {done:,} of {of:,} {SUBJECTS[collection.collector.name].owner}s")


def _told(collection: Collection, found: Gathered) -> list[str]:
    """Say what was read of a collection; its failures are given back."""
    name, subject = _name(collection), SUBJECTS[collection.collector.name]
    tell(f"{name}: {sum(map(subject.size, found.payloads)):,} {subject.things}")
    if found.in_part:
        owners = ", ".join(found.in_part)
        tell(f"warning: {name}: the vendor held back or moved a part of the list of {subject.owner} {owners}")
    if found.odd_rows:
        tell(f"warning: {name}: {found.odd_rows:,} rows could not be read and are left out")
    failures = []
    for failure in found.failures:
        error = failure.error
        about = f"{subject.owner} {failure.owner}: " if failure.owner else ""
        line = f"{name}: {about}{error.reason}: {error}"
        if error.reason == "not_offered" and not failure.owner:
            tell(line)
        else:
            failures.append(line)
    return failures


def _name(collection: Collection) -> str:
    return f"{collection.key.account}/{collection.key.collector}"


def _announce(timeline: Timeline, grid: Grid, extra: Mapping[str, str]) -> None:
    samples, size = timeline.samples, _bytes(length(timeline, grid, extra))
    first, last = (datetime.fromtimestamp(moment, UTC).isoformat() for moment in (grid.first, grid.last))
    step = render_duration(grid.step)
    tell(f"{timeline.size:,} series, {samples:,} samples ({size}) from {first} to {last}, one every {step}")
    if samples > _MANY:
        tell("warning: that is a lot to load" + ("" if grid.step >= 3600 else "; --step 1h makes it less by far"))


def _bytes(size: float) -> str:
    for unit in ("B", "kB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}"
        size /= 1000
    return f"{size:,.1f} GB"


def _grid(wanted: Wanted, now: float, settings: Settings) -> Grid:
    """The moments asked for; raises SettingsError with every mistake in them."""
    mistakes: list[Mistake] = []

    def read(option: str, text: str) -> float:
        try:
            return _moment(text, now, settings)
        except ValueError as error:
            mistakes.append(Mistake(option, str(error), None, None))
            return math.nan

    step = 0.0
    try:
        step = parse_duration(wanted.step)
        if not step.is_integer():
            raise ValueError(f"{quoted(wanted.step)} is not in whole seconds")  # noqa: TRY301 -- one way out for all
    except ValueError as error:
        mistakes.append(Mistake("--step", str(error), None, None))
    since = read("--since", wanted.since)
    until = now if wanted.until is None else read("--until", wanted.until)
    if until > now:
        mistakes.append(Mistake("--until", f"{quoted(wanted.until)} is still to come", None, None))
    if mistakes:
        raise SettingsError(mistakes)
    if since >= until:
        end = "now" if wanted.until is None else quoted(wanted.until)
        text = f"{quoted(wanted.since)} is not before {end}; it counts back from now, or write a time"
        raise SettingsError([Mistake("--since", text, None, None)])
    grid = Grid.between(since, until, int(step))
    if not grid.size:
        text = f"there is no whole step of {wanted.step} between {quoted(wanted.since)} and the end"
        raise SettingsError([Mistake("--since", text, None, None)])
    return grid


def _moment(text: str, now: float, settings: Settings) -> float:
    """A moment written as a time, or as how long ago it is; raises ValueError."""
    try:
        moment = instant(text, settings.naive_time_zone)
    except Unreadable:
        moment = None
    if moment is not None:
        return moment
    try:
        return now - parse_duration(text)
    except ValueError:
        raise ValueError(
            f"{quoted(text)} is neither a duration nor a time; write 30d, 12h or 2026-01-31T00:00:00Z"
        ) from None


def _labels(written: Sequence[str]) -> dict[str, str]:
    """Labels for every series; raises SettingsError."""
    taken = {label for metric in METRICS for label in metric.labels}
    labels: dict[str, str] = {}
    mistakes: list[Mistake] = []
    for text in written:
        match = _LABEL.fullmatch(text)
        if match is None or match[1].startswith("__"):
            mistakes.append(Mistake("--label", f"{quoted(text)} is not name=value; write job=exporter", None, None))
        elif match[1] in taken | labels.keys():
            mistakes.append(Mistake("--label", f'"{match[1]}" is there already', None, None))
        elif not _is_utf8(match[2]):
            mistakes.append(Mistake("--label", f'the value of "{match[1]}" is not UTF-8', None, None))
        else:
            labels[match[1]] = match[2]
    if mistakes:
        raise SettingsError(mistakes)
    return labels


def _is_utf8(text: str) -> bool:
    """Whether a text of the command line was: what was not stands in it as lone surrogates."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _check_accounts(accounts: Sequence[str], settings: Settings) -> None:
    known = [account.name for account in settings.accounts]
    mistakes = [
        Mistake("--account", f"there is no account {quoted(name)}; {suggestion(name, known)}", None, None)
        for name in accounts
        if name not in known
    ]
    if mistakes:
        raise SettingsError(mistakes)
