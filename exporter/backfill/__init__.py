"""The past, as far as orders and backup sets tell it: what the exporter would have shown, for a grid of moments."""

from exporter.backfill.gathering import Failure, Gathered, gather
from exporter.backfill.grid import Grid
from exporter.backfill.openmetrics import length, write_openmetrics
from exporter.backfill.subjects import METRICS, SUBJECTS, Subject
from exporter.backfill.timeline import Timeline

__all__ = [
    "METRICS",
    "SUBJECTS",
    "Failure",
    "Gathered",
    "Grid",
    "Subject",
    "Timeline",
    "gather",
    "length",
    "write_openmetrics",
]
