"""Samples with timestamps as OpenMetrics, in pieces: one family after the other, one series after the other."""

from collections.abc import Iterable, Iterator, Mapping

from exporter.backfill.grid import Grid
from exporter.backfill.timeline import Run, Timeline
from exporter.exposition import header, label_text
from exporter.metric import Metric

_PIECE = 10_000  # lines: no more of the text is in memory at a time


def write_openmetrics(
    timeline: Timeline, grid: Grid, metrics: Iterable[Metric], extra: Mapping[str, str] | None = None
) -> Iterator[str]:
    """The whole text in pieces, ending with ``# EOF``; ``extra`` labels stand behind those of every series."""
    names, values = tuple(extra or ()), tuple((extra or {}).values())
    for metric in metrics:
        series = timeline.of(metric)
        if series:
            yield header(metric)
        for labels, runs in series.items():
            yield from _lines(metric.name + label_text((*metric.labels, *names), (*labels, *values)), runs, grid)
    yield "# EOF\n"


def _lines(head: str, runs: Iterable[Run], grid: Grid) -> Iterator[str]:
    for start, end, value in runs:
        begun = f"{head} {value!r} "
        for first in range(start, end, _PIECE):
            moments = range(grid.moment(first), grid.moment(min(first + _PIECE, end)), grid.step)
            yield "".join([f"{begun}{moment}\n" for moment in moments])


def length(timeline: Timeline, grid: Grid, extra: Mapping[str, str] | None = None) -> int:
    """About how many bytes the text has."""
    names, values = tuple(extra or ()), tuple((extra or {}).values())
    total = 0
    for metric, series in timeline.series.items():
        for labels, runs in series.items():
            head = len((metric.name + label_text((*metric.labels, *names), (*labels, *values))).encode())
            total += sum((run.end - run.start) * (head + len(f" {run.value!r} {grid.last}\n")) for run in runs)
    return total
