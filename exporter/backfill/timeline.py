"""Series over time, kept as runs of one value: a state that holds for a week takes no more room than a moment's."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from exporter.metric import Metric, Sample


class Span(NamedTuple):
    """Samples that hold from one moment of the grid (its index) up to, but not including, another."""

    start: int
    end: int
    samples: Iterable[Sample]


class Run(NamedTuple):
    """One value from one moment of the grid up to, but not including, another."""

    start: int
    end: int
    value: float


@dataclass(slots=True)
class Timeline:
    """Every series of the past by metric and labels, in the order in which they were met; runs in order of time."""

    series: dict[Metric, dict[tuple[str, ...], list[Run]]] = field(default_factory=dict)

    def add(self, spans: Iterable[Span]) -> None:
        """Take in the spans of one object, in order of time."""
        for start, end, samples in spans:
            for metric, labels, value in samples:
                runs = self.series.setdefault(metric, {}).setdefault(labels, [])
                if runs and runs[-1].end == start and runs[-1].value == value:
                    runs[-1] = Run(runs[-1].start, end, value)
                else:
                    runs.append(Run(start, end, value))

    def of(self, metric: Metric) -> Mapping[tuple[str, ...], list[Run]]:
        """The series of one metric."""
        return self.series.get(metric, {})

    @property
    def size(self) -> int:
        """How many series there are."""
        return sum(len(labelled) for labelled in self.series.values())

    @property
    def samples(self) -> int:
        """How many samples all runs come to."""
        return sum(
            run.end - run.start for labelled in self.series.values() for runs in labelled.values() for run in runs
        )
