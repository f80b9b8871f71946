"""Every metric the exporter can show, in the order of the page, and which collector makes it."""

from dataclasses import dataclass

from exporter.collectors import COLLECTORS
from exporter.metric import Metric
from exporter.self_metrics import COUNTED, FROM_COLLECTIONS

SELF = "exporter"  # what the catalogue says in place of a collector for the exporter's own metrics


@dataclass(frozen=True, slots=True)
class Entry:
    """A metric and the name of the collector that makes it."""

    metric: Metric
    collector: str


CLOUD_METRICS: tuple[Metric, ...] = tuple(metric for collector in COLLECTORS for metric in collector.metrics)
PAGE_ORDER: tuple[Metric, ...] = (*CLOUD_METRICS, *FROM_COLLECTIONS)
CATALOG: tuple[Entry, ...] = tuple(
    Entry(metric, collector.name) for collector in COLLECTORS for metric in collector.metrics
) + tuple(Entry(metric, SELF) for metric in (*FROM_COLLECTIONS, *COUNTED))
