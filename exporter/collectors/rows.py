"""How a collector makes samples from one payload: absent values give none, odd ones are noted and never raise."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from exporter.clouds.values import Raw, Unreadable, text
from exporter.metric import Metric, Sample

UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Oddity:
    """Something in an answer that the vendor's document does not have; ``raw`` is what was there, shortened."""

    kind: Literal["unknown_state", "unreadable", "duplicate"]
    metric: Metric
    raw: str = ""


class Rows:
    """The samples and oddities of one payload; ``key`` are labels that all of its samples carry."""

    def __init__(self, **key: str) -> None:
        self.samples: list[Sample] = []
        self.oddities: list[Oddity] = []
        self._key = key

    def under(self, **key: str) -> "Rows":
        """Rows for the same payload with a longer key."""
        longer = Rows(**self._key, **key)
        longer.samples, longer.oddities = self.samples, self.oddities
        return longer

    def value(self, metric: Metric, value: float | None, **labels: str) -> None:
        """A value that is known already; None gives no sample."""
        if value is not None and math.isfinite(value):
            self.samples.append(metric(+value, **self._key, **labels))  # + makes an int of a bool

    def info(self, metric: Metric, **labels: str) -> None:
        """A row that is always 1."""
        self.samples.append(metric(1, **self._key, **labels))

    def read(self, metric: Metric, reader: Callable[[Raw], float | None], raw: Raw, **labels: str) -> float | None:
        """A value still to be read; gives it back, or None where it is absent or unreadable."""
        value = self.reading(metric, reader, raw)
        self.value(metric, value, **labels)
        return value

    def reading(self, metric: Metric, reader: Callable[[Raw], float | None], raw: Raw) -> float | None:
        """Only the reading, for a value that is summed or compared; an unreadable one is noted for ``metric``."""
        try:
            return reader(raw)
        except Unreadable as finding:
            self.note(Oddity("unreadable", metric, shortened(finding.raw)))
            return None

    def state(self, metric: Metric, raw: Raw, states: Mapping[str, str], **labels: str) -> str:
        """A whole state set with exactly one 1: of ``raw``, or ``unknown`` where ``states`` lacks it or it is absent.

        ``states`` maps the vendor's word in lower case (or its number) to the label's word, which is given back.
        """
        state = self.word(metric, raw, states)
        self.states(metric, state, **labels)
        return state

    def word(self, metric: Metric, raw: Raw, states: Mapping[str, str]) -> str:
        """Only the label's word for ``raw``, for what is counted by its state; see `state`."""
        state = states.get(text(raw).lower(), UNKNOWN)
        if state == UNKNOWN and raw is not None:
            self.note(Oddity("unknown_state", metric, shortened(raw)))
        return state

    def states(self, metric: Metric, state: str, **labels: str) -> None:
        """A whole state set for a state that is known already, in the label's words."""
        shown = state if state in metric.states else UNKNOWN
        name = metric.labels[-1]
        for each in metric.states:
            self.samples.append(metric(int(each == shown), **self._key, **labels, **{name: each}))

    def unreadable(self, metric: Metric, times: int) -> None:
        """Note items of a list that could not be read at all."""
        for _ in range(times):
            self.note(Oddity("unreadable", metric))

    def note(self, oddity: Oddity) -> None:
        """Keep an oddity, to be counted and logged by the collection."""
        self.oddities.append(oddity)


def shortened(raw: Raw) -> str:
    """What a log may show of an odd value: a scalar of at most 60 characters, only the type of anything else."""
    shown = text(raw)
    if not shown and raw is not None and raw != "":
        return f"<{type(raw).__name__}>"
    return shown if len(shown) <= 60 else shown[:59] + "…"
