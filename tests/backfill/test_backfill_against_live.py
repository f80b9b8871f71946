"""What is written of the past is what the exporter showed then."""

from dataclasses import replace

import pytest

from exporter.backfill import METRICS, Grid, Timeline
from exporter.cli.backfill import read_past
from exporter.collectors import retailcloud_latest_order
from exporter.simulator import Quirks
from exporter.surroundings import Surroundings
from tests.pages import samples_of
from tests.simulated import SMALL, Simulated

pytestmark = pytest.mark.whole

HOUR = 3600
HOURS = 48
ONLY = ("retailcloud_apps", "retailcloud_deploys", "rds_backups")
SIZES = replace(SMALL, apps=4, backup_days=30)  # no set that was the last of its kind is purged meanwhile
Series = dict[tuple[str, frozenset[tuple[str, str]]], float]
# What only a look at an open order tells.
IN_FLIGHT = {
    retailcloud_latest_order.LATEST_FAILURE_RATIO.name,
    retailcloud_latest_order.LATEST_FINISHED_INSTANCES.name,
    retailcloud_latest_order.LATEST_CURRENT_PARTITION.name,
}
FROM_THE_PAST = {metric.name for metric in METRICS}


def shown(page: str) -> Series:
    return {(sample.name, frozenset(sample.labels.items())): sample.value for sample in samples_of(page)}


def at(timeline: Timeline, index: int) -> Series:
    return {
        (metric.name, frozenset(zip(metric.labels, labels, strict=True))): run.value
        for metric, series in timeline.series.items()
        for labels, runs in series.items()
        for run in runs
        if run.start <= index < run.end
    }


def environment(labels: frozenset[tuple[str, str]]) -> str | None:
    return dict(labels).get("env_id")


def comparable(series: Series, open_in: set[str | None]) -> Series:
    """Without what cannot be known for the past."""
    status = retailcloud_latest_order.LATEST_STATUS.name
    return {
        (name, labels): value
        for (name, labels), value in series.items()
        if name in FROM_THE_PAST and not (environment(labels) in open_in and (name in IN_FLIGHT or name == status))
    }


def open_environments(series: Series) -> set[str | None]:
    result = retailcloud_latest_order.LATEST_RESULT.name
    return {
        environment(labels)
        for (name, labels), value in series.items()
        if name == result and value and ("result", "in_progress") in labels
    }


@pytest.mark.parametrize("seed", [7, 21])
async def test_every_hour_of_two_days_is_as_the_page_had_it(seed):
    # Times are written without fractions, so at the end of a second all has happened that is dated with it.
    quirks = Quirks(times="utc_seconds")
    simulated = Simulated(sizes=SIZES, seed=seed, quirks=quirks, only=ONLY)
    first = int(simulated.clock.now()) + HOUR
    simulated.clock.advance(0.999)
    pages = []
    for _ in range(HOURS):
        await simulated.run(HOUR)
        pages.append(shown("".join([await simulated.page_of(name) for name in ONLY[1:]])))
    simulated.clock.advance(2 * HOUR)
    surroundings = Surroundings(environ={}, clock=simulated.clock)
    timeline, failures = await read_past(simulated.exporter, surroundings, (), Grid(first, HOUR, HOURS))
    assert [] == failures
    compared = 0
    for index, page in enumerate(pages):
        open_in = open_environments(page)
        expected = comparable(page, open_in)
        assert expected == comparable(at(timeline, index), open_in), index
        compared += len(expected)
    assert compared > HOURS * 8 * 25
