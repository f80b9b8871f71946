"""The vocabulary of the exporter: a metric, and one sample of it."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

MetricType = Literal["gauge", "counter", "histogram"]


class Sample(NamedTuple):
    """One value of one series; ``labels`` are the values in the order of ``metric.labels``."""

    metric: "Metric"
    labels: tuple[str, ...]
    value: float


@dataclass(frozen=True, slots=True, eq=False)
class Metric:
    """A metric family: its full name, what it says and its fixed label names.

    ``states`` names every value of the last label when the family is a state set. Metrics are compared by
    identity: each is declared once, in the file that makes its samples.
    """

    name: str
    help: str
    labels: tuple[str, ...] = ()
    type: MetricType = "gauge"
    states: tuple[str, ...] = ()

    def __call__(self, value: float, /, **labels: str) -> Sample:
        """Make a sample; raises TypeError when the labels are not exactly the declared ones."""
        try:
            values = tuple([labels[name] for name in self.labels])
        except KeyError as missing:
            raise TypeError(f"{self.name} lacks label {missing}") from None
        if len(labels) != len(values):
            surplus = ", ".join(sorted(labels.keys() - set(self.labels)))
            raise TypeError(f"{self.name} has no label {surplus}")
        return Sample(self, values, value)
