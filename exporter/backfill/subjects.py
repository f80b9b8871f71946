"""Which collectors have a past that can be told, and how it is read."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any

from exporter.backfill import backups, deploys
from exporter.backfill.grid import Grid
from exporter.backfill.timeline import Span
from exporter.collectors import rds_backups, retailcloud_deploys
from exporter.collectors.collector import Collector
from exporter.collectors.rds_backup_sets import BackupSets
from exporter.collectors.run import Place, Run
from exporter.metric import Metric


@dataclass(frozen=True, slots=True)
class Subject:
    """The past of one collector's subject.

    ``fetch(product, run, since)`` reads all that is needed to tell it from ``since`` (epoch seconds) on; ``spans`` is
    pure and gives the samples of one payload over time; ``size`` is how many ``things`` a payload holds.
    """

    collector: Collector[Any, Any]
    fetch: Callable[[Any, Run[Any], float], Awaitable[None]]
    spans: Callable[[Any, Place, Grid], Iterable[Span]]
    metrics: tuple[Metric, ...]
    owner: str
    things: str
    size: Callable[[Any], int]


async def _fetch_backups(product: Any, run: Run[Any], since: float) -> None:  # noqa: ANN401, ARG001 -- all there are
    await rds_backups.fetch(product, run)


def _sets(payload: object) -> int:
    return len(payload.listing.items) if isinstance(payload, BackupSets) else 0


def _orders(payload: deploys.EnvironmentOrders) -> int:
    return len(payload.orders)


SUBJECTS: dict[str, Subject] = {
    subject.collector.name: subject
    for subject in (
        Subject(
            retailcloud_deploys.COLLECTOR,
            deploys.fetch,
            deploys.spans,
            deploys.METRICS,
            owner="app",
            things="deploy orders",
            size=_orders,
        ),
        Subject(
            rds_backups.COLLECTOR,
            _fetch_backups,
            backups.spans,
            backups.METRICS,
            owner="instance",
            things="backup sets",
            size=_sets,
        ),
    )
}
METRICS: tuple[Metric, ...] = tuple(metric for subject in SUBJECTS.values() for metric in subject.metrics)
